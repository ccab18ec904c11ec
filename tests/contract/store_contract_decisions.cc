// The store's part in decisions about held attempts.
#include "tests/contract/store_contract.h"

#include "gmock/gmock.h"
#include "server/base/error.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'050);

AttemptDecision Adopt(const std::string& attempt_id, const std::string& provider_job_id = "theirs") {
  return {attempt_id, ResolutionKind::kAdopted, provider_job_id, "seen in the console"};
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreDecisions);

Job StoreDecisions::CreateHeld(int number, absl::Time sent, const std::string& provider) {
  Job job = CreateSimple(number);
  JobChange change = NextRevision(job, JobPhase::kHeld);
  Attempt& attempt = change.state.attempts.back();
  attempt.provider = provider;
  attempt.phase = AttemptPhase::kHeld;
  attempt.intent_time = sent;
  EXPECT_EQ(Commit(change), CommitOutcome::kDurable);
  job.state = change.state;
  return job;
}

JobChange StoreDecisions::Acked(const Job& job, const std::string& provider_job_id, bool adopts) {
  JobChange change = NextRevision(job);
  change.state.attempts.back().phase = AttemptPhase::kAcked;
  change.state.attempts.back().provider_job.id = provider_job_id;
  change.adopts = adopts;
  return change;
}

absl::Status StoreDecisions::PutDecision(const std::string& job_id, const AttemptDecision& decision) {
  return Await<absl::Status>([&](auto done) { store().PutDecision(job_id, decision, kNow, done); });
}

std::vector<std::string> StoreDecisions::Held(const HeldQuery& query) {
  const auto jobs =
      Await<absl::StatusOr<std::vector<Job>>>([&](auto done) { store().ListHeld(query, done); });
  EXPECT_TRUE(jobs.ok()) << jobs.status();
  std::vector<std::string> ids;
  for (const Job& job : *jobs) {
    EXPECT_EQ(job.state.attempts.back().phase, AttemptPhase::kHeld);
    ids.push_back(job.spec.id);
  }
  return ids;
}

TEST_P(StoreDecisions, LiveJobsAreCountedByAccount) {
  const auto count = [this] {
    const auto counts = Await<absl::StatusOr<std::map<std::string, std::size_t>>>(
        [&](auto done) { store().CountLive(done); });
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.value_or(std::map<std::string, std::size_t>());
  };
  EXPECT_TRUE(count().empty());
  CreateHeld(1, kNow, "fal");
  CreateHeld(2, kNow, "fal");
  const Job over = CreateHeld(3, kNow, "runpod");
  EXPECT_EQ(count(), (std::map<std::string, std::size_t>{{"fal", 2}, {"runpod", 1}}));
  JobChange end = NextRevision(over, JobPhase::kFailed);
  end.state.attempts.back().phase = AttemptPhase::kFailed;
  end.state.attempts.back().settlement = Settlement::kSettled;
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  EXPECT_EQ(count(), (std::map<std::string, std::size_t>{{"fal", 2}})) << "the other one is over";
}

TEST_P(StoreDecisions, WhatNobodyHasConfirmedIsListedOnceItIsOver) {
  const auto listed = [this](absl::Time since, int limit = 10) {
    const auto jobs = Await<absl::StatusOr<std::vector<Job>>>(
        [&](auto done) { store().ListWrittenOff(since, limit, done); });
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    std::vector<std::string> ids;
    for (const Job& job : *jobs) ids.push_back(job.spec.id);
    return ids;
  };
  const auto end = [this](const Job& job, LedgerKind kind, absl::Time when) {
    JobChange change = NextRevision(job, JobPhase::kFailed);
    Attempt& attempt = change.state.attempts.back();
    attempt.phase = AttemptPhase::kFailed;
    attempt.settlement = Settlement::kSettled;
    change.state.update_time = when;
    change.ledger = {{attempt.id, kind, Money(), CostSource::kReservation, when, attempt.provider}};
    EXPECT_EQ(Commit(change), CommitOutcome::kDurable);
  };
  end(CreateHeld(1), LedgerKind::kWriteOff, kNow);
  end(CreateHeld(2), LedgerKind::kSettle, kNow);
  end(CreateHeld(3), LedgerKind::kWriteOff, kNow + absl::Hours(2));
  CreateHeld(4);
  EXPECT_THAT(listed(kNow), ElementsAre(SimpleJobId(3), SimpleJobId(1)));
  EXPECT_THAT(listed(kNow + absl::Hours(1)), ElementsAre(SimpleJobId(3)));
  EXPECT_THAT(listed(kNow, 1), ElementsAre(SimpleJobId(3)));
  EXPECT_THAT(listed(kNow + absl::Hours(3)), IsEmpty());
}

TEST_P(StoreDecisions, ADecisionWaitsUntilItIsCarriedOut) {
  const Job job = CreateHeld(1);
  const AttemptDecision decision = Adopt(job.state.attempts.back().id);
  ASSERT_TRUE(PutDecision(job.spec.id, decision).ok());
  const auto stored = Read(job.spec.id);
  ASSERT_THAT(stored->commands, SizeIs(1));
  EXPECT_EQ(stored->commands[0].kind, CommandKind::kResolve);
  EXPECT_EQ(stored->commands[0].time, kNow);
  EXPECT_EQ(stored->commands[0].decision, decision);
  const std::vector<LiveJob> claimed = Claim("you");
  ASSERT_THAT(claimed, SizeIs(1));
  ASSERT_THAT(claimed[0].commands, SizeIs(1));
  EXPECT_EQ(claimed[0].commands[0].decision, decision);
  JobChange change = Acked(job, "theirs", /*adopts=*/true);
  change.ownership = {"you", 2};
  change.carried_out = {stored->commands[0].sequence};
  EXPECT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_THAT(Read(job.spec.id)->commands, IsEmpty());
}

TEST_P(StoreDecisions, TheSameDecisionIsOneAndAnotherIsRefused) {
  const Job job = CreateHeld(1);
  const std::string& attempt = job.state.attempts.back().id;
  AttemptDecision decision = Adopt(attempt);
  ASSERT_TRUE(PutDecision(job.spec.id, decision).ok());
  decision.note = "seen again";
  EXPECT_TRUE(PutDecision(job.spec.id, decision).ok());
  EXPECT_EQ(PutDecision(job.spec.id, Adopt(attempt, "others")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(PutDecision(job.spec.id, {attempt, ResolutionKind::kAbandoned, "", ""}).code(),
            absl::StatusCode::kAlreadyExists);
  ASSERT_THAT(Read(job.spec.id)->commands, SizeIs(1));
  EXPECT_EQ(Read(job.spec.id)->commands[0].decision->note, "seen in the console");
}

TEST_P(StoreDecisions, ADecisionAndACancellationWaitSideBySide) {
  const Job job = CreateHeld(1);
  ASSERT_TRUE(PutCommand(job.spec.id).ok());
  ASSERT_TRUE(PutDecision(job.spec.id, Adopt(job.state.attempts.back().id)).ok());
  const auto stored = Read(job.spec.id);
  ASSERT_THAT(stored->commands, SizeIs(2));
  EXPECT_EQ(stored->commands[0].kind, CommandKind::kCancel);
  EXPECT_FALSE(stored->commands[0].decision.has_value());
  EXPECT_EQ(stored->commands[1].kind, CommandKind::kResolve);
}

TEST_P(StoreDecisions, AnyTenantsJobCanBeDecidedAndNoneThatIsNotThere) {
  const Job job = CreateSimple(1, "", "someone");
  EXPECT_TRUE(PutDecision(job.spec.id, Adopt("a")).ok());
  EXPECT_EQ(ReasonOf(PutDecision("nothing", Adopt("a"))), v1::ERROR_REASON_JOB_NOT_FOUND);
}

TEST_P(StoreDecisions, ACommandThatIsDroppedMakesRoom) {
  const Job job = CreateHeld(1);
  const std::string& attempt = job.state.attempts.back().id;
  ASSERT_TRUE(PutDecision(job.spec.id, Adopt(attempt)).ok());
  const std::int64_t sequence = Read(job.spec.id)->commands[0].sequence;
  const auto drop = [&](const std::string& job_id, std::int64_t number) {
    return Await<absl::Status>([&](auto done) { store().DropCommand(job_id, number, done); });
  };
  EXPECT_TRUE(drop("another job", sequence).ok());
  EXPECT_THAT(Read(job.spec.id)->commands, SizeIs(1)) << "dropped by another job's name";
  EXPECT_TRUE(drop(job.spec.id, sequence).ok());
  EXPECT_TRUE(drop(job.spec.id, sequence).ok());
  EXPECT_THAT(Read(job.spec.id)->commands, IsEmpty());
  EXPECT_EQ(Read(job.spec.id)->job.state.revision, 2) << "a command that is dropped is no revision";
  EXPECT_TRUE(PutDecision(job.spec.id, {attempt, ResolutionKind::kAbandoned, "", ""}).ok());
  EXPECT_GT(Read(job.spec.id)->commands[0].sequence, sequence);
}

TEST_P(StoreDecisions, HeldJobsAreListedByWhenTheyWereSent) {
  CreateSimple(1);
  const Job late = CreateHeld(2, kSent + absl::Seconds(2));
  const Job early = CreateHeld(3, kSent);
  const Job same = CreateHeld(4, kSent + absl::Seconds(2), "runpod");
  EXPECT_THAT(Held(), ElementsAre(early.spec.id, late.spec.id, same.spec.id));
  EXPECT_THAT(Held({.limit = 2}), ElementsAre(early.spec.id, late.spec.id));
  EXPECT_THAT(Held({.after_sent = kSent + absl::Seconds(2), .after_id = late.spec.id}),
              ElementsAre(same.spec.id));
  EXPECT_THAT(Held({.provider = "runpod"}), ElementsAre(same.spec.id));
  EXPECT_THAT(Held({.owner = "me", .sent_until = kSent}), ElementsAre(early.spec.id));
  EXPECT_THAT(Held({.owner = "you"}), IsEmpty());
  EXPECT_THAT(Held({.sent_until = kSent - absl::Nanoseconds(1)}), IsEmpty());
}

TEST_P(StoreDecisions, WhatIsDecidedIsNoLongerListed) {
  Job job = CreateHeld(1);
  // Ended by its caller: the attempt waits for a decision all the same.
  JobChange cancelled = NextRevision(job, JobPhase::kCancelled);
  ASSERT_EQ(Commit(cancelled), CommitOutcome::kDurable);
  job.state = cancelled.state;
  EXPECT_THAT(Held(), ElementsAre(job.spec.id));
  ASSERT_EQ(Commit(Acked(job, "theirs", /*adopts=*/true)), CommitOutcome::kDurable);
  EXPECT_THAT(Held(), IsEmpty());
}

TEST_P(StoreDecisions, WhatNobodyHasDecidedStays) {
  const Job held = CreateHeld(1);
  const Job cancelled = CreateHeld(2);
  ASSERT_EQ(Commit(NextRevision(cancelled, JobPhase::kCancelled)), CommitOutcome::kDurable);
  ASSERT_TRUE(PutDecision(held.spec.id, Adopt(held.state.attempts.back().id)).ok());
  EXPECT_EQ(RemoveAllEnded(absl::InfiniteFuture()).jobs, 0);
  EXPECT_THAT(Held(), ElementsAre(held.spec.id, cancelled.spec.id));
  EXPECT_THAT(Read(held.spec.id)->commands, SizeIs(1));
}

TEST_P(StoreDecisions, WhatAnotherAttemptHasIsNotAdopted) {
  const Job one = CreateHeld(1);
  Job two = SimpleJob(2);
  two.state.attempts.back().id = "the second job's";
  ASSERT_EQ(Create(Submission(two)).outcome, CommitOutcome::kDurable);
  JobChange hold = NextRevision(two, JobPhase::kHeld);
  hold.state.attempts.back().provider = "fal";
  hold.state.attempts.back().phase = AttemptPhase::kHeld;
  hold.state.attempts.back().intent_time = kSent;
  ASSERT_EQ(Commit(hold), CommitOutcome::kDurable);
  two.state = hold.state;
  ASSERT_EQ(Commit(Acked(one, "theirs", /*adopts=*/true)), CommitOutcome::kDurable);
  EXPECT_EQ(Commit(Acked(two, "theirs", /*adopts=*/true)), CommitOutcome::kConflict);
  EXPECT_EQ(Read(two.spec.id)->job.state.revision, 2) << "a refused change left a revision";
  // What a provider itself says is never refused.
  EXPECT_EQ(Commit(Acked(two, "theirs", /*adopts=*/false)), CommitOutcome::kDurable);
}

}  // namespace zoetrope::testing
