#include "server/route/why_none.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/strings.h"
#include "server/catalogue/catalogue.h"
#include "server/route/explain.h"

namespace zoetrope {
namespace {

using Scope = std::vector<const Examined*>;

template <typename Keep>
Scope Select(const Scope& from, Keep keep) {
  Scope kept;
  std::copy_if(from.begin(), from.end(), std::back_inserter(kept),
               [&](const Examined* examined) { return keep(*examined); });
  return kept;
}

absl::Status Retired(const RoutingInput& input, const Lifecycle& lifecycle) {
  std::string message = absl::StrCat("the model ", input.model.id, " is retired");
  if (!lifecycle.sunset_date.empty()) absl::StrAppend(&message, " since ", lifecycle.sunset_date);
  if (!lifecycle.replacement.empty()) absl::StrAppend(&message, "; use ", lifecycle.replacement);
  return MakeError(v1::ERROR_REASON_MODEL_RETIRED, message,
                   {{"model", input.model.id},
                    {"sunset_date", lifecycle.sunset_date},
                    {"replacement", lifecycle.replacement}});
}

absl::Status NoProvider(const RoutingInput& input, const std::string& why) {
  std::set<std::string> configured;
  for (const Provider& provider : input.providers) configured.insert(provider.name);
  Metadata metadata = {{"model", input.model.id}, {"configured_providers", absl::StrJoin(configured, ",")}};
  if (!input.routing.provider.empty()) metadata.emplace_back("provider", input.routing.provider);
  return MakeError(v1::ERROR_REASON_NO_PROVIDER,
                   absl::StrCat("the model ", input.model.id, " has no provider here: ", why), metadata);
}

absl::Status Unreachable(const RoutingInput& input) {
  const Routing& routing = input.routing;
  const auto configured = [&](const std::string& name) {
    return std::any_of(input.providers.begin(), input.providers.end(),
                       [&](const Provider& provider) { return provider.name == name; });
  };
  if (!routing.provider.empty() && !configured(routing.provider)) {
    return NoProvider(input, "routing.provider names none that is configured");
  }
  if (!routing.provider.empty()) return NoProvider(input, "routing.provider names one that does not have it");
  if (!routing.allowed_providers.empty()) return NoProvider(input, "routing.allowed_providers leaves none");
  if (input.generation.source_video)
    return NoProvider(input, "routing.provider must name the one that made the earlier video");
  return NoProvider(input, "none that is configured has it");
}

bool OtherMode(const Examined& examined) {
  return std::any_of(examined.obstacles.begin(), examined.obstacles.end(),
                     [](const ObstacleAt& obstacle) { return obstacle.kind == Obstacle::kMode; });
}

std::vector<std::string> FieldsOf(const Examined& examined) {
  std::vector<std::string> fields;
  for (const ObstacleAt& obstacle : examined.obstacles) fields.push_back(obstacle.field);
  for (const Unsuitability& refusal : examined.refusals) fields.push_back(refusal.field);
  return fields;
}

// What to say about `field`, from the offerings at which it is in the way.
std::string Describe(const RoutingInput& input, const Scope& scope, const std::string& field) {
  const ObstacleAt* told = nullptr;
  std::vector<const Offering*> offerings;
  std::string refusal;
  for (const Examined* const examined : scope) {
    for (const ObstacleAt& obstacle : examined->obstacles) {
      if (obstacle.field != field) continue;
      offerings.push_back(examined->evaluation.offering);
      // An offering that declares an extra says more about it than one that does not know it.
      if (told == nullptr || told->kind == Obstacle::kUnknownExtra) told = &obstacle;
    }
    for (const Unsuitability& other : examined->refusals) {
      if (other.field == field) refusal = other.description;
    }
  }
  return told == nullptr ? refusal : Explain(*told, input.generation, offerings);
}

absl::Status Unsupported(const RoutingInput& input, const Scope& scope) {
  const Scope same_mode = Select(scope, [](const Examined& examined) { return !OtherMode(examined); });
  const Scope& considered = same_mode.empty() ? scope : same_mode;
  std::vector<std::string> fields;  // of all, in the order of finding
  std::vector<std::string> everywhere;
  for (const Examined* const examined : considered) {
    for (const std::string& field : FieldsOf(*examined)) {
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    }
  }
  std::copy_if(fields.begin(), fields.end(), std::back_inserter(everywhere), [&](const std::string& field) {
    return std::all_of(considered.begin(), considered.end(), [&](const Examined* examined) {
      const std::vector<std::string> own = FieldsOf(*examined);
      return std::find(own.begin(), own.end(), field) != own.end();
    });
  });
  // Each wish by itself could be had somewhere, but not all of them in one place.
  const bool only_together = everywhere.empty();
  std::vector<FieldViolation> violations;
  for (const std::string& field : only_together ? fields : everywhere) {
    std::string description = Describe(input, considered, field);
    if (only_together) absl::StrAppend(&description, " where the rest of the request can be served");
    violations.push_back({field, std::move(description)});
  }
  return MakeFieldError(v1::ERROR_REASON_UNSUPPORTED_PARAMETER, violations, {{"model", input.model.id}});
}

absl::Status NotPromised(const RoutingInput& input) {
  return MakeFieldError(
      v1::ERROR_REASON_QUOTE_INVALID,
      {{"quote_id", "names a quote that promises no price for any offering that can serve now"}},
      {{"model", input.model.id}});
}

absl::Status TooDear(const RoutingInput& input, const Scope& able) {
  std::optional<Money> lowest;
  for (const Examined* const examined : able) {
    const std::optional<Price>& price = examined->evaluation.price;
    if (price && (!lowest || price->amount < *lowest)) lowest = price->amount;
  }
  const std::string max_cost = FormatMoney(input.max_cost.value_or(Money()));
  if (!lowest && !input.max_cost) {
    return MakeError(
        v1::ERROR_REASON_PRICE_UNKNOWN,
        "no provider that has it publishes a price, and the operator of this server has set nothing "
        "aside for such",
        {{"model", input.model.id}});
  }
  if (!lowest) {
    return MakeError(v1::ERROR_REASON_PRICE_UNKNOWN, "there is no known price, so max_cost cannot be kept",
                     {{"model", input.model.id}, {"max_cost", max_cost}});
  }
  const std::string price = FormatMoney(*lowest);
  return MakeError(
      v1::ERROR_REASON_MAX_COST_EXCEEDED,
      absl::StrCat("the lowest price is ", price, " ", ToAbsl(kCurrency), ", above max_cost ", max_cost),
      {{"model", input.model.id},
       {"price", price},
       {"max_cost", max_cost},
       {"currency", std::string(kCurrency)}});
}

}  // namespace

absl::Status WhyNone(const RoutingInput& input, const std::vector<Examined>& all) {
  Scope everything;
  for (const Examined& examined : all) everything.push_back(&examined);
  const Scope serving =
      Select(everything, [](const Examined& examined) { return examined.standing == Standing::kServes; });
  if (serving.empty()) {
    const Scope retired =
        Select(everything, [](const Examined& examined) { return examined.standing == Standing::kRetired; });
    if (retired.empty()) return NoProvider(input, "it is known but not offered");
    return Retired(input, EndOf(input, *retired.front()->evaluation.offering));
  }
  const Scope reachable = Select(serving, [](const Examined& examined) { return examined.reachable; });
  const Scope& scope = reachable.empty() ? serving : reachable;
  const Scope able = Select(scope, [](const Examined& examined) { return examined.able(); });
  if (able.empty()) return Unsupported(input, scope);
  if (reachable.empty()) return Unreachable(input);
  const auto promised = [](const Examined* examined) { return examined->evaluation.price.has_value(); };
  if (input.quote != nullptr && std::none_of(able.begin(), able.end(), promised)) return NotPromised(input);
  return TooDear(input, able);
}

}  // namespace zoetrope
