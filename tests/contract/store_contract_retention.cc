// What every JobStore must do when old jobs go.
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "server/base/error.h"
#include "tests/contract/store_contract.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time Day(int day) { return kStart + absl::Hours(24 * day); }

LedgerRow Row(const std::string& attempt, LedgerKind kind) {
  return {attempt, kind, Money::FromNanos(7), CostSource::kProvider, kStart};
}

BlobRef Picture(char name) { return {std::string(64, name), "image/png", 3, 1, 1}; }

// The next revision of `job`, which ends it, money included, at `time`.
JobChange Ending(const Job& job, absl::Time time) {
  JobChange change = NextRevision(job, JobPhase::kFailed);
  change.state.update_time = time;
  change.state.attempts[0].settlement = Settlement::kSettled;
  return change;
}

}  // namespace

void RetentionContract::CreateEnded(int number, absl::Time time, std::string request_id) {
  const Job job = CreateSimple(number, std::move(request_id));
  ASSERT_EQ(Commit(Ending(job, time)), CommitOutcome::kDurable);
}

void RetentionContract::CreateWithPictures(int number, const std::vector<BlobRef>& pictures,
                                           absl::Time time) {
  Job job = SimpleJob(number);
  job.spec.generation.first_frame = Image{pictures.at(0), ImageFit::kCover};
  job.spec.generation.first_frame->fitted.assign(pictures.begin() + 1, pictures.end());
  for (const BlobRef& picture : pictures) ASSERT_TRUE(PutBlob(picture).ok());
  ASSERT_EQ(Create(Submission(job)).outcome, CommitOutcome::kDurable);
  ASSERT_EQ(Commit(Ending(job, time)), CommitOutcome::kDurable);
}

absl::Status RetentionContract::PutBlob(const BlobRef& picture) {
  return Await<absl::Status>([&](auto done) {
    store().PutBlob(picture.sha256, {picture.content_type, "png"}, done);
  });
}

bool RetentionContract::HasBlob(const BlobRef& picture) {
  return Await<absl::StatusOr<MediaBytes>>([&](auto done) { store().ReadBlob(picture.sha256, done); }).ok();
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RetentionContract);

TEST_P(RetentionContract, OnlyWhatIsOverLongEnoughGoes) {
  CreateEnded(1, Day(1));
  CreateEnded(2, Day(3));
  CreateSimple(3);
  const Job held = CreateSimple(4);
  JobChange hold = NextRevision(held, JobPhase::kHeld);
  hold.state.update_time = Day(0);
  ASSERT_EQ(Commit(hold), CommitOutcome::kDurable);
  for (const Settlement settlement : {Settlement::kPending, Settlement::kReserved}) {
    const Job unsettled = CreateSimple(settlement == Settlement::kPending ? 5 : 6);
    JobChange end = Ending(unsettled, Day(0));
    end.state.attempts[0].settlement = settlement;
    ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  }
  EXPECT_EQ(RemoveAllEnded(Day(1)).jobs, 0) << "not before, but at that time";
  EXPECT_EQ(RemoveAllEnded(Day(2)).jobs, 1);
  EXPECT_THAT(List({}),
              ElementsAre(SimpleJobId(6), SimpleJobId(5), SimpleJobId(4), SimpleJobId(3), SimpleJobId(2)));
  EXPECT_EQ(RemoveAllEnded(absl::InfiniteFuture()).jobs, 1);
  EXPECT_THAT(List({}), SizeIs(4)) << "a live job went";
}

TEST_P(RetentionContract, ALaterRevisionCountsAnew) {
  Job job = CreateSimple(1);
  JobChange end = Ending(job, Day(1));
  end.state.attempts[0].settlement = Settlement::kPending;
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  job.state = end.state;
  ASSERT_EQ(Commit(Ending(job, Day(9))), CommitOutcome::kDurable);
  EXPECT_EQ(RemoveAllEnded(Day(5)).jobs, 0) << "its money has not been known for long enough";
  EXPECT_EQ(RemoveAllEnded(Day(10)).jobs, 1);
}

TEST_P(RetentionContract, NothingOfItIsLeft) {
  std::atomic<int> told = 0;
  auto subscription = store().Subscribe([&](const Change&) { ++told; });
  Job job = SimpleJob(1);
  job.spec.request_id = "request";
  job.spec.labels = {{"team", "film"}, {"env", "prod"}};
  NewJob submission = Submission(job);
  submission.ledger = {Row("a", LedgerKind::kReserve)};
  ASSERT_EQ(Create(submission).outcome, CommitOutcome::kDurable);
  const Job other = CreateSimple(2, "other request");
  ASSERT_TRUE(PutCommand(job.spec.id).ok());
  const Evidence fact{job.spec.id, "a", "provider_job_id", "theirs", kStart};
  ASSERT_TRUE(Await<absl::Status>([&](auto done) { store().AppendEvidence(fact, done); }).ok());
  JobChange end = Ending(job, Day(1));
  end.ledger = {Row("a", LedgerKind::kRelease), Row("a", LedgerKind::kSettle)};
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  ASSERT_TRUE(fixture_->RunUntil([&] { return told == 4; }));

  ASSERT_EQ(RemoveAllEnded(Day(2)).jobs, 1);

  EXPECT_EQ(ReasonOf(Read(job.spec.id).status()), v1::ERROR_REASON_JOB_NOT_FOUND);
  EXPECT_THAT(*ReadRevisions(job.spec.id, 0, 10), IsEmpty());
  EXPECT_THAT(Ledger(job.spec.id), IsEmpty());
  EXPECT_THAT(List({}), ElementsAre(other.spec.id));
  ListQuery labelled;
  labelled.labels = {{"team", "film"}};
  EXPECT_THAT(List(labelled), IsEmpty());
  EXPECT_FALSE(FindRequest("default", "request").has_value());
  EXPECT_EQ(PutCommand(job.spec.id).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Commit(end), CommitOutcome::kConflict);
  const auto facts = Await<absl::StatusOr<std::vector<Evidence>>>(
      [&](auto done) { store().ReadEvidence(job.spec.id, done); });
  EXPECT_THAT(*facts, IsEmpty());
  EXPECT_TRUE(FindRequest("default", "other request").has_value());
  CreateSimple(3);
  ASSERT_TRUE(fixture_->RunUntil([&] { return told >= 5; }));
  EXPECT_EQ(told, 5) << "a removal is no change of a job";
}

TEST_P(RetentionContract, WhatItHadAtItsProviderIsNobodysAnyMore) {
  const Job job = CreateSimple(1);
  JobChange end = Ending(job, Day(1));
  end.state.attempts[0].provider_job.id = "theirs";
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  const auto holder = [&] {
    const auto found = Await<absl::StatusOr<std::optional<AttemptName>>>(
        [&](auto done) { store().FindProviderJob("theirs", "", done); });
    return found.ok() ? *found : std::nullopt;
  };
  ASSERT_TRUE(holder().has_value());
  ASSERT_EQ(RemoveAllEnded(Day(2)).jobs, 1);
  EXPECT_EQ(holder(), std::nullopt);
}

TEST_P(RetentionContract, ItsRequestIdMayStandForAnother) {
  CreateEnded(1, Day(1), "request");
  ASSERT_EQ(RemoveAllEnded(Day(2)).jobs, 1);
  const Job again = CreateSimple(2, "request");
  EXPECT_EQ(FindRequest("default", "request")->job_id, again.spec.id);
  EXPECT_EQ(Commit(NextRevision(again)), CommitOutcome::kDurable);
}

TEST_P(RetentionContract, TheLongestEndedGoFirstAndNoMoreThanAsked) {
  for (int i = 1; i <= 5; ++i) CreateEnded(i, Day(10 - i));
  const Removed first = RemoveEnded(Day(20), 2);
  EXPECT_EQ(first.jobs, 2);
  EXPECT_TRUE(first.more);
  EXPECT_THAT(List({}), ElementsAre(SimpleJobId(3), SimpleJobId(2), SimpleJobId(1)));
  EXPECT_EQ(RemoveEnded(Day(20), 0).jobs, 0);
  EXPECT_EQ(RemoveAllEnded(Day(20)).jobs, 3);
  EXPECT_FALSE(RemoveEnded(Day(20), 2).more);
}

TEST_P(RetentionContract, APictureGoesWithTheLastJobThatNamesIt) {
  const BlobRef shared = Picture('a');
  const BlobRef own = Picture('b');
  const BlobRef later = Picture('c');
  CreateWithPictures(1, {shared, own}, Day(1));
  CreateWithPictures(2, {later, shared}, Day(5));
  const Removed first = RemoveAllEnded(Day(2));
  EXPECT_EQ(first.jobs, 1);
  EXPECT_EQ(first.blobs, 1);
  EXPECT_TRUE(HasBlob(shared));
  EXPECT_FALSE(HasBlob(own));
  EXPECT_TRUE(HasBlob(later));
  EXPECT_EQ(RemoveAllEnded(Day(6)).blobs, 2);
  EXPECT_FALSE(HasBlob(shared));
  EXPECT_FALSE(HasBlob(later));
}

// Between the picture and the job that names it another one of the same picture may go.
TEST_P(RetentionContract, APictureThatWaitsForItsJobStays) {
  const BlobRef picture = Picture('a');
  const BlobRef never_used = Picture('b');
  CreateWithPictures(1, {picture}, Day(1));
  ASSERT_TRUE(PutBlob(picture).ok());
  ASSERT_TRUE(PutBlob(never_used).ok());
  // Both were put just now, and that is not before long ago.
  const absl::Time long_ago = absl::FromUnixSeconds(1'000'000'000);
  EXPECT_EQ(RemoveAllEnded(long_ago).blobs, 0);
  EXPECT_TRUE(HasBlob(never_used));
  // After the latest time at which a test runs, they have waited for nothing.
  EXPECT_EQ(RemoveAllEnded(absl::InfiniteFuture()).jobs, 1);
  EXPECT_FALSE(HasBlob(never_used));
  EXPECT_FALSE(HasBlob(picture));
}

TEST_P(RetentionContract, APictureThatWasPutAgainOutlivesItsOldJob) {
  const BlobRef picture = Picture('a');
  // Its end lies before the clock of any store.
  CreateWithPictures(1, {picture}, absl::FromUnixSeconds(1'000));
  ASSERT_TRUE(PutBlob(picture).ok());
  const Removed removed = RemoveAllEnded(absl::FromUnixSeconds(2'000));
  EXPECT_EQ(removed.jobs, 1);
  EXPECT_EQ(removed.blobs, 0);
  ASSERT_TRUE(HasBlob(picture));
  CreateWithPictures(2, {picture}, Day(1));
  EXPECT_TRUE(HasBlob(picture));
}

// Whoever writes while a removal goes on is neither lost nor refused.
TEST_P(RetentionContract, WritersGoOnMeanwhile) {
  for (int i = 1; i <= 30; ++i) CreateEnded(i, Day(1));
  int answered = 0;
  int removed = 0;
  std::vector<CommitOutcome> outcomes;
  std::mutex mutex;
  for (int i = 0; i < 10; ++i) {
    store().RemoveEnded(Day(2), 3, [&](absl::StatusOr<Removed> some) {
      std::lock_guard lock(mutex);
      removed += some.ok() ? some->jobs : 0;
      ++answered;
    });
    Job job = SimpleJob(100 + i);
    store().Create(Submission(job), [&](CreateResult result) {
      std::lock_guard lock(mutex);
      outcomes.push_back(result.outcome);
      ++answered;
    });
  }
  ASSERT_TRUE(fixture_->RunUntil([&] {
    std::lock_guard lock(mutex);
    return answered == 20;
  }));
  EXPECT_EQ(removed, 30);
  EXPECT_THAT(outcomes, ::testing::Each(CommitOutcome::kDurable));
  EXPECT_THAT(List({}), SizeIs(10));
}

}  // namespace zoetrope::testing
