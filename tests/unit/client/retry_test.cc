#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "client/request_id.h"
#include "client/retry_policy.h"
#include "fake_environment.h"

namespace zoetrope::client {
namespace {

constexpr uint64_t kLargest = UINT64_MAX;

TEST(BackoffTest, SpreadsBetweenNothingAndTheBound) {
  const RetryPolicy policy = {.initial_backoff = absl::Milliseconds(100)};
  EXPECT_EQ(BackoffDelay(policy, 1, 0), absl::ZeroDuration());
  EXPECT_LE(BackoffDelay(policy, 1, kLargest), absl::Milliseconds(100));
  EXPECT_GT(BackoffDelay(policy, 1, kLargest), absl::Milliseconds(99));
  EXPECT_EQ(BackoffDelay(policy, 1, uint64_t{1} << 63), absl::Milliseconds(50));
}

TEST(BackoffTest, BoundGrowsAndEnds) {
  const RetryPolicy policy = {.initial_backoff = absl::Milliseconds(100), .max_backoff = absl::Seconds(1)};
  const uint64_t half = uint64_t{1} << 63;
  EXPECT_EQ(BackoffDelay(policy, 2, half), absl::Milliseconds(100));
  EXPECT_EQ(BackoffDelay(policy, 3, half), absl::Milliseconds(200));
  EXPECT_EQ(BackoffDelay(policy, 5, half), absl::Milliseconds(500));
  EXPECT_EQ(BackoffDelay(policy, 1'000'000, half), absl::Milliseconds(500));
}

TEST(RequestIdTest, IsAUuidOfVersionFour) {
  FakeEnvironment environment;
  const std::string first = MakeRequestId(environment);
  const std::string second = MakeRequestId(environment);
  EXPECT_NE(first, second);
  for (const std::string& id : {first, second}) {
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4') << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_EQ(std::count(id.begin(), id.end(), '-'), 4) << id;
  }
}

}  // namespace
}  // namespace zoetrope::client
