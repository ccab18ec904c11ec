// Ceilings on what is spent, and the counts that are held against them, as values.
#ifndef ZOETROPE_SERVER_DOMAIN_BUDGET_H_
#define ZOETROPE_SERVER_DOMAIN_BUDGET_H_

#include <compare>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/money.h"

namespace zoetrope {

enum class BudgetScope { kAll, kTenant, kPrincipal, kProvider, kLabel };
enum class BudgetWindow { kDay, kMonth, kTotal };

// A ceiling. What is set aside and what is charged count alike, from when it is set aside.
struct Budget {
  std::string name;
  BudgetScope scope = BudgetScope::kAll;
  std::string label;  // key; of kLabel only
  std::string
      subject;  // the tenant, principal, account or value it is for; empty: each has a count of its own
  BudgetWindow window = BudgetWindow::kTotal;
  absl::TimeZone time_zone = absl::UTCTimeZone();  // where the window's days begin
  Money limit;
  std::vector<int> notify_percent;  // of the limit, rising

  bool operator==(const Budget&) const = default;
};

// One count: of a budget, for a subject, in a window.
struct BudgetKey {
  std::string budget;
  std::string subject;                          // empty where the budget is for everything
  absl::Time window_start = absl::UnixEpoch();  // of kTotal: this

  std::strong_ordering operator<=>(const BudgetKey&) const = default;
};

// The money of an attempt counts there, whatever the budget is by then.
struct BudgetUse {
  std::string attempt_id;
  BudgetKey key;
  Money limit;  // when it is set aside

  bool operator==(const BudgetUse&) const = default;
};

// What stands in a count.
struct BudgetCount {
  BudgetKey key;
  Money reserved;  // outstanding
  Money charged;   // without overruns, which are the operator's

  bool operator==(const BudgetCount&) const = default;
};

// Why something was not set aside.
struct BudgetShortage {
  BudgetKey key;
  Money limit;
  Money used;   // reserved and charged
  Money asked;  // what was to be set aside besides

  bool operator==(const BudgetShortage&) const = default;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_BUDGET_H_
