// Providers and the network to them, under virtual time: what can go wrong with a request goes wrong here,
// from a seed.
//
// Speaks just enough of each dialect for the real adapters; the ledger of creations is the ground truth of a
// simulation. Provider and ledger outlive a crash of the process under test; what was on its way may still
// arrive.
#ifndef ZOETROPE_TESTS_SIM_SIM_NETWORK_H_
#define ZOETROPE_TESTS_SIM_SIM_NETWORK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/executor.h"
#include "server/http/http_client.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {

// How much goes wrong: probabilities per request.
struct NetworkFaults {
  double submit = 0.25;
  double poll = 0.15;
  double provider_fails = 0.12;
};

class SimNetwork : public HttpClient {
 public:
  // Everything must outlive this.
  SimNetwork(SimWorld* world, SimExecutor* executor, SeededRandom* random,
             std::function<void(std::string)> trace);

  void SetFaults(NetworkFaults faults) { faults_ = faults; }
  // Every question about a job is answered with 404 until then.
  void ForgetUntil(absl::Time until) { forgetful_until_ = until; }

  // The provider with this name refuses every connection until then.
  void TakeDown(std::string provider, absl::Time until) {
    down_ = std::move(provider);
    down_until_ = until;
  }

  // The provider refuses every submission for lack of balance until then.
  void Impoverish(std::string provider, absl::Time until) {
    poor_ = std::move(provider);
    poor_until_ = until;
  }

  // The process under test dies: nobody waits for answers any more. Requests that had left still arrive.
  void Crash() { ++life_; }

  CallId Start(HttpRequest request, CallOptions options, Done done) override;
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  // How often a job was created at a provider; a job is known by the tag in its prompt.
  int Creations(const std::string& provider, const std::string& tag) const;
  int total_creations() const { return static_cast<int>(jobs_.size()); }
  int uploads() const { return uploads_; }
  // Submissions of which the process could not know what became of them.
  const std::set<std::string>& doubtful_tags() const { return doubtful_; }
  // Every creation, by tag: checked against the intents in the store while it happens.
  void OnCreation(std::function<void(const std::string& provider, const std::string& tag)> listener) {
    on_creation_ = std::move(listener);
  }
  // Every submission that the process under test starts.
  void OnSubmission(std::function<void()> listener) { on_submission_ = std::move(listener); }

 private:
  struct Job {
    std::string provider;
    std::string tag;
    std::string id;
    absl::Time created;
    absl::Duration queue;
    absl::Duration run;
    bool fails = false;
    bool cancelled = false;
  };

  enum class Fate {
    kFine,
    kNoConnection,
    kLostRequest,
    kLostReply,
    kErrorBefore,
    kErrorAfter,
    kThrottled,
    kRefused,
    kGarbage
  };

  Fate DrawSubmit();
  HttpResult Exchange(const HttpRequest& request, Fate fate);
  HttpResponse Answer(const HttpRequest& request);
  HttpResponse Runpod(const HttpRequest& request, std::string_view path);
  HttpResponse Fal(const HttpRequest& request, std::string_view path);
  HttpResponse Runware(const HttpRequest& request);
  HttpResponse Vtrix(const HttpRequest& request);
  HttpResponse Wavespeed(const HttpRequest& request, std::string_view path);
  HttpResponse Openai(const HttpRequest& request);
  Job* Create(const std::string& provider, const HttpRequest& request, std::string id);
  Job* Find(const std::string& provider, std::string_view id);
  int Progress(const Job& job) const;  // 0 queued, 1 running, 2 ended

  SimWorld* const world_;
  SimExecutor* const executor_;
  SeededRandom* const random_;
  const std::function<void(std::string)> trace_;
  std::function<void(const std::string&, const std::string&)> on_creation_;
  std::function<void()> on_submission_;
  NetworkFaults faults_;
  absl::Time forgetful_until_ = absl::InfinitePast();
  bool IsAt(const HttpRequest& request, const std::string& provider) const;

  std::string poor_;
  absl::Time poor_until_ = absl::InfinitePast();
  std::string down_;
  absl::Time down_until_ = absl::InfinitePast();
  std::map<std::string, Job> jobs_;  // by provider + id
  std::set<std::string> doubtful_;
  std::uint64_t life_ = 0;
  std::uint64_t calls_ = 0;
  int uploads_ = 0;
};

// The tag in a request's prompt, `sim-<number>`; empty: none.
std::string TagOf(std::string_view body);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_NETWORK_H_
