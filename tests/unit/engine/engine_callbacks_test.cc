// What a provider tells by itself: under which id it has a submission whose answer was lost.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_urls.h"
#include "server/engine/evidence.h"
#include "tests/unit/engine/resolver_fixture.h"

namespace zoetrope::testing {
namespace {

class CallbacksTest : public ResolverTest {
 protected:
  using Ends = std::vector<CallbackEnd>;

  explicit CallbacksTest(std::string provider = "runpod") : ResolverTest(std::move(provider)) {}

  AttemptName NameOf(const std::string& id) { return {id, StateOf(id).attempts.back().id}; }
  // What it was answered with.
  absl::Status CallBack(const AttemptName& attempt, const std::string& body) {
    absl::Status answer = absl::UnknownError("no answer");
    engine_->OnCallback(attempt, body, [&](absl::Status status) { answer = std::move(status); });
    world_.RunUntil([&] { return !absl::IsUnknown(answer); });
    return answer;
  }
  static std::string Body(const std::string& id) { return absl::StrCat(R"({"id":")", id, R"("})"); }
  std::string TheirId() const { return network_.IdOf(provider_, "sim-1"); }
};

TEST_F(CallbacksTest, AHeldSubmissionIsAdopted) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).phase == JobPhase::kHeld; });
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_EQ(StateOf(id).attempts[0].provider_job.id, TheirId());
  EXPECT_EQ(StateOf(id).attempts[0].resolution->kind, ResolutionKind::kAdopted);
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(observer_.callbacks, Ends{CallbackEnd::kAdopted});
}

TEST_F(CallbacksTest, WhatIsOnTheWireIsKnownBeforeItsAnswerIsLost) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kIntent);
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_FALSE(StateOf(id).attempts[0].resolution.has_value()) << "nobody had to decide";
  EXPECT_EQ(observer_.callbacks, Ends{CallbackEnd::kEvidence});
}

TEST_F(CallbacksTest, ACrashAfterTheCallbackLosesNothing) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  Restart();
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
}

TEST_F(CallbacksTest, AnEvidenceThatCannotBeWrittenIsAskedForAgain) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).phase == JobPhase::kHeld; });
  Fail(StoreOperation::kAppendEvidence, 1);
  EXPECT_TRUE(absl::IsUnavailable(CallBack(NameOf(id), Body(TheirId()))));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kHeld);
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok()) << "the provider repeats itself";
  EXPECT_EQ(observer_.callbacks, (Ends{CallbackEnd::kNotTaken, CallbackEnd::kAdopted}));
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
}

TEST_F(CallbacksTest, ARepetitionChangesNothing) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).phase == JobPhase::kHeld; });
  const AttemptName name = NameOf(id);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(CallBack(name, Body(TheirId())).ok());
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  const JobState state = StateOf(id);
  EXPECT_TRUE(CallBack(name, Body("another")).ok());
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id), state);
  EXPECT_EQ(observer_.callbacks.back(), CallbackEnd::kNoNews);
}

TEST_F(CallbacksTest, AJobThatAnotherAttemptHasIsNotTakenASecondTime) {
  const std::string first = SubmitWish();
  world_.RunUntil([&] { return StateOf(first).attempts[0].phase == AttemptPhase::kAcked; });
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string second = SubmitWish("another kite sim-2");
  world_.RunUntil([&] { return StateOf(second).phase == JobPhase::kHeld; });
  EXPECT_TRUE(CallBack(NameOf(second), Body(TheirId())).ok());
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(second).phase, JobPhase::kHeld);
  EXPECT_EQ(observer_.callbacks, Ends{CallbackEnd::kPassedOver});
  std::size_t kept = 1;
  store_.ReadEvidence(second, [&](absl::StatusOr<std::vector<Evidence>> facts) { kept = facts->size(); });
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(kept, 0u) << "nor is it what a search would find";
}

// A provider that takes a submission, answers that it does not, and tells of it later.
TEST_F(CallbacksTest, WhatItSaysItRefusedForLoadIsNotSentAgain) {
  network_.ScriptSubmissions({Fate::kTakenAndThrottled});
  network_.ThrottleFor(absl::Minutes(2));
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).attempts[0].http_status == 429; });
  ASSERT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kPlanned);
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(StateOf(id).attempts[0].phase, AttemptPhase::kAcked);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 1);
  EXPECT_EQ(engine_->Lanes().at("runpod").waiting, 0);
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1);
  EXPECT_EQ(engine_->Lanes().at("runpod").in_flight, 0);
  EXPECT_EQ(observer_.callbacks, Ends{CallbackEnd::kEvidence});
}

TEST_F(CallbacksTest, ThatIsReadBeforeItIsSentAgain) {
  network_.ScriptSubmissions({Fate::kTakenAndThrottled});
  const std::string id = SubmitWish();
  // Before the answer comes that refuses it.
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunUntil([&] { return StateOf(id).attempts[0].http_status == 429; });
  Restart();
  world_.RunFor(absl::Minutes(20));
  ExpectFound(id);
  EXPECT_EQ(network_.submissions(), 1);
}

TEST_F(CallbacksTest, WhatWasRefusedAndIsThereIsToldAndKept) {
  network_.ScriptSubmissions({Fate::kRefused});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return IsTerminal(StateOf(id).phase); });
  const JobState state = StateOf(id);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(CallBack(NameOf(id), Body("theirs")).ok());
  EXPECT_EQ(observer_.callbacks, Ends(3, CallbackEnd::kStray));
  EXPECT_EQ(StateOf(id), state);
  std::vector<Evidence> kept;
  store_.ReadEvidence(id, [&](absl::StatusOr<std::vector<Evidence>> facts) { kept = *std::move(facts); });
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(kept.size(), 1u) << "once";
  EXPECT_EQ(kept[0].value, "theirs");
}

TEST_F(CallbacksTest, WhatIsMadeUpAgainAndAgainIsNotKeptForEver) {
  network_.ScriptSubmissions({Fate::kRefused});
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return IsTerminal(StateOf(id).phase); });
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(CallBack(NameOf(id), Body(absl::StrCat("theirs-", i))).ok());
  std::size_t kept = 0;
  store_.ReadEvidence(id, [&](absl::StatusOr<std::vector<Evidence>> facts) { kept = facts->size(); });
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(kept, 16u);
}

TEST_F(CallbacksTest, WhatIsAcceptedIsAskedAfterAtOnce) {
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  const int polls = observer_.calls[ProviderCall::kPoll];
  EXPECT_TRUE(CallBack(NameOf(id), Body("whatever it says")).ok() == false) << "no id";
  EXPECT_EQ(observer_.calls[ProviderCall::kPoll], polls);
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunUntil([&] { return observer_.calls[ProviderCall::kPoll] > polls; });
  EXPECT_LT(world_.clock().TimeNow() - StateOf(id).attempts[0].ack_time, absl::Seconds(1));
}

TEST_F(CallbacksTest, WhatIsNotOneIsSaid) {
  const std::string id = SubmitWish();
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  EXPECT_TRUE(absl::IsNotFound(CallBack({"no job", "no attempt"}, Body("x"))));
  EXPECT_TRUE(absl::IsNotFound(CallBack({id, "no attempt"}, Body("x"))));
  EXPECT_TRUE(absl::IsInvalidArgument(CallBack(NameOf(id), "{}")));
  EXPECT_EQ(observer_.callbacks, Ends{CallbackEnd::kUnreadable}) << "of those that name an attempt";
  bool drained = false;
  engine_->Drain([&] { drained = true; });
  world_.RunUntil([&] { return drained; });
  EXPECT_TRUE(absl::IsUnavailable(CallBack(NameOf(id), Body(TheirId()))));
}

// Where a list can be searched as well.
class SearchedCallbacksTest : public CallbacksTest {
 protected:
  SearchedCallbacksTest() : CallbacksTest("wavespeed") {}
};

TEST_F(SearchedCallbacksTest, ASearchEndsWithWhatTheProviderTells) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(world_.clock().TimeNow() + absl::Hours(1));
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  EXPECT_TRUE(CallBack(NameOf(id), Body(TheirId())).ok());
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(StateOf(id).attempts[0].provider_job.id, TheirId());
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
  EXPECT_EQ(network_.looks(), 0);
}

// Kept by someone who could not tell the search, which looks once more before it gives up.
TEST_F(SearchedCallbacksTest, NoSearchGivesUpWithoutALookAtWhatIsKnown) {
  network_.ScriptSubmissions({Fate::kLostReply});
  network_.HideUntil(world_.clock().TimeNow() + absl::Hours(1));
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  world_.RunFor(absl::Minutes(1));
  store_.AppendEvidence({id, NameOf(id).attempt_id, std::string(kIdEvidence), TheirId(), absl::UnixEpoch()},
                        [](absl::Status kept) { EXPECT_TRUE(kept.ok()) << kept; });
  world_.RunFor(absl::Minutes(30));
  ExpectFound(id);
  EXPECT_GT(network_.looks(), 0);
  EXPECT_EQ(network_.submissions(), 1);
}

// The URL goes with the submission, and again with the same bytes where it is repeated.
class UrlTest : public ResolverTest, public ::testing::WithParamInterface<std::string> {
 protected:
  UrlTest() : ResolverTest(GetParam()) { StartWith(accounts_); }
  const CallbackUrls* callbacks() override { return &urls_; }

  const CallbackUrls urls_{"https://gw.example/callbacks", Secret("0123456789abcdef0123456789abcdef")};
};

TEST_P(UrlTest, ASubmissionCarriesItAndIsRepeatedWithIt) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  world_.RunFor(absl::Minutes(10));
  ASSERT_EQ(network_.submissions(), provider_ == "runware" ? 2 : 1);
  EXPECT_EQ(network_.total_creations(), 1);
  const std::string url = urls_.For({id, StateOf(id).attempts[0].id});
  const std::string sent = network_.InputOf(provider_, network_.IdOf(provider_, "sim-1"));
  EXPECT_NE(sent.find(url), std::string::npos) << sent;
}

INSTANTIATE_TEST_SUITE_P(Dialects, UrlTest, ::testing::Values("runpod", "runware"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace zoetrope::testing
