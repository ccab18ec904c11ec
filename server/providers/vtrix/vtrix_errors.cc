#include "server/providers/vtrix/vtrix_errors.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>

#include "server/providers/provider_text.h"

namespace zoetrope {
namespace {

struct CodeRow {
  std::string_view code;  // as the page spells it
  FailureReason reason;
  bool is_upstreams;  // it wraps an upstream's answer, whose words tell more
};

// https://doc.vtrix.ai/docs/api/openai/sora-2-i2v, "Error Codes"
constexpr CodeRow kCodes[] = {
    {"014001095", FailureReason::kProviderError, false},  // internal
    {"014001096", FailureReason::kResultInvalid, false},  // the result could not be parsed
    {"014001097", FailureReason::kProviderError, true},   // HTTP error of the upstream
    {"014001098", FailureReason::kProviderError, false},  // the status could not be checked
    {"014001099", FailureReason::kProviderError, false},  // the task could not be created
};
constexpr std::string_view kCreationError = "014001099";

std::string_view WithoutZeros(std::string_view code) {
  return code.substr(std::min(code.find_first_not_of('0'), code.size()));
}

const CodeRow* FindCode(std::string_view code) {
  const auto row = std::find_if(std::begin(kCodes), std::end(kCodes), [code](const CodeRow& r) {
    return WithoutZeros(r.code) == WithoutZeros(code);
  });
  return row == std::end(kCodes) ? nullptr : row;
}

std::string FirstText(const JsonValue& body, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    std::optional<std::string> text = body.Text(path);
    if (text && !text->empty()) return *std::move(text);
  }
  return "";
}

// Whether the words of an answer under `status` are about what was wanted, and not about a path.
bool AreWordsTold(int status) {
  return IsSuccess(status) || status == 400 || status == 402 || status == 403 || status == 422;
}

std::optional<FailureReason> ReasonOf(const CodeRow* row, std::string_view message, int status) {
  const std::optional<FailureReason> told =
      AreWordsTold(status) ? ReasonFromWords(message) : std::optional<FailureReason>();
  if (row == nullptr) return told;
  if (row->is_upstreams) return told.value_or(row->reason);
  // A moderated prompt must not go elsewhere, whatever code came with it; other words of the gateway about
  // itself mislead ("invalid response").
  return told == FailureReason::kContentRejected ? *told : row->reason;
}

}  // namespace

ErrorText VtrixErrorIn(const JsonValue& body, int status) {
  ErrorText error;
  error.message =
      FirstText(body, {"status.message", "message", "error", "error.error_message", "error.message"});
  error.code = FirstText(body, {"status.error_code", "error_code", "error.code", "code", "status.code"});
  const CodeRow* row = FindCode(error.code);
  if (row != nullptr) error.code = row->code;
  error.reason = IsVtrixBalance(error.code) ? FailureReason::kProviderBalanceExhausted
                                            : ReasonOf(row, error.message, status);
  return error;
}

// 40200 is any other 402.
bool IsVtrixBalance(std::string_view code) {
  return code.size() == 5 && code.starts_with("4020") && code.back() >= '1' && code.back() <= '8';
}

bool IsVtrixCreationError(std::string_view code) { return code == kCreationError; }

int VtrixStatusOf(const HttpResponse& response, const JsonValue& body, const ErrorText& error) {
  const int status = response.status;
  const bool refusal = status >= 400 && status < 500 && status != 408 && status != 409;
  if (!IsSuccess(status) && !refusal) return status;
  if (IsVtrixBalance(error.code)) return 402;
  if (refusal) return status;
  for (const std::string_view path : {"status.code", "error.code", "code"}) {
    const std::int64_t code = body.Integer(path).value_or(0);
    if (code >= 400 && code < 600) return static_cast<int>(code);
  }
  return status;
}

}  // namespace zoetrope
