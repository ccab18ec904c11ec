#include "server/config/inputs.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

constexpr char kOneAccount[] = "providers: [{name: runpod, api_key: {env: KEY}}]\n";

class InputsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.File(name)) << text;
    return folder_.File(name);
  }
  std::optional<Inputs> Read(const InputSource& source) {
    return ReadInputs(
        source,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = variables_.find(name);
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        },
        problems_);
  }

  testing::TempDir folder_;
  std::map<std::string, std::string> variables_ = {{"KEY", "k-1"}};
  std::ostringstream problems_;
};

TEST_F(InputsTest, WithoutAFileTheDefaultsHold) {
  const auto inputs = Read({});
  ASSERT_TRUE(inputs.has_value()) << problems_.str();
  EXPECT_TRUE(inputs->accounts.empty());
  EXPECT_NE(inputs->catalogue, nullptr);
  EXPECT_EQ(problems_.str(), "");
}

TEST_F(InputsTest, TheFileThatIsNamedGoesBeforeTheOneOfTheEnvironment) {
  variables_["ZOETROPE_CONFIG"] = Write("other.yaml", "");
  EXPECT_EQ(Read({.config = Write("this.yaml", kOneAccount)})->accounts.size(), 1u);
  EXPECT_EQ(Read({})->accounts.size(), 0u);
}

TEST_F(InputsTest, TheSimulatorsAddressIsTheOneThatIsGiven) {
  const auto inputs = Read({.sandbox = "http://127.0.0.1:4711"});
  ASSERT_TRUE(inputs.has_value()) << problems_.str();
  ASSERT_FALSE(inputs->accounts.empty());
  EXPECT_EQ(inputs->config.providers(0).base_url().rfind("http://127.0.0.1:4711/", 0), 0u);
  EXPECT_FALSE(Read({.sandbox = "http://example.com"}).has_value());
}

TEST_F(InputsTest, EverythingThatIsWrongIsSaidAtOnce) {
  Write("catalogue.yaml", "models: 7\n");
  const std::string config = Write("bad.yaml", "nonsense: 1\ncatalogue: {file: catalogue.yaml}\n");
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("bad.yaml"), std::string::npos) << problems_.str();
  EXPECT_NE(problems_.str().find("catalogue.yaml:"), std::string::npos) << problems_.str();
}

TEST_F(InputsTest, ASecretThatIsNotThereIsSaid) {
  variables_.clear();
  EXPECT_FALSE(Read({.config = Write("config.yaml", kOneAccount)}).has_value());
  EXPECT_NE(problems_.str().find("KEY"), std::string::npos) << problems_.str();
}

TEST_F(InputsTest, TheKeyOfTheQuotesIsLongEnoughAndNeverShown) {
  const std::string config = Write("quotes.yaml", "quotes: {key: {env: QUOTE_KEY}}\n");
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("quotes.key"), std::string::npos) << problems_.str();
  problems_.str("");
  variables_["QUOTE_KEY"] = "short-and-secret";
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("quotes.key: must have at least 32"), std::string::npos) << problems_.str();
  EXPECT_EQ(problems_.str().find("short-and"), std::string::npos) << problems_.str();
  variables_["QUOTE_KEY"] = std::string(32, 'k');
  const auto inputs = Read({.config = config});
  ASSERT_TRUE(inputs.has_value()) << problems_.str();
  EXPECT_NE(inputs->quotes, nullptr);
  EXPECT_EQ(Read({})->quotes, nullptr);
}

TEST_F(InputsTest, TheKeyOfTheCallbacksIsLongEnoughAndNeverShown) {
  const std::string config =
      Write("callbacks.yaml",
            "callbacks: {listen: 127.0.0.1:0, url: https://a.example, key: {env: CALLBACK_KEY}}\n");
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("callbacks.key"), std::string::npos) << problems_.str();
  variables_["CALLBACK_KEY"] = "shortest-of-keys";
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("at least 32"), std::string::npos) << problems_.str();
  EXPECT_EQ(problems_.str().find("shortest-of-keys"), std::string::npos);
  variables_["CALLBACK_KEY"] = "0123456789abcdef0123456789abcdef";
  const auto inputs = Read({.config = config});
  ASSERT_TRUE(inputs.has_value()) << problems_.str();
  EXPECT_TRUE(inputs->callbacks.has_value());
  EXPECT_FALSE(Read({})->callbacks.has_value());
}

TEST_F(InputsTest, WhatTheCollectorWantsIsReadAndNeverShown) {
  variables_["COLLECTOR"] = "http://collector:4318";
  const std::string config = Write("tracing.yaml",
                                   "tracing:\n  endpoint: ${env:COLLECTOR}/v1/traces\n"
                                   "  headers: [{name: X-Key, value: {env: COLLECTOR_KEY}}]\n");
  EXPECT_FALSE(Read({.config = config}).has_value());
  EXPECT_NE(problems_.str().find("tracing.headers: X-Key"), std::string::npos) << problems_.str();
  variables_["COLLECTOR_KEY"] = "two\nlines";
  EXPECT_FALSE(Read({.config = config}).has_value());
  variables_["COLLECTOR_KEY"] = "Bearer the-key";
  const auto inputs = Read({.config = config});
  ASSERT_TRUE(inputs.has_value()) << problems_.str();
  EXPECT_EQ(inputs->config.tracing().endpoint(), "http://collector:4318/v1/traces");
  ASSERT_EQ(inputs->trace_headers.size(), 1u);
  EXPECT_EQ(inputs->trace_headers[0].value, "Bearer the-key");
  ASSERT_EQ(inputs->secrets.size(), 1u);
  EXPECT_EQ(inputs->secrets[0].Reveal(), "Bearer the-key");
}

TEST_F(InputsTest, AFileThatIsNotThereIsSaid) {
  EXPECT_FALSE(Read({.config = folder_.File("nothing.yaml")}).has_value());
  EXPECT_NE(problems_.str().find("nothing.yaml"), std::string::npos) << problems_.str();
}

}  // namespace
}  // namespace zoetrope
