// What a decision about a held attempt does to the job and to the money.
#include <utility>

#include "server/engine/job_moves.h"

namespace zoetrope {

void JobMoves::CarryOut(const Decided& decided) {
  Failure unknown =
      attempt().failure.value_or(Failure{FailureReason::kOutcomeUnknown, "", attempt().provider, ""});
  const bool unsent = IsHeldUnsent();
  Change();
  attempt().resolution = Resolution{decided.decision.kind, decided.decision.note, decided.time};
  if (!job_ended()) state().failure.reset();  // it said that nobody knew
  switch (decided.decision.kind) {
    case ResolutionKind::kAdopted:
      Acknowledge(ProviderJob{decided.decision.provider_job_id, {}});
      return GoOnWithAcked();
    case ResolutionKind::kNotCreated:
      if (unsent) return BackToPlanned(absl::ZeroDuration(), std::nullopt);
      // Another reason than before: after one that is not known nothing else is tried.
      unknown.reason = FailureReason::kProviderError;
      unknown.message = WithTheirs("it was found that the provider does not have it", unknown.message);
      EndAttempt(AttemptPhase::kRefused, std::move(unknown));
      SettleAtNothing(attempt(), facts_.now, ledger());
      return GoOnOrFail();
    case ResolutionKind::kAbandoned:
    case ResolutionKind::kExpired:
      EndAttempt(AttemptPhase::kFailed, unknown);
      SettleAsAssumed(attempt(), facts_.now, ledger());
      return FailJob(std::move(unknown));
  }
}

}  // namespace zoetrope
