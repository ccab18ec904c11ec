#include "server/engine/track_record.h"

#include <optional>
#include <utility>

namespace zoetrope {
namespace {

enum class Went { kWell, kBadly };

// How an attempt went that was sent and has changed its phase; nullopt: nobody knows yet, or it says nothing.
std::optional<Went> WentOf(const Attempt& attempt) {
  if (attempt.intent_time == absl::InfinitePast()) return std::nullopt;
  // It waited for a person, and not for its provider.
  if (attempt.resolution) return std::nullopt;
  if (attempt.phase == AttemptPhase::kSucceeded) return Went::kWell;
  if (attempt.phase == AttemptPhase::kUnknown) return Went::kBadly;
  const bool failed = attempt.phase == AttemptPhase::kFailed || attempt.phase == AttemptPhase::kRefused;
  // Of unknown outcome: it was counted when it became so.
  if (!failed || !attempt.failure || attempt.failure->reason == FailureReason::kOutcomeUnknown)
    return std::nullopt;
  return IsProvidersFault(attempt.failure->reason) ? std::optional(Went::kBadly) : std::nullopt;
}

}  // namespace

bool IsProvidersFault(FailureReason reason) {
  switch (reason) {
    case FailureReason::kProviderAuthFailed:
    case FailureReason::kProviderBalanceExhausted:
    case FailureReason::kProviderRateLimited:
    case FailureReason::kProviderError:
    case FailureReason::kProviderTimeout:
    case FailureReason::kModelUnavailable:
    case FailureReason::kResultLost:
    case FailureReason::kResultInvalid:
    case FailureReason::kOutcomeUnknown:
    case FailureReason::kCancelledByProvider:
      return true;
    // A caller's deadline may be as short as he likes.
    case FailureReason::kDeadlineExceeded:
    case FailureReason::kValidationRejected:
    case FailureReason::kContentRejected:
    case FailureReason::kNoOfferingLeft:
    case FailureReason::kInternal:
      return false;
  }
  return false;
}

TrackRecord::TrackRecord(absl::Time since, absl::Duration half_life)
    : since_(since), book_(std::make_shared<const ExperienceBook>(half_life)) {}

void TrackRecord::Note(const JobState& before, const JobState& after, absl::Time now) {
  std::shared_ptr<ExperienceBook> next;
  for (std::size_t i = 0; i < after.attempts.size(); ++i) {
    const Attempt& attempt = after.attempts[i];
    if (i < before.attempts.size() && before.attempts[i].phase == attempt.phase) continue;
    const std::optional<Went> went = WentOf(attempt);
    if (!went || attempt.intent_time < since_) continue;
    if (!next) next = std::make_shared<ExperienceBook>(*Book());
    if (*went == Went::kWell) {
      next->NoteSuccess(attempt.provider, attempt.offering, attempt.complete_time - attempt.intent_time, now);
    } else {
      next->NoteFailure(attempt.provider, attempt.offering, now);
    }
  }
  if (!next) return;
  std::lock_guard lock(mutex_);
  book_ = std::move(next);
}

std::shared_ptr<const ExperienceBook> TrackRecord::Book() const {
  std::lock_guard lock(mutex_);
  return book_;
}

}  // namespace zoetrope
