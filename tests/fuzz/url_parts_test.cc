#include "tests/fuzz/url_parts.h"

#include <gtest/gtest.h>

namespace zoetrope::fuzz {
namespace {

TEST(UrlPartsTest, TellsWhereACallWouldGo) {
  EXPECT_EQ(OriginOf("HTTPS://Api.Example/x?y"), "https://api.example:443");
  EXPECT_EQ(OriginOf("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(HostOf("https://[2606:4700::1111]:8443/x"), "2606:4700::1111");
  EXPECT_EQ(HostOf("https://2130706433/"), "127.0.0.1");
}

TEST(UrlPartsTest, KnowsWhatIsNoUrl) {
  for (const std::string_view url :
       {std::string_view(), std::string_view("x y"), std::string_view("https://u@a.example/"),
        std::string_view("https://a.example/\0", 19), std::string_view("nothing://x")}) {
    EXPECT_EQ(OriginOf(url), std::nullopt) << url;
  }
}

}  // namespace
}  // namespace zoetrope::fuzz
