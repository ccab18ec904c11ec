#include "server/http/origin_gate.h"

#include <gtest/gtest.h>

#include <vector>

namespace zoetrope {
namespace {

using Ids = std::vector<std::uint64_t>;

TEST(OriginGateTest, OriginsAreAsTheyAreWritten) {
  EXPECT_EQ(WrittenOriginOf("https://a.example/x"), "https://a.example");
  EXPECT_EQ(WrittenOriginOf("https://a.example:8443?x"), "https://a.example:8443");
  EXPECT_EQ(WrittenOriginOf("https://a.example#x"), "https://a.example");
  EXPECT_EQ(WrittenOriginOf("https://a.example"), "https://a.example");
  EXPECT_EQ(WrittenOriginOf("nonsense/x"), "nonsense/x");
  EXPECT_EQ(WrittenOriginOf(""), "");
}

TEST(OriginGateTest, CountsByOrigin) {
  OriginGate gate(2);
  EXPECT_TRUE(gate.TryEnter("a"));
  EXPECT_TRUE(gate.TryEnter("a"));
  EXPECT_FALSE(gate.TryEnter("a"));
  EXPECT_TRUE(gate.TryEnter("b"));
  EXPECT_EQ(gate.Leave("a"), std::nullopt);
  EXPECT_TRUE(gate.TryEnter("a"));
  EXPECT_FALSE(gate.TryEnter("a"));
}

TEST(OriginGateTest, PlacesPassOnInOrderAndOnlyWithinTheOrigin) {
  OriginGate gate(1);
  for (const char* origin : {"a", "b"}) EXPECT_TRUE(gate.TryEnter(origin));
  gate.Wait("a", 1, absl::Seconds(9));
  gate.Wait("a", 2, absl::Seconds(9));
  gate.Wait("b", 3, absl::Seconds(9));
  EXPECT_EQ(gate.Leave("b"), 3u);
  EXPECT_EQ(gate.Leave("b"), std::nullopt);
  EXPECT_EQ(gate.Leave("a"), 1u);
  EXPECT_FALSE(gate.TryEnter("a")) << "who waited has the place";
  EXPECT_EQ(gate.Leave("a"), 2u);
  EXPECT_EQ(gate.Leave("a"), std::nullopt);
  EXPECT_EQ(gate.NextDeadline(), std::nullopt);
}

TEST(OriginGateTest, ForgottenAndExpiredCallsAreSkipped) {
  OriginGate gate(1);
  EXPECT_TRUE(gate.TryEnter("a"));
  gate.Wait("a", 1, absl::Seconds(3));
  gate.Wait("a", 2, absl::Seconds(1));
  gate.Wait("a", 3, absl::Seconds(1));
  gate.Wait("a", 4, absl::Seconds(2));
  EXPECT_EQ(gate.NextDeadline(), absl::Seconds(1));
  EXPECT_EQ(gate.Expire(absl::Milliseconds(999)), Ids{});
  EXPECT_EQ(gate.Expire(absl::Seconds(1)), (Ids{2, 3}));
  EXPECT_EQ(gate.Expire(absl::Seconds(1)), Ids{});
  EXPECT_TRUE(gate.Forget(1));
  EXPECT_FALSE(gate.Forget(1));
  EXPECT_FALSE(gate.Forget(99));
  EXPECT_EQ(gate.NextDeadline(), absl::Seconds(2));
  EXPECT_EQ(gate.Leave("a"), 4u);
  EXPECT_EQ(gate.Leave("a"), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
