// Generations whose prices show whether the catalogue's are right. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_PRICE_PROBE_H_
#define ZOETROPE_SERVER_ROUTE_PRICE_PROBE_H_

#include <cstddef>
#include <vector>

#include "server/domain/generation.h"
#include "server/domain/offering.h"

namespace zoetrope {

// More combinations of an offering than these are not asked after.
inline constexpr std::size_t kPriceProbesMax = 128;

// One of each length, tier and sound that `offering`, one of `model`'s, takes together, each with the prompt
// and the pictures of its mode; none of a mode that continues another video.
std::vector<Generation> PriceProbes(const Model& model, const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_PRICE_PROBE_H_
