// Budgets, from the configuration.
#ifndef ZOETROPE_SERVER_CONFIG_BUDGETS_H_
#define ZOETROPE_SERVER_CONFIG_BUDGETS_H_

#include <vector>

#include "server/config/config_check.h"
#include "server/domain/budget.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// What is wrong with them, each with the path of its field.
std::vector<ConfigProblem> CheckBudgets(const config::v1::Config& config);

// Those of a configuration that was checked.
std::vector<Budget> BudgetsOf(const config::v1::Config& config);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_BUDGETS_H_
