// What of a configuration can change while the server runs.
#ifndef ZOETROPE_SERVER_CONFIG_RELOAD_CHECK_H_
#define ZOETROPE_SERVER_CONFIG_RELOAD_CHECK_H_

#include <string>
#include <vector>

#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// The settings in which `next` differs from `running` and that only a start takes over, such as `listen` or
// `providers[fal]`; none: all that differs can be taken over. What can be: `catalogue`, `budgets`, and of an
// account its credential, prices, bills, limits and times. Both have passed CheckConfig. Pure.
std::vector<std::string> FixedDifferences(const config::v1::Config& running, const config::v1::Config& next);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_RELOAD_CHECK_H_
