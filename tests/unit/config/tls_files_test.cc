#include "server/config/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "server/base/real_clock.h"
#include "tests/support/loopback_tls.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

class TlsFilesTest : public ::testing::Test {
 protected:
  // Why the files are refused; empty: they are not.
  static std::string WhyNot(const std::string& certificate, const std::string& key,
                            const std::string& ca = "") {
    config::v1::Tls tls;
    tls.set_certificate_file(certificate);
    tls.set_key_file(key);
    tls.set_client_ca_file(ca);
    return std::string(CheckTlsFiles(tls).message());
  }

  const testing::LoopbackTls identity_;
  const testing::LoopbackTls other_;
};

TEST_F(TlsFilesTest, ACertificateWithItsKeyIsGood) {
  EXPECT_EQ(WhyNot(identity_.ca_file(), identity_.key_file()), "");
  EXPECT_EQ(WhyNot(identity_.ca_file(), identity_.key_file(), other_.ca_file()), "");
}

TEST_F(TlsFilesTest, ItsEndIsRead) {
  const absl::Time now = RealClock().TimeNow();
  const absl::Time end = CertificateEnd(identity_.ca_file()).value_or(absl::InfinitePast());
  EXPECT_GT(end, now + absl::Hours(23));
  EXPECT_LT(end, now + absl::Hours(25));
  EXPECT_EQ(CertificateEnd(identity_.key_file()), std::nullopt);
}

TEST_F(TlsFilesTest, WhatIsWrongIsNamed) {
  const testing::TempDir folder;
  std::ofstream(folder.File("text")) << "no PEM";
  EXPECT_THAT(WhyNot(identity_.ca_file(), other_.key_file()), HasSubstr("is not the key of the certificate"));
  EXPECT_THAT(WhyNot(folder.File("text"), identity_.key_file()), HasSubstr("holds no certificate"));
  EXPECT_THAT(WhyNot(identity_.ca_file(), folder.File("text")), HasSubstr("holds no key"));
  EXPECT_THAT(WhyNot(identity_.ca_file(), identity_.ca_file()), HasSubstr("holds no key"));
  EXPECT_THAT(WhyNot(identity_.ca_file(), identity_.key_file(), folder.File("text")),
              HasSubstr("holds no certificate"));
  EXPECT_THAT(WhyNot("/no/such/file", identity_.key_file()), HasSubstr("cannot read"));
  EXPECT_THAT(WhyNot(identity_.ca_file(), "/no/such/file"), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace zoetrope
