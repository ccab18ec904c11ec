#ifndef ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_
#define ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_

#include <vector>

#include "tests/sandbox/request_tables.h"

namespace zoetrope::sandbox {

// The tables of one provider each, for FindEndpoint.
std::vector<Endpoint> RunpodEndpoints();
std::vector<Endpoint> FalEndpoints();
std::vector<Endpoint> FalVendorEndpoints();  // the models that came after Sora, by vendor
std::vector<Endpoint> RunwareEndpoints();
std::vector<Endpoint> OpenaiEndpoints();
std::vector<Endpoint> WavespeedEndpoints();
std::vector<Endpoint> VtrixEndpoints();

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// "4", "5", … "12": whole numbers from 0 to 20, as a closed list has them.
Texts Whole(int from, int to, int step = 1);

// "16:9" and the other five that ByteDance has.
Texts SixAspects();

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_
