// Which attempt has a provider's job: what every JobStore answers.
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/store_contract.h"

namespace zoetrope::testing {
namespace {

std::optional<AttemptName> HolderIn(StoreFixture& fixture, const std::string& provider_job_id,
                                    const std::string& but_attempt_id = "nobody") {
  std::atomic<bool> answered = false;
  std::optional<AttemptName> holder;
  fixture.store().FindProviderJob(provider_job_id, but_attempt_id,
                                  [&](absl::StatusOr<std::optional<AttemptName>> answer) {
                                    EXPECT_TRUE(answer.ok()) << answer.status();
                                    if (answer.ok()) holder = *answer;
                                    answered = true;
                                  });
  EXPECT_TRUE(fixture.RunUntil([&] { return answered.load(); }));
  return holder;
}

// The job's last attempt has this job of the provider from the next revision on.
JobChange Named(const Job& job, const std::string& provider_job_id) {
  JobChange change = NextRevision(job);
  change.state.attempts.back().phase = AttemptPhase::kAcked;
  change.state.attempts.back().provider_job.id = provider_job_id;
  return change;
}

}  // namespace

TEST_P(StoreContract, AnAttemptIsFoundByItsProvidersId) {
  Job job = CreateSimple(1);
  const Attempt& attempt = job.state.attempts[0];
  EXPECT_EQ(HolderIn(*fixture_, "theirs-1"), std::nullopt);
  const JobChange named = Named(job, "theirs-1");
  ASSERT_EQ(Commit(named), CommitOutcome::kDurable);
  job.state = named.state;
  const AttemptName name{job.spec.id, attempt.id};
  EXPECT_EQ(HolderIn(*fixture_, "theirs-1"), name);
  EXPECT_EQ(HolderIn(*fixture_, "theirs-1", attempt.id), std::nullopt) << "that is itself";
  EXPECT_EQ(HolderIn(*fixture_, "theirs-2"), std::nullopt);
  EXPECT_EQ(HolderIn(*fixture_, ""), std::nullopt) << "to have none is not to have the same";
}

// Two accounts may be of one provider, and an account may get another name.
TEST_P(StoreContract, AnAttemptIsFoundWhateverItsAccount) {
  for (const int number : {1, 2, 3}) {
    const Job job = CreateSimple(number);
    JobChange named = Named(job, absl::StrCat("theirs-", number));
    named.state.attempts[0].provider = absl::StrCat("account-", number);
    ASSERT_EQ(Commit(named), CommitOutcome::kDurable);
    EXPECT_EQ(HolderIn(*fixture_, absl::StrCat("theirs-", number)),
              (AttemptName{job.spec.id, job.state.attempts[0].id}));
  }
  const Job other = CreateSimple(4);
  JobChange taken = Named(other, "theirs-2");
  taken.state.attempts[0].provider = "account-9";
  taken.adopts = true;
  EXPECT_EQ(Commit(taken), CommitOutcome::kConflict);
  EXPECT_EQ(HolderIn(*fixture_, "theirs-4"), std::nullopt);
}

TEST_P(StoreContract, AnEarlierAttemptKeepsWhatItHad) {
  Job job = CreateSimple(1);
  const JobChange named = Named(job, "theirs-1");
  ASSERT_EQ(Commit(named), CommitOutcome::kDurable);
  job.state = named.state;
  JobChange change = NextRevision(job);
  change.state.attempts[0].phase = AttemptPhase::kFailed;
  Attempt next = change.state.attempts[0];
  next.id = "second";
  next.phase = AttemptPhase::kPlanned;
  next.provider_job = {};
  change.state.attempts.push_back(next);
  ASSERT_EQ(Commit(change), CommitOutcome::kDurable);
  EXPECT_EQ(HolderIn(*fixture_, "theirs-1", "second"), (AttemptName{job.spec.id, job.state.attempts[0].id}));
}

TEST_P(StoreContract, AJobThatIsOverKeepsItToo) {
  Job job = CreateSimple(1);
  const JobChange named = Named(job, "theirs-1");
  ASSERT_EQ(Commit(named), CommitOutcome::kDurable);
  job.state = named.state;
  JobChange end = NextRevision(job, JobPhase::kSucceeded);
  end.state.attempts[0].phase = AttemptPhase::kSucceeded;
  end.state.attempts[0].settlement = Settlement::kSettled;
  ASSERT_EQ(Commit(end), CommitOutcome::kDurable);
  EXPECT_TRUE(HolderIn(*fixture_, "theirs-1").has_value());
}

}  // namespace zoetrope::testing
