#include "server/engine/search_policy.h"

#include <algorithm>

namespace zoetrope {
namespace {

// A repetition that is not answered either is one of a provider in trouble: 1, 2, 4, 8 and 16 s apart.
constexpr int kRepeats = 6;
constexpr absl::Duration kRepeatPause = absl::Seconds(1);
// Looks that are not answered are not the last word: an outage is when most outcomes become unknown. So long
// it is waited for one that is, as a multiple of the time for looks that are.
constexpr int kOutagePatience = 6;
// No provider needs a look more often than this many doublings of the first pause.
constexpr int kDoublingsMax = 20;
constexpr double kJitter = 0.1;

absl::Duration Doubled(absl::Duration pause, int times) {
  return pause * (1 << std::clamp(times, 0, kDoublingsMax));
}

}  // namespace

SearchPlan MakeSearchPlan(const Capabilities& capabilities, const SearchLimits& limits) {
  SearchPlan plan;
  plan.can_repeat = capabilities.deduplicates_by_id;
  plan.repeat_within = capabilities.deduplicates_for;
  plan.can_look_up = capabilities.can_look_up;
  plan.first_after = std::min(limits.first_after, limits.give_up_after);
  plan.give_up_after = limits.give_up_after;
  return plan;
}

NextTry NextSearchStep(const SearchPlan& plan, const SearchProgress& progress, absl::Time now,
                       double random) {
  if (plan.can_repeat && !progress.repeats_over && progress.repeats < kRepeats) {
    const absl::Duration pause =
        progress.repeats == 0 ? absl::ZeroDuration() : Doubled(kRepeatPause, progress.repeats - 1);
    const absl::Time at = std::max(now + pause * (1.0 - kJitter * random), progress.repeat_from);
    if (at < progress.sent_at + plan.repeat_within) return {SearchStep::kRepeat, at};
  }
  const NextTry give_up{SearchStep::kGiveUp, now};
  if (!plan.can_look_up) return give_up;
  if (progress.failures > 0) {
    if (now >= progress.since + plan.give_up_after * kOutagePatience) return give_up;
    const absl::Duration pause =
        std::min(Doubled(plan.first_after, progress.failures), plan.give_up_after / 2);
    return {SearchStep::kLookUp, now + pause * (1.0 - kJitter * random)};
  }
  // The last one was at the end of the time.
  if (progress.looks > 0 && Doubled(plan.first_after, progress.looks - 1) >= plan.give_up_after)
    return give_up;
  const absl::Duration after = std::min(Doubled(plan.first_after, progress.looks), plan.give_up_after);
  return {SearchStep::kLookUp, std::max(now, progress.since + after * (1.0 + kJitter * random))};
}

}  // namespace zoetrope
