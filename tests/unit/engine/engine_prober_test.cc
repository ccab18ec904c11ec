// What goes first to an account that was given up: never what may cost something.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using Fate = SimNetwork::Fate;

struct Sent {
  absl::Time time;
  bool billable;
  std::string url;
};

// The simulated network, with a list of what went over it.
class Wire : public HttpClient {
 public:
  Wire(SimWorld* world, SimExecutor* executor, HttpClient* network)
      : world_(world), executor_(executor), network_(network) {}

  CallId Start(HttpRequest request, CallOptions options, Done done) override {
    const absl::Time now = world_->clock().TimeNow();
    const bool billable = request.repeat == Repeat::kBillable;
    sent.push_back({now, billable, request.url});
    if (billable || !harmless_answer) return network_->Start(std::move(request), options, std::move(done));
    executor_->PostAt(now + answers_after, [done = std::move(done), status = *harmless_answer] {
      done(HttpResponse{status, {}, "{}"});
    });
    return 0;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  int Count(bool billable, std::size_t from = 0) const {
    return static_cast<int>(std::count_if(sent.begin() + static_cast<std::ptrdiff_t>(from), sent.end(),
                                          [billable](const Sent& s) { return s.billable == billable; }));
  }

  std::vector<Sent> sent;
  std::optional<int> harmless_answer;  // to whatever is no submission; nullopt: the network's
  absl::Duration answers_after = absl::Milliseconds(100);

 private:
  SimWorld* const world_;
  SimExecutor* const executor_;
  HttpClient* const network_;
};

class ProberTest : public EngineFixture {
 protected:
  explicit ProberTest(std::string provider = "runpod") : EngineFixture(std::move(provider)) {
    network_.SetFaults({0, 0, 0});
  }

  HttpClient& http() override { return wire_; }

  void TakeDown(absl::Duration how_long) {
    network_.TakeDown(provider_, world_.clock().TimeNow() + how_long);
  }
  // Until calls have failed so often that the account is given up, and all of them are answered.
  void UntilGivenUp() {
    world_.RunUntil([this] { return engine_->Lanes().at(provider_).condition == LaneCondition::kBroken; });
    world_.RunFor(absl::Seconds(1));
  }
  std::string SubmitForAnHour() { return Submit(std::nullopt, absl::Hours(1)); }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  Wire wire_{&world_, other_.get(), &network_};
};

TEST_F(ProberTest, WhatGoesFirstToAnAccountThatWasGivenUpCostsNothing) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Seconds(80));
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(SubmitForAnHour());
  UntilGivenUp();
  const std::size_t before = wire_.sent.size();
  world_.RunFor(absl::Minutes(30));
  const auto first = std::find_if(wire_.sent.begin() + static_cast<std::ptrdiff_t>(before), wire_.sent.end(),
                                  [](const Sent& sent) { return sent.billable; });
  ASSERT_NE(first, wire_.sent.end());
  EXPECT_EQ(first - wire_.sent.begin(), static_cast<std::ptrdiff_t>(before) + 2)
      << "one harmless call while it was down, and one that was answered";
  for (const std::string& id : ids) EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 3);
}

// Whoever watches sees it although nothing is submitted, and sees it come back.
TEST_F(ProberTest, AnAccountThatIsOnlyPolledShowsHowItIs) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  const std::string id = SubmitForAnHour();
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
  TakeDown(absl::Minutes(10));
  world_.RunFor(absl::Minutes(8));
  EXPECT_EQ(engine_->Lanes().at(provider_).condition, LaneCondition::kBroken);
  world_.RunUntil([&] { return StateOf(id).phase == JobPhase::kSucceeded; });
  world_.RunFor(absl::Minutes(10));
  EXPECT_NE(engine_->Lanes().at(provider_).condition, LaneCondition::kBroken) << "though nobody has called";
  EXPECT_TRUE(engine_->Lanes().at(provider_).half_open);
  EXPECT_FALSE(engine_->Lanes().at(provider_).trouble.has_value());
}

TEST_F(ProberTest, AnAccountThatStaysDownIsAskedAsRarelyAsItsBreakerSays) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Hours(10));
  for (int i = 0; i < 5; ++i) SubmitForAnHour();
  UntilGivenUp();
  const std::size_t before = wire_.sent.size();
  const absl::Time start = world_.clock().TimeNow();
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(wire_.Count(true, before), 0);
  // 30 s, then 60, 90, 120, 150 s apart, and the time that each takes.
  std::vector<double> minutes;
  for (std::size_t i = before; i < wire_.sent.size(); ++i)
    minutes.push_back(absl::ToDoubleMinutes(wire_.sent[i].time - start));
  EXPECT_THAT(minutes, ::testing::Pointwise(::testing::DoubleNear(0.1), {0.5, 1.5, 3.0, 5.0, 7.5}));
}

TEST_F(ProberTest, OneIsUnderWayAtATime) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Seconds(20));
  for (int i = 0; i < 5; ++i) SubmitForAnHour();
  UntilGivenUp();
  const std::size_t before = wire_.sent.size();
  wire_.harmless_answer = 404;
  wire_.answers_after = absl::Minutes(10);
  world_.RunFor(absl::Minutes(9));
  EXPECT_EQ(wire_.sent.size(), before + 1);
  world_.RunFor(absl::Minutes(3));
  EXPECT_GT(wire_.Count(true, before), 0) << "that there is no such job was said by an account that is up";
}

TEST_F(ProberTest, AnAnswerThatTheAccountIsRefusedOpensNothing) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Seconds(20));
  const std::string id = SubmitForAnHour();
  UntilGivenUp();
  const std::size_t before = wire_.sent.size();
  wire_.harmless_answer = 401;
  world_.RunFor(absl::Minutes(5));
  EXPECT_EQ(wire_.Count(true, before), 0);
  EXPECT_GT(wire_.Count(false, before), 3) << "a mended account comes back by itself";
  wire_.harmless_answer.reset();
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(ProberTest, WhereJobsAreThereTheirPollsTell) {
  std::vector<Account> one;
  one.push_back(AccountAt(provider_, "https://" + provider_ + ".sim/v2"));
  one[0].poll.interval_max = absl::Seconds(2);
  const Accounts accounts(std::move(one));
  Start(accounts);
  const std::string first = SubmitForAnHour();
  world_.RunUntil([&] { return StateOf(first).attempts[0].phase == AttemptPhase::kAcked; });
  TakeDown(absl::Seconds(60));
  const std::string next = SubmitForAnHour();
  UntilGivenUp();
  world_.RunFor(absl::Minutes(20));
  EXPECT_EQ(StateOf(first).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(next).phase, JobPhase::kSucceeded);
  for (const Sent& sent : wire_.sent) {
    const bool of_a_job = sent.url.find(StateOf(first).attempts[0].provider_job.id) != std::string::npos ||
                          sent.url.find(StateOf(next).attempts[0].provider_job.id) != std::string::npos;
    EXPECT_TRUE(sent.billable || of_a_job) << sent.url;
  }
}

// It had its permit before, and is ready to be sent when nothing may be.
TEST_F(ProberTest, WhatWasBeingPreparedWhenTheAccountWasGivenUpWaitsAsWell) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Seconds(60));
  store_.SetFaults([left = 1](const StoreCall& call) mutable {
    StoreFault fault;
    if (call.operation == StoreOperation::kRead && left-- > 0) fault.reply_delay = absl::Seconds(25);
    return fault;
  });
  const std::string slow = SubmitForAnHour();
  world_.RunFor(absl::Seconds(1));
  const std::string other = SubmitForAnHour();
  UntilGivenUp();
  ASSERT_EQ(engine_->Lanes().at(provider_).in_flight, 1) << "the one that is being prepared";
  const std::size_t before = wire_.sent.size();
  world_.RunFor(absl::Seconds(28));
  EXPECT_EQ(wire_.sent.size(), before);
  world_.RunFor(absl::Minutes(30));
  EXPECT_FALSE(wire_.sent[before].billable);
  EXPECT_EQ(StateOf(slow).phase, JobPhase::kSucceeded);
  EXPECT_EQ(StateOf(other).phase, JobPhase::kSucceeded);
}

TEST_F(ProberTest, ADrainAsksNothingMore) {
  const Accounts accounts = OneAccount();
  Start(accounts);
  TakeDown(absl::Hours(10));
  SubmitForAnHour();
  UntilGivenUp();
  const std::size_t before = wire_.sent.size();
  bool drained = false;
  engine_->Drain([&drained] { drained = true; });
  world_.RunFor(absl::Minutes(10));
  EXPECT_TRUE(drained);
  EXPECT_EQ(wire_.sent.size(), before);
}

class RepeatingProberTest : public ProberTest {
 protected:
  RepeatingProberTest() : ProberTest("runware") {}
};

// A repetition of a submission whose outcome is unknown may be the one that creates the job.
TEST_F(RepeatingProberTest, ARepetitionWaitsForACallThatCostsNothing) {
  std::vector<Account> one;
  one.push_back(AccountAt(provider_, "https://runware.sim/v1"));
  const Accounts accounts(std::move(one));
  Start(accounts);
  network_.ScriptSubmissions({Fate::kLostRequest});
  const std::string id = SubmitForAnHour();
  world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kUnknown; });
  // Repetitions 1, 2 and 4 s apart: with the first sending, five failures.
  TakeDown(absl::Seconds(12));
  world_.RunFor(absl::Seconds(12));
  const std::size_t before = wire_.sent.size();
  ASSERT_GE(before, 5u);
  world_.RunFor(absl::Minutes(30));
  ASSERT_GT(wire_.sent.size(), before);
  EXPECT_FALSE(wire_.sent[before].billable);
  EXPECT_GT(wire_.Count(true, before), 0) << "and is sent then";
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_EQ(network_.total_creations(), 1);
}

}  // namespace
}  // namespace zoetrope::testing
