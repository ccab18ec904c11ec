// Which addresses a connection may go to: each range with its first and last member and both neighbours where
// they differ.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "server/http/url_guard.h"

namespace zoetrope {
namespace {

struct Row {
  const char* address;
  bool allowed;
};

constexpr Row kRows[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"1.1.1.1", true},
    {"8.8.8.8", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.100.100.200", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.0", false},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"168.63.129.15", true},
    {"168.63.129.16", false},
    {"168.63.129.17", true},
    {"169.253.255.255", true},
    {"169.254.0.0", false},
    {"169.254.169.254", false},
    {"169.254.170.2", false},
    {"169.254.255.255", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"191.255.255.255", true},
    {"192.0.0.0", false},
    {"192.0.0.192", false},
    {"192.0.0.255", false},
    {"192.0.1.0", true},
    {"192.0.2.0", false},
    {"192.0.2.255", false},
    {"192.0.3.0", true},
    {"192.88.98.255", true},
    {"192.88.99.0", false},
    {"192.88.99.255", false},
    {"192.88.100.0", true},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.168.255.255", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.99.255", true},
    {"198.51.100.0", false},
    {"198.51.100.255", false},
    {"198.51.101.0", true},
    {"203.0.112.255", true},
    {"203.0.113.0", false},
    {"203.0.113.255", false},
    {"203.0.114.0", true},
    {"223.255.255.255", true},
    {"224.0.0.0", false},
    {"239.255.255.255", false},
    {"240.0.0.0", false},
    {"255.255.255.255", false},
    // IPv6: what is not 2000::/3 is not public.
    {"::", false},
    {"::1", false},
    {"::2", false},
    {"::8.8.8.8", false},
    {"::127.0.0.1", false},
    {"::ffff:8.8.8.8", true},
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.0.0.1", false},
    {"::ffff:169.254.169.254", false},
    {"::ffff:0:8.8.8.8", false},
    {"::fffe:8.8.8.8", false},
    {"64:ff9b::8.8.8.8", true},
    {"64:ff9b::7f00:1", false},
    {"64:ff9b::10.0.0.1", false},
    {"64:ff9b::169.254.169.254", false},
    {"64:ff9b:0:0:0:1:808:808", false},
    {"64:ff9b:1::8.8.8.8", false},
    {"64:ff9b:1::1", false},
    {"100::1", false},
    {"1fff:ffff::1", false},
    {"2000::1", true},
    {"2001::1", false},
    {"2001:1::1", false},
    {"2001:2::1", false},
    {"2001:10::1", false},
    {"2001:20::1", false},
    {"2001:1ff::1", false},
    {"2001:200::1", true},
    {"2001:4860:4860::8888", true},
    {"2001:db7::1", true},
    {"2001:db8::1", false},
    {"2001:db8:ffff::1", false},
    {"2001:db9::1", true},
    {"2606:4700::1111", true},
    // Teredo: server 65.54.227.120, client 8.8.8.8 with its bits flipped; then a private client, then a
    // private server.
    {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", true},
    {"2001:0:4136:e378:8000:63bf:80ff:fffe", false},
    {"2001:0:7f00:1:8000:63bf:f7f7:f7f7", false},
    // 6to4.
    {"2002:808:808::1", true},
    {"2002:7f00:1::", false},
    {"2002:a00:1::1", false},
    {"2002:a9fe:a9fe::", false},
    {"2002:c0a8:101::1", false},
    {"2003::1", true},
    // ISATAP.
    {"2606:4700::5efe:808:808", true},
    {"2606:4700::5efe:7f00:1", false},
    {"2606:4700::200:5efe:a00:1", false},
    {"3ffe::1", true},
    {"3fff::1", false},
    {"3fff:fff::1", false},
    {"3fff:1000::1", true},
    {"4000::1", false},
    {"5f00::1", false},
    {"fbff::1", false},
    {"fc00::1", false},
    {"fd00:ec2::254", false},
    {"fdff::1", false},
    {"fe80::1", false},
    {"febf::1", false},
    {"fec0::1", false},
    {"ff00::1", false},
    {"ff02::1", false},
    {"ffff::1", false},
    // No addresses.
    {"", false},
    {"localhost", false},
    {"8.8.8", false},
    {"0x8.8.8.8", false},
    {"fe80::1%lo", false},
    {"8.8.8.8 ", false},
    {"/run/x.sock", false},
};

TEST(AddressGuardTest, Table) {
  for (const auto& row : kRows) EXPECT_EQ(AddressTextAllowed(row.address, {}), row.allowed) << row.address;
}

TEST(AddressGuardTest, PrivateHostsByRule) {
  const UrlRule rule{.allow_private_hosts = true};
  for (const char* address : {"127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1", "8.8.8.8"}) {
    EXPECT_TRUE(AddressTextAllowed(address, rule)) << address;
  }
  EXPECT_FALSE(AddressTextAllowed("nonsense", rule));
}

TEST(AddressGuardTest, OtherFamiliesAreRefused) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_FALSE(AddressAllowed(reinterpret_cast<const sockaddr*>(&address), {.allow_private_hosts = true}));
}

}  // namespace
}  // namespace zoetrope
