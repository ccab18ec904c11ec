// The least that requests can cost with libcurl: its multi interface on epoll, handles and connections kept,
// nothing looked at.
#ifndef ZOETROPE_TESTS_BENCH_CURL_FLOOR_H_
#define ZOETROPE_TESTS_BENCH_CURL_FLOOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace zoetrope::testing {

// Gets the URLs again and again for `time`, one request for each at once. Returns how many whole answers with
// status 200 came.
std::int64_t GetWithCurl(const std::vector<std::string>& urls, absl::Duration time, Clock& clock);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_BENCH_CURL_FLOOR_H_
