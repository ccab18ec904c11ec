#include "server/validate/public_url.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

TEST(UrlProblem, PassesPublicUrls) {
  for (const char* const url : {
           "https://img.example/boat.png",
           "https://img.example",
           "https://IMG.Example/Boat.PNG",
           "HTTPS://img.example/",
           "https://img.example:8443/a?b=c&d=%20e#f",
           "https://a-b.c_d.img.example./x",
           "https://xn--fsqu00a.xn--0zwm56d/x.png",
           "https://8.8.8.8/x",
           "https://93.184.216.34:443/x",
           "https://172.15.255.255/",
           "https://172.32.0.0/",
           "https://100.63.255.255/",
           "https://100.128.0.0/",
           "https://192.167.255.255/",
           "https://223.255.255.255/",
           "https://[2606:4700:4700::1111]/x",
           "https://[2a00:1450:4001:81b::200e]:443/",
           "https://[2400:cb00::1:5efe:7f00:1]/",
           "https://[2400:cb00::5eff:7f00:1]/",
           "https://1.2.3.4.example/",
           "https://127.0.0.1.nip.example/",
           "https://local.example/",
           "https://internal.example/localhost",
           "https://img.example/?u=http://127.0.0.1/",
           "https://img.example/@x:y",
           "https://img.example/a//b/../c",
           "https://0x7f.example/",
       }) {
    EXPECT_EQ(UrlProblem(url, false), "") << url;
  }
}

// Every spelling of what only an insider can reach.
constexpr const char* kPrivateUrls[] = {
    // Loopback and "this host".
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.255.255.254/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7F.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.0.0.01/",
    "https://127.000.000.001/",
    "https://0x7f.1/",
    "https://00000000177.0.0.1/",
    // Private networks.
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://167772161/",
    "https://0xa000001/",
    "https://012.0.0.1/",
    "https://192.168.257/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    // Link-local, among it the metadata service of every cloud.
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://168.63.129.16/",  // a cloud's own service, under a public number
    // Documentation, benchmarks, multicast, reserved, broadcast.
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.255/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    // IPv6.
    "https://[::]/",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000::0001]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::1]/",
    "https://[2001:db8::1]/",
    "https://[2001::1]/",
    "https://[2001:1ff::1]/",
    "https://[2002:7f00:1::]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://[4000::1]/",
    // ISATAP: an IPv4 address behind any prefix.
    "https://[2400:cb00::5efe:7f00:1]/",
    "https://[2400:cb00::200:5efe:a00:1]/",
    "https://[2400:cb00:0:0:0:5efe:808:808]/",
    // Names.
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost:8443/",
    "https://a.localhost/",
    "https://localhost.localdomain/",
    "https://printer/",
    "https://printer./",
    "https://nas.local/",
    "https://nas.LOCAL./",
    "https://nas.local../",
    "https://metadata.google.internal/",
    "https://db.internal/",
    "https://api.svc.cluster.local/",
    "https://router.lan/",
    "https://x.home.arpa/",
    "https://wiki.corp/",
    "https://1.0.0.127.in-addr.arpa/",
    "https://x.onion/",
    // Spellings that must be read first.
    "https://%6c%6f%63%61%6c%68%6f%73%74/",
    "https://127.0.0.%31/",
    "https://127%2e0.0.1/",
};

TEST(UrlProblem, RefusesPrivatePlaces) {
  for (const char* const url : kPrivateUrls) {
    EXPECT_NE(UrlProblem(url, false), "") << url;
  }
}

TEST(UrlProblem, RefusesWhatIsNoPlainHttpsUrl) {
  const std::string long_url = "https://img.example/" + std::string(2049 - 20, 'x');
  for (const std::string& url : {
           std::string(""),
           std::string("img.example/x"),
           std::string("//img.example/x"),
           std::string("/x"),
           std::string("https://"),
           std::string("https:///x"),
           std::string("https:img.example"),
           std::string("https:/img.example/https://img.example/"),
           std::string("https:img.example/https://img.example/"),
           std::string("http://img.example/"),
           std::string("ftp://img.example/"),
           std::string("file:///etc/passwd"),
           std::string("data:image/png;base64,AAAA"),
           std::string("javascript:alert(1)"),
           std::string("gopher://img.example/"),
           std::string("https://user@img.example/"),
           std::string("https://user:pw@img.example/"),
           std::string("https://@img.example/"),
           std::string("https://img.example@127.0.0.1/"),
           std::string("https://img.example\\@x/"),
           std::string("https://img.example /"),
           std::string(" https://img.example/"),
           std::string("https://img.example/\n"),
           std::string("https://img.example/\x7f"),
           std::string("https://img.example/\0x", 22),
           std::string("https://img.example/ü"),
           std::string("https://１２７.０.０.１/"),
           std::string("https://exämple.org/"),
           std::string("https://a..b.example/"),
           std::string("https://.example/"),
           std::string("https://img.example../"),
           std::string("https://img.example:0/"),
           std::string("https://img.example:00000/"),
           std::string("https://img.example:99999/"),
           std::string("https://img.example:x/"),
           std::string("https://[::1/"),
           std::string("https://[zz::1]/"),
           std::string("https://[2606:4700::1111"),
           std::string("https://a b/"),
           std::string("https://img!.example/"),
           std::string("https://8.8.8.8.8/"),
           std::string("https://0x08080808/"),
           std::string("https://8.8/"),
           std::string("https://08.8.8.8/"),
           std::string("https://256.1.1.1/"),
           std::string("https://img.example.123/"),
           std::string("https://img.example.0x1f/"),
           long_url,
       }) {
    EXPECT_NE(UrlProblem(url, false), "") << url;
  }
}

TEST(UrlProblem, CountsUpToItsLimit) {
  EXPECT_EQ(UrlProblem("https://img.example/" + std::string(2048 - 20, 'x'), false), "");
}

TEST(UrlProblem, NamesTheRule) {
  EXPECT_EQ(UrlProblem("http://img.example/", false), "must start with https://");
  EXPECT_EQ(UrlProblem("https://u:p@img.example/", false), "must not carry credentials");
  EXPECT_EQ(UrlProblem("https://10.0.0.1/", false),
            "must be on a host that a provider can reach, not a private, local or special one");
  EXPECT_EQ(UrlProblem("", false), "must not be empty");
}

TEST(UrlProblem, LetsHttpAndPrivateHostsPassWhereAllowed) {
  for (const char* const url :
       {"http://127.0.0.1:8080/boat.png", "http://localhost:8080/", "https://printer/", "http://[::1]:8080/x",
        "https://10.0.0.1/", "http://sandbox:8080/boat.png", "https://img.example/"}) {
    EXPECT_EQ(UrlProblem(url, true), "") << url;
  }
  for (const char* const url : {"ftp://127.0.0.1/", "file:///etc/passwd", "http://u:p@127.0.0.1/",
                                "127.0.0.1", "http://", "http://a b/", "http://0x7f.1/"}) {
    EXPECT_NE(UrlProblem(url, true), "") << url;
  }
}

// A sentence goes back to the caller and into logs; the URL is secret.
TEST(UrlProblem, NeverRepeatsTheUrl) {
  for (const char* const url : {"http://secret-host.example/", "https://secret-user:x@img.example/",
                                "https://secret.local/", "secret"}) {
    EXPECT_EQ(UrlProblem(url, false).find("secret"), std::string::npos) << url;
  }
}

}  // namespace
}  // namespace zoetrope
