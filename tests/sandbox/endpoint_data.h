#ifndef ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_
#define ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_

#include <vector>

#include "tests/sandbox/request_tables.h"

namespace zoetrope::sandbox {

// The tables of one provider each, for FindEndpoint.
std::vector<Endpoint> OpenaiEndpoints();
std::vector<Endpoint> WavespeedEndpoints();
std::vector<Endpoint> VtrixEndpoints();

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_ENDPOINT_DATA_H_
