// A small catalogue of its own, written by hand from the providers' pages: golden cases must not depend on
// the shipped data.
#ifndef ZOETROPE_TESTS_GOLDEN_OFFERINGS_H_
#define ZOETROPE_TESTS_GOLDEN_OFFERINGS_H_

#include <string_view>
#include <vector>

#include "server/domain/offering.h"

namespace zoetrope::golden {

// Sora 2 at RunPod, fal, Runware, Vtrix and WaveSpeed; Seedance 1.5 Pro at RunPod and fal.
std::vector<Offering> AllOfferings();

// Aborts for an unknown id.
Offering FindOffering(std::string_view id);

}  // namespace zoetrope::golden

#endif  // ZOETROPE_TESTS_GOLDEN_OFFERINGS_H_
