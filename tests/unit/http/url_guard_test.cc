// Which URLs pass, in tables: each row is one trick.
#include "server/http/url_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

constexpr UrlRule kPlain{.allow_plain_http = true};

TEST(CheckUrlTest, Table) {
  struct {
    const char* url;
    bool https_only;
    bool with_plain;
  } const rows[] = {
      {"https://api.example.com/v1/videos?x=1#f", true, true},
      {"HTTPS://API.EXAMPLE.COM/", true, true},
      {"https://example.com", true, true},
      {"https://example.com:8443/x", true, true},
      {"https://127.0.0.1/", true, true},  // where it leads is not this question
      {"https://[::1]:80/", true, true},
      {"https://xn--bcher-kva.example/", true, true},
      {"https://example.com/%2e%2e/x", true, true},
      {"http://example.com/", false, true},
      {"http://localhost:8080/", false, true},
      {"ftp://example.com/", false, false},
      {"file:///etc/passwd", false, false},
      {"file://localhost/etc/passwd", false, false},
      {"gopher://example.com/", false, false},
      {"data:text/plain,hi", false, false},
      {"javascript:alert(1)", false, false},
      {"ws://example.com/", false, false},
      {"unix:///run/x.sock", false, false},
      {"", false, false},
      {"example.com", false, false},
      {"//example.com/", false, false},
      {"/path", false, false},
      {"https:", false, false},
      {"https:/example.com", false, false},
      {"https:/example.com/https://example.com/", false, false},
      {"http:example.com/http://example.com/", false, false},
      {"https:///example.com", false, false},
      {"https:////example.com", false, false},
      {"https://", false, false},
      {"https:///path", false, false},
      {"https://?q", false, false},
      {"https://#f", false, false},
      {"https://:443/", false, false},
      {"https://user@example.com/", false, false},
      {"https://user:pass@example.com/", false, false},
      {"https://@example.com/", false, false},
      {"https://:@example.com/", false, false},
      {"https://a@b@example.com/", false, false},
      {"https://example.com:0/", false, false},
      {"https://example.com:65536/", false, false},
      {"https://example.com:-1/", false, false},
      {"https://example.com:44 3/", false, false},
      {"https://example.com:x/", false, false},
      {"https://exa mple.com/", false, false},
      {"https://example.com/a b", false, false},
      {" https://example.com/", false, false},
      {"https://example.com/\r\nHost: x", false, false},
      {"https://example.com/\n", false, false},
      {"https://example.com/\t", false, false},
      {"https://example.com\\@evil.example/", false, false},
      {"https://example.com/\\..", false, false},
      {"https:\\\\example.com\\", false, false},
      {"https://b\xc3\xbc"
       "cher.example/",
       false, false},
      {"https://example.com/\xc3\xbc", false, false},
      {"https://example.com\x7f/", false, false},
      {"https://exa%6dple.com/", false, false},
      {"https://127.0.0.1%2f@example.com/", false, false},
      {"https://[::1", false, false},
      {"https://[::1]x/", false, false},
      {"https://[fe80::1%25eth0]/", false, false},
      {"https://[::g]/", false, false},
      {"https://[]/", false, false},
      {"https://::1/", false, false},
      {"https://exa<mple.com/", false, false},
      {"https://exa|mple.com/", false, false},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CheckUrl(row.url, {}).ok(), row.https_only) << row.url;
    EXPECT_EQ(CheckUrl(row.url, kPlain).ok(), row.with_plain) << row.url;
  }
}

TEST(CheckUrlTest, Length) {
  const std::string start = "https://example.com/";
  EXPECT_TRUE(CheckUrl(start + std::string(kFetchedUrlBytes - start.size(), 'x'), {}).ok());
  EXPECT_FALSE(CheckUrl(start + std::string(kFetchedUrlBytes - start.size() + 1, 'x'), {}).ok());
  EXPECT_FALSE(CheckUrl(std::string("https://example.com/\0x", 22), {}).ok());
}

TEST(CheckUrlTest, ErrorsRepeatNoPartOfTheUrl) {
  for (const char* url :
       {"https://user:hunter2@example.com/", "ftp://hunter2/", "https://hunter2:x/", "http://hunter2/"}) {
    EXPECT_EQ(CheckUrl(url, {}).message().find("hunter2"), absl::string_view::npos) << url;
  }
}

TEST(CheckPublicUrlTextTest, Table) {
  struct {
    const char* url;
    bool allowed;
  } const rows[] = {
      {"https://images.example.com/cat.png", true},
      {"https://images.example.com:443/cat.png?sig=a%2Fb", true},
      {"https://images.example.com./cat.png", true},
      {"https://8.8.8.8/x", true},
      {"https://[2606:4700::1111]/x", true},
      {"https://my-local.example/x", true},
      {"https://local.example.com/x", true},
      {"https://internal.example.com/x", true},
      {"https://10.example.com/x", true},
      {"https://1e100.net/x", true},
      {"https://0x.example.com/x", true},
      {"http://images.example.com/cat.png", false},
      {"https://images.example.com:8443/cat.png", false},
      {"https://images.example.com:80/", false},
      // Names that lead inside.
      {"https://localhost/", false},
      {"https://LOCALHOST/", false},
      {"https://localhost./", false},
      {"https://a.localhost/", false},
      {"https://printer.local/", false},
      {"https://printer.LOCAL./", false},
      {"https://kubernetes.default.svc.cluster.local/", false},
      {"https://metadata.google.internal/", false},
      {"https://metadata/", false},
      {"https://intranet/", false},
      {"https://db.lan/", false},
      {"https://nas.home/", false},
      {"https://wiki.corp/", false},
      {"https://x.intranet/", false},
      {"https://x.private/", false},
      {"https://x.home.arpa/", false},
      {"https://x.localdomain/", false},
      {"https://1.0.0.127.in-addr.arpa/", false},
      {"https://.example.com/", false},
      {"https://a..example.com/", false},
      {"https://example.com../", false},
      {"https://./", false},
      {"https://../", false},
      // Loopback in every notation.
      {"https://127.0.0.1/", false},
      {"https://127.0.0.1./", false},
      {"https://127.1/", false},
      {"https://127.0.1/", false},
      {"https://2130706433/", false},
      {"https://2130706433./", false},
      {"https://0x7f000001/", false},
      {"https://0X7F000001/", false},
      {"https://0x7f.1/", false},
      {"https://0x7f.0x0.0x0.0x1/", false},
      {"https://0177.0.0.1/", false},
      {"https://017700000001/", false},
      {"https://0/", false},
      {"https://0.0.0.0/", false},
      {"https://00/", false},
      {"https://[::1]/", false},
      {"https://[0:0:0:0:0:0:0:1]/", false},
      {"https://[::]/", false},
      {"https://[::ffff:127.0.0.1]/", false},
      {"https://[::ffff:7f00:1]/", false},
      {"https://[::127.0.0.1]/", false},
      {"https://[64:ff9b::7f00:1]/", false},
      {"https://[64:ff9b::127.0.0.1]/", false},
      {"https://[2002:7f00:1::]/", false},
      // Private and special ranges.
      {"https://10.0.0.1/", false},
      {"https://167772161/", false},
      {"https://012.0.0.1/", false},
      {"https://0xa.0.0.1/", false},
      {"https://172.16.0.1/", false},
      {"https://192.168.1.1/", false},
      {"https://192.168.257/", false},
      {"https://0xc0a80101/", false},
      {"https://169.254.169.254/latest/meta-data/", false},
      {"https://2852039166/latest/meta-data/", false},
      {"https://0xA9FEA9FE/", false},
      {"https://0251.0376.0251.0376/", false},
      {"https://[::ffff:a9fe:a9fe]/", false},
      {"https://[fd00:ec2::254]/", false},
      {"https://100.100.100.200/", false},
      {"https://168.63.129.16/", false},
      {"https://255.255.255.255/", false},
      {"https://[fe80::1]/", false},
      {"https://[fc00::1]/", false},
      {"https://[ff02::1]/", false},
      // Numbers that are no address: to some resolvers they are one after all.
      {"https://256.1.1.1/", false},
      {"https://1.2.3.4.5/", false},
      {"https://4294967296/", false},
      {"https://example.1/", false},
      {"https://example.0x1/", false},
      {"https://08.8.8.8/", false},
      {"https://0x/", false},
      // What CheckUrl refuses.
      {"https://user@images.example.com/", false},
      {"https://images.example.com\\@10.0.0.1/", false},
      {"https://10.0.0.1#@images.example.com/", false},
      {"https://10.0.0.1?@images.example.com/", false},
      {"https://%31%30.0.0.1/", false},
      {"https://\xe2\x91\xa0\xe2\x91\xa2.0.0.1/", false},  // circled digits, which some parsers fold
      {"data:image/png;base64,AAAA", false},
      {"s3://bucket/key", false},
      {"", false},
  };
  for (const auto& row : rows) EXPECT_EQ(CheckPublicUrlText(row.url).ok(), row.allowed) << row.url;
}

TEST(SameOriginTest, Table) {
  struct {
    const char* url;
    const char* base;
    bool same;
  } const rows[] = {
      {"https://api.example.com/v1/jobs/1", "https://api.example.com/v1", true},
      {"https://api.example.com/v1/jobs/1", "https://api.example.com/v1/", true},
      {"https://api.example.com/v1", "https://api.example.com/v1", true},
      {"https://api.example.com/v1", "https://api.example.com/v1/", true},
      {"https://api.example.com/v1?x=../y#../z", "https://api.example.com/v1", true},
      {"https://api.example.com/", "https://api.example.com", true},
      {"https://api.example.com", "https://api.example.com/", true},
      {"https://api.example.com:443/v1/x", "https://api.example.com/v1", true},
      {"HTTPS://API.Example.COM/v1/x", "https://api.example.com/v1", true},
      {"http://127.0.0.1:8080/fal/x", "http://127.0.0.1:8080/fal", true},
      {"http://[::1]:8080/x", "http://[::1]:8080", true},
      {"https://api.example.com/v1/a..b/x", "https://api.example.com/v1", true},
      {"https://api.example.com/v1/a%20b", "https://api.example.com/v1", true},
      {"https://api.example.com/v1/a%25b", "https://api.example.com/v1", true},
      {"https://api.example.com/v1/...", "https://api.example.com/v1", true},
      {"http://api.example.com/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com:8443/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/x", "https://api.example.com:8443/v1", false},
      {"https://evil.example/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com.evil.example/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com./v1/x", "https://api.example.com/v1", false},
      {"https://xapi.example.com/v1/x", "https://api.example.com/v1", false},
      {"https://example.com/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com/v10/x", "https://api.example.com/v1", false},
      {"https://api.example.com/v1x", "https://api.example.com/v1", false},
      {"https://api.example.com/V1/x", "https://api.example.com/v1", false},
      {"https://api.example.com/", "https://api.example.com/v1", false},
      {"https://api.example.com/v2/x", "https://api.example.com/v1", false},
      {"https://api.example.com//v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/../admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/../v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com/x/../v1/y", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/..", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/./x", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%2e%2e/admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%2E./admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/.%2e/admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%252e%252e/admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/..%2fadmin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/x%2f..%2f..%2fadmin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/..%5cadmin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/..;/admin", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%00", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%zz", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/%", "https://api.example.com/v1", false},
      {"https://api.example.com/v1\\..\\admin", "https://api.example.com/v1", false},
      {"https://api.example.com\\@evil.example/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com@evil.example/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com:443@evil.example/v1/x", "https://api.example.com/v1", false},
      {"https://user@api.example.com/v1/x", "https://api.example.com/v1", false},
      {"https://api.example.com%2f@evil.example/v1/x", "https://api.example.com/v1", false},
      {"//api.example.com/v1/x", "https://api.example.com/v1", false},
      {"/v1/x", "https://api.example.com/v1", false},
      {"", "https://api.example.com/v1", false},
      {"https://api.example.com/v1/x", "", false},
      {"https://api.example.com/v1/x", "https://api.example.com/v1?key=1", false},
      {"https://api.example.com/v1/x", "https://api.example.com/v1#f", false},
      {"https://api.example.com/v1/x", "https://api.example.com/v1/../v1", false},
      {"ftp://api.example.com/v1/x", "https://api.example.com/v1", false},
      {"https://evil.example/?https://api.example.com/v1/x", "https://api.example.com/v1", false},
      {"https://evil.example#https://api.example.com/v1/x", "https://api.example.com/v1", false},
  };
  for (const auto& row : rows)
    EXPECT_EQ(SameOrigin(row.url, row.base), row.same) << row.url << " under " << row.base;
}

}  // namespace
}  // namespace zoetrope
