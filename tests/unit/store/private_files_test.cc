#include "server/store/private_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_dir.h"
#include "tests/support/umask.h"

namespace zoetrope {
namespace {

using testing::ModeOf;
using testing::TempDir;
using testing::Umask;

TEST(PrivateFilesTest, TheModeIsTheSameUnderEveryUmask) {
  TempDir dir;
  for (const mode_t mask : {0000, 0022, 0077, 0277, 0777}) {
    const Umask umask(mask);
    const std::string file = dir.File("file-" + std::to_string(mask));
    const std::string folder = dir.File("folder-" + std::to_string(mask));
    EXPECT_TRUE(MakePrivateFile(file).ok());
    EXPECT_TRUE(MakePrivateFolder(folder).ok());
    EXPECT_EQ(ModeOf(file), 0600u) << mask;
    EXPECT_EQ(ModeOf(folder), 0700u) << mask;
  }
}

TEST(PrivateFilesTest, AnEmptyFileBecomesPrivateAndAFullOneStays) {
  TempDir dir;
  const Umask umask(0022);
  std::ofstream(dir.File("empty")).close();
  std::ofstream(dir.File("full")) << "theirs";
  for (const char* name : {"empty", "full"}) EXPECT_TRUE(MakePrivateFile(dir.File(name)).ok()) << name;
  EXPECT_EQ(ModeOf(dir.File("empty")), 0600u);
  EXPECT_EQ(ModeOf(dir.File("full")), 0644u);
  EXPECT_EQ(std::filesystem::file_size(dir.File("full")), 6u);
}

TEST(PrivateFilesTest, AFolderThatIsThereStaysAsItIs) {
  TempDir dir;
  const Umask umask(0022);
  std::filesystem::create_directory(dir.File("theirs"));
  EXPECT_TRUE(MakePrivateFolder(dir.File("theirs")).ok());
  EXPECT_EQ(ModeOf(dir.File("theirs")), 0755u);
}

TEST(PrivateFilesTest, AnErrorNamesThePath) {
  TempDir dir;
  const std::string nowhere = dir.File("nowhere/there");
  for (const absl::Status& status :
       {MakePrivateFile(nowhere), MakePrivateFolder(nowhere), SyncFolder(nowhere), SetPrivate(-1, nowhere)}) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(nowhere));
  }
}

}  // namespace
}  // namespace zoetrope
