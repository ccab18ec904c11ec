#include "server/route/examine.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/strings.h"
#include "server/catalogue/catalogue.h"
#include "server/providers/first_frame.h"
#include "server/route/explain.h"
#include "server/route/quote.h"
#include "server/route/ranking.h"

namespace zoetrope {
namespace {

// Today's state of an offering: its own or its model's, whichever is worse.
Standing StandingOf(const RoutingInput& input, const Offering& offering) {
  Standing worst = Standing::kServes;
  for (const Lifecycle* const lifecycle : {&input.model.lifecycle, &offering.lifecycle}) {
    const LifecycleState state = StateOn(*lifecycle, input.today);
    if (state == LifecycleState::kDisabled) worst = Standing::kDisabled;
    if (state == LifecycleState::kRetired && !input.allow_retired && worst == Standing::kServes)
      worst = Standing::kRetired;
  }
  return worst;
}

std::string RetiredText(const RoutingInput& input, const Offering& offering) {
  const Lifecycle& lifecycle = EndOf(input, offering);
  std::string text =
      lifecycle.sunset_date.empty() ? "is retired" : absl::StrCat("is retired since ", lifecycle.sunset_date);
  if (!lifecycle.replacement.empty()) absl::StrAppend(&text, "; use ", lifecycle.replacement);
  return text;
}

void AddLifecycleReasons(const RoutingInput& input, Examined& examined) {
  if (examined.standing == Standing::kRetired) {
    examined.evaluation.reasons.push_back({v1::ERROR_REASON_MODEL_RETIRED, "generation.model",
                                           RetiredText(input, *examined.evaluation.offering)});
  } else if (examined.standing == Standing::kDisabled) {
    examined.evaluation.reasons.push_back({v1::ERROR_REASON_NO_PROVIDER, "generation.model",
                                           "is known but not offered: too little is known about it"});
  }
}

// Whether `provider` may be used at all, apart from what it can do.
void AddRoutingReasons(const RoutingInput& input, const Provider* provider, Examined& examined) {
  std::vector<Unsuitability>& reasons = examined.evaluation.reasons;
  const std::size_t before = reasons.size();
  const Routing& routing = input.routing;
  const auto& allowed = routing.allowed_providers;
  if (provider == nullptr) {
    reasons.push_back(
        {v1::ERROR_REASON_NO_PROVIDER, "",
         absl::StrCat("no account of ", examined.evaluation.offering->dialect, " is configured here")});
  } else if (!routing.provider.empty() && routing.provider != provider->name) {
    reasons.push_back({v1::ERROR_REASON_NO_PROVIDER, "routing.provider", "names another provider"});
  } else if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), provider->name) == allowed.end()) {
    reasons.push_back(
        {v1::ERROR_REASON_NO_PROVIDER, "routing.allowed_providers", "does not name this provider"});
  } else if (input.generation.source_video && routing.provider.empty()) {
    // An earlier video is known only where it was made.
    reasons.push_back({v1::ERROR_REASON_NO_PROVIDER, "routing.provider",
                       "must name the provider that made the earlier video"});
  }
  examined.reachable = reasons.size() == before;
}

void AddAbilityReasons(const RoutingInput& input, const Provider* provider, Examined& examined) {
  const Offering& offering = *examined.evaluation.offering;
  examined.obstacles = FindObstacles(input.generation, offering);
  for (const ObstacleAt& obstacle : examined.obstacles) {
    examined.evaluation.reasons.push_back({v1::ERROR_REASON_UNSUPPORTED_PARAMETER, obstacle.field,
                                           Explain(obstacle, input.generation, {&offering})});
  }
  // The dialect is asked only about what its data lets pass.
  if (provider == nullptr || provider->adapter == nullptr || !examined.obstacles.empty()) return;
  absl::Status checked = provider->adapter->Check(input.generation, offering);
  if (checked.ok()) checked = CheckFirstFrame(input.generation, offering, *provider->adapter);
  if (checked.ok()) return;
  for (const FieldViolation& violation : ViolationsOf(checked)) {
    examined.refusals.push_back(
        {v1::ERROR_REASON_UNSUPPORTED_PARAMETER, violation.field, violation.description});
  }
  if (examined.refusals.empty()) {
    examined.refusals.push_back(
        {v1::ERROR_REASON_UNSUPPORTED_PARAMETER, "generation", std::string(ToStd(checked.message()))});
  }
  auto& reasons = examined.evaluation.reasons;
  reasons.insert(reasons.end(), examined.refusals.begin(), examined.refusals.end());
}

// What the quote promises, instead of today's price. False: nothing.
bool HoldToQuote(const PriceQuote& quote, Evaluation& evaluation) {
  const std::optional<Money> promised = PromisedPrice(quote, evaluation.provider, evaluation.offering->id);
  const std::optional<Price> today = std::exchange(evaluation.price, std::nullopt);
  if (promised) {
    evaluation.price = Price{.amount = *promised};
    if (today && today->amount != *promised) evaluation.price->listed = today->amount;
    return true;
  }
  evaluation.reasons.push_back(
      {v1::ERROR_REASON_QUOTE_INVALID, "quote_id", "names a quote that promises no price for it"});
  return false;
}

Money CapOf(const RoutingInput& input) {
  const absl::StatusOr<Money> cap =
      Scale(input.unpriced_reservation.value_or(Money()), std::max(input.generation.count, 1), 1);
  return cap.value_or(Money::FromNanos(std::numeric_limits<std::int64_t>::max()));
}

void AddCostReasons(const RoutingInput& input, const Provider* provider, Examined& examined) {
  Evaluation& evaluation = examined.evaluation;
  const PriceQuestion question{input.generation, *evaluation.offering, input.today,
                               provider == nullptr ? nullptr : &provider->terms};
  evaluation.price = PriceOf(question);
  if (input.with_breakdown) evaluation.breakdown = BreakdownOf(question);
  if (evaluation.price) evaluation.price->stale = evaluation.price->as_of_date < input.stale_before;
  if (input.quote != nullptr && !HoldToQuote(*input.quote, evaluation)) return;
  // An offering without any price may be used where the operator says so. One with prices, but none for this,
  // has a dimension that is not understood: what is set aside for the former would be a guess.
  const bool priced_otherwise = !evaluation.offering->prices.empty();
  if (!evaluation.price && (priced_otherwise || !input.unpriced_reservation)) {
    const std::string part = UnpricedPart(question);
    evaluation.reasons.push_back(
        {v1::ERROR_REASON_PRICE_UNKNOWN, "",
         absl::StrCat(
             "has no published price", part.empty() ? priced_otherwise ? " for this" : "" : " for ", part,
             priced_otherwise ? "" : ", and the operator of this server has set nothing aside for such")});
  }
  if (!evaluation.price && evaluation.reasons.empty()) evaluation.set_aside = CapOf(input);
  if (!input.max_cost) return;
  if (!evaluation.price) {
    evaluation.reasons.push_back(
        {v1::ERROR_REASON_PRICE_UNKNOWN, "max_cost", "cannot be kept: the price is not known"});
  } else if (evaluation.price->amount > *input.max_cost) {
    evaluation.reasons.push_back(
        {v1::ERROR_REASON_MAX_COST_EXCEEDED, "max_cost",
         absl::StrCat("is below the price of ", FormatMoney(evaluation.price->amount), " ",
                      ToAbsl(kCurrency))});
  }
}

Examined ExamineOne(const RoutingInput& input, const Offering& offering, const Provider* provider) {
  Examined examined;
  examined.evaluation.offering = &offering;
  if (provider != nullptr) examined.evaluation.provider = provider->name;
  examined.standing = StandingOf(input, offering);
  AddLifecycleReasons(input, examined);
  AddRoutingReasons(input, provider, examined);
  AddAbilityReasons(input, provider, examined);
  AddCostReasons(input, provider, examined);
  return examined;
}

}  // namespace

const Lifecycle& EndOf(const RoutingInput& input, const Offering& offering) {
  const bool by_model = StateOn(input.model.lifecycle, input.today) == LifecycleState::kRetired;
  return by_model ? input.model.lifecycle : offering.lifecycle;
}

std::vector<Examined> Examine(const RoutingInput& input) {
  std::vector<Examined> all;
  for (const Offering& offering : input.model.offerings) {
    bool configured = false;
    for (const Provider& provider : input.providers) {
      if (provider.dialect != offering.dialect) continue;
      configured = true;
      all.push_back(ExamineOne(input, offering, &provider));
    }
    if (!configured) all.push_back(ExamineOne(input, offering, nullptr));
  }
  Rank(input, all);
  return all;
}

}  // namespace zoetrope
