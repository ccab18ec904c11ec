// How many attempts are HELD now, by account: the gauge that must say what the store says.
#ifndef ZOETROPE_SERVER_ENGINE_HELD_COUNTS_H_
#define ZOETROPE_SERVER_ENGINE_HELD_COUNTS_H_

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "server/domain/job.h"

namespace zoetrope {

// Told by one thread of every job that is taken over and of every change that is durable; read by any. Being
// told twice changes nothing.
class HeldCounts {
 public:
  // The job is now in this state.
  void Is(const std::string& job_id, const JobState& state) {
    const bool held = !state.attempts.empty() && state.attempts.back().phase == AttemptPhase::kHeld;
    std::lock_guard lock(mutex_);
    if (held) {
      provider_of_.insert_or_assign(job_id, state.attempts.back().provider);
      none_.emplace(state.attempts.back().provider, 0);
    } else {
      provider_of_.erase(job_id);
    }
  }

  // An account that had some and has none now is there with 0.
  std::map<std::string, std::size_t> ByProvider() const {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::size_t> counts = none_;
    for (const auto& [job_id, provider] : provider_of_) ++counts[provider];
    return counts;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> provider_of_;  // by job
  std::map<std::string, std::size_t> none_;                   // 0 for each account that ever had one
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_HELD_COUNTS_H_
