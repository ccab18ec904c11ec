// The error when no offering is left.
#ifndef ZOETROPE_SERVER_ROUTE_WHY_NONE_H_
#define ZOETROPE_SERVER_ROUTE_WHY_NONE_H_

#include <vector>

#include "absl/status/status.h"
#include "server/route/examine.h"
#include "server/route/router.h"

namespace zoetrope {

// The error when none of `all` is suitable. What the caller can mend comes before what an operator can: a
// request that no offering could serve says so even where no account is configured.
absl::Status WhyNone(const RoutingInput& input, const std::vector<Examined>& all);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_WHY_NONE_H_
