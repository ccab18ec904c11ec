#include "server/engine/probe_policy.h"

#include <algorithm>
#include <variant>

#include "server/providers/http_classes.h"

namespace zoetrope {
namespace {

// So long a probe leaves it to the polls. After failures one may be a minute away, and a job that is still
// being prepared or searched for has none.
constexpr absl::Duration kPollsFirst = absl::Seconds(20);

}  // namespace

absl::Time NextProbe(const Breaker& breaker, absl::Time paused_until, bool jobs_there) {
  const absl::Time half_open = breaker.RetryTime();
  if (half_open == absl::InfinitePast()) return absl::InfiniteFuture();
  return std::max(half_open + (jobs_there ? kPollsFirst : absl::ZeroDuration()), paused_until);
}

ProbeVerdict ReadProbeAnswer(const Adapter& adapter, const Offering& offering, const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  if (response == nullptr || IsServerTrouble(response->status)) return {LaneSignal::kFailing, std::nullopt};
  const PollOutcome outcome = adapter.ReadProbe(offering, *response);
  if (const auto* again = std::get_if<TryAgain>(&outcome); again != nullptr && !again->about_job) {
    if (!again->account_trouble) return {LaneSignal::kFailing, std::nullopt};
    return {SignalOf(*again->account_trouble).value_or(LaneSignal::kRejected), again->retry_after};
  }
  // Whatever the dialect makes of the body: under such a status nothing is as it should be.
  if (const auto shown = SignalOf(ReasonOfStatus(response->status))) return {*shown, RetryAfter(*response)};
  return {LaneSignal::kWorking, std::nullopt};
}

}  // namespace zoetrope
