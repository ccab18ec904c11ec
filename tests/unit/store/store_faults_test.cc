// What the SQLite store does when the disk fails, fills or loses power.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/real_clock.h"
#include "server/base/real_random.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/faulty_vfs.h"
#include "tests/support/random_job.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using testing::Await;
using testing::FaultyVfs;
using testing::SeededRandom;
using testing::SimpleJob;
using testing::SimpleJobId;
using testing::TempDir;

NewJob Submission(int number) {
  NewJob submission;
  submission.job = SimpleJob(number);
  submission.job.spec.request_id = "request-" + std::to_string(number);
  submission.fingerprint = "print";
  submission.owner = "me";
  submission.ledger = {{"attempt-" + std::to_string(number), LedgerKind::kReserve, Money::FromNanos(5),
                        CostSource::kCatalogue, absl::UnixEpoch()}};
  return submission;
}

JobChange Change(int number, std::int64_t expected) {
  JobChange change;
  change.job_id = SimpleJobId(number);
  change.ownership = {"me", 1};
  change.expected_revision = expected;
  change.state = SimpleJob(number).state;
  change.state.revision = expected + 1;
  return change;
}

class StoreFaultsTest : public ::testing::Test {
 protected:
  // By default the log is so short that taking it into the file is hit by faults as well.
  void Open(int checkpoint_pages = 20) {
    SqliteStoreOptions options{.path = dir_.File("jobs.db"), .readers = 1, .vfs = vfs_.name()};
    options.group.checkpoint_pages = checkpoint_pages;
    auto opened = SqliteStore::Open(options, &clock_, nullptr);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }

  // Pulls the plug, and starts again on what is left.
  void Crash(SeededRandom& random) {
    vfs_.PowerOff();
    store_.reset();
    vfs_.PowerOn(random);
    Open();
  }

  CreateResult Create(int number) {
    return Await<CreateResult>([&](auto done) { store_->Create(Submission(number), done); });
  }
  CommitOutcome Commit(int number, std::int64_t expected) {
    return Await<CommitOutcome>([&](auto done) { store_->Commit(Change(number, expected), done); });
  }
  absl::StatusOr<StoredJob> Read(int number) {
    return Await<absl::StatusOr<StoredJob>>([&](auto done) { store_->Read("", SimpleJobId(number), done); });
  }
  std::int64_t RevisionOf(int number) {
    const auto job = Read(number);
    return job.ok() ? job->job.state.revision : 0;
  }

  TempDir dir_;
  RealClock clock_;
  FaultyVfs vfs_{"failing"};
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(StoreFaultsTest, AFailedSyncIsUnknownAndTheStoreGoesOn) {
  Open();
  ASSERT_EQ(Create(1).outcome, CommitOutcome::kDurable);
  // For ever, because a checkpoint of the writer's own would take a single failure for itself.
  vfs_.FailSync(1, SQLITE_IOERR_FSYNC, /*for_ever=*/true);
  const CreateResult unknown = Create(2);
  EXPECT_EQ(unknown.outcome, CommitOutcome::kUnknown);
  EXPECT_EQ(ReasonOf(unknown.why), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_EQ(Commit(1, 1), CommitOutcome::kUnknown);
  vfs_.Heal();
  // The truth is re-read, and the same calls go through.
  EXPECT_EQ(RevisionOf(1), 1);
  EXPECT_EQ(RevisionOf(2), 0);
  EXPECT_EQ(Create(2).outcome, CommitOutcome::kDurable);
  EXPECT_EQ(Commit(1, 1), CommitOutcome::kDurable);
  SeededRandom random(1);
  Crash(random);
  EXPECT_EQ(RevisionOf(1), 2);
  EXPECT_EQ(RevisionOf(2), 1);
}

TEST_F(StoreFaultsTest, AFullDiskStopsWritesAndNotReads) {
  Open();
  ASSERT_EQ(Create(1).outcome, CommitOutcome::kDurable);
  vfs_.FailWrite(1, SQLITE_FULL, /*for_ever=*/true);
  for (int i = 2; i < 20; ++i) {
    const CreateResult result = Create(i);
    EXPECT_NE(result.outcome, CommitOutcome::kDurable);
    EXPECT_EQ(result.why.code(), absl::StatusCode::kUnavailable);
    EXPECT_FALSE(result.existing.has_value());
    EXPECT_EQ(Commit(1, 1), CommitOutcome::kUnknown);
  }
  EXPECT_EQ(RevisionOf(1), 1);
  EXPECT_EQ(Await<absl::Status>([&](auto done) {
              store_->PutCommand("default", SimpleJobId(1), CommandKind::kCancel, absl::UnixEpoch(), done);
            }).code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(
      Await<absl::StatusOr<std::vector<LiveJob>>>([&](auto done) { store_->Claim("you", "", 10, done); })
          .status()
          .code(),
      absl::StatusCode::kUnavailable);
  vfs_.Heal();
  for (int i = 2; i < 20; ++i) EXPECT_EQ(Create(i).outcome, CommitOutcome::kDurable) << i;
  EXPECT_EQ(Commit(1, 1), CommitOutcome::kDurable);
  EXPECT_EQ(Read(1)->ownership.owner, "me");
}

// A disk that has become read-only, or fails outright, is told from one that is full only by its words.
TEST_F(StoreFaultsTest, ADiskThatRefusesRefusesNewWorkAndKeepsTheOld) {
  for (const int result : {SQLITE_READONLY, SQLITE_IOERR_WRITE, SQLITE_FULL}) {
    SCOPED_TRACE(result);
    Open();
    const int kept = 100 + result;
    ASSERT_EQ(Create(kept).outcome, CommitOutcome::kDurable);
    vfs_.FailWrite(1, result, /*for_ever=*/true);
    const CreateResult refused = Create(kept + 1'000);
    EXPECT_NE(refused.outcome, CommitOutcome::kDurable);
    EXPECT_EQ(ReasonOf(refused.why), v1::ERROR_REASON_STORE_UNAVAILABLE) << refused.why;
    EXPECT_EQ(Commit(kept, 1), CommitOutcome::kUnknown) << "its owner must read again, and not give it up";
    EXPECT_EQ(RevisionOf(kept), 1);
    const auto fact = Await<absl::Status>([&](auto done) {
      store_->AppendEvidence({SimpleJobId(kept), "a", "w", "v", absl::UnixEpoch()}, done);
    });
    EXPECT_EQ(ReasonOf(fact), v1::ERROR_REASON_STORE_UNAVAILABLE);
    vfs_.Heal();
    EXPECT_EQ(Commit(kept, 1), CommitOutcome::kDurable);
    EXPECT_EQ(Create(kept + 1'000).outcome, CommitOutcome::kDurable);
    store_.reset();
  }
}

TEST_F(StoreFaultsTest, ADiskThatCannotBeReadIsUnavailableAndComesBack) {
  Open();
  for (int i = 1; i <= 30; ++i) ASSERT_EQ(Create(i).outcome, CommitOutcome::kDurable);
  store_.reset();
  Open();  // nothing is in memory
  vfs_.FailRead(1, SQLITE_IOERR_READ, /*for_ever=*/true);
  EXPECT_EQ(ReasonOf(Read(17).status()), v1::ERROR_REASON_STORE_UNAVAILABLE);
  vfs_.Heal();
  EXPECT_EQ(RevisionOf(17), 1);
}

TEST_F(StoreFaultsTest, OneFailureIsToldToAllOfItsGroup) {
  Open(/*checkpoint_pages=*/1'000'000);
  std::mutex block;
  std::unique_lock hold(block);
  std::atomic<bool> blocked = false;
  store_->Create(Submission(0), [&](CreateResult) {
    blocked = true;
    std::lock_guard wait(block);
  });
  while (!blocked) std::this_thread::yield();
  std::atomic<int> unknown = 0;
  std::atomic<int> answered = 0;
  for (int i = 1; i <= 50; ++i) {
    store_->Create(Submission(i), [&](CreateResult result) {
      unknown += result.outcome == CommitOutcome::kUnknown;
      ++answered;
    });
  }
  vfs_.FailSync(1, SQLITE_IOERR_FSYNC, /*for_ever=*/false);
  hold.unlock();
  // Not before all have their answers: one more would join their group.
  while (answered < 50) std::this_thread::yield();
  EXPECT_EQ(unknown, 50);
  EXPECT_EQ(Create(51).outcome, CommitOutcome::kDurable);
}

// Every write and every sync of a short life fails once, each in a life of its own, with a power cut
// afterwards.
class EveryFault : public StoreFaultsTest, public ::testing::WithParamInterface<int> {
 protected:
  void Fail(int nth) {
    if (GetParam() == SQLITE_IOERR_FSYNC) {
      vfs_.FailSync(nth, GetParam(), false);
    } else {
      vfs_.FailWrite(nth, GetParam(), false);
    }
  }
};

TEST_P(EveryFault, LosesNothingThatWasReported) {
  SeededRandom random(99);
  int number = 0;
  int lives = 0;
  bool fired = true;
  for (int nth = 1; fired; ++nth) {
    SCOPED_TRACE(nth);
    if (store_ == nullptr) Open();
    const int first = number;
    const std::int64_t before = vfs_.faults();
    Fail(nth);
    std::map<int, std::int64_t> least;  // revision that must be there, by job
    std::map<int, std::int64_t> most;   // revision that may be there
    for (; number < first + 3; ++number) {
      const CreateResult created = Create(number);
      most[number] = created.outcome == CommitOutcome::kConflict ? 0 : 1;
      if (created.outcome != CommitOutcome::kDurable) continue;
      least[number] = 1;
      for (std::int64_t revision = 1; revision <= 2; ++revision) {
        const CommitOutcome outcome = Commit(number, revision);
        if (outcome != CommitOutcome::kConflict) most[number] = revision + 1;
        if (outcome != CommitOutcome::kDurable) break;
        least[number] = revision + 1;
      }
    }
    fired = vfs_.faults() > before;
    vfs_.Heal();
    Crash(random);
    for (const auto& [job, revision] : most) {
      const std::int64_t there = RevisionOf(job);
      EXPECT_GE(there, least[job]) << "job " << job << " lost a revision that was durable";
      EXPECT_LE(there, revision) << "job " << job << " has a revision that was refused";
    }
    ASSERT_LT(nth, 1'000);
    if (HasFailure()) return;
    lives = nth;
  }
  EXPECT_GT(lives, 10) << "hardly any fault struck";
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryFault,
                         ::testing::Values(SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC));

// Power fails at any time, many writes being under way.
TEST_F(StoreFaultsTest, PowerCutsLoseNothingThatWasReported) {
  const std::uint64_t seed = RealRandom().Next();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  SeededRandom random(seed);
  std::mutex mutex;
  std::map<int, std::int64_t> least;
  std::map<int, std::int64_t> most;
  int number = 0;
  Open();
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    std::atomic<std::uint64_t> answered = 0;
    const std::uint64_t stop_after = random.Below(60);
    const int first = number;
    for (; number < first + 60; ++number) {
      {
        std::lock_guard lock(mutex);
        most[number] = 2;
      }
      store_->Create(Submission(number), [&, number](CreateResult result) {
        ++answered;
        std::lock_guard lock(mutex);
        if (result.outcome == CommitOutcome::kDurable)
          least[number] = std::max<std::int64_t>(least[number], 1);
        if (result.outcome == CommitOutcome::kConflict) most[number] = 0;
      });
      store_->Commit(Change(number, 1), [&, number](CommitOutcome outcome) {
        std::lock_guard lock(mutex);
        if (outcome == CommitOutcome::kDurable) least[number] = 2;
      });
    }
    while (answered < stop_after) std::this_thread::yield();
    ASSERT_NO_FATAL_FAILURE(Crash(random));
    for (int job = first; job < number; ++job) {
      const std::int64_t there = RevisionOf(job);
      std::lock_guard lock(mutex);
      ASSERT_GE(there, least[job]) << "job " << job;
      ASSERT_LE(there, most[job]) << "job " << job;
      least[job] = there;
      most[job] = there;
    }
  }
  for (const auto& [job, revision] : least) ASSERT_EQ(RevisionOf(job), revision) << "job " << job;
}

}  // namespace
}  // namespace zoetrope
