#include "server/providers/http_classes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

HttpResponse Response(int status, std::string body = "", std::vector<HttpHeader> headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(ReadBodyTest, TellsTheForms) {
  EXPECT_EQ(ReadBody(Response(200, "{\"a\":1}")).form, Body::Form::kJson);
  EXPECT_EQ(ReadBody(Response(200, " [1] \n")).form, Body::Form::kJson);
  EXPECT_EQ(ReadBody(Response(200)).form, Body::Form::kText);
  EXPECT_EQ(ReadBody(Response(200, " \r\n")).form, Body::Form::kText);
  EXPECT_EQ(ReadBody(Response(200, "<html>")).form, Body::Form::kText);
  EXPECT_EQ(ReadBody(Response(200, "Unauthorized")).form, Body::Form::kText);
  EXPECT_EQ(ReadBody(Response(200, "{\"a\":")).form, Body::Form::kBroken);
  EXPECT_EQ(ReadBody(Response(200, "  [")).form, Body::Form::kBroken);
  EXPECT_EQ(ReadBody(Response(200, std::string(limits::kProviderBodyBytes + 1, 'x'))).form,
            Body::Form::kBroken);
}

TEST(ReadBodyTest, KeepsPlainWordsForPeople) {
  EXPECT_EQ(ReadBody(Response(401, "Unauthorized\n")).text, "Unauthorized");
  EXPECT_EQ(ReadBody(Response(401, "no\nsuch \x1b[31mkey sk-0123456789abcdef0123456789abcdef")).text,
            "no such [31mkey [removed]");
  EXPECT_EQ(ReadBody(Response(400, std::string(5'000, 'x'))).text.size(), limits::kProviderMessageChars);
  for (const char* none : {"", " \r\n", "<html>Unauthorized</html>", " <p>", "{\"a\":1}", "[", "\xff\xd8"})
    EXPECT_EQ(ReadBody(Response(401, none)).text, "") << none;
}

TEST(ReadBodyTest, BelievesTheAnnouncedLength) {
  EXPECT_EQ(ReadBody(Response(400, "", {{"content-length", "20"}})).form, Body::Form::kBroken);
  EXPECT_EQ(ReadBody(Response(400, "{}", {{"content-length", "3"}})).form, Body::Form::kBroken);
  EXPECT_EQ(ReadBody(Response(400, "{}", {{"content-length", "2"}})).form, Body::Form::kJson);
  EXPECT_EQ(ReadBody(Response(400, "{}", {{"content-length", "nonsense"}})).form, Body::Form::kJson);
  // Encoded bytes have another length than what was decoded.
  EXPECT_EQ(ReadBody(Response(400, "{}", {{"content-length", "22"}, {"content-encoding", "gzip"}})).form,
            Body::Form::kJson);
}

TEST(ReadSubmitErrorTest, IsTheTableOfVerdicts) {
  const std::set<int> refused = {400, 401, 402, 403, 404, 405, 413, 415, 422};
  for (int status = 100; status < 600; ++status) {
    if (IsSuccess(status)) continue;
    const SubmitOutcome outcome = ReadSubmitError(Response(status), {}, {});
    EXPECT_EQ(std::holds_alternative<Refused>(outcome), refused.contains(status)) << status;
    EXPECT_EQ(std::holds_alternative<Throttled>(outcome), status == 429) << status;
    EXPECT_EQ(std::holds_alternative<Unrecognized>(outcome), !refused.contains(status) && status != 429)
        << status;
    const Body broken{Body::Form::kBroken, {}};
    EXPECT_TRUE(std::holds_alternative<Unrecognized>(ReadSubmitError(Response(status), broken, {})))
        << status;
  }
}

TEST(ReadSubmitErrorTest, TheErrorsOwnReasonCountsBeforeTheStatus) {
  const ErrorText error{"promptBlocked", "blocked\nby a filter", FailureReason::kContentRejected};
  const SubmitOutcome outcome = ReadSubmitError(Response(400), {}, error);
  const Failure want{FailureReason::kContentRejected, "blocked by a filter", "", "promptBlocked"};
  EXPECT_EQ(std::get<Refused>(outcome).failure, want);
}

TEST(ReadSubmitErrorTest, PlainWordsStandInForAnErrorThatIsNotThere) {
  const Body plain{Body::Form::kText, {}, "endpoint is busy, missing a key"};
  for (const int status : {400, 401, 404}) {
    const SubmitOutcome outcome = ReadSubmitError(Response(status), plain, {});
    // They are for people; the reason stays the status's.
    const Failure want{ReasonOfStatus(status), plain.text, "", ""};
    EXPECT_EQ(std::get<Refused>(outcome).failure, want);
    const SubmitOutcome told = ReadSubmitError(Response(status), plain, {"busy", "", std::nullopt});
    EXPECT_EQ(std::get<Refused>(told).failure.message, "");
    EXPECT_EQ(std::get<Refused>(told).failure.provider_code, "busy");
  }
}

TEST(ReadSubmitErrorTest, ARefusedAccountIsThatWhateverTheWords) {
  const ErrorText error{"", "missing api key", FailureReason::kValidationRejected};
  for (const int status : {401, 402, 403}) {
    const SubmitOutcome outcome = ReadSubmitError(Response(status), {}, error);
    EXPECT_EQ(std::get<Refused>(outcome).failure.reason, ReasonOfStatus(status));
  }
  const SubmitOutcome locked =
      ReadSubmitError(Response(403), {}, {"", "", FailureReason::kProviderBalanceExhausted});
  EXPECT_EQ(std::get<Refused>(locked).failure.reason, FailureReason::kProviderBalanceExhausted);
}

TEST(ReasonOfStatusTest, Rows) {
  EXPECT_EQ(ReasonOfStatus(422), FailureReason::kValidationRejected);
  EXPECT_EQ(ReasonOfStatus(401), FailureReason::kProviderAuthFailed);
  EXPECT_EQ(ReasonOfStatus(402), FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(ReasonOfStatus(404), FailureReason::kModelUnavailable);
  EXPECT_EQ(ReasonOfStatus(429), FailureReason::kProviderRateLimited);
  EXPECT_EQ(ReasonOfStatus(504), FailureReason::kProviderTimeout);
  EXPECT_EQ(ReasonOfStatus(500), FailureReason::kProviderError);
}

TEST(ReadPrepareErrorTest, RefusesAsASubmissionDoesAndAsksAgainForTheRest) {
  const ErrorText error{"too_large", "too large", std::nullopt};
  const PrepareOutcome refused = ReadPrepareError(Response(413), {}, error);
  const Failure want{FailureReason::kValidationRejected, "too large", "", "too_large"};
  EXPECT_EQ(std::get<Refused>(refused).failure, want);
  const PrepareOutcome throttled = ReadPrepareError(Response(429, "", {{"retry-after", "5"}}), {}, error);
  EXPECT_EQ(std::get<TryAgain>(throttled).retry_after, absl::Seconds(5));
  EXPECT_EQ(std::get<TryAgain>(throttled).account_trouble, FailureReason::kProviderRateLimited);
  for (const int status : {408, 500, 503, 599}) {
    const PrepareOutcome passing = ReadPrepareError(Response(status), {}, error);
    ASSERT_TRUE(std::holds_alternative<TryAgain>(passing)) << status;
    EXPECT_FALSE(std::get<TryAgain>(passing).account_trouble.has_value());
  }
  for (const int status : {100, 302, 409, 418}) {
    EXPECT_TRUE(std::holds_alternative<Unrecognized>(ReadPrepareError(Response(status), {}, error)))
        << status;
  }
  EXPECT_TRUE(std::holds_alternative<Unrecognized>(
      ReadPrepareError(Response(413), {Body::Form::kBroken, {}}, error)));
}

TEST(ReadLaterErrorTest, TheAccountIsInTheWay) {
  for (const int status : {401, 402, 403, 429}) {
    // Even if the words are about something else.
    const LaterError error =
        ReadLaterError(Response(status), {"", "moderated", FailureReason::kContentRejected});
    ASSERT_TRUE(std::holds_alternative<TryAgain>(error)) << status;
    EXPECT_EQ(std::get<TryAgain>(error).account_trouble, ReasonOfStatus(status));
  }
  const LaterError locked =
      ReadLaterError(Response(403), {"", "locked", FailureReason::kProviderBalanceExhausted});
  EXPECT_EQ(std::get<TryAgain>(locked).account_trouble, FailureReason::kProviderBalanceExhausted);
}

TEST(ReadLaterErrorTest, PassingTroubleAndUnknownJobs) {
  for (const int status : {408, 500, 502, 503, 504, 529, 599}) {
    const LaterError error = ReadLaterError(Response(status), {});
    ASSERT_TRUE(std::holds_alternative<TryAgain>(error)) << status;
    EXPECT_FALSE(std::get<TryAgain>(error).account_trouble.has_value());
  }
  EXPECT_TRUE(std::holds_alternative<NotFoundThere>(ReadLaterError(Response(404), {})));
  EXPECT_TRUE(std::holds_alternative<NotFoundThere>(ReadLaterError(Response(410), {})));
  for (const int status : {100, 301, 302, 304, 400, 405, 409, 418, 422}) {
    EXPECT_TRUE(std::holds_alternative<Unrecognized>(ReadLaterError(Response(status), {}))) << status;
  }
}

std::optional<absl::Duration> After(std::string value, std::string date = "") {
  return RetryAfter(Response(429, "", {{"date", std::move(date)}, {"retry-after", std::move(value)}}));
}

TEST(RetryAfterTest, Seconds) {
  EXPECT_EQ(After("0"), absl::ZeroDuration());
  EXPECT_EQ(After("7"), absl::Seconds(7));
  EXPECT_EQ(After("999999999999"), limits::kDeadlineMax);
  for (const char* bad : {"", "-1", "1.5", "soon", "7s", "99999999999999999999999"})
    EXPECT_EQ(After(bad), std::nullopt) << bad;
  EXPECT_EQ(RetryAfter(Response(429)), std::nullopt);
}

TEST(RetryAfterTest, DatesCountFromTheAnswersOwn) {
  const char* const kDate = "Fri, 20 Nov 2026 10:00:00 GMT";
  EXPECT_EQ(After("Fri, 20 Nov 2026 10:01:30 GMT", kDate), absl::Seconds(90));
  EXPECT_EQ(After("Fri, 20 Nov 2026 09:00:00 GMT", kDate), absl::ZeroDuration());
  EXPECT_EQ(After("Fri, 20 Nov 2099 10:00:00 GMT", kDate), limits::kDeadlineMax);
  EXPECT_EQ(After("Fri, 20 Nov 2026 10:01:30 GMT"), std::nullopt);
  EXPECT_EQ(After("Fri, 20 Nov 2026 10:01:30 GMT", "yesterday"), std::nullopt);
  // RFC 9110, section 5.6.7: forms that are not sent any more, and have to be read.
  EXPECT_EQ(After("Friday, 20-Nov-26 10:01:30 GMT", kDate), absl::Seconds(90));
  EXPECT_EQ(After("Fri Nov 20 10:01:30 2026", kDate), absl::Seconds(90));
}

TEST(RetryAfterTest, AnAnswerWithoutADateCountsFromWhenItCame) {
  HttpResponse response = Response(503, "", {{"retry-after", "Fri, 20 Nov 2026 10:01:30 GMT"}});
  response.receive_time = absl::FromCivil(absl::CivilSecond(2026, 11, 20, 10, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(RetryAfter(response), absl::Seconds(90));
  response.headers.push_back({"date", "Fri, 20 Nov 2026 10:01:00 GMT"});
  EXPECT_EQ(RetryAfter(response), absl::Seconds(30)) << "its own clock knows better what it means";
}

TEST(ReportedAmountTest, IsExactOrNothing) {
  EXPECT_EQ(ReportedAmount("1.2000000000000002"), Money::FromNanos(1'200'000'000)) << "binary fractions";
  EXPECT_EQ(ReportedAmount("0.8"), Money::FromNanos(800'000'000));
  EXPECT_EQ(ReportedAmount("0"), Money());
  EXPECT_EQ(ReportedAmount("8e-1"), Money::FromNanos(800'000'000));
  EXPECT_EQ(ReportedAmount("-0.8"), std::nullopt);
  EXPECT_EQ(ReportedAmount("free"), std::nullopt);
  EXPECT_EQ(ReportedAmount("1e300"), std::nullopt);
  EXPECT_EQ(ReportedAmount(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace zoetrope
