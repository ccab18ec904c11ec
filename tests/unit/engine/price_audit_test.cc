#include "server/engine/price_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/providers/registry.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Answers within the call.
class PromptHttp : public HttpClient {
 public:
  explicit PromptHttp(std::function<HttpResult(const HttpRequest&)> answer) : answer_(std::move(answer)) {}
  CallId Start(HttpRequest request, CallOptions, Done done) override {
    EXPECT_EQ(request.repeat, Repeat::kHarmless);
    asked.push_back(request.url);
    done(answer_(request));
    return 1;
  }
  CallId StartDownload(HttpRequest, CallOptions, BodySink*) override { return 0; }
  void Resume(CallId) override {}
  void Cancel(CallId) override {}

  std::vector<std::string> asked;

 private:
  const std::function<HttpResult(const HttpRequest&)> answer_;
};

class PriceAuditTest : public ::testing::Test {
 protected:
  static Account AccountOf(const std::string& dialect) {
    Account account;
    account.name = dialect;
    account.dialect = dialect;
    account.adapter = FindDialect(dialect)->make({});
    account.secret = Secret("key");
    return account;
  }
  static Catalogue Only(const char* model) {
    const CatalogueResult shipped = ParseCatalogue("default", DefaultCatalogueText());
    return Catalogue({*shipped.catalogue->FindModel(model)});
  }
  PriceAudit Run(const char* model, std::function<HttpResult(const HttpRequest&)> answer,
                 bool allow_retired = true) {
    std::vector<Account> accounts;
    for (const char* dialect : {"fal", "wavespeed"}) accounts.push_back(AccountOf(dialect));
    http_.emplace(std::move(answer));
    std::ostringstream out;
    const PriceAudit audit = AuditPrices(
        Accounts(std::move(accounts)), Only(model), &*http_,
        {"2026-11-20", allow_retired, [this](absl::Duration pause) { pauses_.push_back(pause); }}, out);
    out_ = out.str();
    return audit;
  }
  // So much for a second, less what the account is let off.
  static std::function<HttpResult(const HttpRequest&)> PerSecond(double price, double discount = 1) {
    return [price, discount](const HttpRequest& request) -> HttpResult {
      const auto body = nlohmann::json::parse(request.body);
      const double list = price * body["inputs"]["duration"].get<int>();
      return HttpResponse{
          200,
          {},
          nlohmann::json{{"code", 200}, {"data", {{"price", list}, {"discounted_price", list * discount}}}}
              .dump()};
    };
  }

  std::optional<PromptHttp> http_;
  std::vector<absl::Duration> pauses_;
  std::string out_;
};

TEST_F(PriceAuditTest, AsksForEachLengthAtEachProviderThatQuotes) {
  const PriceAudit audit = Run("sora-2", PerSecond(0.1));
  EXPECT_TRUE(audit.good()) << out_;
  EXPECT_GE(audit.same, 5);
  EXPECT_EQ(http_->asked.size(), static_cast<std::size_t>(audit.same));
  EXPECT_THAT(out_, HasSubstr("sora-2/image-to-video@wavespeed"));
  EXPECT_THAT(out_, HasSubstr("20s"));
  EXPECT_THAT(out_, Not(HasSubstr("@fal")));
}

TEST_F(PriceAuditTest, SaysWhatDiffers) {
  const PriceAudit audit = Run("sora-2", PerSecond(0.12));
  EXPECT_FALSE(audit.good());
  EXPECT_EQ(audit.same, 0);
  EXPECT_GE(audit.differ, 5);
  EXPECT_THAT(out_, HasSubstr("0.40       0.48       0.48  differs"));
}

TEST_F(PriceAuditTest, ADiscountIsNoDifference) {
  EXPECT_TRUE(Run("sora-2", PerSecond(0.1, 0.5)).good());
  EXPECT_THAT(out_, HasSubstr("0.40       0.40       0.20\n"));
}

TEST_F(PriceAuditTest, ShowsPricesThatTheCatalogueDoesNotHave) {
  const PriceAudit audit = Run("vidu-q3", PerSecond(0.1));
  EXPECT_GT(audit.unpriced, 0) << out_;
  EXPECT_THAT(out_, HasSubstr(" none "));
}

TEST_F(PriceAuditTest, SaysWhyThereIsNoAnswer) {
  EXPECT_FALSE(Run("sora-2", [](const HttpRequest&) -> HttpResult {
                 return HttpResponse{404, {}, R"({"code":404,"message":"model not found"})"};
               }).good());
  EXPECT_THAT(out_, HasSubstr("no price: refused: model not found"));
  const PriceAudit none = Run("sora-2", [](const HttpRequest&) -> HttpResult {
    return TransportError{Delivery::kNotSent, TransportFault::kConnect, "connection refused"};
  });
  EXPECT_EQ(none.unanswered, 5);
  EXPECT_THAT(out_, HasSubstr("wavespeed is asked no more: 5 in a row were not answered"));
  EXPECT_THAT(out_, HasSubstr("no price: connection refused"));
  EXPECT_THAT(out_, Not(HasSubstr("key")));
}

TEST_F(PriceAuditTest, WaitsWhereItIsTold) {
  int calls = 0;
  const auto busy = [&calls](const HttpRequest& request) -> HttpResult {
    if (++calls == 1) return HttpResponse{429, {{"retry-after", "7"}}, R"({"code":429})"};
    if (calls == 2) return HttpResponse{429, {}, R"({"code":429})"};
    return PerSecond(0.1)(request);
  };
  EXPECT_TRUE(Run("sora-2", busy).good()) << out_;
  EXPECT_EQ(pauses_, (std::vector<absl::Duration>{absl::Seconds(7), absl::Seconds(2)}));
}

TEST_F(PriceAuditTest, AChargeAboveTheListIsShown) {
  EXPECT_FALSE(Run("sora-2", PerSecond(0.1, 1.5)).good());
  EXPECT_THAT(out_, HasSubstr("charged above the list"));
}

TEST_F(PriceAuditTest, NothingAskedIsNotGood) {
  EXPECT_FALSE(Run("sora-2", PerSecond(0.1), /*allow_retired=*/false).good());
}

TEST_F(PriceAuditTest, WhatIsDeadIsNotAskedAfter) {
  const PriceAudit audit = Run("sora-2", PerSecond(0.1), /*allow_retired=*/false);
  EXPECT_EQ(audit.same, 0) << out_;
  EXPECT_TRUE(http_->asked.empty());
}

}  // namespace
}  // namespace zoetrope
