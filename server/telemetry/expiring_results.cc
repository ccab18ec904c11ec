#include "server/telemetry/expiring_results.h"

#include "server/store/store_values.h"

namespace zoetrope {
namespace {

constexpr absl::Duration kSlot = absl::Minutes(10);
// What claims to last longer is not waited for.
constexpr absl::Duration kHorizon = absl::Hours(24 * 366);

std::int64_t SlotOf(absl::Time time) { return (time - absl::UnixEpoch()) / kSlot; }

}  // namespace

void ExpiringResults::OnChange(const LiveJob& job, const JobState& after) {
  if (IsTerminal(job.state.phase) || after.phase != JobPhase::kSucceeded) return;
  const std::lock_guard lock(mutex_);
  std::map<std::int64_t, std::size_t>& ends = ends_[after.attempts.back().provider];
  for (const Output& output : after.outputs) {
    const absl::Time end = output.expire_time;
    if (end > after.complete_time && end < after.complete_time + kHorizon) ++ends[SlotOf(end)];
  }
}

std::map<std::string, std::size_t> ExpiringResults::Within(absl::Time now, absl::Duration span) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::size_t> counts;
  for (auto& [account, ends] : ends_) {
    ends.erase(ends.begin(), ends.lower_bound(SlotOf(now)));
    std::size_t& count = counts[account];
    for (auto end = ends.begin(); end != ends.end() && end->first <= SlotOf(now + span); ++end)
      count += end->second;
  }
  return counts;
}

}  // namespace zoetrope
