// Between the parts of the router: every offering × provider with all that is known against it.
#ifndef ZOETROPE_SERVER_ROUTE_EXAMINE_H_
#define ZOETROPE_SERVER_ROUTE_EXAMINE_H_

#include <vector>

#include "server/route/obstacle.h"
#include "server/route/router.h"

namespace zoetrope {

enum class Standing { kServes, kRetired, kDisabled };

struct Examined {
  Evaluation evaluation;
  Standing standing = Standing::kServes;
  bool reachable = false;               // an account is there, and the routing lets it be used
  std::vector<ObstacleAt> obstacles;    // by the offering's data
  std::vector<Unsuitability> refusals;  // by the dialect

  bool able() const { return obstacles.empty() && refusals.empty(); }
};

// In the order of Evaluate.
std::vector<Examined> Examine(const RoutingInput& input);

// The lifecycle that ended a retired offering: its model's or its own.
const Lifecycle& EndOf(const RoutingInput& input, const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_EXAMINE_H_
