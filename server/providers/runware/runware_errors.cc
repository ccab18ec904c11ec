#include "server/providers/runware/runware_errors.h"

#include "server/base/strings.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace zoetrope {
namespace {

enum class Match { kWhole, kPrefix, kEnding, kWithin };

struct Rule {
  Match match;
  std::string_view text;  // lower case
  RunwareFamily family;
};

// The first rule that matches counts: names stand before patterns.
constexpr Rule kRules[] = {
    {Match::kWhole, "conflicttaskuuid", RunwareFamily::kConflict},
    {Match::kWhole, "taskcancelled", RunwareFamily::kCancelled},
    {Match::kWhole, "taskfailedornotfound", RunwareFamily::kNotFound},
    {Match::kWhole, "modelunavailable", RunwareFamily::kModel},
    {Match::kWhole, "modelnotfound", RunwareFamily::kModel},
    {Match::kPrefix, "invalidmodel", RunwareFamily::kModel},
    {Match::kPrefix, "unsupportedmodel", RunwareFamily::kModel},
    {Match::kWhole, "invalidapikey", RunwareFamily::kAuth},
    {Match::kWhole, "missingapikey", RunwareFamily::kAuth},
    {Match::kPrefix, "unauthorized", RunwareFamily::kAuth},
    {Match::kPrefix, "forbidden", RunwareFamily::kAuth},
    {Match::kWhole, "paymentrequired", RunwareFamily::kQuota},
    {Match::kEnding, "credits", RunwareFamily::kQuota},
    {Match::kEnding, "balance", RunwareFamily::kQuota},
    {Match::kEnding, "quota", RunwareFamily::kQuota},
    {Match::kPrefix, "ratelimit", RunwareFamily::kRateLimit},
    {Match::kWithin, "contentpolicy", RunwareFamily::kSafety},
    {Match::kWithin, "sensitivecontent", RunwareFamily::kSafety},
    {Match::kWithin, "unsafecontent", RunwareFamily::kSafety},
    {Match::kWithin, "nsfw", RunwareFamily::kSafety},
    {Match::kWithin, "moderation", RunwareFamily::kSafety},
    {Match::kWhole, "promptblocked", RunwareFamily::kSafety},
    {Match::kWhole, "imageblocked", RunwareFamily::kSafety},
    {Match::kPrefix, "timeout", RunwareFamily::kTimeout},
    {Match::kEnding, "timeout", RunwareFamily::kTimeout},
    {Match::kWhole, "internalservererror", RunwareFamily::kServer},
    {Match::kWhole, "serviceunavailable", RunwareFamily::kServer},
    {Match::kWhole, "standarderror", RunwareFamily::kServer},
    {Match::kEnding, "notfound", RunwareFamily::kNotFound},
    {Match::kEnding, "expired", RunwareFamily::kNotFound},
    {Match::kPrefix, "provider", RunwareFamily::kProvider},
    {Match::kWhole, "inferenceerror", RunwareFamily::kProvider},
    {Match::kWhole, "noavailableserver", RunwareFamily::kProvider},
    {Match::kEnding, "failed", RunwareFamily::kProvider},
    {Match::kPrefix, "invalid", RunwareFamily::kValidation},
    {Match::kPrefix, "missing", RunwareFamily::kValidation},
    {Match::kPrefix, "conflict", RunwareFamily::kValidation},
    {Match::kPrefix, "duplicate", RunwareFamily::kValidation},
    {Match::kPrefix, "unsupported", RunwareFamily::kValidation},
    {Match::kPrefix, "value", RunwareFamily::kValidation},
    {Match::kPrefix, "array", RunwareFamily::kValidation},
    {Match::kPrefix, "max", RunwareFamily::kValidation},
    {Match::kWhole, "unknownparameter", RunwareFamily::kValidation},
    {Match::kWhole, "incompatibleparameters", RunwareFamily::kValidation},
};

bool Matches(const Rule& rule, std::string_view code) {
  switch (rule.match) {
    case Match::kWhole:
      return code == rule.text;
    case Match::kPrefix:
      return code.starts_with(rule.text);
    case Match::kEnding:
      return code.ends_with(rule.text);
    case Match::kWithin:
      return code.find(rule.text) != std::string_view::npos;
  }
  return false;
}

}  // namespace

RunwareFamily RunwareFamilyOf(std::string_view code) {
  const std::string lower = AsciiLower(code);
  const auto rule = std::find_if(std::begin(kRules), std::end(kRules),
                                 [&lower](const Rule& r) { return Matches(r, lower); });
  return rule == std::end(kRules) ? RunwareFamily::kUnknown : rule->family;
}

std::optional<FailureReason> ReasonOfRunwareFamily(RunwareFamily family) {
  switch (family) {
    case RunwareFamily::kConflict:
    case RunwareFamily::kValidation:
      return FailureReason::kValidationRejected;
    case RunwareFamily::kCancelled:
      return FailureReason::kCancelledByProvider;
    case RunwareFamily::kNotFound:
      return FailureReason::kResultLost;
    case RunwareFamily::kSafety:
      return FailureReason::kContentRejected;
    case RunwareFamily::kAuth:
      return FailureReason::kProviderAuthFailed;
    case RunwareFamily::kQuota:
      return FailureReason::kProviderBalanceExhausted;
    case RunwareFamily::kRateLimit:
      return FailureReason::kProviderRateLimited;
    case RunwareFamily::kModel:
      return FailureReason::kModelUnavailable;
    case RunwareFamily::kTimeout:
      return FailureReason::kProviderTimeout;
    case RunwareFamily::kProvider:
    case RunwareFamily::kServer:
      return FailureReason::kProviderError;
    case RunwareFamily::kUnknown:
      return std::nullopt;
  }
  return std::nullopt;
}

RunwareError ReadRunwareError(const JsonValue& entry) {
  RunwareError error;
  // An item with `error` as a text alone, too, says something.
  error.text.code = entry.Text("code").value_or("");
  error.text.message = entry.Text("message").value_or(entry.Text().value_or(""));
  error.family = RunwareFamilyOf(error.text.code);
  error.text.reason = ReasonOfRunwareFamily(error.family);
  error.about_poll = entry.Text("taskType") == "getResponse";
  return error;
}

std::vector<RunwareError> RunwareErrorsIn(const JsonValue& reply, std::string_view task) {
  std::vector<RunwareError> errors;
  const auto is_ours = [task](const JsonValue& entry) {
    const std::optional<std::string> uuid = entry.Text("taskUUID");
    return !uuid || IsSameUuid(*uuid, task);
  };
  for (const JsonValue& entry : reply.Items("errors")) {
    if (is_ours(entry)) errors.push_back(ReadRunwareError(entry));
  }
  if (const JsonValue* single = reply.Find("error");
      single != nullptr && single->kind() != JsonValue::Kind::kNull) {
    if (is_ours(reply) && is_ours(*single)) errors.push_back(ReadRunwareError(*single));
  }
  return errors;
}

bool IsSameUuid(std::string_view a, std::string_view b) { return AsciiLower(a) == AsciiLower(b); }

}  // namespace zoetrope
