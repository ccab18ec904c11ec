// What becomes of a job whose store was copied while another server went on with it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/engine/job_moves.h"

namespace zoetrope {

bool JobMoves::IsUnaccounted() const {
  if (job_.create_time > facts_.copied_at) return false;
  const std::vector<Attempt>& attempts = decision_.state.attempts;
  return std::none_of(attempts.begin(), attempts.end(), [this](const Attempt& a) {
    // That it was made says nothing of what the first server did when that had failed.
    const bool decided = a.resolution && a.resolution->kind != ResolutionKind::kAdopted &&
                         a.resolution->time > facts_.copied_at;
    const bool given_up = a.failure && a.failure->reason == FailureReason::kOutcomeUnknown &&
                          IsTerminal(a.phase) && a.complete_time > facts_.copied_at;
    return decided || given_up;
  });
}

bool JobMoves::IsHeldUnsent() const { return IsUnaccounted() && attempt().intent_time > facts_.copied_at; }

void JobMoves::AskToSend() {
  if (!IsUnaccounted()) return Want(AskLane{absl::ZeroDuration()});
  Change();
  attempt().intent_time = facts_.now;  // the wait for a decision begins
  attempt().failure = Failure{
      FailureReason::kOutcomeUnknown,
      absl::StrCat("this store is a copy of ",
                   absl::FormatTime(absl::RFC3339_sec, facts_.copied_at, absl::UTCTimeZone()),
                   "; the server that it was made by may have submitted the job since, there or elsewhere"),
      attempt().provider, ""};
  FollowUnknownPolicy(*attempt().failure);
}

}  // namespace zoetrope
