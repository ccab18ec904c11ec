#include "server/providers/openai/openai_errors.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/limits.h"
#include "server/providers/provider_text.h"

namespace zoetrope {
namespace {

struct CodeRow {
  std::string_view code;  // or type
  FailureReason reason;
};

constexpr CodeRow kCodes[] = {
    {"account_deactivated", FailureReason::kProviderAuthFailed},
    {"billing_hard_limit_reached", FailureReason::kProviderBalanceExhausted},
    {"billing_not_active", FailureReason::kProviderBalanceExhausted},
    {"content_policy_violation", FailureReason::kContentRejected},
    {"credit_balance_exhausted", FailureReason::kProviderBalanceExhausted},
    {"insufficient_quota", FailureReason::kProviderBalanceExhausted},
    {"internal_error", FailureReason::kProviderError},
    {"invalid_api_key", FailureReason::kProviderAuthFailed},
    {"invalid_type", FailureReason::kValidationRejected},
    {"invalid_value", FailureReason::kValidationRejected},
    {"missing_required_parameter", FailureReason::kValidationRejected},
    {"model_not_found", FailureReason::kModelUnavailable},
    {"moderation_blocked", FailureReason::kContentRejected},
    {"processing_error", FailureReason::kProviderError},
    {"rate_limit_error", FailureReason::kProviderRateLimited},
    {"rate_limit_exceeded", FailureReason::kProviderRateLimited},
    {"sentinel_block", FailureReason::kContentRejected},
    {"server_error", FailureReason::kProviderError},
    {"server_is_overloaded", FailureReason::kProviderError},
    {"service_unavailable_error", FailureReason::kProviderError},
    {"slow_down", FailureReason::kProviderRateLimited},
    {"string_above_max_length", FailureReason::kValidationRejected},
    {"unknown_parameter", FailureReason::kValidationRejected},
};

std::optional<FailureReason> ReasonOfCode(std::string_view code) {
  const auto row =
      std::find_if(std::begin(kCodes), std::end(kCodes), [code](const CodeRow& r) { return r.code == code; });
  return row == std::end(kCodes) ? std::nullopt : std::optional(row->reason);
}

// Words are a guess: they count for a video that failed, and where the status says no more than "bad
// request".
bool WordsCount(int status) { return IsSuccess(status) || status == 400 || status == 422; }

}  // namespace

ErrorText OpenaiErrorIn(int status, const JsonValue& body) {
  ErrorText error;
  const JsonValue* entry = body.Find("error");
  if (entry == nullptr) return error;
  const std::string type = entry->Text("type").value_or("");
  error.code = entry->Text("code").value_or("");
  error.message = entry->is_string() ? *entry->Text() : entry->Text("message").value_or("");
  error.reason = ReasonOfCode(error.code);
  if (!error.reason) error.reason = ReasonOfCode(type);
  // A path that is there no more is named so, without a code.
  if (!error.reason && status == 404 && error.message.starts_with("Invalid URL"))
    error.reason = FailureReason::kModelUnavailable;
  if (!error.reason && WordsCount(status)) error.reason = ReasonFromWords(error.message);
  if (error.code.empty()) error.code = type;
  return error;
}

std::optional<absl::Duration> OpenaiRetryAfter(const HttpResponse& response) {
  const JsonValue header = JsonValue::OfString(std::string(response.Header("retry-after-ms").value_or("")));
  const std::optional<std::int64_t> millis = header.Integer();
  if (!millis || *millis < 0) return RetryAfter(response);
  return std::min(absl::Milliseconds(*millis), limits::kDeadlineMax);
}

SubmitOutcome ReadOpenaiRefusal(const HttpResponse& response, const Body& body, const ErrorText& error) {
  if (response.status == 429 && body.form == Body::Form::kJson &&
      error.reason == FailureReason::kProviderBalanceExhausted) {
    return Refused{MakeFailure(error, FailureReason::kProviderBalanceExhausted)};
  }
  SubmitOutcome outcome = ReadSubmitError(response, body, error);
  if (auto* throttled = std::get_if<Throttled>(&outcome)) throttled->retry_after = OpenaiRetryAfter(response);
  return outcome;
}

LaterError ReadOpenaiTrouble(const HttpResponse& response, const Body& body) {
  const ErrorText error = OpenaiErrorIn(response.status, body.json);
  LaterError trouble = ReadLaterError(response, error);
  if (auto* again = std::get_if<TryAgain>(&trouble)) {
    again->retry_after = OpenaiRetryAfter(response);
    if (response.status == 429 && error.reason == FailureReason::kProviderBalanceExhausted)
      again->account_trouble = error.reason;
  }
  return trouble;
}

}  // namespace zoetrope
