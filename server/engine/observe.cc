// What a change of a job means to whoever counts.
#include "server/engine/engine_loop.h"

namespace zoetrope {
namespace {

SearchEnd SearchEndOf(const Attempt& attempt, bool is_last) {
  if (attempt.phase == AttemptPhase::kHeld) return SearchEnd::kHeld;
  if (attempt.phase != AttemptPhase::kFailed) return SearchEnd::kFound;
  return is_last ? SearchEnd::kAbandoned : SearchEnd::kRetried;
}

void ObserveAttempt(EngineObserver& observer, const LiveJob& job, const Attempt* before, const Attempt& after,
                    bool is_last) {
  const AttemptPhase was = before != nullptr ? before->phase : AttemptPhase::kPlanned;
  if (was != after.phase) {
    if (after.phase == AttemptPhase::kIntent)
      observer.OnQueueWait(after.provider, after.intent_time - after.create_time);
    // What the store is a copy of may have sent it: unknown, and over, in one step.
    const bool copied = was == AttemptPhase::kPlanned && after.phase != AttemptPhase::kIntent &&
                        after.failure && after.failure->reason == FailureReason::kOutcomeUnknown;
    if (after.phase == AttemptPhase::kUnknown || copied) observer.OnSubmissionUnknown(after.provider);
    if (was == AttemptPhase::kUnknown || copied)
      observer.OnSearchEnded(after.provider, SearchEndOf(after, is_last));
    if ((after.phase == AttemptPhase::kFailed || after.phase == AttemptPhase::kRefused) && after.failure) {
      observer.OnAttemptFailed(after.provider, job.model, after.failure->reason);
    }
  }
  const bool was_decided = before != nullptr && before->resolution.has_value();
  if (!was_decided && after.resolution) observer.OnDecided(after.provider, after.resolution->kind);
  const bool was_settled = before != nullptr && before->settlement == Settlement::kSettled;
  if (!was_settled && after.settlement == Settlement::kSettled) {
    observer.OnSettled(after.provider, job.model,
                       {after.settled.value_or(Money()), after.overrun, after.quoted,
                        after.cost_source == CostSource::kProvider});
  }
}

absl::Duration LengthOf(const LiveJob& job, const JobState& state) {
  std::int64_t ms = 0;
  for (const Output& output : state.outputs) ms += output.duration_ms.value_or(job.video_ms);
  return absl::Milliseconds(ms);
}

}  // namespace

void Observe(EngineObserver& observer, const LiveJob& job, const JobState& before, const JobState& after) {
  for (std::size_t i = 0; i < after.attempts.size(); ++i) {
    ObserveAttempt(observer, job, i < before.attempts.size() ? &before.attempts[i] : nullptr,
                   after.attempts[i], i + 1 == after.attempts.size());
  }
  if (!IsTerminal(before.phase) && IsTerminal(after.phase)) {
    observer.OnJobEnded(after.attempts.back().provider, job.model, after.phase,
                        after.phase == JobPhase::kFailed && after.failure
                            ? std::optional(after.failure->reason)
                            : std::nullopt,
                        after.complete_time - job.create_time);
    if (after.phase == JobPhase::kSucceeded)
      observer.OnVideos(after.attempts.back().provider, job.model, job.resolution, LengthOf(job, after));
  }
}

}  // namespace zoetrope
