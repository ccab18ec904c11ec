// One case of a dialect's specification: a call with its input, and the request or the outcome that it must
// have.
#ifndef ZOETROPE_TESTS_GOLDEN_GOLDEN_CASE_H_
#define ZOETROPE_TESTS_GOLDEN_GOLDEN_CASE_H_

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "server/providers/adapter.h"

namespace zoetrope::golden {

// The secret that all cases are built with; its spelling is that of a real key.
inline constexpr std::string_view kSecret = "zk_9f86d081884c7d659a2feaa0c55ad015";

enum class Call { kCheck, kPrepare, kSubmit, kPoll, kCancel, kLookup, kCharge, kPrice };

// A dialect that is tried, and where its cases are.
struct Subject {
  std::string dialect;
  std::unique_ptr<Adapter> (*make)(const AccountEndpoints& endpoints);
  std::filesystem::path folder;
  Offering (*find_offering)(std::string_view id);  // aborts for an unknown id
};

// Each program says whom it tries; subjects.cc has the server's own.
std::vector<Subject> Subjects();

// For tests by dialect.
std::vector<std::string> SubjectNames();
std::unique_ptr<Adapter> MakeAdapter(std::string_view dialect, const AccountEndpoints& endpoints = {});

// A file `<name>.json` in a dialect's folder:
//   shows         what the case is about, in a sentence
//   call          check, prepare (the first step that is not done), submit, poll, cancel, lookup,
//                 charge, price
//   account       base_url, base_urls, synchronous; all optional
//   offering      an id that the subject knows
//   generation    for check, prepare, submit, lookup and price: the fields as in the contract, durations as
//                 duration_ms; `blob` for a picture by value
//   prepared      values of the steps that were done, in their order
//   sent_at, page for lookup: Unix seconds, and the page where it is not the first
//   job, stage, count, timings   for poll, cancel and charge
//   callback_url
//   request       method, url, repeat, headers, body (as JSON; of a form its parts): what must be built
//   error         or a part of the error that building must end in
//   response      status, headers, body (as JSON) or body_text (as it is)
//   outcome       what must be read (see ToJson)
struct GoldenCase {
  std::filesystem::path file;
  std::string dialect;
  std::string shows;
  Call call = Call::kSubmit;
  AccountEndpoints account;
  Offering offering;
  Generation generation;
  std::map<std::string, MediaBytes> blobs;
  std::map<std::string, std::string> preparations;
  std::string attempt_id = "5f0c3a52-7d0e-4b6e-9a57-0d6f0f6f2a11";
  std::string callback_url;
  ProviderJob job;
  std::string stage;
  std::int32_t count = 1;
  std::int32_t fruitless = 0;
  ProviderTimings timings;
  absl::Time sent_at = absl::UnixEpoch();
  std::string page;
  std::optional<nlohmann::json> request;
  std::optional<std::string> error;
  std::optional<HttpResponse> response;
  std::optional<nlohmann::json> outcome;

  SubmitInput submit_input() const {
    return {generation, offering, attempt_id, blobs, preparations, callback_url};
  }
  JobInput job_input() const { return {job, offering, attempt_id, stage, timings, count, fruitless}; }
  std::unique_ptr<Adapter> MakeAdapter() const;
  // The first step that is not done; empty: none.
  std::string NextStep(const Adapter& adapter) const;
  absl::StatusOr<HttpRequest> Build(const Adapter& adapter, const Secret& secret) const;
};

// For the test's reports.
inline void PrintTo(const GoldenCase& golden, std::ostream* out) { *out << golden.file; }

// Every case of every subject, sorted by path. Aborts on a file that is none, or that has an unknown key.
std::vector<GoldenCase> LoadAll();

// What an adapter made of a response, for comparison: {"accepted": {…}} and the like, without empty members.
// Durations are in milliseconds, money as decimal text.
using AnyOutcome = std::variant<PrepareOutcome, SubmitOutcome, PollOutcome, CancelOutcome, LookupOutcome,
                                ChargeOutcome, PriceOutcome>;
nlohmann::json ToJson(const AnyOutcome& outcome);

// Whether `outcome` is a `What`, of whichever call.
template <typename What>
bool Is(const AnyOutcome& outcome) {
  return std::visit(
      [](const auto& kind) {
        return std::visit([](const auto& what) { return std::is_same_v<std::decay_t<decltype(what)>, What>; },
                          kind);
      },
      outcome);
}

// Lets `adapter` read `response` as the answer to the case's call.
AnyOutcome Read(const GoldenCase& golden, const Adapter& adapter, const HttpResponse& response);

}  // namespace zoetrope::golden

#endif  // ZOETROPE_TESTS_GOLDEN_GOLDEN_CASE_H_
