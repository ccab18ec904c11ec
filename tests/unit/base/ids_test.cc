#include "server/base/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tests/support/seeded_random.h"

namespace zoetrope {
namespace {

class FixedRandom : public Random {
 public:
  explicit FixedRandom(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t Next() override { return bits_; }

 private:
  std::uint64_t bits_;
};

TEST(NewJobId, IsAUuidOfVersion7) {
  // The example of RFC 9562 §A.6: 2022-02-22T19:22:22Z.
  FixedRandom ones(~std::uint64_t{0});
  FixedRandom zeros(0);
  const absl::Time time = absl::FromUnixMillis(0x017f22e279b0);
  EXPECT_EQ(NewJobId(time, zeros), "017f22e2-79b0-7000-8000-000000000000");
  EXPECT_EQ(NewJobId(time, ones), "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

TEST(NewJobId, SortsByTime) {
  testing::SeededRandom random(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(NewJobId(absl::FromUnixMillis(1'800'000'000'000 + i), random));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(NewAttemptId, IsAUuidOfVersion4) {
  FixedRandom ones(~std::uint64_t{0});
  FixedRandom zeros(0);
  EXPECT_EQ(NewAttemptId(zeros), "00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(NewAttemptId(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(Ids, DoNotRepeat) {
  testing::SeededRandom random(2);
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const std::string attempt = NewAttemptId(random);
    const std::string job = NewJobId(absl::UnixEpoch(), random);
    EXPECT_TRUE(IsUuid(attempt)) << attempt;
    EXPECT_TRUE(IsUuid(job)) << job;
    EXPECT_TRUE(seen.insert(attempt).second);
    EXPECT_TRUE(seen.insert(job).second);
  }
}

TEST(IsUuid, TakesTheCanonicalSpellingOnly) {
  EXPECT_TRUE(IsUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  EXPECT_TRUE(IsUuid("00000000-0000-0000-0000-000000000000"));
  for (const char* const bad :
       {"", "x", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
        "017f22e2-79b0-7cc3-98c4_dc0c0c07398f", "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398}", "017f22e2-79b0-7cc3-98c4-dc0c0c0739-f"}) {
    EXPECT_FALSE(IsUuid(bad)) << bad;
  }
}

}  // namespace
}  // namespace zoetrope
