// Submissions that are held to a quote, under the catalogue and the server of later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "server/api/submit.h"
#include "server/base/error.h"
#include "tests/support/open_admission.h"
#include "tests/unit/api/api_world.h"

namespace zoetrope {
namespace {

using testing::ApiWorld;
using ::testing::ElementsAre;
using testing::GoodRequest;
using ::testing::SizeIs;

constexpr Money kNorth = Money::FromNanos(400'000'000);
constexpr Money kSouth = Money::FromNanos(800'000'000);

class SubmitQuoteTest : public ::testing::Test {
 protected:
  static PlanRules Rules() {
    PlanRules rules;
    rules.validation.quotes = true;
    rules.quotes = std::make_shared<const QuoteIds>(Secret("a key of the operator"));
    return rules;
  }

  // Another server with the same key and these words changed in its catalogue.
  void Restart(const std::vector<std::pair<std::string, std::string>>& changes) {
    submitter_.reset();
    std::string yaml(testing::TestCatalogueYaml());
    for (const auto& [old_text, new_text] : changes) {
      ASSERT_NE(yaml.find(old_text), std::string::npos) << old_text;
      yaml = absl::StrReplaceAll(yaml, {{old_text, new_text}});
    }
    CatalogueResult result = ParseCatalogue("test.yaml", yaml);
    ASSERT_NE(result.catalogue, nullptr) << (result.problems.empty() ? "" : result.problems[0].message);
    world_.catalogue = std::move(result.catalogue);
    submitter_ = std::make_unique<Submitter>(world_.parts(Rules()));
  }

  Quoted Quote(const v1::Generation& generation = GoodRequest().generation()) {
    v1::QuoteSubject subject;
    *subject.mutable_generation() = generation;
    std::optional<absl::StatusOr<Quoted>> quoted;
    submitter_->Quote("default", &subject,
                      [&quoted](absl::StatusOr<Quoted> result) { quoted = std::move(result); });
    EXPECT_TRUE(quoted && quoted->ok());
    return **std::move(quoted);
  }

  absl::StatusOr<Submitted> Submit(const v1::SubmitRequest& request, const std::string& tenant = "default") {
    std::optional<absl::StatusOr<Submitted>> answer;
    submitter_->Submit(testing::OfTenant(tenant), &request,
                       [&answer](absl::StatusOr<Submitted> result) { answer = std::move(result); });
    EXPECT_TRUE(world_.world.RunUntil([&answer] { return answer.has_value(); }));
    return *std::move(answer);
  }

  static v1::SubmitRequest RequestUnder(const std::string& quote_id) {
    v1::SubmitRequest request = GoodRequest();
    request.set_quote_id(quote_id);
    return request;
  }

  ApiWorld world_;
  std::unique_ptr<Submitter> submitter_ = std::make_unique<Submitter>(world_.parts(Rules()));
};

TEST_F(SubmitQuoteTest, ItsPriceHoldsAfterARestartUnderADearerCatalogue) {
  const Quoted quoted = Quote();
  ASSERT_FALSE(quoted.id.empty());
  EXPECT_EQ(quoted.expire_time, quoted.time + absl::Minutes(15));
  Restart({{R"(amount: "0.10")", R"(amount: "9.00")"}});
  EXPECT_EQ(Quote().evaluations[0].provider, "south") << "which is cheaper now";

  const absl::StatusOr<Submitted> result = Submit(RequestUnder(quoted.id));
  ASSERT_TRUE(result.ok()) << result.status();
  const Job& job = result->job;
  ASSERT_THAT(job.spec.candidates, SizeIs(2));
  EXPECT_EQ(job.spec.candidates[0].provider, "north");
  EXPECT_EQ(job.spec.candidates[0].price, kNorth);
  EXPECT_EQ(job.spec.candidates[1].price, kSouth);
  EXPECT_EQ(job.state.attempts[0].reserved, kNorth);
  EXPECT_EQ(world_.store.PeekLedger(job.spec.id).at(0).amount, kNorth);
  EXPECT_EQ(job.spec.max_cost, kNorth) << "over all attempts: the dearer one is not for this job";
  // What it costs by now is kept beside the promise, for the operator's books.
  EXPECT_EQ(job.spec.candidates[0].listed, Money::FromNanos(36'000'000'000));
  EXPECT_EQ(job.spec.candidates[1].listed, std::nullopt);
  EXPECT_EQ(job.state.attempts[0].listed, Money::FromNanos(36'000'000'000));
}

TEST_F(SubmitQuoteTest, WhatWasLeftOpenIsWhatWasPricedThoughTheDefaultsChange) {
  const Quoted quoted = Quote();
  // Of this model alone.
  const std::string before =
      "aliases: [vendor/puppet-1]\n    lifecycle: {state: active}\n    defaults: {duration: ";
  Restart({{before + "4s", before + "8s"}});
  const absl::StatusOr<Submitted> result = Submit(RequestUnder(quoted.id));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->job.spec.generation.duration_ms, 4'000);
  EXPECT_EQ(result->job.spec.candidates[0].price, kNorth);
  EXPECT_EQ(Submit(GoodRequest("without"))->job.spec.generation.duration_ms, 8'000);
}

TEST_F(SubmitQuoteTest, WhatWasNamedIsNotFilledIn) {
  v1::Generation named = GoodRequest().generation();
  named.mutable_duration()->set_seconds(8);
  EXPECT_EQ(ReasonOf(Submit(RequestUnder(Quote(named).id)).status()), v1::ERROR_REASON_QUOTE_INVALID);
}

TEST_F(SubmitQuoteTest, AQuotationSaysWhatItsPricesAreMadeOf) {
  const Quoted quoted = Quote();
  EXPECT_THAT(quoted.evaluations[0].breakdown, ElementsAre(PriceLine{"4 s at 0.10 USD a second", kNorth}));
}

TEST_F(SubmitQuoteTest, TheCallersOwnCeilingStaysWhereItIsLower) {
  const Quoted quoted = Quote();
  v1::SubmitRequest request = RequestUnder(quoted.id);
  request.mutable_max_cost()->set_currency_code("USD");
  request.mutable_max_cost()->set_nanos(100'000'000);
  EXPECT_EQ(ReasonOf(Submit(request).status()), v1::ERROR_REASON_MAX_COST_EXCEEDED);
  request.mutable_max_cost()->set_units(2);
  EXPECT_EQ(Submit(request)->job.spec.max_cost, kNorth);
}

TEST_F(SubmitQuoteTest, APinnedProviderIsChargedAtItsOwnLine) {
  v1::SubmitRequest request = RequestUnder(Quote().id);
  request.mutable_routing()->set_provider("south");
  const absl::StatusOr<Submitted> result = Submit(request);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->job.spec.max_cost, kSouth);
}

TEST_F(SubmitQuoteTest, OtherWordsAreTheSameGenerationAndAnotherLengthIsNot) {
  const std::string id = Quote().id;
  v1::SubmitRequest request = RequestUnder(id);
  request.mutable_generation()->set_prompt("a kite");
  EXPECT_TRUE(Submit(request).ok());
  request.mutable_generation()->mutable_duration()->set_seconds(8);
  const absl::Status other = Submit(request).status();
  EXPECT_EQ(ReasonOf(other), v1::ERROR_REASON_QUOTE_INVALID);
  EXPECT_EQ(ViolationsOf(other).at(0).field, "quote_id");
}

TEST_F(SubmitQuoteTest, ItIsOneTenants) {
  EXPECT_EQ(ReasonOf(Submit(RequestUnder(Quote().id), "others").status()), v1::ERROR_REASON_QUOTE_INVALID);
}

TEST_F(SubmitQuoteTest, ItHasATime) {
  const Quoted quoted = Quote();
  world_.world.RunUntil(quoted.expire_time - absl::Milliseconds(1));
  v1::SubmitRequest request = RequestUnder(quoted.id);
  request.set_request_id("r-1");
  const absl::StatusOr<Submitted> in_time = Submit(request);
  ASSERT_TRUE(in_time.ok()) << in_time.status();
  world_.world.RunUntil(quoted.expire_time);
  EXPECT_EQ(ReasonOf(Submit(RequestUnder(quoted.id)).status()), v1::ERROR_REASON_QUOTE_EXPIRED);
  // A retry never changes its answer.
  const absl::StatusOr<Submitted> again = Submit(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->job.spec.id, in_time->job.spec.id);
}

TEST_F(SubmitQuoteTest, ACheckIsHeldToItToo) {
  v1::SubmitRequest request = RequestUnder(Quote().id);
  request.set_validate_only(true);
  Restart({{R"(amount: "0.10")", R"(amount: "9.00")"}});
  EXPECT_EQ(Submit(request)->job.state.attempts[0].quoted, kNorth);
}

TEST_F(SubmitQuoteTest, WhatHasNoPriceIsNotPromised) {
  // A price of a later day is none.
  Restart({{R"(as_of_date: "2026-01-02"})", R"(as_of_date: "2026-01-02", valid_from_date: "2999-01-01"})"}});
  EXPECT_EQ(Quote().id, "");
}

}  // namespace
}  // namespace zoetrope
