// The example configurations are read as users would run them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "server/config/accounts.h"
#include "server/config/config_loader.h"
#include "server/config/sandbox.h"
#include "server/config/secrets.h"

namespace zoetrope {
namespace {

const std::string kFolder = std::string(ZOETROPE_SOURCE_DIR) + "/deploy/config";

// Every variable is set, so that only the files can be wrong.
Environment AllSet() {
  return [](const std::string& name) -> std::optional<std::string> {
    if (name.rfind("ZOETROPE_", 0) == 0 || name == "STATE_DIRECTORY") return std::nullopt;
    return "value";
  };
}

TEST(ExampleConfigTest, EveryExampleLoads) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const absl::StatusOr<std::string> text = ReadFile(entry.path().string(), 1u << 20);
    ASSERT_TRUE(text.ok());
    const ConfigResult result = LoadConfig(entry.path().filename().string(), *text, {}, AllSet());
    for (const FileProblem& problem : result.problems) ADD_FAILURE() << Format(problem);
    const auto accounts =
        MakeAccounts(result.config, [](const auto& reference) { return ReadSecret(reference, AllSet()); });
    EXPECT_TRUE(accounts.ok()) << accounts.status();
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(SandboxTest, TakesTheAddressThatIsGiven) {
  const Environment environment = WithSandboxUrl(AllSet(), "http://127.0.0.1:1234");
  const ConfigResult result = LoadConfig("sandbox.yaml", SandboxConfigText(), {}, environment);
  ASSERT_TRUE(result.problems.empty());
  ASSERT_GE(result.config.providers_size(), 3);
  for (const config::v1::Provider& provider : result.config.providers()) {
    EXPECT_EQ(provider.base_url().rfind("http://127.0.0.1:1234/" + provider.name(), 0), 0u)
        << provider.base_url();
    EXPECT_TRUE(provider.allow_private_hosts());
  }
}

TEST(SandboxTest, IsOnThisMachineOnly) {
  for (const char* url : {"http://127.0.0.1:1234", "http://localhost:1", "http://[::1]:9"}) {
    EXPECT_TRUE(CheckSandboxUrl(url).ok()) << url;
  }
  for (const char* url :
       {"", "127.0.0.1:1", "https://127.0.0.1:1", "http://example.com:1", "http://10.0.0.1:1",
        "http://127.0.0.1:1/", "http://127.0.0.1:1/x", "http://127.0.0.1.example.com:1",
        "http://127.0.0.1@example.com:1", "http://127.0.0.1", "http://127.0.0.1:1?x"}) {
    EXPECT_FALSE(CheckSandboxUrl(url).ok()) << url;
  }
}

}  // namespace
}  // namespace zoetrope
