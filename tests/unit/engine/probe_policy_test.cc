#include "server/engine/probe_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace zoetrope {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// --- When ---

Breaker OpenedAtStart() {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) breaker.Record(false, kStart);
  return breaker;
}

TEST(NextProbeTest, AnAccountThatTakesJobsIsNotAsked) {
  EXPECT_EQ(NextProbe(Breaker(), absl::InfinitePast(), false), absl::InfiniteFuture());
}

TEST(NextProbeTest, IsWhenTheBreakerSays) {
  EXPECT_EQ(NextProbe(OpenedAtStart(), absl::InfinitePast(), false), kStart + absl::Seconds(30));
}

TEST(NextProbeTest, PollsComeFirst) {
  EXPECT_EQ(NextProbe(OpenedAtStart(), absl::InfinitePast(), true), kStart + absl::Seconds(50));
}

TEST(NextProbeTest, IsNotBeforeThePauseOfTheAccountIsOver) {
  EXPECT_EQ(NextProbe(OpenedAtStart(), kStart + absl::Seconds(40), false), kStart + absl::Seconds(40));
  EXPECT_EQ(NextProbe(OpenedAtStart(), kStart + absl::Seconds(20), false), kStart + absl::Seconds(30));
}

// --- What the answer shows ---

// Reads whatever comes as the test says.
class Reader : public Adapter {
 public:
  explicit Reader(PollOutcome outcome) : outcome_(std::move(outcome)) {}

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return absl::OkStatus(); }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return HttpRequest{HttpMethod::kPost, Repeat::kBillable, "", {}, ""};
  }
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override { return Unrecognized{}; }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput& input, const Secret&) const override {
    return HttpRequest{HttpMethod::kGet, Repeat::kHarmless, std::string(input.job.id), {}, ""};
  }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return outcome_; }

 private:
  Capabilities capabilities_;
  PollOutcome outcome_;
};

ProbeVerdict Read(PollOutcome outcome, int status) {
  return ReadProbeAnswer(Reader(std::move(outcome)), Offering(), HttpResponse{status, {}, ""});
}

LaneSignal Shows(PollOutcome outcome, int status) { return Read(std::move(outcome), status).signal; }

TEST(ReadProbeAnswerTest, ThatThereIsNoSuchJobIsSaidByAnAccountThatIsUp) {
  EXPECT_EQ(Shows(NotFoundThere{}, 404), LaneSignal::kWorking);
  EXPECT_EQ(Shows(Pending{}, 200), LaneSignal::kWorking);
  for (const int status : {200, 302, 400, 404, 405, 409, 410, 422})
    EXPECT_EQ(Shows(Unrecognized{}, status), LaneSignal::kWorking) << status;
}

TEST(ReadProbeAnswerTest, ErrorsOfTheServerAndSilenceAreNone) {
  for (const int status : {500, 502, 503, 504, 529})
    EXPECT_EQ(Shows(Unrecognized{}, status), LaneSignal::kFailing) << status;
  EXPECT_EQ(Shows(Failed{}, 500), LaneSignal::kFailing) << "no job can have failed";
  EXPECT_EQ(Shows(TryAgain{}, 200), LaneSignal::kFailing) << "the error of a server under another status";
  const TransportError silence{Delivery::kMaybeSent, TransportFault::kTimeout, ""};
  EXPECT_EQ(ReadProbeAnswer(Reader(Pending{}), Offering(), silence).signal, LaneSignal::kFailing);
}

TEST(ReadProbeAnswerTest, TheAccountsOwnTroubleIsNoneEither) {
  for (const PollOutcome& outcome : {PollOutcome(Unrecognized{}), PollOutcome(NotFoundThere{})}) {
    EXPECT_EQ(Shows(outcome, 401), LaneSignal::kRejected);
    EXPECT_EQ(Shows(outcome, 402), LaneSignal::kNoBalance);
    EXPECT_EQ(Shows(outcome, 403), LaneSignal::kRejected);
    EXPECT_EQ(Shows(outcome, 429), LaneSignal::kThrottled);
  }
  TryAgain told;
  told.retry_after = absl::Seconds(7);
  told.account_trouble = FailureReason::kProviderRateLimited;
  EXPECT_EQ(Read(told, 200), (ProbeVerdict{LaneSignal::kThrottled, absl::Seconds(7)}));
  told.account_trouble = FailureReason::kProviderError;
  EXPECT_EQ(Shows(told, 200), LaneSignal::kRejected);
}

TEST(ReadProbeAnswerTest, WhatTheDialectTakesToBeAboutTheJobSaysNothingAgainstTheAccount) {
  TryAgain about_job;
  about_job.about_job = true;
  EXPECT_EQ(Shows(about_job, 200), LaneSignal::kWorking);
}

TEST(ReadProbeAnswerTest, WithoutACallOfItsOwnADialectAsksAfterAJobOfNoOne) {
  const auto request = Reader(Pending{}).BuildProbe(Offering(), Secret());
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->repeat, Repeat::kHarmless);
  EXPECT_EQ(request->url, NoOnesJob::kId);
}

}  // namespace
}  // namespace zoetrope
