// Calls that end here, before anything has left: they say nothing about the provider.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "tests/unit/engine/resolver_fixture.h"

namespace zoetrope::testing {
namespace {

// Between the engine and the network.
class RefusingHttp : public HttpClient {
 public:
  RefusingHttp(HttpClient* http, Executor* executor) : http_(http), executor_(executor) {}

  CallId Start(HttpRequest request, CallOptions options, Done done) override {
    if (!fault || request.repeat == Repeat::kBillable)
      return http_->Start(std::move(request), std::move(options), std::move(done));
    ++refused;
    executor_->Post([done = std::move(done), why = *fault] {
      done(TransportError{Delivery::kNotSent, why, "not from here"});
    });
    return 0;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  std::optional<TransportFault> fault;  // of harmless calls; nullopt: they are made
  int refused = 0;

 private:
  HttpClient* const http_;
  Executor* const executor_;
};

class RefusedHereTest : public ResolverTest {
 protected:
  explicit RefusedHereTest(std::string provider = "runpod") : ResolverTest(std::move(provider)) {
    engine_.reset();
    StartWith(accounts_);
  }
  HttpClient& http() override { return http_; }

  std::string SubmitUntilTaken(absl::Duration deadline) {
    NewJob fresh = Wish();
    fresh.job.spec.deadline_time = fresh.job.spec.create_time + deadline;
    std::string id = Submit(std::move(fresh));
    world_.RunUntil([&] { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; });
    return id;
  }

  RefusingHttp http_{&network_, other_.get()};
};

TEST_F(RefusedHereTest, PollsWithoutAPlaceAreNoFaultOfTheProvider) {
  const std::string id = SubmitUntilTaken(absl::Hours(1));
  http_.fault = TransportFault::kBusy;
  world_.RunFor(absl::Minutes(5));
  EXPECT_GT(http_.refused, 20);
  EXPECT_FALSE(engine_->Lanes().at("runpod").trouble);
  EXPECT_EQ(engine_->Lanes().at("runpod").condition, LaneCondition::kOpen);
  http_.fault.reset();
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
}

TEST_F(RefusedHereTest, OneWithoutAPlaceIsNotTheLastPollBeforeTheDeadline) {
  const std::string id = SubmitUntilTaken(absl::Minutes(10));
  http_.fault = TransportFault::kBusy;
  world_.RunFor(absl::Minutes(11));
  http_.fault.reset();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded) << "it was made in time, and nobody could look";
}

// An address that no request may go to is none for ever.
TEST_F(RefusedHereTest, WhatMayNotBeAskedEndsWithItsDeadline) {
  const std::string id = SubmitUntilTaken(absl::Minutes(10));
  http_.fault = TransportFault::kRefusedHere;
  world_.RunFor(absl::Minutes(11));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kFailed);
  EXPECT_EQ(StateOf(id).failure->reason, FailureReason::kDeadlineExceeded);
  EXPECT_FALSE(engine_->Lanes().at("runpod").trouble) << "nothing was asked of it";
  world_.RunFor(absl::Hours(26));
  EXPECT_EQ(engine_->live_job_count(), 0u);
}

class RefusedLookTest : public RefusedHereTest {
 protected:
  RefusedLookTest() : RefusedHereTest("fal") {}
};

TEST_F(RefusedLookTest, LooksThatAreNotMadeAreNoFaultOfTheProvider) {
  network_.ScriptSubmissions({Fate::kLostReply});
  const std::string id = SubmitWish();
  AwaitUnknown(id);
  http_.fault = TransportFault::kBusy;
  world_.RunFor(absl::Minutes(20));
  EXPECT_GT(http_.refused, 0);
  EXPECT_FALSE(engine_->Lanes().at("fal").trouble);
  http_.fault.reset();
  world_.RunFor(absl::Minutes(60));
  ExpectFound(id);
}

}  // namespace
}  // namespace zoetrope::testing
