// What the engine makes of what a provider says about itself and about what has begun: overload,
// cancellations that are not taken, words that go back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/engine.h"
#include "tests/unit/engine/answering_client.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

HttpResponse Runpod(const std::string& status, const std::string& more = "") {
  return {200, {}, absl::StrCat(R"({"id":"theirs","status":")", status, "\"", more, "}")};
}

// Answers each kind of call as the test says.
class Provider : public AnsweringClient {
 public:
  using AnsweringClient::AnsweringClient;
  using Says = std::function<HttpResponse(int number)>;  // of the call, from 1

  Says submit = [](int) { return Runpod("IN_QUEUE"); };
  Says poll = [](int) { return Runpod("IN_PROGRESS"); };
  Says cancel = [](int) { return Runpod("CANCELLED"); };
  int submissions = 0;
  int polls = 0;
  int cancellations = 0;

 private:
  HttpResponse Answer(const HttpRequest& request) override {
    if (request.repeat == Repeat::kBillable) return submit(++submissions);
    return absl::StrContains(request.url, "/cancel/") ? cancel(++cancellations) : poll(++polls);
  }
};

class AnswersTest : public EngineFixture {
 protected:
  explicit AnswersTest(std::string provider = "runpod") : EngineFixture(std::move(provider)) {}

  HttpClient& http() override { return provider_; }

  void AskToCancel(const std::string& id) {
    store_.PutCommand("default", id, CommandKind::kCancel, world_.clock().TimeNow(), [](absl::Status) {});
    world_.RunFor(absl::Seconds(1));
    engine_->WhenCommandsDone(id, [] {});
  }
  AttemptPhase PhaseOf(const std::string& id) { return StateOf(id).attempts.back().phase; }

  const Accounts accounts_ = OneAccount();
  Provider provider_{&world_, other_.get()};
};

TEST_F(AnswersTest, AnOverloadThatSaysHowLongItLastsIsWaitedOut) {
  provider_.submit = [](int number) {
    if (number > 1) return Runpod("IN_QUEUE");
    return HttpResponse{503, {{"retry-after", "240"}}, "busy"};
  };
  Start(accounts_);
  const std::string first = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(PhaseOf(first), AttemptPhase::kHeld) << "nobody knows what became of it";
  const std::string second = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Seconds(200));
  EXPECT_EQ(provider_.submissions, 1);
  EXPECT_EQ(engine_->Lanes().at("runpod").trouble, FailureReason::kProviderError);
  world_.RunFor(absl::Seconds(60));
  EXPECT_EQ(provider_.submissions, 2);
  EXPECT_EQ(PhaseOf(second), AttemptPhase::kAcked);
}

TEST_F(AnswersTest, ARefusalForLoadThatSaysAtOnceIsNotRepeatedAtOnceForEver) {
  provider_.submit = [](int) { return HttpResponse{429, {{"retry-after", "0"}}, "{}"}; };
  Start(accounts_);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunFor(absl::Minutes(10));
  EXPECT_GT(provider_.submissions, 50);
  EXPECT_LT(provider_.submissions, 140) << "one in five seconds";
  EXPECT_EQ(PhaseOf(id), AttemptPhase::kPlanned);
}

TEST_F(AnswersTest, ACancellationIsRepeatedForAsLongAsTheProviderHasTheJob) {
  provider_.cancel = [](int number) {
    return number < 12 ? HttpResponse{503, {}, "busy"} : Runpod("CANCELLED");
  };
  Start(accounts_);
  const std::string id = Submit(std::nullopt, absl::Hours(3));
  world_.RunUntil([&] { return PhaseOf(id) == AttemptPhase::kAcked; });
  AskToCancel(id);
  world_.RunFor(absl::Minutes(2));
  EXPECT_GT(provider_.cancellations, 3);
  EXPECT_LT(provider_.cancellations, 8) << "less and less often";
  world_.RunFor(absl::Hours(2));
  EXPECT_EQ(provider_.cancellations, 12);
  EXPECT_EQ(StateOf(id).phase, JobPhase::kCancelled);
}

TEST_F(AnswersTest, WhatHasBegunIsPaidForThoughItIsSaidToWaitAgain) {
  provider_.poll = [this](int number) {
    if (provider_.cancellations > 0) return Runpod("CANCELLED");
    return Runpod(number == 1 ? "IN_PROGRESS" : "IN_QUEUE");
  };
  Start(accounts_);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return provider_.polls >= 3; });
  AskToCancel(id);
  world_.RunFor(absl::Minutes(5));
  const JobState state = StateOf(id);
  EXPECT_EQ(state.phase, JobPhase::kCancelled);
  EXPECT_EQ(state.attempts[0].settled, Money::FromNanos(400'000'000));
}

TEST_F(AnswersTest, WhatOnlyWaitedCostsNothing) {
  provider_.poll = [this](int) { return Runpod(provider_.cancellations > 0 ? "CANCELLED" : "IN_QUEUE"); };
  Start(accounts_);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return provider_.polls >= 3; });
  AskToCancel(id);
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(StateOf(id).attempts[0].settled, Money());
}

// fal shows how many wait before it.
class ProgressTest : public AnswersTest, public ProgressSink {
 protected:
  ProgressTest() : AnswersTest("fal") {}

  ProgressSink* progress() override { return this; }
  void OnProgress(std::string_view, JobProgressEvent event) override {
    positions_.push_back(event.queue_position);
  }
  void OnLog(std::string_view, JobLogEvent) override {}

  std::vector<std::optional<std::int32_t>> positions_;
};

TEST_F(ProgressTest, WhatHasBegunIsNotShownToWait) {
  const std::string urls =
      R"("request_id":"theirs","status_url":"https://fal.sim/queue/a/s","response_url":"https://fal.sim/queue/a/r",)"
      R"("cancel_url":"https://fal.sim/queue/a/c")";
  provider_.submit = [&](int) { return HttpResponse{200, {}, absl::StrCat("{", urls, "}")}; };
  provider_.poll = [&](int number) {
    return HttpResponse{200,
                        {},
                        absl::StrCat(R"({"status":")", number == 2 ? "IN_PROGRESS" : "IN_QUEUE",
                                     R"(","queue_position":4,)", urls, "}")};
  };
  Start(accounts_);
  Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return positions_.size() >= 4; });
  EXPECT_EQ(positions_[0], 4);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(positions_[i], std::nullopt) << i;
}

// A name that stands for another provider's account now.
TEST_F(AnswersTest, AJobIsNotAskedForAtAnAccountOfAnotherDialect) {
  Start(accounts_);
  const std::string id = Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return PhaseOf(id) == AttemptPhase::kAcked; });
  engine_.reset();
  std::vector<Account> other;
  other.push_back(AccountAt("fal", "https://fal.sim/queue"));
  other[0].name = "runpod";
  const Accounts accounts(std::move(other));
  const int before = provider_.polls;
  for (const bool allowed : {false, true}) {
    allow_missing_accounts_ = allowed;
    Start(accounts);
    absl::Status recovered = absl::UnknownError("no answer");
    engine_->Recover([&](absl::Status status) { recovered = std::move(status); });
    world_.RunFor(absl::Minutes(20));
    EXPECT_EQ(recovered.code(), allowed ? absl::StatusCode::kOk : absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(recovered.message()),
                HasSubstr(allowed ? "" : "was an account of runpod and is one of fal"));
    EXPECT_EQ(provider_.polls, before);
    EXPECT_EQ(PhaseOf(id), AttemptPhase::kAcked);
    engine_.reset();
  }
  Start(accounts_);
  engine_->Recover([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
  provider_.poll = [](int) {
    return Runpod("COMPLETED", R"(,"output":{"video_url":"https://v.example/a.mp4"})");
  };
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

}  // namespace
}  // namespace zoetrope::testing
