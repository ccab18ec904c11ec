// Where the live jobs stand: how many, since when, and for how much money; for metrics.
#ifndef ZOETROPE_SERVER_ENGINE_JOB_STANDINGS_H_
#define ZOETROPE_SERVER_ENGINE_JOB_STANDINGS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "server/base/money.h"
#include "server/domain/job.h"

namespace zoetrope {

// Where a live job is, by its last attempt. A closed list, used as a metric's label.
// kSending: the intent is durable, and the provider has not answered; kUnknown: nobody knows whether it was
// accepted, and the server is finding out; kHeld: it waits for a decision; kSettling: it is over, or nearly,
// and its money is not.
enum class JobPlace { kQueued, kSending, kRunning, kUnknown, kHeld, kSettling };
inline constexpr std::size_t kJobPlaces = 6;

// The jobs in one place.
struct PlaceStanding {
  std::size_t jobs = 0;
  // Since when the one that has been there longest is there, to the second; none: InfiniteFuture.
  absl::Time since = absl::InfiniteFuture();
};

// What one account has.
struct AccountStanding {
  std::array<PlaceStanding, kJobPlaces> places;  // by JobPlace
  Money reserved;                                // set aside for these jobs, and not settled yet
  // Since when the running job that has waited longest has not been heard of; none: InfiniteFuture.
  absl::Time unheard_since = absl::InfiniteFuture();

  const PlaceStanding& in(JobPlace place) const { return places[static_cast<std::size_t>(place)]; }
};

// Times to the second, of which any number are the same.
class EarliestSecond {
 public:
  void Add(std::int64_t second) { ++counts_[second]; }
  // `second` was added.
  void Remove(std::int64_t second) {
    const auto found = counts_.find(second);
    if (--found->second == 0) counts_.erase(found);
  }
  absl::Time earliest() const {
    return counts_.empty() ? absl::InfiniteFuture() : absl::FromUnixSeconds(counts_.begin()->first);
  }

 private:
  std::map<std::int64_t, std::uint32_t> counts_;
};

// Told by one thread, of every job that is taken over and of every change that is durable; read by any. What
// a job is counted as is kept with the job, so that a change costs the same however many there are.
class JobStandings {
 private:
  struct Account {
    std::array<std::size_t, kJobPlaces> jobs = {};
    std::array<EarliestSecond, kJobPlaces> entered;
    EarliestSecond heard;  // of those that run
    std::int64_t reserved_nanos = 0;
  };

 public:
  // What a job is counted as.
  class Mark {
   private:
    friend class JobStandings;
    Account* account = nullptr;  // nullptr: not counted
    JobPlace place = JobPlace::kQueued;
    std::int64_t entered = 0;
    std::int64_t heard = 0;
    std::int64_t reserved_nanos = 0;
  };

  // The job, which was `accepted` then, is in `state` at `now`. Being told twice changes nothing.
  void Is(const std::string& job_id, absl::Time accepted, const JobState& state, absl::Time now, Mark& mark);
  // Its provider has answered.
  void Heard(absl::Time now, Mark& mark);
  // It is looked after no more: a held one goes on counting until Is.
  void Left(const std::string& job_id, Mark& mark);

  // By account; one that had a job once stays.
  std::map<std::string, AccountStanding> ByProvider() const;

 private:
  static void Take(Mark& mark);

  mutable std::mutex mutex_;
  std::map<std::string, Account> accounts_;
  std::unordered_map<std::string, Mark> held_;  // by job, of those that nobody looks after
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_JOB_STANDINGS_H_
