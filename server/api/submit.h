// How a job comes into being: everything between a request and an answer that holds, without gRPC.
//
// A request id is answered from the store before anything else could answer: a retry never meets validation,
// a price or a drain that its first call did not meet. Where nothing stands in the way, the store's own check
// for the id, in the transaction that makes the job, is that look-up.
#ifndef ZOETROPE_SERVER_API_SUBMIT_H_
#define ZOETROPE_SERVER_API_SUBMIT_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/api/byte_budget.h"
#include "server/api/ports.h"
#include "server/api/supply.h"
#include "server/auth/principal.h"
#include "server/base/clock.h"
#include "server/base/current.h"
#include "server/base/executor.h"
#include "server/base/limits.h"
#include "server/base/log.h"
#include "server/base/random.h"
#include "server/base/trace.h"
#include "server/engine/track_record.h"
#include "server/route/router.h"
#include "server/store/job_store.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// All of it outlives the submitter and its calls.
struct SubmitParts {
  JobStore* store = nullptr;
  EnginePort* engine = nullptr;
  Executor* executor = nullptr;  // for looking again after a while
  Executor* pictures =
      nullptr;  // one thread, on which pictures are fitted one after another: each takes much memory
  Clock* clock = nullptr;
  Random* random = nullptr;
  const Current<Supply>* supply = nullptr;
  const TrackRecord* track_record = nullptr;  // may be null: the catalogue's word counts
  Log* log = nullptr;                         // may be null
  // Of requests that are being taken in; one more is QUEUE_FULL.
  std::size_t bytes_max = limits::kSubmitBytes;
};

struct Submitted {
  Job job;
  bool duplicate = false;
};

struct Quoted {
  Generation generation;     // effective
  QuotedDefaults left_open;  // what of it the caller did not name
  std::vector<Evaluation> evaluations;
  absl::Time time;
  std::string id;  // to submit with; empty: nothing is promised
  absl::Time expire_time;
};

// Thread-safe.
class Submitter {
 public:
  using Done = std::function<void(absl::StatusOr<Submitted>)>;
  using QuoteDone = std::function<void(absl::StatusOr<Quoted>)>;

  explicit Submitter(SubmitParts parts);
  // Every call must have had its `done`. Looking for jobs of unknown outcome ends here.
  ~Submitter();

  // For `principal`, which has a tenant. Calls `done` once, perhaps inside the call, else on a thread of the
  // store's or of `pictures`. `request` must live until then. The caller's thread decodes the pictures;
  // nothing else on it takes long. A job that is made stays in `trace`.
  void Submit(const Principal& principal, const v1::SubmitRequest* request, Done done,
              const TraceContext& trace = {});

  // Prices `subject` at every offering; changes nothing. As Submit otherwise.
  void Quote(std::string tenant, const v1::QuoteSubject* subject, QuoteDone done);

  // From now on, or until Open, only request ids that are known already get their job; the rest is refused.
  void Drain() { core_->gate = Gate::kDraining; }
  void Hold() { core_->gate = Gate::kStarting; }
  // Ends a Hold. Not after Drain.
  void Open() { core_->gate = Gate::kOpen; }

 private:
  enum class Gate { kOpen, kStarting, kDraining };
  struct Core {
    explicit Core(std::size_t bytes_max) : room(bytes_max) {}
    // Null: nothing was observed.
    std::shared_ptr<const ExperienceBook> Experience() const {
      return parts.track_record == nullptr ? nullptr : parts.track_record->Book();
    }

    SubmitParts parts;
    std::atomic<Gate> gate{Gate::kOpen};
    ByteBudget room;
    // Looking for a job can outlive its call, and must not outlive the parts.
    std::mutex mutex;
    bool closed = false;
  };
  class Call;
  class Creation;

  std::shared_ptr<Core> core_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_SUBMIT_H_
