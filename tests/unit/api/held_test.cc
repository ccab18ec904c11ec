#include "server/api/held.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/support/random_job.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kSent = absl::FromUnixSeconds(1'800'000'000);

Job HeldJob(int number) {
  Job job = testing::SimpleJob(number, "someone");
  job.state.phase = JobPhase::kHeld;
  Attempt& attempt = job.state.attempts.back();
  attempt.provider = "north";
  attempt.phase = AttemptPhase::kHeld;
  attempt.intent_time = kSent;
  attempt.failure = Failure{FailureReason::kOutcomeUnknown, "no answer", "north", ""};
  return job;
}

class HeldTest : public ::testing::Test {
 protected:
  static std::vector<std::string> FieldsOf(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_INVALID_FIELD) << status;
    std::vector<std::string> fields;
    for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
    return fields;
  }
  admin::v1::ListHeldAttemptsResponse Page(const std::vector<Job>& jobs, int size,
                                           absl::Duration hold_for = absl::Hours(168)) {
    admin::v1::ListHeldAttemptsRequest request;
    request.set_page_size(size);
    admin::v1::ListHeldAttemptsResponse response;
    WriteHeldPage(jobs, *ReadListHeld(request, tokens_), tokens_, accounts_, hold_for, &response);
    return response;
  }

  const PageTokens tokens_{"key"};
  const Accounts accounts_{testing::TestAccounts()};
};

TEST_F(HeldTest, ThePageHasADefaultAndABound) {
  const std::pair<int, int> cases[] = {{0, 50}, {1, 1}, {1'000, 1'000}, {1'000'000, 1'000}};
  for (const auto& [asked, expected] : cases) {
    admin::v1::ListHeldAttemptsRequest request;
    request.set_page_size(asked);
    EXPECT_EQ(ReadListHeld(request, tokens_)->page_size, expected);
    EXPECT_EQ(ReadListHeld(request, tokens_)->query.limit, expected + 1);
  }
  admin::v1::ListHeldAttemptsRequest wrong;
  wrong.set_page_size(-1);
  wrong.set_provider(std::string(65, 'p'));
  EXPECT_THAT(FieldsOf(ReadListHeld(wrong, tokens_).status()), ElementsAre("page_size", "provider"));
}

TEST_F(HeldTest, ThePageSaysWhatAPersonNeedsToDecide) {
  const auto response = Page({HeldJob(1)}, 10);
  ASSERT_THAT(response.attempts(), SizeIs(1));
  const admin::v1::HeldAttempt& held = response.attempts(0);
  EXPECT_EQ(held.job_id(), testing::SimpleJobId(1));
  EXPECT_EQ(held.tenant(), "someone");
  EXPECT_EQ(held.job_state(), v1::JOB_STATE_HELD);
  EXPECT_EQ(held.model(), "sora-2");
  EXPECT_EQ(held.attempt().provider(), "north");
  EXPECT_EQ(held.attempt().intent_time().seconds(), 1'800'000'000);
  EXPECT_EQ(held.attempt().failure().message(), "no answer");
  EXPECT_EQ(held.attempt().cost().reserved().nanos(), 800'000'000);
  EXPECT_EQ(held.expire_time().seconds(), 1'800'000'000 + 168 * 3600);
  EXPECT_EQ(held.marker(), "") << "the dialect's submissions carry none";
  EXPECT_THAT(response.next_page_token(), IsEmpty());
  EXPECT_FALSE(Page({HeldJob(1)}, 10, absl::InfiniteDuration()).attempts(0).has_expire_time());
}

TEST_F(HeldTest, TheNextPageBeginsBehindTheLast) {
  const auto response = Page({HeldJob(1), HeldJob(2), HeldJob(3)}, 2);
  EXPECT_THAT(response.attempts(), SizeIs(2));
  admin::v1::ListHeldAttemptsRequest next;
  next.set_page_token(response.next_page_token());
  const absl::StatusOr<HeldPage> page = ReadListHeld(next, tokens_);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->query.after_sent, kSent);
  EXPECT_EQ(page->query.after_id, testing::SimpleJobId(2));
  next.set_provider("north");
  EXPECT_EQ(ReasonOf(ReadListHeld(next, tokens_).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
}

TEST_F(HeldTest, ADecisionIsReadOrEveryViolationNamed) {
  admin::v1::ResolveAttemptRequest request;
  EXPECT_THAT(FieldsOf(ReadDecision(request).status()), ElementsAre("job_id", "note", "decision"));
  request.set_job_id("job");
  request.set_note(std::string(501, 'n'));
  for (const std::string& id :
       {std::string(), std::string("a b"), std::string(".."), std::string(257, 'x')}) {
    request.mutable_adopt()->set_provider_job_id(id);
    EXPECT_THAT(FieldsOf(ReadDecision(request).status()), ElementsAre("note", "adopt.provider_job_id")) << id;
  }
  request.set_note("seen");
  request.set_attempt_id("attempt");
  request.mutable_adopt()->set_provider_job_id("theirs");
  EXPECT_EQ(*ReadDecision(request), (AttemptDecision{"attempt", ResolutionKind::kAdopted, "theirs", "seen"}));
  request.mutable_not_created();
  EXPECT_EQ(*ReadDecision(request), (AttemptDecision{"attempt", ResolutionKind::kNotCreated, "", "seen"}));
  request.mutable_abandon();
  EXPECT_EQ(ReadDecision(request)->kind, ResolutionKind::kAbandoned);
}

TEST_F(HeldTest, WhereADecisionStands) {
  JobState state = HeldJob(1).state;
  Attempt& attempt = state.attempts.back();
  const AttemptDecision adopt{attempt.id, ResolutionKind::kAdopted, "theirs", "a"};
  const AttemptDecision abandon{attempt.id, ResolutionKind::kAbandoned, "", "a"};
  EXPECT_EQ(*StandingOf(state, adopt), Standing::kOpen);
  EXPECT_THAT(FieldsOf(StandingOf(state, {"another", ResolutionKind::kAbandoned, "", ""}).status()),
              ElementsAre("attempt_id"));
  for (const AttemptPhase phase : {AttemptPhase::kPlanned, AttemptPhase::kIntent, AttemptPhase::kUnknown,
                                   AttemptPhase::kAcked, AttemptPhase::kSucceeded}) {
    attempt.phase = phase;
    EXPECT_EQ(ReasonOf(StandingOf(state, abandon).status()), v1::ERROR_REASON_ATTEMPT_NOT_HELD);
  }
  attempt.phase = AttemptPhase::kAcked;
  attempt.provider_job.id = "theirs";
  attempt.resolution = Resolution{ResolutionKind::kAdopted, "another note", kSent};
  EXPECT_EQ(*StandingOf(state, adopt), Standing::kMade);
  AttemptDecision other = adopt;
  other.provider_job_id = "others";
  EXPECT_EQ(ReasonOf(StandingOf(state, other).status()), v1::ERROR_REASON_ATTEMPT_RESOLVED);
  EXPECT_EQ(ReasonOf(StandingOf(state, abandon).status()), v1::ERROR_REASON_ATTEMPT_RESOLVED);
  // It was sent after a decision, and is held anew.
  attempt.phase = AttemptPhase::kHeld;
  attempt.provider_job.id.clear();
  attempt.resolution = Resolution{ResolutionKind::kNotCreated, "never arrived", kSent};
  EXPECT_EQ(*StandingOf(state, adopt), Standing::kOpen);
  EXPECT_EQ(*StandingOf(state, abandon), Standing::kOpen);
  AttemptDecision again{attempt.id, ResolutionKind::kNotCreated, "", "never arrived"};
  EXPECT_EQ(*StandingOf(state, again), Standing::kMade) << "the first decision, asked for once more";
  again.note = "nor did this one";
  EXPECT_EQ(*StandingOf(state, again), Standing::kOpen);
  attempt.phase = AttemptPhase::kFailed;
  attempt.resolution->kind = ResolutionKind::kExpired;
  EXPECT_EQ(ReasonOf(StandingOf(state, abandon).status()), v1::ERROR_REASON_ATTEMPT_RESOLVED)
      << "that the server gave up is no operator's decision";
}

}  // namespace
}  // namespace zoetrope
