// Providers and the network to them, under virtual time: what can go wrong with a request goes wrong here,
// from a seed.
//
// Speaks just enough of each dialect for the real adapters; the ledger of creations is the ground truth of a
// simulation. Provider and ledger outlive a crash of the process under test; what was on its way may still
// arrive.
#ifndef ZOETROPE_TESTS_SIM_SIM_NETWORK_H_
#define ZOETROPE_TESTS_SIM_SIM_NETWORK_H_

#include <cstdint>
#include <deque>
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
  enum class Fate {
    kFine,
    kNoConnection,
    kLostRequest,
    kLostReply,
    kErrorBefore,
    kErrorAfter,
    kThrottled,
    kRefused,
    kGarbage,
    kTakenAndThrottled  // only where it is scripted: no provider is known to do so
  };

  // Everything must outlive this.
  SimNetwork(SimWorld* world, SimExecutor* executor, SeededRandom* random,
             std::function<void(std::string)> trace);

  void SetFaults(NetworkFaults faults) { faults_ = faults; }
  // Every question about a job is answered with 404 until then.
  void ForgetUntil(absl::Time until) { forgetful_until_ = until; }

  // What becomes of the next submissions, of the next looks at a list; after that the faults count.
  void ScriptSubmissions(std::vector<Fate> fates) { submit_script_ = {fates.begin(), fates.end()}; }
  void ScriptLooks(std::vector<Fate> fates) { look_script_ = {fates.begin(), fates.end()}; }
  // The next questions after a charge meet these.
  void ScriptBooks(const std::vector<Fate>& fates) {
    books_script_.insert(books_script_.end(), fates.begin(), fates.end());
  }
  // The charges of jobs that are made from now on are in the books so long after the end; else it is drawn.
  void LagBooks(absl::Duration lag) { books_lag_ = lag; }

  // Lists show nothing until then.
  void HideUntil(absl::Time until) { hidden_until_ = until; }

  // What a refusal for load asks for.
  void ThrottleFor(absl::Duration pause) { throttle_ = pause; }

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

  // What the one provider that keeps books charges for a video; not the catalogue's price.
  static constexpr std::int64_t kBookedNanos = 390'000'000;

  // How often a job was created at a provider; a job is known by the tag in its prompt.
  int Creations(const std::string& provider, const std::string& tag) const;
  int total_creations() const { return static_cast<int>(jobs_.size()); }
  int uploads() const { return uploads_; }
  // Submissions that were started, and looks at what a provider lists.
  int submissions() const { return submissions_; }
  int looks() const { return looks_; }
  // Questions after what was charged.
  int book_looks() const { return book_looks_; }
  // The provider's id of a job; empty: there is none.
  std::string IdOf(const std::string& provider, const std::string& tag) const;
  // The body of the request that a job was created by; empty: there is no such job.
  std::string InputOf(const std::string& provider, const std::string& id) const;
  // The attempt that a provider's job was created by, where the request said so; empty: it did not, or there
  // is no such job.
  std::string CreatorOf(const std::string& provider, const std::string& id) const;
  // Submissions of which the process could not know what became of them.
  const std::set<std::string>& doubtful_tags() const { return doubtful_; }
  // Every creation, while it happens.
  struct Creation {
    std::string provider;
    std::string tag;
    std::string id;            // the provider's
    std::string callback_url;  // empty: the request had none
  };
  void OnCreation(std::function<void(const Creation&)> listener) { on_creation_ = std::move(listener); }
  // Every submission that the process under test starts.
  void OnSubmission(std::function<void()> listener) { on_submission_ = std::move(listener); }

 private:
  struct Job {
    std::string provider;
    std::string tag;
    std::string id;
    std::string attempt;  // empty: the request did not say
    std::string model;    // as the path has it
    std::string input;    // the body
    absl::Time created;
    absl::Duration queue;
    absl::Duration run;
    absl::Duration books_lag;  // from the end until the charge can be read
    bool fails = false;
    bool cancelled = false;
  };

  Fate DrawSubmit();
  HttpResult Exchange(const HttpRequest& request, Fate fate);
  HttpResponse Answer(const HttpRequest& request);
  HttpResponse Runpod(const HttpRequest& request, std::string_view path);
  HttpResponse Fal(const HttpRequest& request, std::string_view path);
  HttpResponse FalHistory() const;
  HttpResponse Runware(const HttpRequest& request);
  HttpResponse Vtrix(const HttpRequest& request);
  HttpResponse Wavespeed(const HttpRequest& request, std::string_view path);
  std::string Books(std::string_view question) const;
  HttpResponse Openai(const HttpRequest& request);
  HttpResponse OpenaiList() const;
  // What a list shows: jobs of a provider, the newest first, each as `show` has it.
  std::string Listed(const std::string& provider, bool ended_only,
                     const std::function<std::string(const Job&)>& show) const;
  Job* Create(const std::string& provider, const HttpRequest& request, std::string id);
  Job* Find(const std::string& provider, std::string_view id);
  int Progress(const Job& job) const;  // 0 queued, 1 running, 2 ended

  SimWorld* const world_;
  SimExecutor* const executor_;
  SeededRandom* const random_;
  const std::function<void(std::string)> trace_;
  std::function<void(const Creation&)> on_creation_;
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
  int submissions_ = 0;
  int looks_ = 0;
  int book_looks_ = 0;
  std::deque<Fate> submit_script_;
  std::deque<Fate> look_script_;
  std::deque<Fate> books_script_;
  std::optional<absl::Duration> books_lag_;
  absl::Duration throttle_ = absl::Seconds(3);
  absl::Time hidden_until_ = absl::InfinitePast();
};

// What a server of a simulation wants to be called back at begins so.
inline constexpr std::string_view kCallbackBase = "https://callbacks.sim";

// The tag in a request's prompt, `sim-<number>`; empty: none.
std::string TagOf(std::string_view body);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_NETWORK_H_
