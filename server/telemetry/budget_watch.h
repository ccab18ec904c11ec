// How full the budgets are, for metrics and for whoever wants to hear of it before a job is refused.
#ifndef ZOETROPE_SERVER_TELEMETRY_BUDGET_WATCH_H_
#define ZOETROPE_SERVER_TELEMETRY_BUDGET_WATCH_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/domain/budget.h"
#include "server/store/job_store.h"

namespace zoetrope {

// A budget in its current window.
struct BudgetStanding {
  Money limit;
  Money used;                 // of the fullest of its counts
  int threshold_percent = 0;  // the highest of `notify_percent` that it has reached; 0: none
};

// Reads the counts of all budgets, one after another, again and again. A threshold that a count has reached
// is logged once per window, and once more after a restart. A store that does not answer is asked again at
// the next look; until then the standings are those of before.
class BudgetWatch {
 public:
  // All but `log`, which may be null, are needed; they must outlive this, and the executor may run no task
  // any more when this ends.
  BudgetWatch(JobStore* store, Executor* executor, Clock* clock, std::vector<Budget> budgets, Log* log,
              absl::Duration interval = absl::Seconds(5));
  ~BudgetWatch();
  BudgetWatch(const BudgetWatch&) = delete;
  BudgetWatch& operator=(const BudgetWatch&) = delete;

  // Begins, with a look at once. Any thread; once.
  void Start();

  // From the next look on these are looked at. Any thread.
  void SetBudgets(std::vector<Budget> budgets);

  // By budget; none before the first look. Any thread.
  std::map<std::string, BudgetStanding> Standings() const;

 private:
  struct Looking;
  const std::shared_ptr<Looking> looking_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_BUDGET_WATCH_H_
