#include "server/providers/wavespeed/wavespeed_adapter.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/providers/binding.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/likeness.h"
#include "server/providers/multipart.h"
#include "server/providers/provider_text.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"
#include "server/providers/upload_step.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://api.wavespeed.ai/api/v3";
// The name under which a job keeps the URL of its result, where that cannot be derived from its id.
constexpr std::string_view kGet = "get";
// The gateway's alone: with the first the answer waits for the video, with the second the video comes inside
// the answer.
constexpr std::string_view kOwned[] = {"enable_sync_mode", "enable_base64_output"};
// What takes from the balance, in the account's books.
constexpr std::string_view kDeduct = "deduct";
// The most that a page of the history holds.
constexpr std::int64_t kPageSize = 100;

std::string DerivedUrl(std::string_view base, std::string_view id) {
  return std::string(base) + "/predictions/" + EscapeUrl(id) + "/result";
}

// What the answer says in HTTP's terms: the envelope repeats the status, and where HTTP says that all is well
// the envelope may still say that it is not.
int StatusOf(const HttpResponse& response, const JsonValue& envelope) {
  if (!IsSuccess(response.status)) return response.status;
  const std::optional<std::int64_t> code = envelope.Integer("code");
  return code ? static_cast<int>(std::clamp<std::int64_t>(*code, 0, 9'999)) : response.status;
}

// The error of an envelope. Words are a guess, and worth more than the status only where that says no more
// than "bad request"; of 402 and 403 they may tell an empty account.
ErrorText RefusalIn(const JsonValue& envelope, int status) {
  ErrorText error;
  error.code = envelope.Text("error_code").value_or(envelope.Text("code").value_or(""));
  error.message = envelope.Text("message").value_or(envelope.Text("error").value_or(""));
  if (status == 400 || status == 402 || status == 403 || status == 422) {
    error.reason = ReasonFromWords(error.message);
  }
  return error;
}

// The error of a prediction: a text without a code.
ErrorText FailureIn(const JsonValue& prediction) {
  const std::string message = prediction.Text("error").value_or("");
  return {"", message, ReasonFromWords(message)};
}

ProviderTimings TimingsIn(const JsonValue& prediction) {
  ProviderTimings timings;
  // Both stand there from the beginning, as zero.
  for (const std::string_view path : {"timings.inference", "executionTime"}) {
    const std::int64_t millis = prediction.Integer(path).value_or(0);
    if (millis > 0 && !timings.run_duration) timings.run_duration = absl::Milliseconds(millis);
  }
  return timings;
}

// An output is a URL, or (newer models) an object around one.
std::optional<Output> OutputIn(const JsonValue& item) {
  const std::string url = item.Text().value_or(item.Text("url").value_or(""));
  if (!IsMediaUrl(url)) return std::nullopt;
  Output output;
  output.url = url;
  output.content_type = MediaTypeOf(url);
  return output;
}

// The end of a prediction that says `completed`.
std::variant<Succeeded, Failed> ReadCompleted(const JsonValue& prediction) {
  std::span<const JsonValue> items = prediction.Items("outputs");
  items = items.first(std::min(items.size(), limits::kOutputsPerJob));
  const std::span<const JsonValue> flags = prediction.Items("has_nsfw_contents");
  Succeeded succeeded;
  succeeded.timings = TimingsIn(prediction);
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::optional<Output> output = OutputIn(items[i]);
    if (!output) {
      const ErrorText unusable{"", "an output without a usable URL", std::nullopt};
      succeeded.failures.push_back(MakeFailure(unusable, FailureReason::kResultInvalid));
      continue;
    }
    if (i < flags.size()) output->sensitive = flags[i].Bool();
    succeeded.outputs.push_back(*std::move(output));
  }
  if (!succeeded.outputs.empty()) return succeeded;
  ErrorText error = FailureIn(prediction);
  if (error.message.empty()) {
    const bool flagged = std::any_of(flags.begin(), flags.end(),
                                     [](const JsonValue& flag) { return flag.Bool().value_or(false); });
    error.message = "completed without a usable video URL";
    error.reason = flagged ? FailureReason::kContentRejected : FailureReason::kResultInvalid;
  }
  return Failed{MakeFailure(error, FailureReason::kProviderError), {}, TimingsIn(prediction)};
}

// How later calls name the prediction; nullopt without a usable id.
std::optional<ProviderJob> JobIn(const JsonValue& prediction, std::string_view base_url) {
  ProviderJob job{prediction.Text("id").value_or(""), {}};
  if (!IsUsableId(job.id)) return std::nullopt;
  const std::optional<std::string> given = prediction.Text("urls.get");
  if (given && *given != DerivedUrl(base_url, job.id) && IsBeneath(*given, base_url)) {
    job.urls.emplace(kGet, *given);
  }
  return job;
}

// Whether a prediction of the history can be a submission of `input` to `model`.
Likeness Compare(const JsonValue& prediction, const JsonValue& input, std::string_view model,
                 absl::Time sent_at) {
  const std::optional<std::string> theirs = prediction.Text("model");
  Likeness likeness = !theirs ? Likeness::kUntold : *theirs == model ? Likeness::kSame : Likeness::kOther;
  likeness = Both(likeness, CompareTime(TimeIn(prediction, "created_at"), sent_at));
  // The name differs among clients; without either the prediction keeps its content to itself.
  const JsonValue* shown = prediction.Find("input");
  return Both(likeness, CompareInput(shown != nullptr ? shown : prediction.Find("inputs"), input));
}

using End = std::variant<std::monostate, Succeeded, Failed, CancelledThere>;

// The end that a prediction tells; monostate while there is none.
End EndIn(const JsonValue& prediction) {
  const std::string word = prediction.Text("status").value_or("");
  if (word == "completed") {
    return std::visit([](auto&& end) -> End { return std::forward<decltype(end)>(end); },
                      ReadCompleted(prediction));
  }
  ErrorText error = FailureIn(prediction);
  if (word == "timeout") error.reason = FailureReason::kProviderTimeout;
  if (word == "failed" || word == "timeout") {
    return Failed{MakeFailure(error, FailureReason::kProviderError), {}, TimingsIn(prediction)};
  }
  if (word == "cancelled") return CancelledThere{{}, TimingsIn(prediction)};
  return std::monostate();
}

}  // namespace

WavespeedAdapter::WavespeedAdapter(const AccountEndpoints& endpoints)
    : base_url_(endpoints.base_url.empty() ? kBaseUrl : endpoints.base_url) {
  capabilities_.can_look_up = true;
  capabilities_.tells_charge_later = true;
  capabilities_.quotes_prices = true;
  capabilities_.can_call_back = true;
  capabilities_.bills_failures = false;
  capabilities_.result_kept_for = absl::Hours(7 * 24);
}

absl::Status WavespeedAdapter::Check(const Generation&, const Offering&) const { return absl::OkStatus(); }

std::vector<std::string> WavespeedAdapter::PrepareSteps(const SubmitInput& input) const {
  return UploadSteps(input.generation);
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildPrepare(std::string_view step, const SubmitInput& input,
                                                           const Secret& secret) const {
  const MediaBytes* picture = UploadedPicture(step, input);
  if (picture == nullptr) return absl::InternalError("no picture for this step");
  ZOETROPE_ASSIGN_OR_RETURN(std::string filename, PictureFileName("picture", picture->content_type));
  MultipartForm form;
  form.AddFile("file", std::move(filename), picture->content_type, picture->bytes);
  ZOETROPE_ASSIGN_OR_RETURN(MultipartForm::Encoded encoded,
                            form.Encode("zoetrope-" + std::string(input.attempt_id)));
  HttpRequest request = MakeRequest(HttpMethod::kPost, Repeat::kHarmless, base_url_ + "/media/upload/binary",
                                    Authorization("Bearer", secret));
  request.headers.push_back({"content-type", std::move(encoded.content_type)});
  request.body = std::move(encoded.body);
  return request;
}

PrepareOutcome WavespeedAdapter::ReadPrepare(std::string_view, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  if (!IsSuccess(status)) {
    return ReadPrepareError({status, response.headers, {}}, body, RefusalIn(body.json, status));
  }
  const std::string url = body.json.Text("data.download_url").value_or("");
  if (!IsMediaUrl(url)) return Unrecognized{"no usable URL in the answer to an upload"};
  return Prepared{url};
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildSubmit(const SubmitInput& input,
                                                          const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(std::string url, JoinUrl(base_url_, input.offering.provider_model_id));
  if (!input.callback_url.empty()) url += "?webhook=" + EscapeUrl(input.callback_url);
  for (const std::string& step : PrepareSteps(input)) {
    if (!input.preparations.contains(step)) return absl::InternalError("a picture has not been uploaded");
  }
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, body));
  for (const std::string_view name : kOwned) {
    if (body.value().Find(name) != nullptr) {
      return absl::FailedPreconditionError("`" + std::string(name) + "` is not the offering's to set");
    }
  }
  return MakeJsonPost(Repeat::kBillable, std::move(url), Authorization("Bearer", secret),
                      body.value().Write());
}

SubmitOutcome WavespeedAdapter::ReadSubmit(const SubmitInput&, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  const JsonValue* prediction = body.json.Find("data");
  std::optional<ProviderJob> job = prediction != nullptr ? JobIn(*prediction, base_url_) : std::nullopt;
  // With an id there is a prediction, whatever code stands around it.
  if (IsSuccess(response.status) && job) return Accepted{*std::move(job), EndIn(*prediction)};
  if (IsSuccess(response.status) && (status < 400 || status >= 500)) {
    return Unrecognized{"neither a usable id nor a refusal in the envelope"};
  }
  return ReadSubmitError({status, response.headers, {}}, body, RefusalIn(body.json, status));
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  std::string url = DerivedUrl(base_url_, input.job.id);
  if (const auto given = input.job.urls.find(std::string(kGet));
      given != input.job.urls.end() && IsBeneath(given->second, base_url_)) {
    url = given->second;
  }
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Bearer", secret));
}

PollOutcome WavespeedAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  if (!IsSuccess(status)) {
    return As<PollOutcome>(ReadLaterError({status, response.headers, {}}, RefusalIn(body.json, status)));
  }
  const JsonValue* prediction = body.json.Find("data");
  const std::string word = body.json.Text("data.status").value_or("");
  if (prediction == nullptr || word.empty()) return Unrecognized{"no status in the answer to a poll"};
  if (const auto id = prediction->Text("id"); id && *id != input.job.id) {
    return Unrecognized{"the answer to a poll is about another job"};
  }
  // Someone else deleted it, at any time of its life: what was made and charged, no one can tell any more.
  if (word == "deleted") return NotFoundThere{"the prediction was deleted"};
  End end = EndIn(*prediction);
  if (auto* succeeded = std::get_if<Succeeded>(&end)) return std::move(*succeeded);
  if (auto* failed = std::get_if<Failed>(&end)) return std::move(*failed);
  if (auto* cancelled = std::get_if<CancelledThere>(&end)) return std::move(*cancelled);
  Pending pending;
  pending.timings = TimingsIn(*prediction);
  pending.phase = word == "created" || word == "pending" ? Pending::Phase::kQueued
                  : word == "processing"                 ? Pending::Phase::kRunning
                                                         : Pending::Phase::kUnknownWord;
  return pending;
}

std::optional<ProviderJob> WavespeedAdapter::ReadCallback(std::string_view body) const {
  return ReadCallbackId(body, "id");
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildLookup(const LookupInput& input,
                                                          const Secret& secret) const {
  const std::int64_t page = JsonValue::OfString(std::string(input.page)).Integer().value_or(1);
  const auto at = [](absl::Time time) {
    return JsonValue::OfString(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()));
  };
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("page", JsonValue::OfNumber(page)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("page_size", JsonValue::OfNumber(kPageSize)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("model", JsonValue::OfString(input.submit.offering.provider_model_id)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("created_after", at(input.sent_at - kCreatedBefore)));
  // The second that is begun counts.
  ZOETROPE_RETURN_IF_ERROR(body.Set("created_before", at(input.sent_at + kCreatedAfter + absl::Seconds(1))));
  return MakeJsonPost(Repeat::kHarmless, base_url_ + "/predictions", Authorization("Bearer", secret),
                      body.value().Write());
}

LookupOutcome WavespeedAdapter::ReadLookup(const LookupInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  if (!IsSuccess(status))
    return AsOfList<LookupOutcome>(
        ReadLaterError({status, response.headers, {}}, RefusalIn(body.json, status)));
  const JsonValue* items = body.json.Find("data.items");
  if (items == nullptr || !items->is_array()) return Unrecognized{"no history in the answer to a look-up"};
  JsonBuilder ours;
  if (!AddInput(input.submit, ours).ok()) return Unrecognized{"what was sent cannot be built again"};
  LookupPage found;
  for (const JsonValue& prediction : items->Items()) {
    const Likeness likeness =
        Compare(prediction, ours.value(), input.submit.offering.provider_model_id, input.sent_at);
    if (likeness == Likeness::kOther) continue;
    std::optional<ProviderJob> job = JobIn(prediction, base_url_);
    if (likeness == Likeness::kUntold || !job)
      return Unrecognized{"a prediction that could be this one does not say enough"};
    found.matches.push_back(*std::move(job));
  }
  if (std::ssize(items->Items()) >= kPageSize) {
    const std::int64_t page = JsonValue::OfString(std::string(input.page)).Integer().value_or(1);
    found.next = std::to_string(page + 1);
  }
  return found;
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildCharge(const JobInput& input, const Secret& secret) const {
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("billing_type", JsonValue::OfString(std::string(kDeduct))));
  ZOETROPE_RETURN_IF_ERROR(body.Append("prediction_uuids", JsonValue::OfString(input.job.id)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("page", JsonValue::OfNumber(1)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("page_size", JsonValue::OfNumber(kPageSize)));
  return MakeJsonPost(Repeat::kHarmless, base_url_ + "/billings/search", Authorization("Bearer", secret),
                      body.value().Write());
}

ChargeOutcome WavespeedAdapter::ReadCharge(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  if (!IsSuccess(status)) {
    return AsOfList<ChargeOutcome>(
        ReadLaterError({status, response.headers, {}}, RefusalIn(body.json, status)));
  }
  const JsonValue* items = body.json.Find("data.items");
  if (items == nullptr || !items->is_array()) return Unrecognized{"no entries in the answer about a charge"};
  std::optional<Money> sum;
  std::set<std::string> seen;
  for (const JsonValue& entry : items->Items()) {
    if (entry.Text("prediction.uuid") != input.job.id) continue;
    if (entry.Text("billing_type").value_or(std::string(kDeduct)) != kDeduct) continue;
    // One without a name is taken for one of its own.
    const std::string name = entry.Text("uuid").value_or("");
    if (!name.empty() && !seen.insert(name).second) continue;
    const std::optional<Money> price = ReportedAmount(entry.Text("price"));
    const absl::StatusOr<Money> total =
        price ? Add(sum.value_or(Money()), *price) : absl::InvalidArgumentError("no price");
    if (!total.ok()) return Unrecognized{"an entry about a charge without a usable price"};
    sum = *total;
  }
  if (!sum) return NoChargeYet{};
  return Charged{{sum, ""}};
}

absl::StatusOr<HttpRequest> WavespeedAdapter::BuildPrice(const SubmitInput& input,
                                                         const Secret& secret) const {
  JsonBuilder inputs;
  ZOETROPE_RETURN_IF_ERROR(AddInput(input, inputs));
  JsonBuilder body;
  ZOETROPE_RETURN_IF_ERROR(body.Set("model_id", JsonValue::OfString(input.offering.provider_model_id)));
  ZOETROPE_RETURN_IF_ERROR(body.Set("inputs", inputs.Take()));
  return MakeJsonPost(Repeat::kHarmless, base_url_ + "/model/price", Authorization("Bearer", secret),
                      body.value().Write());
}

PriceOutcome WavespeedAdapter::ReadPrice(const HttpResponse& response) const {
  const Body body = ReadBody(response);
  const int status = StatusOf(response, body.json);
  if (!IsSuccess(status)) {
    const ErrorText refusal = RefusalIn(body.json, status);
    // Asked about something that it does not have, or not so: what it says is for whoever keeps the
    // catalogue.
    if (status == 400 || status == 404 || status == 422)
      return Unrecognized{"refused", PrintableMessage(refusal.message), PrintableCode(refusal.code)};
    return AsOfList<PriceOutcome>(ReadLaterError({status, response.headers, {}}, refusal));
  }
  const std::optional<Money> list = ReportedAmount(body.json.Text("data.price"));
  const bool discounts = body.json.Find("data.discounted_price") != nullptr;
  const std::optional<Money> charged =
      discounts ? ReportedAmount(body.json.Text("data.discounted_price")) : list;
  if (!list || !charged || body.json.Text("data.currency").value_or("USD") != "USD")
    return Unrecognized{"no price in US dollars in the answer"};
  return Priced{*list, *charged};
}

}  // namespace zoetrope
