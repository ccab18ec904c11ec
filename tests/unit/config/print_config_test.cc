#include "server/config/print_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoetrope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Inputs InputsWith(const std::string& base_url, const std::string& secret) {
  Inputs inputs;
  inputs.config.set_listen("127.0.0.1:7468");
  config::v1::Provider& provider = *inputs.config.add_providers();
  provider.set_name("fal");
  provider.set_base_url(base_url);
  provider.mutable_api_key()->set_env("FAL_KEY");
  inputs.accounts.emplace_back();
  inputs.accounts.back().secret = Secret(secret);
  inputs.secrets.push_back(inputs.accounts.back().secret);
  return inputs;
}

TEST(PrintConfigTest, ShowsWhatCountsAndWhereSecretsAre) {
  EXPECT_THAT(PrintedConfig(InputsWith("https://queue.fal.run", "s3cret")),
              AllOf(HasSubstr("\"listen\": \"127.0.0.1:7468\""), HasSubstr("\"env\": \"FAL_KEY\""),
                    HasSubstr("\"base_url\": \"https://queue.fal.run\""), Not(HasSubstr("redacted"))));
}

TEST(PrintConfigTest, NoSecretThatGotIntoAnAddressIsShown) {
  const std::string text = PrintedConfig(InputsWith("https://me:w0rd@proxy.example/s3cret/x", "s3cret"));
  EXPECT_THAT(text, AllOf(HasSubstr("https://[redacted]@proxy.example/[redacted]/x"), Not(HasSubstr("w0rd")),
                          Not(HasSubstr("s3cret"))));
}

TEST(PrintConfigTest, NorAKeyNorOneThatJsonWritesOtherwise) {
  Inputs inputs = InputsWith("https://a.example/k<y1/seal-0123", "k<y1");
  inputs.secrets.emplace_back("seal-0123");
  EXPECT_THAT(PrintedConfig(inputs), HasSubstr("https://a.example/[redacted]/[redacted]"));
}

TEST(PrintConfigTest, NoRestOfALongerOneIsShown) {
  Inputs inputs = InputsWith("https://a.example/short-key-and-more", "short-key");
  inputs.secrets.emplace_back("short-key-and-more");
  EXPECT_THAT(PrintedConfig(inputs), HasSubstr("\"https://a.example/[redacted]\""));
}

TEST(PrintConfigTest, AnAtInAPathIsNoName) {
  EXPECT_THAT(PrintedConfig(InputsWith("https://queue.fal.run/a@b", "s3cret")),
              HasSubstr("https://queue.fal.run/a@b"));
}

TEST(PrintConfigTest, AnEmptySecretMasksNothing) {
  EXPECT_THAT(PrintedConfig(InputsWith("https://queue.fal.run", "")), HasSubstr("https://queue.fal.run"));
}

}  // namespace
}  // namespace zoetrope
