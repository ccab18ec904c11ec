#include "server/providers/fal/fal_errors.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <string_view>

#include "server/providers/provider_text.h"

namespace zoetrope {
namespace {

struct TypeRow {
  std::string_view type;
  FailureReason reason;
};

constexpr TypeRow kTypes[] = {
    {"bad_request", FailureReason::kValidationRejected},
    {"concurrent_requests_limit", FailureReason::kProviderRateLimited},
    {"content_policy_violation", FailureReason::kContentRejected},
    {"downstream_service_error", FailureReason::kProviderError},
    {"downstream_service_unavailable", FailureReason::kProviderError},
    {"face_detection_error", FailureReason::kValidationRejected},
    {"file_download_error", FailureReason::kValidationRejected},
    {"generation_timeout", FailureReason::kProviderTimeout},
    {"image_load_error", FailureReason::kValidationRejected},
    {"image_too_large", FailureReason::kValidationRejected},
    {"image_too_small", FailureReason::kValidationRejected},
    {"internal_error", FailureReason::kProviderError},
    {"internal_server_error", FailureReason::kProviderError},
    {"no_media_generated", FailureReason::kProviderError},
    {"request_timeout", FailureReason::kProviderTimeout},
    {"runner_connection_error", FailureReason::kProviderError},
    {"runner_connection_refused", FailureReason::kProviderError},
    {"runner_connection_timeout", FailureReason::kProviderTimeout},
    {"runner_disconnected", FailureReason::kProviderError},
    {"runner_incomplete_response", FailureReason::kProviderError},
    {"runner_scheduling_failure", FailureReason::kProviderError},
    {"runner_server_error", FailureReason::kProviderError},
    {"startup_timeout", FailureReason::kProviderTimeout},
    {"unsupported_image_format", FailureReason::kValidationRejected},
};

// A status names an upstream's HTTP status in words: `Invalid status code: 422`.
std::optional<FailureReason> ReasonFromStatusWords(std::string_view message) {
  constexpr std::string_view kWords = "Invalid status code: ";
  if (!message.starts_with(kWords)) return std::nullopt;
  const std::string_view number = message.substr(kWords.size());
  int status = 0;
  std::from_chars(number.data(), number.data() + number.size(), status);
  return status >= 400 && status < 600 ? std::optional(ReasonOfStatus(status)) : std::nullopt;
}

std::optional<FailureReason> ReasonOfType(const ErrorText& error, int status) {
  const auto row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                [&error](const TypeRow& r) { return r.type == error.code; });
  if (row != std::end(kTypes)) return row->reason;
  // All other types of a 422 are those of its validator (`missing`, `literal_error`, …).
  if (status == 422) return FailureReason::kValidationRejected;
  // Of an app that is not there the words are about its path.
  if (status == 404 || status == 405) return std::nullopt;
  if (const auto reason = ReasonFromStatusWords(error.message)) return reason;
  return ReasonFromWords(error.message);
}

bool SaysInProgress(std::string_view message) {
  return message.find("still in progress") != std::string_view::npos;
}

}  // namespace

ErrorText FalErrorIn(const HttpResponse& response, const JsonValue& body) {
  ErrorText error;
  error.code = body.Text("error_type").value_or("");
  const JsonValue* detail = body.Find("detail");
  if (detail != nullptr && !detail->Items().empty()) detail = &detail->Items().front();
  if (detail != nullptr) {
    error.message = detail->Text().value_or(detail->Text("msg").value_or(""));
    if (error.code.empty()) error.code = detail->Text("type").value_or("");
  }
  if (error.message.empty())
    error.message = body.Text("error").value_or(body.Text("error.message").value_or(""));
  if (error.code.empty() && !IsSuccess(response.status))
    error.code = response.Header("x-fal-error-type").value_or("");
  if (!error.code.empty() || !error.message.empty()) error.reason = ReasonOfType(error, response.status);
  // An account without money is refused as a locked one, under 403.
  if (response.status == 403 && error.message.find("locked") != std::string::npos) {
    error.reason = FailureReason::kProviderBalanceExhausted;
  }
  return error;
}

bool IsFalCancellation(const ErrorText& error) {
  return error.code == "client_cancelled" || error.code == "client_disconnected";
}

bool IsFalStillRunning(const HttpResponse& response, const ErrorText& error) {
  return response.status == 400 && SaysInProgress(error.message);
}

bool IsFalModelError(const HttpResponse& response, const JsonValue& body, const ErrorText& error) {
  const int status = response.status;
  if (!body.is_object() || (error.code.empty() && error.message.empty())) return false;
  if (status == 401 || status == 402 || status == 403 || status == 404 || status == 408 || status == 429)
    return false;
  if (status >= 400 && status < 500) return true;
  return status >= 500 && status < 600 &&
         (!error.code.empty() || response.Header("x-fal-request-id").has_value());
}

}  // namespace zoetrope
