#include "server/providers/openai/openai_adapter.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/providers/binding.h"
#include "server/providers/first_frame.h"
#include "server/providers/http_classes.h"
#include "server/providers/json_builder.h"
#include "server/providers/multipart.h"
#include "server/providers/openai/openai_errors.h"
#include "server/providers/openai/openai_video.h"
#include "server/providers/provider_url.h"
#include "server/providers/request.h"

namespace zoetrope {
namespace {

constexpr std::string_view kBaseUrl = "https://api.openai.com/v1";
constexpr std::string_view kSize = "size";
// The most that one page of the list holds.
constexpr std::string_view kNewest = "?limit=100&order=desc";

absl::Status FieldError(std::string field, std::string what) {
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{std::move(field), std::move(what)}});
}

const BlobRef* InlinePicture(const Generation& generation) {
  return generation.first_frame ? generation.first_frame->blob() : nullptr;
}

// Whether a caller's `id` stays one segment of a path, however a server reads its escapes.
bool IsSegment(std::string_view id) {
  constexpr std::string_view kAnywhere = "https://a.example";
  return IsUsableId(id) && IsBeneath(std::string(kAnywhere) + "/" + EscapeUrl(id), kAnywhere);
}

// The id of the earlier video; empty where the offering is made from none.
absl::StatusOr<std::string> SourceOf(const SubmitInput& input) {
  const bool derived = input.offering.mode == Mode::kRemix || input.offering.mode == Mode::kExtend;
  if (!derived) return std::string();
  const std::string id =
      input.generation.source_video ? input.generation.source_video->provider_video_id : "";
  if (!IsSegment(id)) return absl::FailedPreconditionError("a remix or extension needs an earlier video");
  return id;
}

// The request's fields as JSON; without a picture by value, which becomes a part of its own, and without what
// the URL of a remix names.
absl::StatusOr<JsonValue> FieldsOf(const SubmitInput& input) {
  const Mode mode = input.offering.mode;
  JsonBuilder fields;
  // What is made from an earlier video has its model.
  if (mode != Mode::kRemix && mode != Mode::kExtend) {
    ZOETROPE_RETURN_IF_ERROR(fields.Set("model", JsonValue::OfString(input.offering.provider_model_id)));
  }
  Generation generation = input.generation;
  if (mode == Mode::kRemix) generation.source_video.reset();
  if (InlinePicture(generation) != nullptr) {
    // The picture decides the size as long as it is there.
    ZOETROPE_ASSIGN_OR_RETURN(const SizeRow* size, ChooseSize(generation, input.offering));
    if (size != nullptr) generation.aspect_ratio = size->aspect_ratio;
    generation.first_frame.reset();
  }
  const SubmitInput rest{generation,  input.offering,     input.attempt_id,
                         input.blobs, input.preparations, input.callback_url};
  ZOETROPE_RETURN_IF_ERROR(AddInput(rest, fields));
  return fields.Take();
}

absl::Status AddPicture(const SubmitInput& input, MultipartForm& form) {
  const BlobRef* picture = InlinePicture(input.generation);
  if (picture == nullptr) return absl::OkStatus();
  const Binding* binding = input.offering.Find(Field::kFirstFrame);
  if (binding == nullptr || !input.offering.inline_images)
    return absl::FailedPreconditionError("the offering has no place for a picture given by value");
  const auto blob = input.blobs.find(picture->sha256);
  if (blob == input.blobs.end()) return absl::InternalError("a picture's bytes are not there");
  std::string part = binding->path.substr(0, binding->path.find('.'));
  ZOETROPE_ASSIGN_OR_RETURN(std::string filename, PictureFileName(part, blob->second.content_type));
  form.AddFile(std::move(part), std::move(filename), blob->second.content_type, blob->second.bytes);
  return absl::OkStatus();
}

absl::StatusOr<MultipartForm::Encoded> FormOf(const SubmitInput& input, const JsonValue& fields) {
  std::vector<std::string> texts;
  for (const std::string& name : fields.Keys()) {
    const JsonValue* value = fields.Find(name);
    if (value == nullptr || value->is_object() || value->is_array())
      return absl::FailedPreconditionError("`" + name + "` has no form in multipart");
    texts.push_back(value->Text().value_or(value->Write()));
  }
  MultipartForm form;
  for (std::size_t i = 0; i < texts.size(); ++i) form.AddText(fields.Keys()[i], texts[i]);
  ZOETROPE_RETURN_IF_ERROR(AddPicture(input, form));
  return form.Encode("zoetrope-" + std::string(input.attempt_id));
}

// Whether `video` names another one than the one that was asked for.
bool IsAnother(const JsonValue& video, const std::string& id) {
  const std::optional<std::string> named = video.Text("id");
  return named && *named != id;
}

}  // namespace

OpenaiAdapter::OpenaiAdapter(const AccountEndpoints& endpoints)
    : url_((endpoints.base_url.empty() ? std::string(kBaseUrl) : endpoints.base_url) + "/videos") {
  capabilities_.can_look_up = true;
  capabilities_.first_poll_after = absl::Seconds(10);
  capabilities_.poll_floor = absl::Seconds(2);
  capabilities_.result_kept_for = absl::Hours(1);
  capabilities_.media_kept_for = absl::Hours(1);
  capabilities_.marker_prefix = "";
}

std::string OpenaiAdapter::VideoUrl(std::string_view id) const { return url_ + "/" + EscapeUrl(id); }

absl::Status OpenaiAdapter::Check(const Generation& generation, const Offering& offering) const {
  if (generation.source_video && !IsSegment(generation.source_video->provider_video_id))
    return FieldError("generation.source_video", "is no id that a video has at this provider");
  if (!generation.first_frame || offering.sizes.empty()) return absl::OkStatus();
  ZOETROPE_ASSIGN_OR_RETURN(const SizeRow* row, ChooseSize(generation, offering));
  if (row == nullptr) {
    return FieldError(
        "generation.aspect_ratio",
        "must be given: the picture must have the video's size, and that of a URL is not known");
  }
  return absl::OkStatus();
}

std::optional<PixelSize> OpenaiAdapter::FirstFrameSize(const Generation& generation,
                                                       const Offering& offering) const {
  const absl::StatusOr<const SizeRow*> row = ChooseSize(generation, offering);
  return row.ok() && *row != nullptr ? PixelSizeAt(**row, kSize) : std::nullopt;
}

absl::StatusOr<HttpRequest> OpenaiAdapter::BuildSubmit(const SubmitInput& input, const Secret& secret) const {
  ZOETROPE_ASSIGN_OR_RETURN(const std::string source, SourceOf(input));
  ZOETROPE_ASSIGN_OR_RETURN(const JsonValue fields, FieldsOf(input));
  const Mode mode = input.offering.mode;
  std::string url = mode == Mode::kRemix    ? VideoUrl(source) + "/remix"
                    : mode == Mode::kExtend ? url_ + "/extensions"
                                            : url_;
  HttpRequest request =
      MakeRequest(HttpMethod::kPost, Repeat::kBillable, std::move(url), Authorization("Bearer", secret));
  const bool by_url = input.generation.first_frame && input.generation.first_frame->url() != nullptr;
  if (by_url || !source.empty()) {
    request.headers.push_back({"content-type", "application/json"});
    request.body = fields.Write();
  } else {
    ZOETROPE_ASSIGN_OR_RETURN(MultipartForm::Encoded form, FormOf(input, fields));
    request.headers.push_back({"content-type", std::move(form.content_type)});
    request.body = std::move(form.body);
  }
  // Stands in the provider's logs: by it its support can tell which request an attempt was.
  request.headers.push_back({"x-client-request-id", std::string(input.attempt_id)});
  return request;
}

SubmitOutcome OpenaiAdapter::ReadSubmit(const SubmitInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) {
    ErrorText error = OpenaiErrorIn(response.status, body.json);
    // What is not there is then the earlier video, which is the caller's.
    const bool derived = input.offering.mode == Mode::kRemix || input.offering.mode == Mode::kExtend;
    if (response.status == 404 && derived && !error.code.empty() && !error.reason)
      error.reason = FailureReason::kValidationRejected;
    return ReadOpenaiRefusal(response, body, error);
  }
  const std::string id = body.json.Text("id").value_or("");
  if (!IsUsableId(id)) return Unrecognized{"accepted without a usable id"};
  return Accepted{{id, {}}, ReadVideoEnd(body.json, id, VideoUrl(id))};
}

absl::StatusOr<HttpRequest> OpenaiAdapter::BuildPoll(const JobInput& input, const Secret& secret) const {
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, VideoUrl(input.job.id),
                     Authorization("Bearer", secret));
}

PollOutcome OpenaiAdapter::ReadPoll(const JobInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return As<PollOutcome>(ReadOpenaiTrouble(response, body));
  if (!body.json.Text("status")) return Unrecognized{"no status in the answer to a poll"};
  if (IsAnother(body.json, input.job.id)) return Unrecognized{"the answer to a poll is about another job"};
  VideoEnd end = ReadVideoEnd(body.json, input.job.id, VideoUrl(input.job.id));
  if (auto* succeeded = std::get_if<Succeeded>(&end)) return std::move(*succeeded);
  if (auto* failed = std::get_if<Failed>(&end)) return std::move(*failed);
  return ReadVideoProgress(body.json);
}

absl::StatusOr<HttpRequest> OpenaiAdapter::BuildLookup(const LookupInput& input, const Secret& secret) const {
  std::string url = url_ + std::string(kNewest);
  if (!input.page.empty()) url += "&after=" + EscapeUrl(input.page);
  return MakeRequest(HttpMethod::kGet, Repeat::kHarmless, std::move(url), Authorization("Bearer", secret));
}

LookupOutcome OpenaiAdapter::ReadLookup(const LookupInput& input, const HttpResponse& response) const {
  const Body body = ReadBody(response);
  if (!IsSuccess(response.status)) return AsOfList<LookupOutcome>(ReadOpenaiTrouble(response, body));
  // A video does not say which one it extends, and its seconds are those of both.
  if (input.submit.offering.mode == Mode::kExtend)
    return Unrecognized{"an extension is not known by what it shows"};
  absl::StatusOr<std::string> source = SourceOf(input.submit);
  absl::StatusOr<JsonValue> fields = FieldsOf(input.submit);
  if (!source.ok() || !fields.ok()) return Unrecognized{"what was sent cannot be built again"};
  return FindSubmission({*std::move(fields), *std::move(source), input.sent_at}, body.json);
}

}  // namespace zoetrope
