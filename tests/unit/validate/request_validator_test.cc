#include "server/validate/request_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::SubmitRequest Good() {
  v1::SubmitRequest request;
  request.mutable_generation()->set_model("sora-2");
  request.mutable_generation()->set_prompt("A paper boat");
  return request;
}

std::vector<std::string> Fields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) {
    EXPECT_FALSE(violation.description.empty()) << violation.field;
    fields.push_back(violation.field);
  }
  return fields;
}

void SetWeights(v1::SubmitRequest& request, int cost, int speed, int reliability) {
  request.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_WEIGHTED);
  v1::RoutingWeights& weights = *request.mutable_routing()->mutable_weights();
  weights.set_cost(cost);
  weights.set_speed(speed);
  weights.set_reliability(reliability);
}

std::vector<std::string> Check(const v1::SubmitRequest& request, const ValidationRules& rules = {}) {
  const absl::StatusOr<ValidRequest> valid = Whole(ReadSubmit(request, rules));
  if (!valid.ok()) {
    EXPECT_EQ(valid.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(valid.status()), v1::ERROR_REASON_INVALID_FIELD);
  }
  return Fields(valid.status());
}

TEST(ReadSubmit, ReadsAPlainRequest) {
  const absl::StatusOr<ValidRequest> valid = Whole(ReadSubmit(Good(), {}));
  ASSERT_TRUE(valid.ok()) << valid.status();
  EXPECT_EQ(valid->request_id, "");
  EXPECT_EQ(valid->generation.model, "sora-2");
  EXPECT_EQ(valid->generation.prompt, "A paper boat");
  EXPECT_EQ(valid->generation.duration_ms, std::nullopt);
  EXPECT_EQ(valid->generation.count, 0);
  EXPECT_EQ(valid->routing, Routing());
  EXPECT_EQ(valid->max_cost, std::nullopt);
  EXPECT_EQ(valid->unknown_policy, std::nullopt);
  EXPECT_EQ(valid->deadline, absl::Hours(1));
  EXPECT_FALSE(valid->validate_only);
  EXPECT_THAT(valid->labels, IsEmpty());
  EXPECT_THAT(valid->blobs, IsEmpty());
}

TEST(ReadSubmit, ReadsEveryFieldBesideTheGeneration) {
  v1::SubmitRequest request = Good();
  request.set_request_id("0194f3a2-7b1c-7c3e-8d2a-1f5b6c7d8e9f");
  request.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_FASTEST);
  request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_AFTER_FAILED);
  request.mutable_routing()->add_allowed_providers("fal");
  request.mutable_routing()->add_allowed_providers("runpod");
  request.mutable_max_cost()->set_currency_code("USD");
  request.mutable_max_cost()->set_units(1);
  request.mutable_max_cost()->set_nanos(250'000'000);
  request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_ABANDON);
  request.mutable_deadline()->set_seconds(10);
  (*request.mutable_labels())["team"] = "boats";
  request.set_validate_only(true);
  const absl::StatusOr<ValidRequest> valid = Whole(ReadSubmit(request, {}));
  ASSERT_TRUE(valid.ok()) << valid.status();
  EXPECT_EQ(valid->request_id, request.request_id());
  EXPECT_EQ(valid->routing.strategy, RoutingStrategy::kFastest);
  EXPECT_EQ(valid->routing.failover, FailoverPolicy::kAfterFailed);
  EXPECT_THAT(valid->routing.allowed_providers, ElementsAre("fal", "runpod"));
  EXPECT_EQ(valid->max_cost, Money::FromNanos(1'250'000'000));
  EXPECT_EQ(valid->unknown_policy, UnknownPolicy::kAbandon);
  EXPECT_EQ(valid->deadline, absl::Seconds(10));
  EXPECT_EQ(valid->labels.at("team"), "boats");
  EXPECT_TRUE(valid->validate_only);
}

struct Case {
  const char* name;
  std::function<void(v1::SubmitRequest&)> change;
  std::vector<std::string> fields;
};

v1::Money Usd(std::int64_t units, std::int32_t nanos, const char* code = "USD") {
  v1::Money money;
  money.set_currency_code(code);
  money.set_units(units);
  money.set_nanos(nanos);
  return money;
}

void CheckCases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    v1::SubmitRequest request = Good();
    c.change(request);
    EXPECT_EQ(Check(request), c.fields) << c.name;
  }
}

using R = v1::SubmitRequest;

std::string LongId() { return std::string(64, 'x'); }

TEST(ReadSubmit, KeepsTheRulesOfIdAndRouting) {
  const std::vector<Case> cases = {
      {"nothing at all", [](R& r) { r.Clear(); }, {"generation"}},
      {"id at its limit", [](R& r) { r.set_request_id(LongId()); }, {}},
      {"id with punctuation", [](R& r) { r.set_request_id("!~ az-09_/"); }, {}},
      {"id too long", [](R& r) { r.set_request_id(LongId() + "x"); }, {"request_id"}},
      {"id with a control", [](R& r) { r.set_request_id("a\nb"); }, {"request_id"}},
      {"id with a delete", [](R& r) { r.set_request_id("a\x7f"); }, {"request_id"}},
      {"id beyond ASCII", [](R& r) { r.set_request_id("ü"); }, {"request_id"}},
      {"quote", [](R& r) { r.set_quote_id("q"); }, {"quote_id"}},
      {"unknown strategy",
       [](R& r) { r.mutable_routing()->set_strategy(static_cast<v1::RoutingStrategy>(99)); },
       {"routing.strategy"}},
      {"by reliability",
       [](R& r) { r.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_MOST_RELIABLE); },
       {}},
      {"by weights", [](R& r) { SetWeights(r, 100, 0, 1); }, {}},
      {"without the weights",
       [](R& r) { r.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_WEIGHTED); },
       {"routing.weights"}},
      {"nothing counts", [](R& r) { SetWeights(r, 0, 0, 0); }, {"routing.weights"}},
      {"weights out of range",
       [](R& r) { SetWeights(r, -1, 101, 1); },
       {"routing.weights.cost", "routing.weights.speed"}},
      {"weights of another strategy",
       [](R& r) {
         SetWeights(r, 1, 1, 1);
         r.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_FASTEST);
       },
       {"routing.weights"}},
      {"unknown failover",
       [](R& r) { r.mutable_routing()->set_failover(static_cast<v1::FailoverPolicy>(99)); },
       {"routing.failover"}},
      {"failover never", [](R& r) { r.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER); }, {}},
      {"provider name at its limit", [](R& r) { r.mutable_routing()->set_provider(LongId()); }, {}},
      {"provider name too long",
       [](R& r) { r.mutable_routing()->set_provider(LongId() + "x"); },
       {"routing.provider"}},
      {"two ways of routing",
       [](R& r) {
         r.mutable_routing()->set_provider("fal");
         r.mutable_routing()->add_allowed_providers("fal");
       },
       {"routing.allowed_providers"}},
      {"nameless provider",
       [](R& r) { r.mutable_routing()->add_allowed_providers(""); },
       {"routing.allowed_providers[0]"}},
      {"32 providers",
       [](R& r) {
         for (int i = 0; i < 32; ++i) r.mutable_routing()->add_allowed_providers("p");
       },
       {}},
      {"33 providers",
       [](R& r) {
         for (int i = 0; i < 33; ++i) r.mutable_routing()->add_allowed_providers("");
       },
       {"routing.allowed_providers"}},
  };
  CheckCases(cases);
}

TEST(ReadSubmit, KeepsTheRulesOfMoney) {
  const std::vector<Case> cases = {
      {"least cost", [](R& r) { *r.mutable_max_cost() = Usd(0, 1); }, {}},
      {"no cost", [](R& r) { *r.mutable_max_cost() = Usd(0, 0); }, {"max_cost"}},
      {"negative cost", [](R& r) { *r.mutable_max_cost() = Usd(-1, 0); }, {"max_cost"}},
      {"negative nanos", [](R& r) { *r.mutable_max_cost() = Usd(0, -1); }, {"max_cost"}},
      {"signs that differ", [](R& r) { *r.mutable_max_cost() = Usd(1, -1); }, {"max_cost.nanos"}},
      {"signs that differ otherwise", [](R& r) { *r.mutable_max_cost() = Usd(-1, 1); }, {"max_cost.nanos"}},
      {"too many nanos", [](R& r) { *r.mutable_max_cost() = Usd(1, 1'000'000'000); }, {"max_cost.nanos"}},
      {"too many units", [](R& r) { *r.mutable_max_cost() = Usd(9'000'000'001, 0); }, {"max_cost.units"}},
      {"far too many units",
       [](R& r) { *r.mutable_max_cost() = Usd(std::numeric_limits<std::int64_t>::max(), 1); },
       {"max_cost.units"}},
      {"euros", [](R& r) { *r.mutable_max_cost() = Usd(1, 0, "EUR"); }, {"max_cost.currency_code"}},
      {"no currency", [](R& r) { *r.mutable_max_cost() = Usd(1, 0, ""); }, {"max_cost.currency_code"}},
      {"small letters",
       [](R& r) { *r.mutable_max_cost() = Usd(0, 0, "usd"); },
       {"max_cost.currency_code", "max_cost"}},
  };
  CheckCases(cases);
}

TEST(ReadSubmit, KeepsTheRulesOfPolicyAndDeadline) {
  const std::vector<Case> cases = {
      {"retry once",
       [](R& r) {
         r.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
       },
       {"unknown_outcome_policy"}},
      {"unknown policy",
       [](R& r) { r.set_unknown_outcome_policy(static_cast<v1::UnknownOutcomePolicy>(99)); },
       {"unknown_outcome_policy"}},
      {"hold", [](R& r) { r.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_HOLD); }, {}},
      {"shortest deadline", [](R& r) { r.mutable_deadline()->set_seconds(10); }, {}},
      {"longest deadline", [](R& r) { r.mutable_deadline()->set_seconds(86'400); }, {}},
      {"no time", [](R& r) { r.mutable_deadline(); }, {"deadline"}},
      {"too short",
       [](R& r) { r.mutable_deadline()->set_seconds(9), r.mutable_deadline()->set_nanos(999'999'999); },
       {"deadline"}},
      {"too long",
       [](R& r) { r.mutable_deadline()->set_seconds(86'400), r.mutable_deadline()->set_nanos(1); },
       {"deadline"}},
      {"malformed",
       [](R& r) { r.mutable_deadline()->set_seconds(20), r.mutable_deadline()->set_nanos(-1); },
       {"deadline"}},
      {"for ever",
       [](R& r) { r.mutable_deadline()->set_seconds(std::numeric_limits<std::int64_t>::max()); },
       {"deadline"}},
  };
  CheckCases(cases);
}

TEST(ReadSubmit, KeepsTheRulesOfLabels) {
  const std::vector<Case> cases = {
      {"labels",
       [](R& r) {
         (*r.mutable_labels())["a.b-c_0"] = std::string(128, 'v'),
         (*r.mutable_labels())[std::string(63, 'k')] = "";
       },
       {}},
      {"label keys",
       [](R& r) {
         (*r.mutable_labels())[""] = "", (*r.mutable_labels())["A"] = "",
         (*r.mutable_labels())[std::string(64, 'k')] = "";
       },
       {"labels[\"\"]", "labels[\"A\"]", "labels[\"" + std::string(64, 'k') + "\"]"}},
      {"a long label key is cut between characters",
       [](R& r) {
         std::string key;
         for (int i = 0; i < 40; ++i) key += "漢";
         (*r.mutable_labels())[key] = "";
       },
       {"labels[\"漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢\"]"}},
      {"label value", [](R& r) { (*r.mutable_labels())["x"] = std::string(129, 'v'); }, {"labels[\"x\"]"}},
      {"label value in characters",
       [](R& r) {
         for (int i = 0; i < 128; ++i) (*r.mutable_labels())["x"] += "漢";
       },
       {}},
      {"17 labels",
       [](R& r) {
         for (int i = 0; i < 17; ++i) (*r.mutable_labels())["k" + std::to_string(i)] = "";
       },
       {"labels"}},
  };
  CheckCases(cases);
}

TEST(ReadSubmit, FindsEverythingAtOnce) {
  const std::vector<Case> cases = {
      {"everything at once",
       [](R& r) {
         r.Clear();
         r.set_request_id("\n");
         r.mutable_generation();
         r.mutable_routing()->set_provider(LongId() + "x");
         *r.mutable_max_cost() = Usd(0, 0);
         r.set_quote_id("q");
         r.mutable_deadline();
         (*r.mutable_labels())["X"] = "";
       },
       {"request_id", "generation.model", "generation.prompt", "routing.provider", "max_cost", "quote_id",
        "deadline", "labels[\"X\"]"}},
  };
  CheckCases(cases);
}

TEST(ReadSubmit, LetsTheOperatorAllowDoubleSpend) {
  v1::SubmitRequest request = Good();
  request.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
  const absl::StatusOr<ValidRequest> valid = Whole(ReadSubmit(request, {.allow_retry_once = true}));
  ASSERT_TRUE(valid.ok());
  EXPECT_EQ(valid->unknown_policy, UnknownPolicy::kRetryOnce);
}

TEST(ReadSubmit, WantsAProviderForItsOwnVideoId) {
  v1::SubmitRequest request = Good();
  v1::SourceVideo& source = *request.mutable_generation()->mutable_source_video();
  source.set_mode(v1::SOURCE_VIDEO_MODE_REMIX);
  source.set_provider_video_id("video_1");
  EXPECT_THAT(Check(request), ElementsAre("routing.provider"));
  request.mutable_routing()->set_provider("fal");
  EXPECT_THAT(Check(request), IsEmpty());
  request.mutable_routing()->clear_provider();
  source.set_job_id("0194f3a2-7b1c-7c3e-8d2a-1f5b6c7d8e9f");
  EXPECT_THAT(Check(request), IsEmpty());
}

TEST(ReadQuote, PrefixesItsPaths) {
  v1::QuoteSubject quote;
  EXPECT_THAT(Fields(Whole(ReadQuote(quote, {})).status()), ElementsAre("quote.generation"));
  quote.mutable_generation()->mutable_duration();
  quote.mutable_routing()->set_strategy(static_cast<v1::RoutingStrategy>(99));
  EXPECT_THAT(Fields(Whole(ReadQuote(quote, {})).status()),
              ElementsAre("quote.generation.model", "quote.generation.prompt", "quote.generation.duration",
                          "quote.routing.strategy"));
  quote.Clear();
  *quote.mutable_generation() = Good().generation();
  const absl::StatusOr<ValidRequest> valid = Whole(ReadQuote(quote, {}));
  ASSERT_TRUE(valid.ok()) << valid.status();
  EXPECT_EQ(valid->generation.model, "sora-2");
}

}  // namespace
}  // namespace zoetrope
