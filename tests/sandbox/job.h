#ifndef ZOETROPE_TESTS_SANDBOX_JOB_H_
#define ZOETROPE_TESTS_SANDBOX_JOB_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tests/sandbox/faults.h"
#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

enum class JobState { kQueued, kRunning, kCompleted, kFailed, kTimedOut, kCancelled };

enum class Failure { kNone, kProvider, kContent, kValidation, kPicture, kTimeout };

// The bytes of a picture with what its header says. Immutable, shared with the renderer's thread.
struct Picture {
  std::string bytes;
  std::string digest;  // hex SHA-256: the same picture is rendered once
  std::string content_type;
  int width = 0;
  int height = 0;
};

// What the video will look like.
struct ClipSpec {
  std::shared_ptr<const Picture> picture;
  int width = 1280;
  int height = 720;
  int seconds = 4;
};

// How a job will run. Decided once, when it is created; its state is then a function of time alone, so that
// nothing ticks and a test may jump hours ahead.
struct Plan {
  std::int64_t queue_ms = 0;
  std::int64_t run_ms = 0;
  bool never_finishes = false;
  Failure failure = Failure::kNone;
  bool own_deadline = false;     // fal: it did not start by the time that its client had set
  bool failure_in_item = false;  // Runware's second form of failure
  bool completed_with_error = false;
  bool nsfw = false;
  int failed_results = 0;  // of a batch
  bool result_expired = false;
  bool cancel_too_late = false;
  bool backwards = false;
  std::string code;               // the provider's own code of the failure, "" = the usual one
  int discount_percent = 100;     // of the list price that is charged
  std::int64_t books_lag_ms = 0;  // WaveSpeed: from the end until the charge is in the books
  std::string message;            // what the provider says about the failure
  Json detail;                    // fal: the body of the failed result
};

struct Job {
  std::uint64_t seq = 0;
  Provider provider = Provider::kRunpod;
  std::string endpoint;
  std::string id;
  std::string marker;  // the gateway's own name for the attempt, "" if it sent none
  std::string prompt;
  std::int64_t created_ms = 0;
  Plan plan;
  std::optional<std::int64_t> cancelled_ms;
  std::int64_t cancel_charge_nanos = 0;
  std::int64_t price_nanos = 0;  // of one result
  std::int64_t unit_nanos = 0;   // fal: the price of one billing unit
  int results = 1;
  std::int64_t retention_ms = 0;   // after the end; 0 = for ever
  std::int64_t media_ms = 0;       // life of the result files after the end; 0 = for ever
  std::int64_t deleted_at_ms = 0;  // a deadline set by the client, 0 = none
  ClipSpec clip;
  bool include_cost = false;
  bool keeps_video = true;  // fal delete_video = false: the video may be remixed
  bool answered = true;     // the client got what it needs to follow the job
  bool evicted = false;
  bool streamed = false;  // RunPod: the stream has handed its one chunk out
  Json request;           // as sent, where the provider shows it: Runware's details, two histories
  std::vector<ArmedFault> faults;
  int running_polls = 0;

  // The wire faults that strike this call, one use less.
  std::vector<Fault> Strike(Call call);
  // A fault of the job's own life, one use less; nothing if there is none or it is spent.
  std::optional<Fault> Use(std::string_view name);
};

JobState StateAt(const Job& job, std::int64_t now_ms);
bool IsFinal(JobState state);
std::string_view StateName(JobState state);
std::int64_t EndsAt(const Job& job);  // when it will be final; max() if never
std::int64_t ChargedNanos(const Job& job, std::int64_t now_ms);
// The provider does not know the job any more: retention is over or its own deadline has passed.
bool IsGone(const Job& job, std::int64_t now_ms);
// How many results are ready; results of a batch come one after the other.
int ResultsReady(const Job& job, std::int64_t now_ms);

// The input as a history shows it. A data: URI in it would keep every picture for as long as the job.
Json WithoutPictures(Json input);

// Turns the faults of kind kJob into the plan.
void ApplyJobFaults(const std::vector<Fault>& faults, Job* job);

// A stable 64-bit value of a job: seeds, worker ids, media ids.
std::uint64_t Derive(std::string_view text, std::uint64_t salt);
std::string DerivedUuid(std::string_view text, std::uint64_t salt);

// All jobs. Bounded: the oldest finished ones are evicted (their polls answer 404) and, much later,
// forgotten.
class JobStore {
 public:
  explicit JobStore(std::size_t max_jobs) : max_jobs_(max_jobs) {}

  Job& Add(Job job, std::int64_t now_ms);
  Job* Find(Provider provider, const std::string& id);
  Job* FindBySeq(std::uint64_t seq);
  const std::deque<Job>& all() const { return jobs_; }
  std::uint64_t created() const { return next_seq_ - 1; }
  std::size_t live() const { return live_; }
  void Clear();

 private:
  void Evict(std::int64_t now_ms);
  static std::string Key(Provider provider, const std::string& id);

  std::size_t max_jobs_;
  std::uint64_t next_seq_ = 1;
  std::deque<Job> jobs_;  // by seq; references stay valid while others are added at the ends
  std::size_t live_ = 0;  // not evicted
  std::size_t evict_cursor_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_id_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_JOB_H_
