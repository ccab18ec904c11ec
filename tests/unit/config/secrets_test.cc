#include "server/config/secrets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

config::v1::SecretRef FromEnv(const std::string& name) {
  config::v1::SecretRef reference;
  reference.set_env(name);
  return reference;
}

config::v1::SecretRef FromFile(const std::string& path) {
  config::v1::SecretRef reference;
  reference.set_file(path);
  return reference;
}

const Environment kEnvironment = [](const std::string& name) -> std::optional<std::string> {
  if (name == "GOOD") return "k-1\n";
  if (name == "EMPTY") return " \n";
  if (name == "SPLIT") return "k-1\r\nx: y";
  return std::nullopt;
};

TEST(SecretsTest, ReadsTheEnvironment) {
  EXPECT_EQ(ReadSecret(FromEnv("GOOD"), kEnvironment)->Reveal(), "k-1");
}

TEST(SecretsTest, ReadsAFile) {
  const testing::TempDir folder;
  std::ofstream(folder.File("key")) << "from-a-file \n\n";
  EXPECT_EQ(ReadSecret(FromFile(folder.File("key")), kEnvironment)->Reveal(), "from-a-file");
}

TEST(SecretsTest, ReadsADummy) {
  config::v1::SecretRef reference;
  reference.set_dummy("sandbox");
  EXPECT_EQ(ReadSecret(reference, kEnvironment)->Reveal(), "sandbox");
}

TEST(SecretsTest, SaysWhereAndNotWhat) {
  for (const char* name : {"EMPTY", "SPLIT", "MISSING"}) {
    const absl::StatusOr<Secret> secret = ReadSecret(FromEnv(name), kEnvironment);
    EXPECT_TRUE(absl::IsFailedPrecondition(secret.status()));
    EXPECT_NE(std::string(secret.status().message()).find(name), std::string::npos);
    EXPECT_EQ(std::string(secret.status().message()).find("k-1"), std::string::npos);
  }
  EXPECT_FALSE(ReadSecret(FromFile("/nowhere/at/all"), kEnvironment).ok());
  EXPECT_FALSE(ReadSecret(config::v1::SecretRef(), kEnvironment).ok());
}

// Whoever opens a pipe waits for its writer, and a server that waits hears no signal.
TEST(SecretsTest, APipeIsNoFile) {
  const testing::TempDir folder;
  const std::string pipe = folder.File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  for (const std::string& none : {pipe, folder.File(""), std::string("/dev/zero")})
    EXPECT_TRUE(absl::IsFailedPrecondition(ReadFile(none, 100).status())) << none;
}

TEST(SecretsTest, AFileHasABound) {
  const testing::TempDir folder;
  std::ofstream(folder.File("long")) << std::string(101, 'x');
  EXPECT_TRUE(ReadFile(folder.File("long"), 101).ok());
  EXPECT_FALSE(ReadFile(folder.File("long"), 100).ok());
  EXPECT_FALSE(ReadFile(folder.File("nothing"), 100).ok());
}

}  // namespace
}  // namespace zoetrope
