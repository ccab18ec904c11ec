// Between the parts of the router: the order in which offerings are tried. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_RANKING_H_
#define ZOETROPE_SERVER_ROUTE_RANKING_H_

#include <string>
#include <vector>

#include "server/route/examine.h"
#include "server/route/router.h"

namespace zoetrope {

// Fills in what was observed of each, and puts them into the order of Evaluate.
void Rank(const RoutingInput& input, std::vector<Examined>& all);

// What the strategy sees in an offering besides its price, as in ", in about 42 s"; may be empty.
std::string MeritText(const Routing& routing, const Evaluation& evaluation);

// What the first of several is, as in "the fastest".
const char* FirstText(RoutingStrategy strategy);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_RANKING_H_
