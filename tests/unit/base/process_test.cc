#include "server/base/process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <string>

namespace zoetrope {
namespace {

TEST(ProcessTest, NoCoreFileAndAllDescriptors) {
  AdjustProcess();
  rlimit core{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &core), 0);
  EXPECT_EQ(core.rlim_cur, 0u);
  EXPECT_EQ(core.rlim_max, 0u);
  std::string kinds;
  std::ifstream("/proc/self/coredump_filter") >> kinds;
  EXPECT_FALSE(kinds.empty());
  EXPECT_EQ(kinds.find_first_not_of('0'), std::string::npos) << kinds;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(files.rlim_cur, files.rlim_max);
  struct sigaction pipe {};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &pipe), 0);
  EXPECT_EQ(pipe.sa_handler, SIG_IGN);
  struct sigaction too_large {};
  ASSERT_EQ(sigaction(SIGXFSZ, nullptr, &too_large), 0);
  EXPECT_EQ(too_large.sa_handler, SIG_IGN);
}

}  // namespace
}  // namespace zoetrope
