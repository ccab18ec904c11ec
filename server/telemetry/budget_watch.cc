#include "server/telemetry/budget_watch.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

#include "absl/numeric/int128.h"
#include "server/route/budget.h"

namespace zoetrope {
namespace {

Money UsedOf(const BudgetCount& count) { return Add(count.reserved, count.charged).value_or(count.charged); }

// The highest of the percentages that are reached; 0: none.
int ReachedBy(const Budget& budget, Money used) {
  int reached = 0;
  for (const int percent : budget.notify_percent) {
    if (absl::int128(used.nanos()) * 100 >= absl::int128(budget.limit.nanos()) * percent) reached = percent;
  }
  return reached;
}

}  // namespace

// Everything on the executor, but for the store's callback, which only posts, and for reading the standings.
struct BudgetWatch::Looking : std::enable_shared_from_this<Looking> {
  Looking(JobStore* store_in, Executor* executor_in, Clock* clock_in, std::vector<Budget> budgets_in,
          Log* log_in, absl::Duration interval_in)
      : store(store_in),
        executor(executor_in),
        clock(clock_in),
        budgets(std::move(budgets_in)),
        log(log_in),
        interval(interval_in) {}

  void After(absl::Duration pause) {
    executor->PostAt(clock->TimeNow() + pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->LookAt(0);
    });
  }

  void LookAt(std::size_t index) {
    if (index == budgets.size()) return After(interval);
    const absl::Time start = WindowStart(budgets[index], clock->TimeNow());
    store->ReadBudget({.budget = budgets[index].name, .window_start = start},
                      [weak = weak_from_this(), index](absl::StatusOr<std::vector<BudgetCount>> counts) {
                        const auto self = weak.lock();
                        if (!self) return;
                        self->executor->Post([weak, index, counts = std::move(counts)] {
                          const auto still = weak.lock();
                          if (!still) return;
                          if (counts.ok()) still->Take(still->budgets[index], *counts);
                          still->LookAt(index + 1);
                        });
                      });
  }

  // The fullest count comes first.
  void Take(const Budget& budget, const std::vector<BudgetCount>& counts) {
    BudgetStanding standing{.limit = budget.limit};
    if (!counts.empty()) standing.used = UsedOf(counts.front());
    if (!counts.empty()) standing.threshold_percent = ReachedBy(budget, standing.used);
    std::erase_if(told, [&](const auto& entry) {
      return entry.first.first == budget.name && !counts.empty() &&
             entry.second.first != counts.front().key.window_start;
    });
    for (const BudgetCount& count : counts) Tell(budget, count);
    const std::lock_guard lock(mutex);
    standings[budget.name] = standing;
  }

  void Tell(const Budget& budget, const BudgetCount& count) {
    const int reached = ReachedBy(budget, UsedOf(count));
    if (reached == 0) return;
    auto& [window, percent] = told[{budget.name, count.key.subject}];
    window = count.key.window_start;
    // What is released may come back under the limit; that is no news, and its second coming is none either.
    if (reached <= percent) return;
    percent = reached;
    if (log == nullptr) return;
    log->Warning("budget_threshold_reached", {{"budget", budget.name},
                                              {"subject", count.key.subject},
                                              {"percent", std::to_string(reached)},
                                              {"used_usd", FormatMoney(UsedOf(count))},
                                              {"limit_usd", FormatMoney(budget.limit)}});
  }

  JobStore* const store;
  Executor* const executor;
  Clock* const clock;
  const std::vector<Budget> budgets;
  Log* const log;
  const absl::Duration interval;
  // What was told of each count in the current window.
  std::map<std::pair<std::string, std::string>, std::pair<absl::Time, int>> told;
  mutable std::mutex mutex;
  std::map<std::string, BudgetStanding> standings;
};

BudgetWatch::BudgetWatch(JobStore* store, Executor* executor, Clock* clock, std::vector<Budget> budgets,
                         Log* log, absl::Duration interval)
    : looking_(std::make_shared<Looking>(store, executor, clock, std::move(budgets), log, interval)) {}

BudgetWatch::~BudgetWatch() = default;

void BudgetWatch::Start() {
  if (!looking_->budgets.empty()) looking_->After(absl::ZeroDuration());
}

std::map<std::string, BudgetStanding> BudgetWatch::Standings() const {
  const std::lock_guard lock(looking_->mutex);
  return looking_->standings;
}

}  // namespace zoetrope
