#include "server/api/readiness.h"

#include <optional>
#include <utility>

namespace zoetrope {
namespace {

// One look that fails may be an instant's.
constexpr int kFailuresInRow = 2;

}  // namespace

// Everything on the executor, but for the store's callback, which only posts.
struct Readiness::Looking : std::enable_shared_from_this<Looking> {
  void After(absl::Duration pause) {
    executor->PostAt(clock->TimeNow() + pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Look();
    });
  }

  void Look() {
    After(interval);
    if (waiting) return Take(false);
    waiting = true;
    // Of nobody: an answer is all that is wanted, and that there is none is one.
    store->FindRequest("", "readiness",
                       [weak = weak_from_this()](const absl::StatusOr<std::optional<RequestBinding>>& found) {
                         const auto self = weak.lock();
                         if (!self) return;
                         self->executor->Post([weak, answered = found.ok()] {
                           const auto still = weak.lock();
                           if (!still) return;
                           still->waiting = false;
                           still->Take(answered);
                         });
                       });
  }

  void Take(bool answered) {
    failures = answered ? 0 : failures + 1;
    const bool now_ready = failures < kFailuresInRow;
    if (std::exchange(ready, now_ready) != now_ready) {
      if (log != nullptr && now_ready) log->Info("ready_again");
      if (log != nullptr && !now_ready) log->Error("not_ready", {{"why", "the store cannot be read"}});
      tell(now_ready);
    }
  }

  JobStore* store = nullptr;
  Executor* executor = nullptr;
  Clock* clock = nullptr;
  std::function<void(bool)> tell;
  Log* log = nullptr;
  absl::Duration interval;
  int failures = 0;
  bool waiting = false;  // for an answer
  bool ready = true;
};

Readiness::Readiness(JobStore* store, Executor* executor, Clock* clock, std::function<void(bool ready)> tell,
                     Log* log, absl::Duration interval)
    : looking_(std::make_shared<Looking>()) {
  looking_->store = store;
  looking_->executor = executor;
  looking_->clock = clock;
  looking_->tell = std::move(tell);
  looking_->log = log;
  looking_->interval = interval;
}

Readiness::~Readiness() = default;

void Readiness::Start() { looking_->After(looking_->interval); }

}  // namespace zoetrope
