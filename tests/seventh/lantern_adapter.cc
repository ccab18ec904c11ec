#include "tests/seventh/lantern_adapter.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "server/base/status_macros.h"
#include "server/providers/binding.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://api.lantern.example/v1";

struct CodeRow {
  std::string_view code;
  FailureReason reason;
};
constexpr CodeRow kCodes[] = {
    {"bad_script", FailureReason::kValidationRejected},
    {"forbidden_scene", FailureReason::kContentRejected},
    {"no_oil", FailureReason::kProviderBalanceExhausted},
    {"no_such_play", FailureReason::kModelUnavailable},
    {"went_out", FailureReason::kProviderTimeout},
};

ErrorText ErrorIn(const JsonValue& body) {
  ErrorText error;
  error.code = body.Text("trouble.code").value_or("");
  error.message = body.Text("trouble.message").value_or("");
  const auto row = std::find_if(std::begin(kCodes), std::end(kCodes),
                                [&error](const CodeRow& r) { return r.code == error.code; });
  if (row != std::end(kCodes)) error.reason = row->reason;
  return error;
}

std::string WordOf(const JsonValue& show) {
  const JsonValue* state = show.Find("state");
  return state != nullptr && state->is_string() ? *state->Text() : "";
}

using End = std::variant<std::monostate, Succeeded, Failed, CancelledThere>;

// The end that a show tells; monostate while there is none.
End EndIn(const JsonValue& show) {
  const std::string word = WordOf(show);
  const ReportedCost cost{ReportedAmount(show.Decimal("bill")), ""};
  if (word == "over") {
    const std::string url = show.Text("film").value_or("");
    if (!IsMediaUrl(url)) {
      const ErrorText none{"", "over without a usable film", FailureReason::kResultInvalid};
      return Failed{MakeFailure(none, FailureReason::kResultInvalid), cost, {}};
    }
    Output output;
    output.url = url;
    output.content_type = MediaTypeOf(url);
    return Succeeded{{std::move(output)}, {}, cost, {}};
  }
  if (word == "dark") return Failed{MakeFailure(ErrorIn(show), FailureReason::kProviderError), cost, {}};
  if (word == "closed") return CancelledThere{cost, {}};
  return std::monostate();
}

// Whether the answer names another show than the one that was asked for.
bool IsAnother(const JsonValue& body, const std::string& id) {
  const std::optional<std::string> named = body.Text("show.id");
  return named && *named != id;
}

}  // namespace

LanternAdapter::LanternAdapter(const AccountEndpoints& endpoints)
    : base_url_(endpoints.base_url.empty() ? kBaseUrl : endpoints.base_url) {
  capabilities_.can_cancel = true;
  capabilities_.bills_failures = false;
  capabilities_.bills_cancelled_running = false;
}

std::string LanternAdapter::ShowUrl(std::string_view id) const {
  return base_url_ + "/shows/" + EscapeUrl(id);
}

absl::Status LanternAdapter::Check(const Generation&, const Offering&) const { return absl::OkStatus(); }

absl::StatusOr<HttpRequest> LanternAdapter::BuildSubmit(const SubmitInput& input,
                                                        const Secret& secret) const {
  JsonBuilder script;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, script));
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("play", JsonValue::OfString(input.offering.provider_model_id)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("ref", JsonValue::OfString(std::string(input.attempt_id))));
  ZOETROPE_RETURN_IF_ERROR(body.Set("script", script.Take()));
  return MakeJsonPost(Repeat::kBillable, base_url_ + "/shows", Authorization("Lantern", secret),
                      body.value().Write());
}

SubmitOutcome LanternAdapter::ReadSubmit(const SubmitInput&, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return ReadSubmitError(response, body, ErrorIn(body.json));
  const std::string id = body.json.Text("show.id").value_or("");
  if (!IsUsableId(id)) return Unrecognized{"accepted without a usable id"};
  return Accepted{{id, {}}, EndIn(*body.json.Find("show"))};
}

absl::StatusOr<HttpRequest> LanternAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, ShowUrl(input.job.id),
                     Authorization("Lantern", secret));
}

PollOutcome LanternAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return As<PollOutcome>(ReadLaterError(response, ErrorIn(body.json)));
  const JsonValue* show = body.json.Find("show");
  if (show == nullptr || WordOf(*show).empty()) return Unrecognized{"no state in the answer to a poll"};
  if (IsAnother(body.json, input.job.id)) return Unrecognized{"the answer to a poll is about another job"};
  End end = EndIn(*show);
  if (auto* succeeded = std::get_if<Succeeded>(&end)) return std::move(*succeeded);
  if (auto* failed = std::get_if<Failed>(&end)) return std::move(*failed);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return std::move(*cancelled);
  Pending pending;
  const std::string word = WordOf(*show);
  pending.phase = word == "waiting"   ? Pending::Phase::kQueued
                  : word == "playing" ? Pending::Phase::kRunning
                                      : Pending::Phase::kUnknownWord;
  return pending;
}

absl::StatusOr<HttpRequest> LanternAdapter::BuildCancel(const JobInput& input, const Secret& secret) const {
  return MakeRequest(HttpMethod::kDelete, Repeat::kHarmless, ShowUrl(input.job.id),
                     Authorization("Lantern", secret));
}

CancelOutcome LanternAdapter::ReadCancel(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return As<CancelOutcome>(ReadLaterError(response, ErrorIn(body.json)));
  const JsonValue* show = body.json.Find("show");
  if (show == nullptr || IsAnother(body.json, input.job.id))
    return Unrecognized{"unreadable answer to a cancel"};
  End end = EndIn(*show);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return CancelAccepted{std::move(*cancelled)};
  if (!std::holds_alternative<std::monostate>(end)) return CancelTooLate{};
  return CancelAccepted{};
}

}  // namespace zoetrope
