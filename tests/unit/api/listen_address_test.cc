#include "server/api/listen_address.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

TEST(ListenHostOfTest, LeavesThePortOut) {
  EXPECT_EQ(ListenHostOf("127.0.0.1:7468"), "127.0.0.1");
  EXPECT_EQ(ListenHostOf("[::1]:7468"), "[::1]");
  EXPECT_EQ(ListenHostOf("localhost:0"), "localhost");
  EXPECT_EQ(ListenHostOf(":7468"), "");
  EXPECT_EQ(ListenHostOf(""), "");
}

TEST(IsLoopbackListenTest, OnlyThisMachine) {
  for (const std::string_view address :
       {"127.0.0.1:0", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/run/x"}) {
    EXPECT_TRUE(IsLoopbackListen(address)) << address;
  }
  for (const std::string_view address :
       {"", ":1", "0.0.0.0:1", "[::]:1", "[::1", "10.0.0.1:1", "example.com:1", "127.0.0.1.example.com:1",
        "localhost.example.com:1", "2130706433:1", "127.1@example.com:1"}) {
    EXPECT_FALSE(IsLoopbackListen(address)) << address;
  }
}

}  // namespace
}  // namespace zoetrope
