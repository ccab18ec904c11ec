// The checker finds what it is there to find: one example for each rule.
#include "tests/fuzz/outcome_check.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "server/base/limits.h"

namespace zoetrope::fuzz {
namespace {

using golden::AnyOutcome;
using golden::Call;
using golden::GoldenCase;

GoldenCase Question(Call call) {
  GoldenCase question;
  question.call = call;
  return question;
}

std::string Problem(Call call, int status, const AnyOutcome& outcome, const Capabilities& capabilities = {}) {
  return ProblemOf(Question(call), capabilities, status, outcome);
}

Output Video() {
  Output output;
  output.url = "https://cdn.example/v.mp4";
  output.content_type = "video/mp4";
  return output;
}

Succeeded Success() { return {{Video()}, {}, {}, {}}; }

TEST(OutcomeCheckTest, PassesWhatIsSound) {
  Succeeded whole = Success();
  whole.cost = {Money::FromNanos(1), "12.5"};
  whole.timings.run_duration = absl::Seconds(3);
  EXPECT_EQ(Problem(Call::kPoll, 200, PollOutcome(whole)), "");
  EXPECT_EQ(Problem(Call::kSubmit, 200, SubmitOutcome(Accepted{{"id-1", {}}, whole})), "");
  EXPECT_EQ(Problem(Call::kSubmit, 429, SubmitOutcome(Throttled{absl::Seconds(3), "slow", "later"})), "");
  EXPECT_EQ(Problem(Call::kPoll, 403, PollOutcome(TryAgain{})), "");
  EXPECT_EQ(Problem(Call::kPrepare, 200, PrepareOutcome(Prepared{"https://cdn.example/x"})), "");
  EXPECT_EQ(Problem(Call::kLookup, 200, LookupOutcome(LookupPage{{{"id", {}}}})), "");
  EXPECT_EQ(Problem(Call::kCharge, 200, ChargeOutcome(Charged{{Money::FromNanos(1), ""}})), "");
  EXPECT_EQ(Problem(Call::kCharge, 200, ChargeOutcome(NoChargeYet{})), "");
  EXPECT_EQ(Problem(Call::kPrice, 200, PriceOutcome(Priced{})), "");
  EXPECT_EQ(Problem(Call::kCancel, 200, CancelOutcome(CancelAccepted{CancelledThere{}})), "");
}

TEST(OutcomeCheckTest, FindsTextsThatAreNotForPeople) {
  for (const std::string& text :
       {std::string("a\nb"), std::string("\x7f"), std::string("\xff"), std::string(1'001, 'x')}) {
    const Failure failure{FailureReason::kProviderError, text, "", ""};
    EXPECT_NE(Problem(Call::kSubmit, 400, SubmitOutcome(Refused{failure})), "") << text;
    EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(Failed{failure, {}, {}})), "") << text;
    EXPECT_NE(Problem(Call::kSubmit, 500, SubmitOutcome(Unrecognized{"", text})), "") << text;
    EXPECT_NE(Problem(Call::kPoll, 200,
                      PollOutcome(Pending{Pending::Phase::kQueued, {}, {}, {{"", "", text}}, {}})),
              "");
  }
  const std::string long_code(101, 'x');
  EXPECT_NE(
      Problem(Call::kSubmit, 400, SubmitOutcome(Refused{{FailureReason::kInternal, "", "", long_code}})), "");
  EXPECT_NE(Problem(Call::kPoll, 404, PollOutcome(NotFoundThere{"", long_code})), "");
  EXPECT_NE(Problem(Call::kSubmit, 400, SubmitOutcome(Refused{{static_cast<FailureReason>(0), "", "", ""}})),
            "");
}

TEST(OutcomeCheckTest, FindsNumbersOutOfRange) {
  const auto pending = [](double progress, std::int32_t position) {
    return PollOutcome(Pending{Pending::Phase::kRunning, progress, position, {}, {}});
  };
  EXPECT_EQ(Problem(Call::kPoll, 200, pending(1, 0)), "");
  EXPECT_NE(Problem(Call::kPoll, 200, pending(1.1, 0)), "");
  EXPECT_NE(Problem(Call::kPoll, 200, pending(std::numeric_limits<double>::quiet_NaN(), 0)), "");
  EXPECT_NE(Problem(Call::kPoll, 200, pending(0, -1)), "");
  EXPECT_NE(Problem(Call::kPoll, 500, PollOutcome(TryAgain{absl::Hours(25), "", {}})), "");
  EXPECT_NE(Problem(Call::kSubmit, 429, SubmitOutcome(Throttled{-absl::Seconds(1), ""})), "");
  for (const ReportedCost& cost : {ReportedCost{Money::FromNanos(-1), ""}, ReportedCost{{}, "-1"},
                                   ReportedCost{{}, "x"}, ReportedCost{{}, std::string(101, '1')}}) {
    Succeeded success = Success();
    success.cost = cost;
    EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(success)), "") << cost.units;
  }
  Succeeded success = Success();
  success.timings.queue_duration = -absl::Seconds(1);
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(success)), "");
}

TEST(OutcomeCheckTest, FindsUnboundedLists) {
  Succeeded many = Success();
  many.outputs.assign(limits::kOutputsPerJob + 1, Video());
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(many)), "");
  many = Success();
  many.failures.resize(limits::kOutputsPerJob + 1);
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(many)), "");
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(Succeeded{})), "");
  Pending chatty;
  chatty.logs.resize(limits::kLogLinesPerPoll + 1);
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(chatty)), "");
}

TEST(OutcomeCheckTest, FindsWhatCannotBeUsed) {
  EXPECT_NE(Problem(Call::kSubmit, 200, SubmitOutcome(Accepted{})), "");
  EXPECT_NE(Problem(Call::kSubmit, 200, SubmitOutcome(Accepted{{"a b", {}}, {}})), "");
  EXPECT_NE(Problem(Call::kSubmit, 200, SubmitOutcome(Accepted{{"a", {{"get", "x"}}}, {}})), "");
  EXPECT_NE(Problem(Call::kLookup, 200, LookupOutcome(LookupPage{{{"a b", {}}}})), "");
  EXPECT_NE(Problem(Call::kLookup, 200, LookupOutcome(LookupPage{{}, false, std::string(513, 'x')})), "");
  EXPECT_NE(Problem(Call::kPrepare, 200, PrepareOutcome(Prepared{"file:///x"})), "");
  EXPECT_NE(Problem(Call::kCharge, 200, ChargeOutcome(Charged{})), "");
  EXPECT_NE(Problem(Call::kCharge, 200, ChargeOutcome(Charged{{Money::FromNanos(-1), ""}})), "");
  EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(NextStage{})), "");
  for (const auto& spoil : std::vector<void (*)(Output&)>{
           [](Output& o) { o.url = "javascript:x"; }, [](Output& o) { o.size_bytes = -1; },
           [](Output& o) { o.duration_ms = 0; }, [](Output& o) { o.provider_video_id = "a b"; },
           [](Output& o) {
             o.thumbnail = Media{"x", ""};
           },
           [](Output& o) { o.content_type = "\x01"; }}) {
    Succeeded success = Success();
    spoil(success.outputs.front());
    EXPECT_NE(Problem(Call::kPoll, 200, PollOutcome(success)), "");
  }
}

TEST(OutcomeCheckTest, FindsVerdictsThatTheStatusForbids) {
  const SubmitOutcome refused = Refused{};
  const SubmitOutcome accepted = Accepted{{"id", {}}, {}};
  for (const int status : {100, 302, 408, 500, 599}) {
    EXPECT_NE(Problem(Call::kSubmit, status, refused), "") << status;
    EXPECT_EQ(Problem(Call::kSubmit, status, SubmitOutcome(Unrecognized{})), "") << status;
  }
  EXPECT_NE(Problem(Call::kSubmit, 409, refused), "");
  EXPECT_NE(Problem(Call::kSubmit, 409, accepted), "");
  Capabilities deduplicates;
  deduplicates.deduplicates_by_id = true;
  EXPECT_EQ(Problem(Call::kSubmit, 409, accepted, deduplicates), "");
  EXPECT_NE(Problem(Call::kSubmit, 402, SubmitOutcome(Throttled{})), "");
  EXPECT_NE(Problem(Call::kPoll, 402, PollOutcome(Failed{})), "");
  EXPECT_NE(Problem(Call::kPoll, 429, PollOutcome(Pending{})), "");
  EXPECT_NE(Problem(Call::kPoll, 422, PollOutcome(Success())), "");
  EXPECT_NE(Problem(Call::kPrepare, 500, PrepareOutcome(Prepared{"https://cdn.example/x"})), "");
  EXPECT_NE(Problem(Call::kPrice, 500, PriceOutcome(Priced{})), "");
  EXPECT_NE(Problem(Call::kCharge, 500, ChargeOutcome(NoChargeYet{})), "");
  EXPECT_NE(Problem(Call::kCharge, 404, ChargeOutcome(Charged{{Money::FromNanos(1), ""}})), "");
  EXPECT_NE(Problem(Call::kLookup, 404, LookupOutcome(LookupPage{{{"id", {}}}})), "");
  for (const int status : {400, 404})
    EXPECT_EQ(Problem(Call::kLookup, status, LookupOutcome(LookupPage{{{"id", {}}}}), deduplicates), "");
  EXPECT_NE(Problem(Call::kLookup, 500, LookupOutcome(LookupPage{{{"id", {}}}}), deduplicates), "");
}

HttpRequest Request() {
  HttpRequest request{HttpMethod::kPost, Repeat::kHarmless, "https://api.example/v1/x", {}, "{}"};
  request.headers = {{"authorization", "Key " + std::string(golden::kSecret), true},
                     {"content-type", "application/json"}};
  return request;
}

TEST(RequestCheckTest, PassesASoundOne) {
  EXPECT_EQ(ProblemOf(Request(), Repeat::kHarmless, "https://api.example:443"), "");
}

TEST(RequestCheckTest, FindsEachFault) {
  for (const auto& spoil : std::vector<void (*)(HttpRequest&)>{
           [](HttpRequest& r) { r.repeat = Repeat::kBillable; },
           [](HttpRequest& r) { r.url = "https://evil.example/v1/x"; },
           [](HttpRequest& r) { r.url = "https://api.example:444/v1/x"; },
           [](HttpRequest& r) { r.url += " x"; }, [](HttpRequest& r) { r.url += golden::kSecret; },
           [](HttpRequest& r) { r.body += golden::kSecret; },
           [](HttpRequest& r) { r.headers[0].secret = false; },
           [](HttpRequest& r) { r.headers.pop_back(), r.headers.pop_back(); },
           [](HttpRequest& r) {
             r.headers.push_back({"x-note", "a\r\nb: c"});
           },
           [](HttpRequest& r) {
             r.headers.push_back({"x note", "a"});
           },
           [](HttpRequest& r) { r.body = "{"; }}) {
    HttpRequest request = Request();
    spoil(request);
    EXPECT_NE(ProblemOf(request, Repeat::kHarmless, "https://api.example:443"), "");
  }
}

}  // namespace
}  // namespace zoetrope::fuzz
