#include "server/engine/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/providers/registry.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using Level = Diagnosis::Level;

class DiagnosisTest : public ::testing::Test {
 protected:
  DiagnosisTest() {
    account_.name = "mine";
    account_.dialect = "runpod";
    account_.adapter = FindDialect("runpod")->make({});
    offering_.provider_model_id = "sora-2-i2v";
  }
  Diagnosis After(const HttpResult& result) const {
    return DiagnoseAccount(account_, offering_, result, absl::Milliseconds(35));
  }
  static HttpResult Answered(int status, std::string body = "{}") {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  Account account_;
  Offering offering_;
};

TEST_F(DiagnosisTest, AnAccountIsGoodOrSaysWhatWouldMendIt) {
  const Diagnosis good = After(Answered(404));
  EXPECT_EQ(good.level, Level::kOk);
  EXPECT_EQ(good.subject, "account `mine`");
  EXPECT_EQ(good.found, "it answers in 35 ms, and takes the credential");
  EXPECT_EQ(good.mend, "");
  const std::pair<int, std::pair<Level, const char*>> rows[] = {
      {401, {Level::kError, "refuses the credential (HTTP 401)"}},
      {402, {Level::kError, "no money left (HTTP 402)"}},
      {429, {Level::kWarning, "slow down (HTTP 429)"}},
      {503, {Level::kError, "in trouble (HTTP 503)"}},
  };
  for (const auto& [status, wanted] : rows) {
    const Diagnosis bad = After(Answered(status));
    EXPECT_EQ(bad.level, wanted.first) << status;
    EXPECT_THAT(bad.found, HasSubstr(wanted.second)) << status;
    EXPECT_NE(bad.mend, "") << status;
  }
}

TEST_F(DiagnosisTest, WhoDoesNotAnswerIsTold) {
  for (const auto& [fault, words] :
       {std::pair(TransportFault::kResolve, "not known"),
        std::pair(TransportFault::kConnect, "takes the connection"),
        std::pair(TransportFault::kTls, "certificate"), std::pair(TransportFault::kTimeout, "in time"),
        std::pair(TransportFault::kRefusedHere, "not allowed"), std::pair(TransportFault::kReset, "whole")}) {
    const Diagnosis bad = After(TransportError{Delivery::kMaybeSent, fault, "secret words of a library"});
    EXPECT_EQ(bad.level, Level::kError);
    EXPECT_THAT(bad.found, HasSubstr(words));
    EXPECT_NE(bad.mend, "");
  }
}

TEST_F(DiagnosisTest, ClocksAreComparedByDates) {
  HttpResponse response;
  response.headers.push_back({"date", "Sun, 06 Nov 1994 08:49:37 GMT"});
  EXPECT_EQ(ClockAhead(response), std::nullopt) << "when it came is not known";
  const absl::Time theirs = absl::FromCivil(absl::CivilSecond(1994, 11, 6, 8, 49, 37), absl::UTCTimeZone());
  response.receive_time = theirs + absl::Seconds(90);
  EXPECT_EQ(ClockAhead(response), absl::Seconds(90));
  response.headers.clear();
  EXPECT_EQ(ClockAhead(response), std::nullopt);
  EXPECT_EQ(ClockAhead(TransportError{}), std::nullopt);
}

TEST_F(DiagnosisTest, TheClockThatAgreesBestCounts) {
  EXPECT_EQ(DiagnoseClock({absl::Hours(1), absl::Seconds(-2)}).level, Level::kOk);
  const Diagnosis ahead = DiagnoseClock({absl::Hours(1), absl::Seconds(90)});
  EXPECT_EQ(ahead.level, Level::kWarning);
  EXPECT_EQ(ahead.found, "it is 90 s ahead of every provider's");
  EXPECT_EQ(DiagnoseClock({absl::Minutes(-6)}).level, Level::kError);
  EXPECT_EQ(DiagnoseClock({absl::Minutes(-6)}).found, "it is 360 s behind every provider's");
  EXPECT_EQ(DiagnoseClock({}).level, Level::kWarning);
}

TEST_F(DiagnosisTest, AReloadThatWasRefusedIsAFault) {
  EXPECT_EQ(DiagnoseConfiguration("").level, Level::kOk);
  const Diagnosis refused = DiagnoseConfiguration("needs a restart: listen");
  EXPECT_EQ(refused.level, Level::kError);
  EXPECT_THAT(refused.found, HasSubstr("needs a restart: listen"));
}

TEST_F(DiagnosisTest, StoreDiskAndPrices) {
  EXPECT_EQ(DiagnoseStore(absl::OkStatus(), std::nullopt).level, Level::kOk);
  EXPECT_EQ(DiagnoseStore(absl::OkStatus(), absl::OkStatus()).level, Level::kOk);
  EXPECT_EQ(DiagnoseStore(absl::UnavailableError("x"), absl::OkStatus()).level, Level::kError);
  const Diagnosis full =
      DiagnoseStore(absl::OkStatus(), absl::ResourceExhaustedError("the quota is used up"));
  EXPECT_EQ(full.level, Level::kError);
  EXPECT_THAT(full.found, HasSubstr("the quota is used up"));
  EXPECT_EQ(DiagnoseDisk(50'000'000'000).level, Level::kOk);
  EXPECT_EQ(DiagnoseDisk(500'000'000).level, Level::kWarning);
  EXPECT_EQ(DiagnoseDisk(5'000'000).level, Level::kError);
  EXPECT_EQ(DiagnoseDisk(std::nullopt).level, Level::kWarning);
  EXPECT_EQ(DiagnosePrices(0).level, Level::kOk);
  EXPECT_EQ(DiagnosePrices(3).level, Level::kWarning);
  EXPECT_THAT(DiagnosePrices(3).found, HasSubstr("3 in use"));
  EXPECT_EQ(DiagnoseUnused(account_).level, Level::kWarning);
}

}  // namespace
}  // namespace zoetrope
