#include "server/validate/request_validator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/validate/generation_validator.h"
#include "server/validate/violations.h"

namespace zoetrope {
namespace {

bool IsPrintableAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool IsLabelKey(std::string_view key) {
  if (key.empty() || key.size() > limits::kLabelKeyChars) return false;
  return std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

void ReadWeights(const v1::Routing& message, Violations& violations, Routing& out) {
  const bool weighted = message.strategy() == v1::ROUTING_STRATEGY_WEIGHTED;
  if (!message.has_weights()) {
    if (weighted) violations.Add("routing.weights", "must be set with ROUTING_STRATEGY_WEIGHTED");
    return;
  }
  const v1::RoutingWeights& weights = message.weights();
  const std::pair<const char*, std::int32_t> each[] = {
      {"routing.weights.cost", weights.cost()},
      {"routing.weights.speed", weights.speed()},
      {"routing.weights.reliability", weights.reliability()}};
  for (const auto& [field, weight] : each) {
    if (weight < 0 || weight > limits::kRoutingWeight)
      violations.Add(field, absl::StrCat("must be 0 to ", limits::kRoutingWeight));
  }
  if (!weighted) {
    violations.Add("routing.weights", "goes only with ROUTING_STRATEGY_WEIGHTED");
  } else if (weights.cost() == 0 && weights.speed() == 0 && weights.reliability() == 0) {
    violations.Add("routing.weights", "must have one above 0");
  }
  out.weights = {weights.cost(), weights.speed(), weights.reliability()};
}

void ReadRouting(const v1::Routing& message, Violations& violations, Routing& out) {
  switch (message.strategy()) {
    case v1::ROUTING_STRATEGY_UNSPECIFIED:
    case v1::ROUTING_STRATEGY_CHEAPEST:
      out.strategy = RoutingStrategy::kCheapest;
      break;
    case v1::ROUTING_STRATEGY_FASTEST:
      out.strategy = RoutingStrategy::kFastest;
      break;
    case v1::ROUTING_STRATEGY_MOST_RELIABLE:
      out.strategy = RoutingStrategy::kMostReliable;
      break;
    case v1::ROUTING_STRATEGY_WEIGHTED:
      out.strategy = RoutingStrategy::kWeighted;
      break;
    default:
      violations.Add(
          "routing.strategy",
          "must be one of ROUTING_STRATEGY_CHEAPEST, FASTEST, MOST_RELIABLE and WEIGHTED, or unset");
  }
  ReadWeights(message, violations, out);
  switch (message.failover()) {
    case v1::FAILOVER_POLICY_UNSPECIFIED:
    case v1::FAILOVER_POLICY_AFTER_REFUSED:
      out.failover = FailoverPolicy::kAfterRefused;
      break;
    case v1::FAILOVER_POLICY_NEVER:
      out.failover = FailoverPolicy::kNever;
      break;
    case v1::FAILOVER_POLICY_AFTER_FAILED:
      out.failover = FailoverPolicy::kAfterFailed;
      break;
    default:
      violations.Add("routing.failover",
                     "must be one of FAILOVER_POLICY_NEVER, AFTER_REFUSED and AFTER_FAILED, or unset");
  }
  violations.CheckText("routing.provider", message.provider(), 0, limits::kProviderNameChars);
  out.provider = message.provider();
  if (!message.provider().empty() && message.allowed_providers_size() > 0) {
    violations.Add("routing.allowed_providers", "cannot go with provider");
  }
  if (message.allowed_providers_size() > static_cast<int>(limits::kAllowedProviders)) {
    violations.Add("routing.allowed_providers",
                   absl::StrCat("must have at most ", limits::kAllowedProviders, " items"));
    return;
  }
  for (int i = 0; i < message.allowed_providers_size(); ++i) {
    violations.CheckText(absl::StrCat("routing.allowed_providers[", i, "]"), message.allowed_providers(i), 1,
                         limits::kProviderNameChars);
    out.allowed_providers.push_back(message.allowed_providers(i));
  }
}

// What Submit and a quote have in common.
template <typename Request>
void ReadSubject(const Request& request, const ValidationRules& rules, Violations& violations,
                 ValidRequest& out) {
  if (request.has_generation()) {
    out.generation = ReadGeneration(request.generation(), rules, violations, out.blobs);
  } else {
    violations.Add("generation", "is required");
  }
  ReadRouting(request.routing(), violations, out.routing);
  const bool by_provider = request.generation().source_video().has_provider_video_id();
  if (by_provider && request.routing().provider().empty()) {
    violations.Add("routing.provider",
                   "is required with generation.source_video.provider_video_id: an id means something at one "
                   "provider only");
  }
}

void ReadMaxCost(const v1::Money& money, Violations& violations, ValidRequest& out) {
  constexpr std::int64_t kNanosPerUnit = 1'000'000'000;
  const std::size_t before = violations.list().size();
  if (money.currency_code() != kCurrency) violations.Add("max_cost.currency_code", "must be USD");
  const bool in_range = money.nanos() > -kNanosPerUnit && money.nanos() < kNanosPerUnit;
  if (!in_range) violations.Add("max_cost.nanos", "must lie from -999999999 to 999999999");
  if ((money.units() > 0 && money.nanos() < 0) || (money.units() < 0 && money.nanos() > 0)) {
    violations.Add("max_cost.nanos", "must have the sign of units");
  } else if (money.units() < 0 || money.nanos() < 0 || (money.units() == 0 && money.nanos() == 0)) {
    violations.Add("max_cost", "must be positive");
  }
  constexpr std::int64_t kMaxUnits = 9'000'000'000;  // what nanos in 64 bits hold, with room
  if (money.units() > kMaxUnits)
    violations.Add("max_cost.units", absl::StrCat("must be at most ", kMaxUnits));
  if (violations.list().size() == before)
    out.max_cost = Money::FromNanos(money.units() * kNanosPerUnit + money.nanos());
}

void ReadUnknownPolicy(v1::UnknownOutcomePolicy policy, const ValidationRules& rules, Violations& violations,
                       ValidRequest& out) {
  const std::string field = "unknown_outcome_policy";
  switch (policy) {
    case v1::UNKNOWN_OUTCOME_POLICY_UNSPECIFIED:
      return;
    case v1::UNKNOWN_OUTCOME_POLICY_HOLD:
      out.unknown_policy = UnknownPolicy::kHold;
      return;
    case v1::UNKNOWN_OUTCOME_POLICY_ABANDON:
      out.unknown_policy = UnknownPolicy::kAbandon;
      return;
    case v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND:
      out.unknown_policy = UnknownPolicy::kRetryOnce;
      if (!rules.allow_retry_once)
        violations.Add(field, "the operator of this server does not allow it: it can be charged twice");
      return;
    default:
      violations.Add(field,
                     "must be UNKNOWN_OUTCOME_POLICY_HOLD or UNKNOWN_OUTCOME_POLICY_ABANDON, or unset");
  }
}

void ReadDeadline(const v1::SubmitRequest& request, Violations& violations, ValidRequest& out) {
  out.deadline = limits::kDeadlineDefault;
  if (!request.has_deadline()) return;
  const google::protobuf::Duration& duration = request.deadline();
  const bool well_formed = duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
  out.deadline = absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  if (!well_formed || out.deadline < limits::kDeadlineMin || out.deadline > limits::kDeadlineMax) {
    violations.Add("deadline", "must lie from 10 s to 24 h");
  }
}

// The beginning of a key, for an error: in whole characters, or the error would be no text.
std::string Beginning(std::string_view key) {
  std::size_t size = 0;
  while (size < key.size()) {
    const std::size_t length = Utf8SequenceLength(key.substr(size));
    if (length == 0 || size + length > limits::kLabelKeyChars + 1) break;
    size += length;
  }
  return std::string(key.substr(0, size));
}

void ReadLabels(const v1::SubmitRequest& request, Violations& violations, ValidRequest& out) {
  if (request.labels().size() > limits::kLabels) {
    violations.Add("labels", absl::StrCat("must have at most ", limits::kLabels, " entries"));
    return;
  }
  out.labels.insert(request.labels().begin(), request.labels().end());
  // In the order of the keys, so that the answer is the same each time.
  for (const auto& [key, value] : out.labels) {
    // A key that is too long is not repeated in full: the error would not fit into a reply.
    const std::string path = absl::StrCat("labels[\"", Beginning(key), "\"]");
    if (!IsLabelKey(key)) {
      violations.Add(path, absl::StrCat("a key must have 1 to ", limits::kLabelKeyChars,
                                        " characters of a-z, 0-9, _, -, ."));
    }
    violations.CheckText(path, value, 0, limits::kLabelValueChars);
  }
}

}  // namespace

Reading ReadSubmit(const v1::SubmitRequest& request, const ValidationRules& rules) {
  Violations violations("");
  ValidRequest out;
  if (request.request_id().size() > limits::kRequestIdChars || !IsPrintableAscii(request.request_id())) {
    violations.Add("request_id", absl::StrCat("must have 1 to ", limits::kRequestIdChars,
                                              " printable ASCII characters, or be unset"));
  }
  out.request_id = request.request_id();
  ReadSubject(request, rules, violations, out);
  if (request.has_max_cost()) ReadMaxCost(request.max_cost(), violations, out);
  if (!request.quote_id().empty() && !rules.quotes)
    violations.Add("quote_id", "must be unset: this server issues no binding quotes");
  if (request.quote_id().size() > limits::kQuoteIdChars)
    violations.Add("quote_id", absl::StrCat("must have at most ", limits::kQuoteIdChars, " characters"));
  out.quote_id = request.quote_id();
  ReadUnknownPolicy(request.unknown_outcome_policy(), rules, violations, out);
  ReadDeadline(request, violations, out);
  ReadLabels(request, violations, out);
  out.validate_only = request.validate_only();
  return {std::move(out), violations.list()};
}

Reading ReadQuote(const v1::QuoteSubject& quote, const ValidationRules& rules) {
  Violations violations("quote.");
  ValidRequest out;
  out.deadline = limits::kDeadlineDefault;
  ReadSubject(quote, rules, violations, out);
  return {std::move(out), violations.list()};
}

absl::StatusOr<ValidRequest> Whole(Reading reading) {
  if (reading.violations.empty()) return std::move(reading.request);
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, reading.violations);
}

Generation Resolve(Generation generation, const Model& model) {
  generation.model = model.id;
  // A remix is as long as the earlier video, whatever the model's default is.
  const bool remix = generation.source_video && generation.source_video->mode == SourceVideoMode::kRemix;
  if (!generation.duration_ms && !remix) generation.duration_ms = model.default_duration_ms;
  if (generation.resolution.empty()) generation.resolution = model.default_resolution;
  if (generation.aspect_ratio.empty()) {
    // An earlier video has a shape to follow, as a first frame has.
    const bool has_shape = generation.first_frame.has_value() || generation.source_video.has_value();
    generation.aspect_ratio = has_shape ? model.default_aspect_ratio_with_image : model.default_aspect_ratio;
  }
  if (!generation.audio) generation.audio = model.default_audio;
  generation.count = std::max(generation.count, 1);
  std::sort(generation.extras.begin(), generation.extras.end(),
            [](const Parameter& a, const Parameter& b) { return a.name < b.name; });
  return generation;
}

}  // namespace zoetrope
