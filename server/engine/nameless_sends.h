// Submissions that may have created something of which no id is known.
//
// What a list shows is known by its content and time alone, so a job that one of these could be must not be
// taken for another one. In the memory of the process, because each of them is in the hands of the one that
// owns its job; a store that several share must be asked instead.
#ifndef ZOETROPE_SERVER_ENGINE_NAMELESS_SENDS_H_
#define ZOETROPE_SERVER_ENGINE_NAMELESS_SENDS_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/job.h"

namespace zoetrope {

class NamelessSends {
 public:
  struct Send {
    std::string job_id;
    std::string provider;
    absl::Time sent_at;
    absl::Time noted_at;
  };

  // Takes over what is known of the job's attempts as of now.
  void Note(const std::string& job_id, const JobState& state, absl::Time now) {
    for (const Attempt& attempt : state.attempts) {
      const bool nameless = attempt.intent_time != absl::InfinitePast() && attempt.provider_job.id.empty() &&
                            attempt.phase != AttemptPhase::kRefused;
      if (nameless) {
        sends_.try_emplace(attempt.id, Send{job_id, attempt.provider, attempt.intent_time, now});
      } else {
        sends_.erase(attempt.id);
      }
    }
    if (sends_.size() >= purge_at_) Purge(now);
  }

  // Those that were sent within so much of `time`, but for this attempt.
  std::vector<Send> Near(absl::Time time, absl::Duration within, std::string_view but_attempt_id) const {
    std::vector<Send> near;
    for (const auto& [attempt_id, send] : sends_) {
      if (attempt_id != but_attempt_id && send.sent_at >= time - within && send.sent_at <= time + within)
        near.push_back(send);
    }
    return near;
  }

  std::size_t size() const { return sends_.size(); }

  // Longer than a search takes that one of them could mislead. What is held for longer was sent so long ago
  // that nothing is searched for from its time.
  static constexpr absl::Duration kKept = absl::Hours(6);

 private:
  static constexpr std::size_t kPurgeMin = 1024;

  void Purge(absl::Time now) {
    std::erase_if(sends_, [now](const auto& entry) { return entry.second.noted_at < now - kKept; });
    purge_at_ = std::max(kPurgeMin, 2 * sends_.size());
  }

  std::unordered_map<std::string, Send> sends_;  // by attempt
  std::size_t purge_at_ = kPurgeMin;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_NAMELESS_SENDS_H_
