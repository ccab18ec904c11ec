// How the engine's attempts went, for routing.
#ifndef ZOETROPE_SERVER_ENGINE_TRACK_RECORD_H_
#define ZOETROPE_SERVER_ENGINE_TRACK_RECORD_H_

#include <memory>
#include <mutex>

#include "absl/time/time.h"
#include "server/base/limits.h"
#include "server/domain/job.h"
#include "server/route/experience.h"

namespace zoetrope {

// Thread-safe. Lives in memory alone: a new start knows what the catalogue says.
class TrackRecord {
 public:
  // Attempts that were sent before `since` say nothing: who knows how long nobody looked.
  explicit TrackRecord(absl::Time since, absl::Duration half_life = limits::kExperienceHalfLife);

  // Takes in the attempts that a change from `before` to `after` has ended, or shown to be of unknown
  // outcome.
  void Note(const JobState& before, const JobState& after, absl::Time now);

  // What is known now; never null, and never changes.
  std::shared_ptr<const ExperienceBook> Book() const;

 private:
  const absl::Time since_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ExperienceBook> book_;
};

// Whether a generation that ended so says something about its provider, and not about its caller.
bool IsProvidersFault(FailureReason reason);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_TRACK_RECORD_H_
