#include "server/store/retention.h"

#include <algorithm>
#include <string>
#include <utility>

namespace zoetrope {
namespace {

constexpr absl::Duration kPauseMin = absl::Milliseconds(5);
constexpr int kPausePerWork = 4;

}  // namespace

// Everything on the executor, but for the store's callback, which only posts.
struct Retention::Sweep : std::enable_shared_from_this<Sweep> {
  Sweep(JobStore* store_in, Executor* executor_in, Clock* clock_in, RetentionOptions options_in, Log* log_in)
      : store(store_in), executor(executor_in), clock(clock_in), options(options_in), log(log_in) {}

  void After(absl::Duration pause) {
    executor->PostAt(clock->TimeNow() + pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Look();
    });
  }

  void Look() {
    const absl::Duration start = clock->Monotonic();
    store->RemoveEnded(clock->TimeNow() - options.finished_jobs, options.batch,
                       [weak = weak_from_this(), start](absl::StatusOr<Removed> removed) {
                         const auto self = weak.lock();
                         if (!self) return;
                         self->executor->Post([weak, start, removed = std::move(removed)] {
                           if (const auto still = weak.lock()) still->OnRemoved(start, removed);
                         });
                       });
  }

  void OnRemoved(absl::Duration start, const absl::StatusOr<Removed>& removed) {
    if (removed.ok()) {
      total.jobs += removed->jobs;
      total.blobs += removed->blobs;
      if (removed->more) return After(std::max(kPauseMin, kPausePerWork * (clock->Monotonic() - start)));
    }
    Tell();
    After(options.interval);
  }

  void Tell() {
    if (log != nullptr && (total.jobs > 0 || total.blobs > 0)) {
      log->Info("old_jobs_removed",
                {{"jobs", std::to_string(total.jobs)}, {"pictures", std::to_string(total.blobs)}});
    }
    total = {};
  }

  JobStore* const store;
  Executor* const executor;
  Clock* const clock;
  const RetentionOptions options;
  Log* const log;
  Removed total;  // since the last look that found nothing more
};

Retention::Retention(JobStore* store, Executor* executor, Clock* clock, RetentionOptions options, Log* log)
    : sweep_(std::make_shared<Sweep>(store, executor, clock, options, log)) {}

Retention::~Retention() = default;

void Retention::Start() { sweep_->After(absl::ZeroDuration()); }

}  // namespace zoetrope
