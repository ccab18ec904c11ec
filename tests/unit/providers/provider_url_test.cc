#include "server/providers/provider_url.h"

#include <gtest/gtest.h>

#include <string>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

TEST(IsBeneathTest, AcceptsTheAccountsOwn) {
  EXPECT_TRUE(IsBeneath("https://queue.fal.run/a/b", "https://queue.fal.run"));
  EXPECT_TRUE(IsBeneath("https://queue.fal.run", "https://queue.fal.run"));
  EXPECT_TRUE(IsBeneath("https://queue.fal.run?x=1", "https://queue.fal.run"));
  EXPECT_TRUE(IsBeneath("HTTPS://Queue.Fal.Run:443/a", "https://queue.fal.run"));
  EXPECT_TRUE(IsBeneath("http://127.0.0.1:80/a", "http://127.0.0.1"));
  EXPECT_TRUE(IsBeneath("http://127.0.0.1:8080/v2/x?y=../z", "http://127.0.0.1:8080/v2"));
  EXPECT_TRUE(IsBeneath("http://[::1]:8080/v2", "http://[::1]:8080/v2"));
  EXPECT_TRUE(IsBeneath("https://a.example/v1/a%20b;c=d..e/...", "https://a.example/v1"));
  EXPECT_TRUE(IsBeneath("https://a.example/v1/50%25", "https://a.example/v1"));
}

TEST(IsBeneathTest, RefusesAllElse) {
  const std::string_view base = "https://api.example:8443/v2";
  for (const std::string_view url : {"",
                                     "x",
                                     "/v2/x",
                                     "//api.example:8443/v2/x",
                                     "https:/api.example:8443/v2",
                                     "https://",
                                     "https:///v2",
                                     "http://api.example:8443/v2/x",
                                     "ftp://api.example:8443/v2/x",
                                     "https://api.example/v2/x",
                                     "https://api.example:08443/v2/x",
                                     "https://api.example:84430/v2/x",
                                     "https://api.example:/v2/x",
                                     "https://api.example.evil.example:8443/v2/x",
                                     "https://evil.example/https://api.example:8443/v2/x",
                                     "https://user@api.example:8443/v2/x",
                                     "https://user:pw@api.example:8443/v2/x",
                                     "https://api.example:8443@evil.example/v2/x",
                                     "https://api.example:8443\\@evil.example/v2/x",
                                     "https://api.example:8443/v2x",
                                     "https://api.example:8443/V2/x",
                                     "https://api.example:8443/",
                                     "https://api.example:8443/v2/../x",
                                     "https://api.example:8443/v2/..",
                                     "https://api.example:8443/v2/./x",
                                     "https://api.example:8443/v2/%2e%2e/x",
                                     "https://api.example:8443/v2/%2E%2E/x",
                                     "https://api.example:8443/v2/a%2fb",
                                     "https://api.example:8443/v2/a%5Cb",
                                     "https://api.example:8443/v2/%252e%252e/x",
                                     "https://api.example:8443/v2/a%252Fb",
                                     "https://api.example:8443/v2/a%25255cb",
                                     "https://api.example:8443/v2/%25%32%65%252e/x",
                                     "https://api.example:8443/v2/..;/x",
                                     "https://api.example:8443/v2/.;a/x",
                                     "https://api.example:8443/v2/x/..;a=b",
                                     "https://api.example:8443/v2/%zz",
                                     "https://api.example:8443/v2/x%",
                                     "https://api.example:8443/v2/x%2",
                                     "https://api.example:8443/v2//x",
                                     "https://api.example:8443/v2/x#y",
                                     "https://api.example:8443/v2/x y",
                                     "https://api.example:8443/v2/x\n",
                                     "https://api.example:8443/v2/\xc3\xa4",
                                     "https://[api.example:8443/v2/x",
                                     "https://[]:8443/v2/x",
                                     " https://api.example:8443/v2/x"}) {
    EXPECT_FALSE(IsBeneath(url, base)) << url;
  }
  EXPECT_FALSE(IsBeneath("https://api.example:8443/v2/" + std::string(limits::kUrlChars, 'x'), base));
  EXPECT_FALSE(IsBeneath("https://api.example/x", "not a base"));
  EXPECT_FALSE(IsBeneath(std::string_view("https://api.example:8443/v2/\0x", 30), base));
}

TEST(IsMediaUrlTest, TakesWebAddresses) {
  EXPECT_TRUE(IsMediaUrl("https://cdn.example/v.mp4?sig=a%2fb&x=..#t=1"));
  EXPECT_TRUE(IsMediaUrl("http://127.0.0.1:8080/v.mp4"));
  for (const std::string_view url :
       {"", "v.mp4", "file:///etc/passwd", "javascript:alert(1)", "data:video/mp4;base64,AA", "https://",
        "https://u:p@cdn.example/v", "https://cdn.example/a b", "ftp://cdn.example/v"}) {
    EXPECT_FALSE(IsMediaUrl(url)) << url;
  }
}

TEST(MediaTypeOfTest, GoesByTheEndingOfThePath) {
  EXPECT_EQ(MediaTypeOf("https://c.example/v.mp4"), "video/mp4");
  EXPECT_EQ(MediaTypeOf("https://c.example/v.MP4?x=.webm"), "video/mp4");
  EXPECT_EQ(MediaTypeOf("https://c.example/v.webm"), "video/webm");
  EXPECT_EQ(MediaTypeOf("https://c.example/v.mov"), "video/quicktime");
  EXPECT_EQ(MediaTypeOf("https://c.example/v?x=.mp4"), "");
  EXPECT_EQ(MediaTypeOf("nothing.mp4"), "");
}

TEST(IsUsableIdTest, TakesOpaqueIds) {
  EXPECT_TRUE(IsUsableId("0c9d2f4e-51a3-4e0b-8d6a-7b2f90c1e3d4-u1"));
  EXPECT_TRUE(IsUsableId(std::string(limits::kProviderIdChars, 'x')));
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string("a b"), std::string("a\tb"),
        std::string("\xc3\xa4"), std::string(limits::kProviderIdChars + 1, 'x')}) {
    EXPECT_FALSE(IsUsableId(id)) << id;
  }
}

TEST(EscapeUrlTest, LeavesTheUnreservedOnly) {
  EXPECT_EQ(EscapeUrl("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(EscapeUrl("https://x/?a=b&c #\xc3\xa4%"), "https%3A%2F%2Fx%2F%3Fa%3Db%26c%20%23%C3%A4%25");
}

TEST(JoinUrlTest, EscapesEachSegment) {
  EXPECT_EQ(*JoinUrl("https://x", "fal-ai/sora-2/image-to-video"), "https://x/fal-ai/sora-2/image-to-video");
  EXPECT_EQ(*JoinUrl("https://x", "a b/c?d"), "https://x/a%20b/c%3Fd");
  for (const std::string_view path : {"", "/a", "a/", "a//b", "a/../b", ".", ".."})
    EXPECT_FALSE(JoinUrl("https://x", path).ok()) << path;
}

}  // namespace
}  // namespace zoetrope
