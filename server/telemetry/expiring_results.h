// How many videos that nobody has fetched will soon be gone from where their provider keeps them.
#ifndef ZOETROPE_SERVER_TELEMETRY_EXPIRING_RESULTS_H_
#define ZOETROPE_SERVER_TELEMETRY_EXPIRING_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>

#include "absl/time/time.h"
#include "server/engine/job_follower.h"

namespace zoetrope {

// Follows jobs from the start of the process on, and knows nothing of those that had ended before.
// Thread-safe.
class ExpiringResults final : public JobFollower {
 public:
  void OnChange(const LiveJob& job, const JobState& after) override;
  void OnExchange(const AttemptExchange&) override {}

  // The whole video has gone to a caller.
  void OnSaved(const std::string& job_id, int output, absl::Time expire_time);

  // Videos that were not fetched through the server, and whose address is good at `now` and not for a day
  // more, by account; to within ten minutes. Forgets those that are past.
  std::map<std::string, std::size_t> Within(absl::Time now, absl::Duration span = absl::Hours(24));

 private:
  std::mutex mutex_;
  // By account, then by the slot of ten minutes in which they end: a number for each, made of its job's id.
  std::map<std::string, std::map<std::int64_t, std::unordered_set<std::size_t>>> ends_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_EXPIRING_RESULTS_H_
