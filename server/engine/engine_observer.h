// What the engine tells whoever counts.
#ifndef ZOETROPE_SERVER_ENGINE_ENGINE_OBSERVER_H_
#define ZOETROPE_SERVER_ENGINE_ENGINE_OBSERVER_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/job.h"
#include "server/http/http_client.h"

namespace zoetrope {

struct LiveJob;

// Names of a provider's calls: a closed set, used as a metric's label.
// kProbe: whether an account that was given up is back; kRepeat: a submission of unknown outcome that is sent
// again; kLookup: a question after one; kCharge: a question after what was charged.
enum class ProviderCall { kPrepare, kSubmit, kPoll, kCancel, kDownload, kProbe, kRepeat, kLookup, kCharge };

// How the search for a submission of unknown outcome has ended. kRetried: abandoned, with a second submission
// after it, so that both may be paid for.
enum class SearchEnd { kFound, kHeld, kAbandoned, kRetried };

// What a callback that names one of our attempts has come to. kAdopted: a held one goes on; kEvidence: what
// is searched for, waits to be sent again, or may come to be unknown, is known; kStray: something is there
// that counts as refused, or was given up, and nobody asks after it; kNoNews: it was known; kPassedOver:
// another attempt has the provider's job; kUnreadable: it says nothing; kNotTaken: the provider was asked to
// call again.
enum class CallbackEnd { kAdopted, kEvidence, kStray, kNoNews, kPassedOver, kUnreadable, kNotTaken };

// What an attempt was charged.
struct SettledMoney {
  Money amount;
  Money overrun;                // part of it above what was set aside
  std::optional<Money> quoted;  // nullopt: it had no price
  bool reported = false;        // the provider has named it
};

// Calls come on the engine's executor; they must not block. Every default does nothing, so that a test
// overrides what it needs.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;

  // A call to a provider has ended. `status` 0: no answer, and `fault` says why.
  virtual void OnExchange(std::string_view /*provider*/, ProviderCall, int /*status*/,
                          std::optional<TransportFault>, absl::Duration /*took*/) {}
  // A job has become terminal. `provider` is that of its last attempt. `reason` is set when it failed.
  virtual void OnJobEnded(std::string_view /*provider*/, std::string_view /*model*/, JobPhase,
                          std::optional<FailureReason> /*reason*/, absl::Duration /*since acceptance*/) {}
  // A job has brought videos of so many seconds in all.
  virtual void OnVideos(std::string_view /*provider*/, std::string_view /*model*/,
                        std::string_view /*resolution*/, absl::Duration) {}
  // An attempt's charge is known.
  virtual void OnSettled(std::string_view /*provider*/, std::string_view /*model*/, const SettledMoney&) {}
  // An attempt has ended without a video.
  virtual void OnAttemptFailed(std::string_view /*provider*/, std::string_view /*model*/, FailureReason) {}
  // A submission's outcome is unknown: the alarm of promise 2.
  virtual void OnSubmissionUnknown(std::string_view /*provider*/) {}
  // The search for one is over.
  virtual void OnSearchEnded(std::string_view /*provider*/, SearchEnd) {}
  // A callback was answered.
  virtual void OnCallback(std::string_view /*provider*/, CallbackEnd) {}
  // A decision about a held attempt was carried out.
  virtual void OnDecided(std::string_view /*provider*/, ResolutionKind) {}
  // A status word or a body that we do not know.
  virtual void OnUnrecognized(std::string_view /*provider*/, ProviderCall) {}
  // A job waited so long between acceptance and the intent to send.
  virtual void OnQueueWait(std::string_view /*provider*/, absl::Duration) {}
};

// What an observer is told of a change from `before` to `after`.
void Observe(EngineObserver& observer, const LiveJob& job, const JobState& before, const JobState& after);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_ENGINE_OBSERVER_H_
