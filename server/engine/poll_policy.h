// When to ask a provider next. Pure.
//
// A video takes a minute or two, and how long is roughly known. Asking every second would cost a hundred
// requests a job; asking every fifteen would show each result seven seconds late. So the pauses shrink
// towards the typical end and grow after it.
#ifndef ZOETROPE_SERVER_ENGINE_POLL_POLICY_H_
#define ZOETROPE_SERVER_ENGINE_POLL_POLICY_H_

#include <optional>

#include "absl/time/time.h"
#include "server/engine/account.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// However long a provider asks us to stay away, nobody waits longer for the next harmless call.
inline constexpr absl::Duration kLongestRetryAfter = absl::Minutes(5);

struct PollPlan {
  absl::Duration first_after;   // acceptance to the first poll
  absl::Duration floor;         // least pause
  absl::Duration interval_max;  // longest pause
  absl::Duration typical;       // acceptance to the result, usually
};

PollPlan MakePollPlan(const Capabilities& capabilities, const PollLimits& limits, absl::Duration typical);

// Pause before the next poll of a job that was accepted `elapsed` ago and is still pending. `random` in [0,
// 1) spreads jobs that were accepted together.
absl::Duration NextPoll(const PollPlan& plan, absl::Duration elapsed, double random);

// Pause after the `failures`-th poll in a row (from 1) that told nothing: full jitter over an exponential, as
// AWS describes it, or what the provider asked for. `affordable`: the account's budget has a repetition for
// it; else it keeps to the longest pauses.
absl::Duration RetryPoll(const PollPlan& plan, int failures, std::optional<absl::Duration> retry_after,
                         bool affordable, double random);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_POLL_POLICY_H_
