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
        budgets(std::make_shared<const std::vector<Budget>>(std::move(budgets_in))),
        log(log_in),
        interval(interval_in) {}

  void After(absl::Duration pause) {
    executor->PostAt(clock->TimeNow() + pause, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->LookAt(self->budgets, 0);
    });
  }

  // One look goes through one list, whatever comes meanwhile.
  void LookAt(const std::shared_ptr<const std::vector<Budget>>& list, std::size_t index) {
    if (index == list->size()) {
      ForgetOthers();
      return After(interval);
    }
    const absl::Time start = WindowStart((*list)[index], clock->TimeNow());
    store->ReadBudget(
        {.budget = (*list)[index].name, .window_start = start},
        [weak = weak_from_this(), list, index](absl::StatusOr<std::vector<BudgetCount>> counts) {
          const auto self = weak.lock();
          if (!self) return;
          self->executor->Post([weak, list, index, counts = std::move(counts)] {
            const auto still = weak.lock();
            if (!still) return;
            if (counts.ok()) still->Take((*list)[index], *counts);
            still->LookAt(list, index + 1);
          });
        });
  }

  // A threshold of another limit is another one, though its percentage is the same.
  void Replace(const std::vector<Budget>& fresh) {
    for (const Budget& budget : fresh) {
      const bool same = std::any_of(budgets->begin(), budgets->end(), [&budget](const Budget& old) {
        return old.name == budget.name && old.limit == budget.limit;
      });
      if (!same) std::erase_if(told, [&](const auto& entry) { return entry.first.first == budget.name; });
    }
    budgets = std::make_shared<const std::vector<Budget>>(fresh);
  }

  // What is no budget any more has no standing.
  void ForgetOthers() {
    const auto is_gone = [this](const std::string& name) {
      return std::none_of(budgets->begin(), budgets->end(),
                          [&name](const Budget& budget) { return budget.name == name; });
    };
    std::erase_if(told, [&is_gone](const auto& entry) { return is_gone(entry.first.first); });
    const std::lock_guard lock(mutex);
    std::erase_if(standings, [&is_gone](const auto& entry) { return is_gone(entry.first); });
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
  std::shared_ptr<const std::vector<Budget>> budgets;
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

void BudgetWatch::Start() { looking_->After(absl::ZeroDuration()); }

void BudgetWatch::SetBudgets(std::vector<Budget> budgets) {
  looking_->executor->Post([looking = looking_, budgets = std::move(budgets)] { looking->Replace(budgets); });
}

std::map<std::string, BudgetStanding> BudgetWatch::Standings() const {
  const std::lock_guard lock(looking_->mutex);
  return looking_->standings;
}

}  // namespace zoetrope
