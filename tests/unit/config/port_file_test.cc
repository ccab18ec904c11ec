#include "server/config/port_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

TEST(PortFileTest, HoldsThePortInPlaceOfWhatWasThere) {
  const testing::TempDir folder;
  const std::string path = folder.File("port");
  std::ofstream(path) << "an older one, and longer";
  EXPECT_TRUE(WritePortFile(path, 4711).ok());
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "4711\n");
}

TEST(PortFileTest, SaysWhereItCannotBeWritten) {
  const testing::TempDir folder;
  const std::string path = folder.File("not/there/port");
  const absl::Status status = WritePortFile(path, 4711);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(status.message(), "cannot write `" + path + "`");
}

}  // namespace
}  // namespace zoetrope
