#include "server/telemetry/expiring_results.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "server/store/store_values.h"

namespace zoetrope {
namespace {

constexpr absl::Duration kSlot = absl::Minutes(10);
// What claims to last longer is not waited for.
constexpr absl::Duration kHorizon = absl::Hours(24 * 366);

// Of a slot; what is more is not counted.
constexpr std::size_t kVideosPerSlot = 100'000;

std::int64_t SlotOf(absl::Time time) { return (time - absl::UnixEpoch()) / kSlot; }

std::size_t NumberOf(const std::string& job_id, int output) {
  return std::hash<std::string>()(absl::StrCat(job_id, "/", output));
}

}  // namespace

void ExpiringResults::OnChange(const LiveJob& job, const JobState& after) {
  if (IsTerminal(job.state.phase) || after.phase != JobPhase::kSucceeded) return;
  const std::lock_guard lock(mutex_);
  auto& ends = ends_[after.attempts.back().provider];
  for (std::size_t i = 0; i < after.outputs.size(); ++i) {
    const absl::Time end = after.outputs[i].expire_time;
    if (end <= after.complete_time || end >= after.complete_time + kHorizon) continue;
    std::unordered_set<std::size_t>& slot = ends[SlotOf(end)];
    if (slot.size() < kVideosPerSlot) slot.insert(NumberOf(job.id, static_cast<int>(i)));
  }
}

void ExpiringResults::OnSaved(const std::string& job_id, int output, absl::Time expire_time) {
  if (expire_time == absl::InfiniteFuture()) return;
  const std::lock_guard lock(mutex_);
  for (auto& [account, ends] : ends_) {
    if (const auto slot = ends.find(SlotOf(expire_time)); slot != ends.end())
      slot->second.erase(NumberOf(job_id, output));
  }
}

std::map<std::string, std::size_t> ExpiringResults::Within(absl::Time now, absl::Duration span) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::size_t> counts;
  for (auto& [account, ends] : ends_) {
    ends.erase(ends.begin(), ends.lower_bound(SlotOf(now)));
    std::size_t& count = counts[account];
    for (auto end = ends.begin(); end != ends.end() && end->first <= SlotOf(now + span); ++end)
      count += end->second.size();
  }
  return counts;
}

}  // namespace zoetrope
