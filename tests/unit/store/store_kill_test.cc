// A process that writes to the store is killed at any time; whatever it told others is still there.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using testing::Await;
using testing::SeededRandom;
using testing::SimpleJob;
using testing::SimpleJobId;
using testing::TempDir;

// What the child tells: this revision of this job is durable. Smaller than PIPE_BUF, so it arrives whole or
// not at all.
struct Report {
  std::int32_t job;
  std::int32_t revision;
};

// Creates jobs from `first` on and changes each once, until it is killed.
[[noreturn]] void WriteUntilKilled(const std::string& path, int first, int pipe) {
  RealClock clock;
  SqliteStoreOptions options{.path = path, .readers = 1};
  options.group.checkpoint_pages = 50;
  auto store = SqliteStore::Open(options, &clock, nullptr);
  if (!store.ok()) _exit(2);
  const auto report = [pipe](int job, int revision) {
    const Report line{job, revision};
    if (write(pipe, &line, sizeof(line)) != sizeof(line)) _exit(3);
  };
  for (int number = first; number < std::numeric_limits<int>::max(); ++number) {
    NewJob submission;
    submission.job = SimpleJob(number);
    submission.job.spec.request_id = "request-" + std::to_string(number);
    submission.owner = "child";
    JobChange change;
    change.job_id = submission.job.spec.id;
    change.ownership = {"child", 1};
    change.expected_revision = 1;
    change.state = submission.job.state;
    change.state.revision = 2;
    (*store)->Create(std::move(submission), [report, number](CreateResult result) {
      if (result.outcome == CommitOutcome::kDurable) report(number, 1);
    });
    (*store)->Commit(std::move(change), [report, number](CommitOutcome outcome) {
      if (outcome == CommitOutcome::kDurable) report(number, 2);
    });
    // Some calls are alone in their transaction, most are not.
    if (number % 7 == 0) {
      Await<absl::StatusOr<StoredJob>>([&](auto done) {
        (*store)->Read("", SimpleJobId(number), done);
      }).IgnoreError();
    }
  }
  _exit(0);
}

TEST(StoreKillTest, WhatWasReportedSurvives) {
  const std::uint64_t seed = RealRandom().Next();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  TempDir dir;
  const std::string path = dir.File("jobs.db");
  std::map<int, int> reported;
  int first = 0;
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(fds[0]);
      WriteUntilKilled(path, first, fds[1]);
    }
    close(fds[1]);
    Report line;
    const std::uint64_t enough = 1 + random.Below(2'000);
    std::uint64_t seen = 0;
    while (read(fds[0], &line, sizeof(line)) == sizeof(line)) {
      reported[line.job] = std::max(reported[line.job], static_cast<int>(line.revision));
      first = std::max(first, line.job + 1);
      if (++seen == enough) kill(child, SIGKILL);
    }
    close(fds[0]);
    int how = 0;
    ASSERT_EQ(waitpid(child, &how, 0), child);
    ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL) << "the child ended by itself: " << how;

    // Opening checks the whole file, because the child did not close it.
    RealClock clock;
    auto store = SqliteStore::Open({.path = path}, &clock, nullptr);
    ASSERT_TRUE(store.ok()) << store.status();
    for (const auto& entry : reported) {
      const int job = entry.first;
      const int revision = entry.second;
      const auto stored = Await<absl::StatusOr<StoredJob>>(
          [&, id = SimpleJobId(entry.first)](auto done) { (*store)->Read("", id, done); });
      ASSERT_TRUE(stored.ok()) << "job " << job << ": " << stored.status();
      ASSERT_GE(stored->job.state.revision, revision) << "job " << job;
      ASSERT_EQ(stored->job.spec.generation, SimpleJob(job).spec.generation);
    }
    // What was written and not told any more keeps its ids.
    const auto newest = Await<absl::StatusOr<std::vector<Job>>>(
        [&](auto done) { (*store)->List({.tenant = "default", .limit = 1}, done); });
    while (!newest->empty() && SimpleJobId(first) <= newest->front().spec.id) ++first;
  }
  EXPECT_GT(reported.size(), 0u);
}

}  // namespace
}  // namespace zoetrope
