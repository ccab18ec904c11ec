// Findings of obstacle.h as sentences for a caller.
#ifndef ZOETROPE_SERVER_ROUTE_EXPLAIN_H_
#define ZOETROPE_SERVER_ROUTE_EXPLAIN_H_

#include <string>
#include <vector>

#include "server/route/obstacle.h"

namespace zoetrope {

// A sentence on `obstacle` with what would do at any of `offerings`, which all have it. Never repeats the
// caller's text.
std::string Explain(const ObstacleAt& obstacle, const Generation& generation,
                    const std::vector<const Offering*>& offerings);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_EXPLAIN_H_
