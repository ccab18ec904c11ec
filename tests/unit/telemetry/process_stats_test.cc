#include "server/telemetry/process_stats.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <vector>

#include "server/base/real_clock.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using ::testing::Gt;
using ::testing::Lt;

TEST(ProcessStatsTest, TellsWhatThisProcessTakes) {
  const ProcessStats before = ReadProcessStats();
  EXPECT_THAT(before.resident_bytes, Gt(1 << 20));
  EXPECT_THAT(before.virtual_bytes, Gt(before.resident_bytes));
  EXPECT_THAT(before.max_fds, Gt(before.open_fds));

  std::vector<char> memory(32 << 20, 'x');
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // So long that it shows in the clock of the process, however coarse that is.
  volatile std::uint64_t work = 0;
  ProcessStats after = ReadProcessStats();
  while (after.cpu_seconds < before.cpu_seconds + 0.02) {
    for (int i = 0; i < 1'000'000; ++i) work = work + 1;
    after = ReadProcessStats();
  }
  EXPECT_EQ(after.open_fds, before.open_fds + 1);
  EXPECT_THAT(after.resident_bytes, Gt(before.resident_bytes + (30 << 20)));
  EXPECT_EQ(memory[1 << 20], 'x');
  close(file);
}

TEST(ProcessStatsTest, ItBeganAMomentAgo) {
  const double now = absl::ToDoubleSeconds(RealClock().TimeNow() - absl::UnixEpoch());
  const ProcessStats stats = ReadProcessStats();
  EXPECT_THAT(stats.start_time_seconds, Lt(now + 2));
  EXPECT_THAT(stats.start_time_seconds, Gt(now - 3600));
  EXPECT_NEAR(ReadProcessStats().start_time_seconds, stats.start_time_seconds, 0.1);
}

TEST(ProcessStatsTest, AFileSystemHasRoomOrIsNotThere) {
  EXPECT_THAT(FreeBytesAt("/").value_or(0), Gt(0));
  EXPECT_EQ(FreeBytesAt("/no/such/place"), std::nullopt);
}

TEST(ProcessStatsTest, AFolderTakesWhatIsWrittenOrSaysWhyNot) {
  const testing::TempDir folder;
  EXPECT_TRUE(TryWriteBeside(folder.File("store.db")).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.File("")), {}), 0)
      << "nothing is left there";
  EXPECT_FALSE(TryWriteBeside("/no/such/place/store.db").ok());
  EXPECT_FALSE(TryWriteBeside("/proc/store.db").ok());
}

TEST(ProcessStatsTest, AFileSystemThatTakesNoMoreIsNoticed) {
  const testing::TempDir folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 4'096, .rlim_max = before.rlim_max};
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const absl::Status found = TryWriteBeside(folder.File("store.db"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(found.ok());
}

}  // namespace
}  // namespace zoetrope
