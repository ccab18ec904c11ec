#include "tests/contract/store_contract.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/base/error.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LedgerRow Row(const std::string& attempt, LedgerKind kind, std::int64_t nanos) {
  return {attempt, kind, Money::FromNanos(nanos), CostSource::kProvider,
          absl::FromUnixMillis(1'800'000'000'123)};
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

NewJob Submission(Job job, std::string fingerprint) {
  NewJob submission;
  submission.job = std::move(job);
  submission.fingerprint = std::move(fingerprint);
  submission.owner = "me";
  return submission;
}

JobChange NextRevision(const Job& job, JobPhase phase) {
  JobChange change;
  change.job_id = job.spec.id;
  change.ownership = {"me", 1};
  change.expected_revision = job.state.revision;
  change.state = job.state;
  ++change.state.revision;
  change.state.phase = phase;
  return change;
}

CreateResult StoreContract::Create(NewJob job) {
  return Await<CreateResult>([&](auto done) { store().Create(std::move(job), done); });
}

Job StoreContract::CreateSimple(int number, std::string request_id, std::string tenant) {
  Job job = SimpleJob(number, std::move(tenant));
  job.spec.request_id = std::move(request_id);
  const CreateResult result = Create(Submission(job));
  EXPECT_EQ(result.outcome, CommitOutcome::kDurable) << result.why;
  return job;
}

CommitOutcome StoreContract::Commit(JobChange change) {
  return Await<CommitOutcome>([&](auto done) { store().Commit(std::move(change), done); });
}

absl::StatusOr<StoredJob> StoreContract::Read(std::string job_id, std::string tenant) {
  return Await<absl::StatusOr<StoredJob>>([&](auto done) { store().Read(tenant, job_id, done); });
}

absl::StatusOr<std::vector<Revision>> StoreContract::ReadRevisions(std::string job_id, std::int64_t after,
                                                                   int limit) {
  return Await<absl::StatusOr<std::vector<Revision>>>(
      [&](auto done) { store().ReadRevisions(job_id, after, limit, done); });
}

std::vector<std::string> StoreContract::List(ListQuery query) {
  if (query.tenant.empty()) query.tenant = "default";
  const auto jobs = Await<absl::StatusOr<std::vector<Job>>>([&](auto done) { store().List(query, done); });
  EXPECT_TRUE(jobs.ok()) << jobs.status();
  std::vector<std::string> ids;
  if (jobs.ok()) {
    for (const Job& job : *jobs) ids.push_back(job.spec.id);
  }
  return ids;
}

std::vector<LedgerRow> StoreContract::Ledger(std::string job_id) {
  return Await<absl::StatusOr<std::vector<LedgerRow>>>([&](auto done) { store().ReadLedger(job_id, done); })
      .value();
}

std::vector<LiveJob> StoreContract::Claim(std::string owner, std::string after_id, int limit) {
  return Await<absl::StatusOr<std::vector<LiveJob>>>(
             [&](auto done) { store().Claim(owner, after_id, limit, done); })
      .value();
}

absl::Status StoreContract::PutCommand(std::string job_id, std::string tenant) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'050);
  return Await<absl::Status>(
      [&](auto done) { store().PutCommand(tenant, job_id, CommandKind::kCancel, now, done); });
}

Removed StoreContract::RemoveEnded(absl::Time before, int limit) {
  return Await<absl::StatusOr<Removed>>([&](auto done) { store().RemoveEnded(before, limit, done); }).value();
}

Removed StoreContract::RemoveAllEnded(absl::Time before) {
  Removed all;
  for (int step = 0; step < 1'000; ++step) {
    const Removed removed = RemoveEnded(before, 10);
    all.jobs += removed.jobs;
    all.blobs += removed.blobs;
    if (!removed.more) return all;
  }
  ADD_FAILURE() << "there is always more to remove";
  return all;
}

std::optional<RequestBinding> StoreContract::FindRequest(std::string tenant, std::string request_id) {
  using Answer = absl::StatusOr<std::optional<RequestBinding>>;
  return Await<Answer>([&](auto done) { store().FindRequest(tenant, request_id, done); }).value();
}

TEST_P(StoreContract, AJobIsReadAsItWasCreated) {
  const Job job = CreateSimple(1, "request-1");
  const auto stored = Read(job.spec.id);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(stored->job, job);
  EXPECT_EQ(stored->ownership.owner, "me");
  EXPECT_EQ(stored->ownership.epoch, 1);
  EXPECT_THAT(stored->commands, IsEmpty());
}

TEST_P(StoreContract, AJobOfEveryValueSurvives) {
  SeededRandom random(20'260'101);
  for (int i = 0; i < 50; ++i) {
    Job job{RandomSpec(random), RandomState(random)};
    job.spec.id = absl::StrCat("random-", i);
    job.spec.request_id.clear();
    job.spec.tenant = "t";
    job.state.revision = 1;
    ASSERT_EQ(Create(Submission(job)).outcome, CommitOutcome::kDurable);
    const auto stored = Read(job.spec.id, "t");
    ASSERT_TRUE(stored.ok()) << stored.status();
    ASSERT_EQ(stored->job, job) << "job " << i;
  }
}

TEST_P(StoreContract, AnUnknownJobIsNotFound) {
  const auto stored = Read("nothing");
  EXPECT_EQ(ReasonOf(stored.status()), v1::ERROR_REASON_JOB_NOT_FOUND);
  EXPECT_TRUE(ReadRevisions("nothing", 0, 10)->empty());
  EXPECT_THAT(Ledger("nothing"), IsEmpty());
}

TEST_P(StoreContract, ARequestIdStandsForOneJob) {
  const Job first = CreateSimple(1, "request");
  Job second = SimpleJob(2);
  second.spec.request_id = "request";
  const CreateResult result = Create(Submission(second, "another print"));
  EXPECT_EQ(result.outcome, CommitOutcome::kConflict);
  ASSERT_TRUE(result.existing.has_value());
  EXPECT_EQ(result.existing->job_id, first.spec.id);
  EXPECT_EQ(result.existing->fingerprint, "print");
  EXPECT_FALSE(result.why.ok());
  EXPECT_EQ(Read(second.spec.id).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FindRequest("default", "request")->job_id, first.spec.id);
}

TEST_P(StoreContract, RequestIdsAreEachTenantsOwn) {
  CreateSimple(1, "request", "one");
  EXPECT_FALSE(FindRequest("two", "request").has_value());
  const Job job = CreateSimple(2, "request", "two");
  EXPECT_EQ(FindRequest("two", "request")->job_id, job.spec.id);
}

TEST_P(StoreContract, JobsWithoutARequestIdDoNotMeet) {
  CreateSimple(1);
  CreateSimple(2);
  EXPECT_FALSE(FindRequest("default", "").has_value());
}

TEST_P(StoreContract, AnIdIsTakenOnce) {
  const Job job = CreateSimple(1, "one");
  Job again = SimpleJob(1);
  again.spec.request_id = "two";
  const CreateResult result = Create(Submission(again));
  EXPECT_EQ(result.outcome, CommitOutcome::kConflict);
  EXPECT_FALSE(result.existing.has_value());
  EXPECT_FALSE(FindRequest("default", "two").has_value()) << "a refused creation left its request id";
}

TEST_P(StoreContract, ANewJobHasRevisionOne) {
  Job job = SimpleJob(1);
  job.state.revision = 2;
  EXPECT_EQ(Create(Submission(job)).outcome, CommitOutcome::kConflict);
  EXPECT_FALSE(Read(job.spec.id).ok());
}

// Two requests of one id that race: exactly one wins, whichever group they fall into.
TEST_P(StoreContract, OfManyCreationsWithOneRequestIdOneWins) {
  std::atomic<int> answered = 0;
  std::atomic<int> durable = 0;
  for (int i = 0; i < 20; ++i) {
    Job job = SimpleJob(i);
    job.spec.request_id = "same";
    store().Create(Submission(job), [&](CreateResult result) {
      if (result.outcome == CommitOutcome::kDurable) ++durable;
      ++answered;
    });
  }
  ASSERT_TRUE(fixture_->RunUntil([&] { return answered == 20; }));
  EXPECT_EQ(durable, 1);
  EXPECT_THAT(List({}), SizeIs(1));
}

TEST_P(StoreContract, AChangeIsTheNextRevision) {
  const Job job = CreateSimple(1);
  const JobChange change = NextRevision(job);
  EXPECT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_EQ(Read(job.spec.id)->job.state, change.state);
}

TEST_P(StoreContract, AChangeOfAnotherRevisionConflicts) {
  const Job job = CreateSimple(1);
  const JobChange change = NextRevision(job);
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_EQ(Commit(change), CommitOutcome::kConflict) << "the same change twice";
  JobChange ahead = change;
  ahead.expected_revision = 7;
  ahead.state.revision = 8;
  EXPECT_EQ(Commit(ahead), CommitOutcome::kConflict);
  JobChange gap = change;
  gap.expected_revision = 2;
  gap.state.revision = 4;
  EXPECT_EQ(Commit(gap), CommitOutcome::kConflict) << "a gap in the history";
  JobChange nothing = change;
  nothing.job_id = "nothing";
  EXPECT_EQ(Commit(nothing), CommitOutcome::kConflict);
  EXPECT_EQ(Read(job.spec.id)->job.state, change.state);
}

TEST_P(StoreContract, AnotherOwnerOrEpochConflicts) {
  const Job job = CreateSimple(1);
  JobChange stranger = NextRevision(job);
  stranger.ownership.owner = "you";
  EXPECT_EQ(Commit(stranger), CommitOutcome::kConflict);
  JobChange newer = NextRevision(job);
  newer.ownership.epoch = 2;
  EXPECT_EQ(Commit(newer), CommitOutcome::kConflict);
  ASSERT_THAT(Claim("you"), SizeIs(1));
  EXPECT_EQ(Commit(NextRevision(job)), CommitOutcome::kConflict) << "the old owner is fenced";
  JobChange mine = NextRevision(job);
  mine.ownership = {"you", 2};
  EXPECT_EQ(Commit(mine), CommitOutcome::kDurable);
}

TEST_P(StoreContract, RevisionsHaveNoGaps) {
  Job job = CreateSimple(1);
  CreateSimple(2);
  for (int i = 0; i < 9; ++i) {
    const JobChange change = NextRevision(job);
    ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
    job.state = change.state;
  }
  const auto all = ReadRevisions(job.spec.id, 0, 100);
  ASSERT_THAT(*all, SizeIs(10));
  for (std::size_t i = 0; i < all->size(); ++i) {
    EXPECT_EQ((*all)[i].revision, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ((*all)[i].state.revision, static_cast<std::int64_t>(i) + 1);
  }
  const auto some = ReadRevisions(job.spec.id, 4, 3);
  ASSERT_THAT(*some, SizeIs(3));
  EXPECT_EQ(some->front().revision, 5);
  EXPECT_EQ(some->back().revision, 7);
  EXPECT_THAT(*ReadRevisions(job.spec.id, 10, 100), IsEmpty());
  EXPECT_THAT(*ReadRevisions(job.spec.id, 0, 0), IsEmpty());
}

TEST_P(StoreContract, TheLedgerKeepsItsOrder) {
  Job job = SimpleJob(1);
  NewJob submission = Submission(job);
  submission.ledger = {Row("a", LedgerKind::kReserve, 100), Row("b", LedgerKind::kReserve, 200)};
  ASSERT_EQ(Create(submission).outcome, CommitOutcome::kDurable);
  JobChange change = NextRevision(job);
  change.ledger = {Row("a", LedgerKind::kRelease, 100), Row("a", LedgerKind::kSettle, 130),
                   Row("a", LedgerKind::kOverrun, 30)};
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_THAT(Ledger(job.spec.id), ElementsAre(submission.ledger[0], submission.ledger[1], change.ledger[0],
                                               change.ledger[1], change.ledger[2]));
}

TEST_P(StoreContract, AnAttemptIsSettledOnce) {
  Job job = CreateSimple(1);
  JobChange change = NextRevision(job);
  change.ledger = {Row("a", LedgerKind::kRelease, 1), Row("a", LedgerKind::kSettle, 1)};
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  job.state = change.state;
  for (const LedgerKind kind : {LedgerKind::kSettle, LedgerKind::kRelease}) {
    JobChange again = NextRevision(job);
    again.ledger = {Row("c", LedgerKind::kReserve, 5), Row("a", kind, 1)};
    EXPECT_EQ(Commit(again), CommitOutcome::kConflict);
  }
  JobChange twice_at_once = NextRevision(job);
  twice_at_once.ledger = {Row("b", LedgerKind::kSettle, 1), Row("b", LedgerKind::kSettle, 1)};
  EXPECT_EQ(Commit(twice_at_once), CommitOutcome::kConflict);
  EXPECT_THAT(Ledger(job.spec.id), SizeIs(2)) << "a refused change left rows";
  EXPECT_EQ(Read(job.spec.id)->job.state.revision, 2);
  JobChange other = NextRevision(job);
  other.ledger = {Row("b", LedgerKind::kRelease, 1), Row("b", LedgerKind::kSettle, 1)};
  EXPECT_EQ(Commit(other), CommitOutcome::kDurable);
}

TEST_P(StoreContract, ARefusedChangeSparesItsNeighbours) {
  const Job one = CreateSimple(1);
  const Job two = CreateSimple(2);
  JobChange settle = NextRevision(one);
  settle.ledger = {Row("a", LedgerKind::kSettle, 1)};
  JobChange again = NextRevision(two);
  again.ledger = {Row("a", LedgerKind::kSettle, 1)};
  std::vector<CommitOutcome> outcomes;
  std::mutex mutex;
  const auto note = [&](CommitOutcome outcome) {
    std::lock_guard lock(mutex);
    outcomes.push_back(outcome);
  };
  store().Commit(settle, note);
  store().Commit(again, note);
  again.ledger.clear();
  store().Commit(again, note);
  ASSERT_TRUE(fixture_->RunUntil([&] {
    std::lock_guard lock(mutex);
    return outcomes.size() == 3;
  }));
  EXPECT_THAT(outcomes,
              ElementsAre(CommitOutcome::kDurable, CommitOutcome::kConflict, CommitOutcome::kDurable));
}

TEST_P(StoreContract, CommandsWaitUntilTheyAreCarriedOut) {
  const Job job = CreateSimple(1);
  EXPECT_TRUE(PutCommand(job.spec.id).ok());
  const auto stored = Read(job.spec.id);
  ASSERT_THAT(stored->commands, SizeIs(1));
  EXPECT_EQ(stored->commands[0].kind, CommandKind::kCancel);
  EXPECT_EQ(stored->commands[0].time, absl::FromUnixSeconds(1'800'000'050));
  const std::vector<LiveJob> claimed = Claim("you");
  ASSERT_THAT(claimed, SizeIs(1));
  ASSERT_THAT(claimed[0].commands, SizeIs(1));
  JobChange change = NextRevision(job);
  change.ownership = {"you", 2};
  change.carried_out = {stored->commands[0].sequence};
  EXPECT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_THAT(Read(job.spec.id)->commands, IsEmpty());
  EXPECT_TRUE(PutCommand(job.spec.id).ok());
  ASSERT_THAT(Read(job.spec.id)->commands, SizeIs(1));
  EXPECT_GT(Read(job.spec.id)->commands[0].sequence, stored->commands[0].sequence);
}

TEST_P(StoreContract, ARepeatedWishIsHarmless) {
  const Job job = CreateSimple(1);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(PutCommand(job.spec.id).ok());
  EXPECT_THAT(Read(job.spec.id)->commands, SizeIs(1));
}

TEST_P(StoreContract, AChangeCannotAnswerAnotherJobsCommand) {
  const Job one = CreateSimple(1);
  const Job two = CreateSimple(2);
  ASSERT_TRUE(PutCommand(one.spec.id).ok());
  JobChange change = NextRevision(two);
  change.carried_out = {Read(one.spec.id)->commands[0].sequence};
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_THAT(Read(one.spec.id)->commands, SizeIs(1));
}

TEST_P(StoreContract, EvidenceIsNeverRefused) {
  const Job job = CreateSimple(1);
  const absl::Time time = absl::FromUnixNanos(1'800'000'000'000'000'001);
  const Evidence first{job.spec.id, "attempt", "provider_job_id", "id \xff", time};
  const Evidence of_nothing{"no such job", "attempt", "what", "", time};
  for (const Evidence& evidence : {first, first, of_nothing}) {
    EXPECT_TRUE(Await<absl::Status>([&](auto done) { store().AppendEvidence(evidence, done); }).ok());
  }
  const auto read = Await<absl::StatusOr<std::vector<Evidence>>>(
      [&](auto done) { store().ReadEvidence(job.spec.id, done); });
  ASSERT_THAT(*read, SizeIs(2));
  EXPECT_EQ(read->at(0).value, "id \xff");
  EXPECT_EQ(read->at(0).attempt_id, "attempt");
  EXPECT_EQ(read->at(0).what, "provider_job_id");
  EXPECT_EQ(read->at(0).time, time);
  const auto lost = Await<absl::StatusOr<std::vector<Evidence>>>(
      [&](auto done) { store().ReadEvidence("no such job", done); });
  EXPECT_THAT(*lost, SizeIs(1));
}

TEST_P(StoreContract, TenantsDoNotSeeEachOther) {
  const Job job = CreateSimple(1, "", "one");
  EXPECT_TRUE(Read(job.spec.id, "one").ok());
  EXPECT_EQ(ReasonOf(Read(job.spec.id, "two").status()), v1::ERROR_REASON_JOB_NOT_FOUND);
  EXPECT_EQ(ReasonOf(PutCommand(job.spec.id, "two")), v1::ERROR_REASON_JOB_NOT_FOUND);
  EXPECT_EQ(ReasonOf(PutCommand("nothing", "one")), v1::ERROR_REASON_JOB_NOT_FOUND);
  ListQuery query;
  query.tenant = "two";
  EXPECT_THAT(List(query), IsEmpty());
  EXPECT_THAT(Read(job.spec.id)->commands, IsEmpty());
}

TEST_P(StoreContract, ListsFromTheNewestByPages) {
  for (int i = 0; i < 10; ++i) CreateSimple(i);
  CreateSimple(100, "", "other");
  ListQuery query;
  query.limit = 4;
  EXPECT_THAT(List(query), ElementsAre(SimpleJobId(9), SimpleJobId(8), SimpleJobId(7), SimpleJobId(6)));
  query.before_id = SimpleJobId(6);
  EXPECT_THAT(List(query), ElementsAre(SimpleJobId(5), SimpleJobId(4), SimpleJobId(3), SimpleJobId(2)));
  query.before_id = SimpleJobId(2);
  EXPECT_THAT(List(query), ElementsAre(SimpleJobId(1), SimpleJobId(0)));
  query.before_id = SimpleJobId(0);
  EXPECT_THAT(List(query), IsEmpty());
}

TEST_P(StoreContract, ListsWhatIsAskedFor) {
  const auto create = [&](int number, std::map<std::string, std::string> labels, std::string model,
                          std::string provider) {
    Job job = SimpleJob(number);
    job.spec.labels = std::move(labels);
    job.spec.generation.model = std::move(model);
    job.state.attempts[0].provider = std::move(provider);
    EXPECT_EQ(Create(Submission(job)).outcome, CommitOutcome::kDurable);
    return job;
  };
  create(1, {{"team", "a"}, {"env", "prod"}}, "sora-2", "fal");
  create(2, {{"team", "a"}, {"env", "test"}}, "sora-2", "runware");
  const Job third = create(3, {{"team", "b"}}, "veo-3", "fal");
  ASSERT_EQ(Commit(NextRevision(third, JobPhase::kHeld)), CommitOutcome::kDurable);

  const auto list = [&](const std::function<void(ListQuery&)>& set) {
    ListQuery query;
    set(query);
    return List(query);
  };
  EXPECT_THAT(list([](auto& q) { q.labels = {{"team", "a"}}; }), ElementsAre(SimpleJobId(2), SimpleJobId(1)));
  EXPECT_THAT(list([](auto& q) {
                q.labels = {{"team", "a"}, {"env", "prod"}};
              }),
              ElementsAre(SimpleJobId(1)));
  EXPECT_THAT(list([](auto& q) { q.labels = {{"team", "c"}}; }), IsEmpty());
  EXPECT_THAT(list([](auto& q) { q.model = "veo-3"; }), ElementsAre(SimpleJobId(3)));
  EXPECT_THAT(list([](auto& q) { q.provider = "fal"; }), ElementsAre(SimpleJobId(3), SimpleJobId(1)));
  EXPECT_THAT(list([](auto& q) { q.phases = {JobPhase::kHeld}; }), ElementsAre(SimpleJobId(3)));
  EXPECT_THAT(list([](auto& q) { q.phases = {JobPhase::kHeld, JobPhase::kQueued}; }), SizeIs(3));
  EXPECT_THAT(list([](auto& q) { q.phases = {JobPhase::kFailed}; }), IsEmpty());
  const absl::Time second = SimpleJob(2).spec.create_time;
  EXPECT_THAT(list([&](auto& q) { q.create_time_from = second; }),
              ElementsAre(SimpleJobId(3), SimpleJobId(2)));
  EXPECT_THAT(list([&](auto& q) { q.create_time_before = second; }), ElementsAre(SimpleJobId(1)));
  EXPECT_THAT(list([](auto& q) { q.limit = 0; }), IsEmpty());
}

TEST_P(StoreContract, ClaimsLiveJobsOfOthersInTheOrderOfIds) {
  for (int i = 1; i <= 5; ++i) CreateSimple(i);
  const Job ended = SimpleJob(2);
  JobChange end = NextRevision(ended, JobPhase::kFailed);
  end.state.attempts[0].settlement = Settlement::kSettled;
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  const Job unsettled = SimpleJob(4);
  JobChange wait = NextRevision(unsettled, JobPhase::kCancelled);
  wait.state.attempts[0].settlement = Settlement::kPending;
  ASSERT_EQ(Commit(wait), CommitOutcome::kDurable);

  const std::vector<LiveJob> own = Claim("me");
  ASSERT_THAT(own, SizeIs(4))
      << "one's own jobs come again: the answer to an earlier claim may have been lost";
  EXPECT_EQ(own[0].ownership.epoch, 1) << "and claiming them again fences nobody";
  const std::vector<LiveJob> first = Claim("you", "", 2);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_EQ(first[0].id, SimpleJobId(1));
  EXPECT_EQ(first[1].id, SimpleJobId(3));
  EXPECT_EQ(first[0].ownership.owner, "you");
  EXPECT_EQ(first[0].ownership.epoch, 2);
  const std::vector<LiveJob> second = Claim("you", first.back().id, 100);
  ASSERT_THAT(second, SizeIs(2));
  EXPECT_EQ(second[0].id, SimpleJobId(4)) << "a job whose money is not known is live";
  EXPECT_EQ(second[0].state, wait.state);
  EXPECT_EQ(second[1].id, SimpleJobId(5));
  EXPECT_THAT(Claim("you", second.back().id), IsEmpty());
  EXPECT_EQ(Read(SimpleJobId(2))->ownership.epoch, 1) << "a job that is over is not claimed";
  EXPECT_EQ(Claim("them")[0].ownership.epoch, 3);
}

TEST_P(StoreContract, ALiveJobIsTheJobWithoutItsBulk) {
  SeededRandom random(7);
  for (int i = 0; i < 20; ++i) {
    Job job{RandomSpec(random), RandomState(random)};
    job.spec.id = absl::StrCat("random-", i);
    job.spec.request_id.clear();
    job.state.revision = 1;
    job.state.phase = JobPhase::kHeld;
    ASSERT_EQ(Create(Submission(job)).outcome, CommitOutcome::kDurable);
    std::vector<LiveJob> claimed = Claim("you");
    std::erase_if(claimed, [&](const LiveJob& live) { return live.id != job.spec.id; });
    ASSERT_THAT(claimed, SizeIs(1));
    const LiveJob expected = ToLive(job, {"you", 2}, {});
    EXPECT_EQ(claimed[0].id, expected.id);
    EXPECT_EQ(claimed[0].tenant, expected.tenant);
    EXPECT_EQ(claimed[0].model, expected.model);
    EXPECT_EQ(claimed[0].create_time, expected.create_time);
    EXPECT_EQ(claimed[0].deadline_time, expected.deadline_time);
    EXPECT_EQ(claimed[0].failover, expected.failover);
    EXPECT_EQ(claimed[0].unknown_policy, expected.unknown_policy);
    EXPECT_EQ(claimed[0].max_cost, expected.max_cost);
    EXPECT_EQ(claimed[0].count, expected.count);
    EXPECT_EQ(claimed[0].candidates, expected.candidates);
    EXPECT_EQ(claimed[0].state, expected.state);
  }
}

TEST_P(StoreContract, KeepsPicturesByContent) {
  const MediaBytes picture{"image/png", std::string("\x89PNG\0\r\n", 7) + std::string(100'000, 'p')};
  const std::string hash(64, 'a');
  const auto put = [&](const MediaBytes& blob) {
    return Await<absl::Status>([&](auto done) { store().PutBlob(hash, blob, done); });
  };
  const auto read = [&](const std::string& sha256) {
    return Await<absl::StatusOr<MediaBytes>>([&](auto done) { store().ReadBlob(sha256, done); });
  };
  EXPECT_EQ(read(hash).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(put(picture).ok());
  EXPECT_TRUE(put(picture).ok());
  EXPECT_EQ(read(hash).value(), picture);
  EXPECT_EQ(read(std::string(64, 'b')).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, KeepsOfferingTexts) {
  NewJob submission = Submission(SimpleJob(1));
  submission.offering_texts = {{"rev-1", "id: one"}};
  ASSERT_EQ(Create(submission).outcome, CommitOutcome::kDurable);
  JobChange change = NextRevision(submission.job);
  change.offering_texts = {{"rev-1", "ignored: it is there"}, {"rev-2", "id: two"}};
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  const auto text = [&](const std::string& revision) {
    return Await<absl::StatusOr<std::string>>([&](auto done) { store().ReadOfferingText(revision, done); });
  };
  EXPECT_EQ(text("rev-1").value(), "id: one");
  EXPECT_EQ(text("rev-2").value(), "id: two");
  EXPECT_EQ(text("rev-3").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StoreContract, TheFeedMissesNoChange) {
  std::mutex mutex;
  std::vector<std::string> seen;
  const auto count = [&] {
    std::lock_guard lock(mutex);
    return seen.size();
  };
  auto subscription = store().Subscribe([&](const Change& change) {
    std::lock_guard lock(mutex);
    seen.push_back(absl::StrCat(change.job_id.substr(change.job_id.size() - 1), ":", change.revision,
                                change.command ? "!" : ""));
  });
  Job job = CreateSimple(1);
  ASSERT_EQ(Commit(NextRevision(job)), CommitOutcome::kDurable);
  ASSERT_EQ(Commit(NextRevision(job)), CommitOutcome::kConflict);
  ASSERT_TRUE(PutCommand(job.spec.id).ok());
  CreateSimple(2);
  ASSERT_TRUE(fixture_->RunUntil([&] { return count() >= 4; }));
  EXPECT_THAT(seen, ElementsAre("1:1", "1:2", "1:0!", "2:1"));
  subscription.reset();
  CreateSimple(3);
  EXPECT_EQ(count(), 4u) << "a call after the subscription ended";
}

TEST_P(StoreContract, AChangeIsReadableWhenTheFeedTellsIt) {
  std::atomic<int> told = 0;
  std::atomic<int> found = 0;
  auto subscription = store().Subscribe([&](const Change& change) {
    ++told;
    store().ReadRevisions(change.job_id, change.revision - 1, 1, [&](auto revisions) {
      if (revisions.ok() && revisions->size() == 1) ++found;
    });
  });
  for (int i = 0; i < 20; ++i) CreateSimple(i);
  EXPECT_TRUE(fixture_->RunUntil([&] { return told == 20 && found == 20; })) << told << ", " << found;
}

}  // namespace zoetrope::testing
