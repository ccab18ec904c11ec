#include "server/providers/http_classes.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "server/base/limits.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"
#include "server/providers/json_reader.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"

namespace zoetrope {
namespace {

std::optional<std::int64_t> ParseCount(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Whether fewer or more bytes came than were announced. With a content encoding the announcement is about
// other bytes.
bool IsCut(const HttpResponse& response) {
  const std::optional<std::string_view> announced = response.Header("content-length");
  if (!announced || response.Header("content-encoding")) return false;
  const std::optional<std::int64_t> length = ParseCount(*announced);
  return length && static_cast<std::size_t>(*length) != response.body.size();
}

std::optional<absl::Time> ParseHttpDate(std::string_view text) {
  // As RFC 9110, section 5.6.7 has it: what is sent, and the two forms of old that are read all the same.
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    absl::Time time;
    if (absl::ParseTime(form, ToAbsl(text), &time, nullptr)) return time;
  }
  return std::nullopt;
}

// The reason behind 401, 402 and 403. Whatever the words say, the account is in the way; they may say that it
// has no money.
FailureReason AccountReason(int status, const ErrorText& error) {
  const bool no_money = error.reason == FailureReason::kProviderBalanceExhausted;
  return no_money ? FailureReason::kProviderBalanceExhausted : ReasonOfStatus(status);
}

// What a body that is no JSON says to people.
std::string WordsIn(const std::string& body, char first) {
  return first == '<' || !CountCodePoints(body) ? "" : PrintableMessage(body);
}

// The error, or where the body has none in a form that is known, its text.
ErrorText Told(const Body& body, const ErrorText& error) {
  ErrorText told = error;
  if (told.code.empty() && told.message.empty()) told.message = body.text;
  return told;
}

std::string StatusText(int status) { return "HTTP " + std::to_string(status); }

}  // namespace

std::optional<ProviderJob> ReadCallbackId(std::string_view body, std::string_view field) {
  const absl::StatusOr<JsonValue> json = ParseJson(body);
  if (!json.ok()) return std::nullopt;
  const std::string id = json->Text(field).value_or("");
  if (!IsUsableId(id)) return std::nullopt;
  return ProviderJob{id, {}};
}

Body ReadBody(const HttpResponse& response) {
  if (IsCut(response)) return {Body::Form::kBroken, {}};
  const std::size_t start = response.body.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {Body::Form::kText, {}};
  absl::StatusOr<JsonValue> json = ParseJson(response.body);
  if (json.ok()) return {Body::Form::kJson, *std::move(json)};
  const char first = response.body[start];
  const bool meant_as_json = first == '{' || first == '[' || first == '"';
  const bool too_large = response.body.size() > limits::kProviderBodyBytes;
  if (meant_as_json || too_large) return {Body::Form::kBroken, {}};
  return {Body::Form::kText, {}, WordsIn(response.body, first)};
}

FailureReason ReasonOfStatus(int status) {
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return FailureReason::kValidationRejected;
    case 401:
    case 403:
      return FailureReason::kProviderAuthFailed;
    case 402:
      return FailureReason::kProviderBalanceExhausted;
    case 404:
    case 405:  // the path is there no more, or not for this
    case 410:
      return FailureReason::kModelUnavailable;
    case 408:
    case 504:
      return FailureReason::kProviderTimeout;
    case 429:
      return FailureReason::kProviderRateLimited;
    default:
      return FailureReason::kProviderError;
  }
}

Failure MakeFailure(const ErrorText& error, FailureReason fallback) {
  Failure failure;
  failure.reason = error.reason.value_or(fallback);
  failure.message = PrintableMessage(error.message);
  failure.provider_code = PrintableCode(error.code);
  return failure;
}

SubmitOutcome ReadSubmitError(const HttpResponse& response, const Body& body, const ErrorText& error) {
  if (body.form == Body::Form::kBroken)
    return Unrecognized{"cut or unreadable body with " + StatusText(response.status)};
  const ErrorText told = Told(body, error);
  switch (response.status) {
    case 401:
    case 402:
    case 403:
      return Refused{MakeFailure({told.code, told.message, AccountReason(response.status, error)},
                                 FailureReason::kProviderAuthFailed)};
    case 400:
    case 404:
    case 405:
    case 413:
    case 415:
    case 422:
      return Refused{MakeFailure(told, ReasonOfStatus(response.status))};
    case 429:
      return Throttled{RetryAfter(response), PrintableCode(told.code), PrintableMessage(told.message)};
    default:
      return Unrecognized{StatusText(response.status), PrintableMessage(told.message),
                          PrintableCode(told.code)};
  }
}

PrepareOutcome ReadPrepareError(const HttpResponse& response, const Body& body, const ErrorText& error) {
  SubmitOutcome outcome = ReadSubmitError(response, body, error);
  if (auto* refused = std::get_if<Refused>(&outcome)) return std::move(*refused);
  if (const auto* throttled = std::get_if<Throttled>(&outcome)) {
    return TryAgain{throttled->retry_after, StatusText(response.status), FailureReason::kProviderRateLimited};
  }
  const auto& other = std::get<Unrecognized>(outcome);
  const std::string why = other.why + (other.message.empty() ? "" : ": " + other.message);
  const bool passing = response.status == 408 || (response.status >= 500 && response.status < 600);
  if (passing) return TryAgain{RetryAfter(response), why, std::nullopt};
  return Unrecognized{why};
}

LaterError ReadLaterError(const HttpResponse& response, const ErrorText& error) {
  const int status = response.status;
  if (status == 401 || status == 402 || status == 403) {
    return TryAgain{RetryAfter(response), StatusText(status), AccountReason(status, error)};
  }
  if (status == 429)
    return TryAgain{RetryAfter(response), StatusText(status), FailureReason::kProviderRateLimited};
  if (status == 408 || (status >= 500 && status < 600))
    return TryAgain{RetryAfter(response), StatusText(status), std::nullopt};
  if (status == 404 || status == 410)
    return NotFoundThere{PrintableMessage(error.message), PrintableCode(error.code)};
  return Unrecognized{StatusText(status)};
}

std::optional<absl::Time> DateOf(const HttpResponse& response) {
  return ParseHttpDate(response.Header("date").value_or(""));
}

std::optional<absl::Duration> RetryAfter(const HttpResponse& response) {
  const std::optional<std::string_view> value = response.Header("retry-after");
  if (!value) return std::nullopt;
  std::optional<absl::Duration> delay;
  if (const std::optional<std::int64_t> seconds = ParseCount(*value)) {
    delay = absl::Seconds(*seconds);
  } else {
    const std::optional<absl::Time> until = ParseHttpDate(*value);
    std::optional<absl::Time> now = DateOf(response);
    if (!now && response.receive_time != absl::InfinitePast()) now = response.receive_time;
    if (until && now) delay = std::max(*until - *now, absl::ZeroDuration());
  }
  if (delay) delay = std::min(*delay, limits::kDeadlineMax);
  return delay;
}

std::optional<Money> ReportedAmount(const std::optional<std::string>& decimal) {
  if (!decimal) return std::nullopt;
  const absl::StatusOr<Money> amount = ParseMoneyToNearest(*decimal);
  if (!amount.ok() || *amount < Money()) return std::nullopt;
  return *amount;
}

}  // namespace zoetrope
