#ifndef ZOETROPE_TESTS_SANDBOX_LEDGER_H_
#define ZOETROPE_TESTS_SANDBOX_LEDGER_H_

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "tests/sandbox/job.h"
#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

// One POST that asked for a video, whatever became of it.
struct Attempt {
  Provider provider = Provider::kRunpod;
  std::string endpoint;
  std::string prompt;
  std::string marker;
  std::string fault;      // names of the faults that struck it, joined by ","
  int status = 0;         // of the reply, 0 if there was none
  std::uint64_t job = 0;  // seq of the creation behind it, 0 if none
  std::int64_t at_ms = 0;
};

struct LedgerFilter {
  std::optional<Provider> provider;
  std::string prompt_contains;
  bool summary = false;

  bool Passes(Provider of, const std::string& prompt) const;
};

// What really happened, whatever the clients were told. Tests hold the gateway's books against it.
class Ledger {
 public:
  explicit Ledger(std::size_t max_attempts) : max_attempts_(max_attempts) {}

  void Count(Provider provider, Call call) { ++requests_[Index(provider)][static_cast<std::size_t>(call)]; }
  void Record(Attempt attempt);

  // {"creations": […], "attempts": […], "posts": {…}, "requests": {…}, "totals": {…}}; charges are as of
  // now_ms.
  Json Show(const JobStore& jobs, const LedgerFilter& filter, std::int64_t now_ms) const;

  void Clear();

 private:
  static std::size_t Index(Provider provider) { return static_cast<std::size_t>(provider); }
  Json ShowRequests(const LedgerFilter& filter) const;
  Json ShowPosts(const LedgerFilter& filter, Json* attempts) const;

  std::size_t max_attempts_;
  std::array<std::array<std::uint64_t, 7>, kProviderCount> requests_{};
  std::array<std::uint64_t, kProviderCount> posts_{};  // also counts attempts that have left the list
  std::deque<Attempt> attempts_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_LEDGER_H_
