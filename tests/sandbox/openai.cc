#include "tests/sandbox/openai.h"

#include <algorithm>
#include <charconv>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/media.h"
#include "tests/sandbox/openai_request.h"
#include "tests/sandbox/openai_webhook.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kOpenai;
constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::int64_t kContentMs = 60 * 60'000;  // the guide: at most an hour after the end
constexpr std::size_t kDefaultPage = 20;
constexpr std::size_t kLargestPage = 100;

std::string_view StatusWord(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "in_progress";
    case JobState::kCompleted:
      return "completed";
    default:
      return "failed";
  }
}

int Progress(const Job& job, JobState state, std::int64_t now) {
  if (state == JobState::kCompleted) return 100;
  if (state != JobState::kRunning || job.plan.never_finishes || job.plan.run_ms <= 0) return 0;
  const std::int64_t ran = now - job.created_ms - job.plan.queue_ms;
  return static_cast<int>(std::clamp<std::int64_t>(ran * 100 / job.plan.run_ms, 0, 99));
}

Json ErrorOf(const Job& job) {
  std::string code = "video_generation_failed";
  std::string message = "The video could not be generated. Please try again.";
  if (job.plan.failure == Failure::kContent) {
    code = "moderation_blocked";
    message = "Your request was blocked by our moderation system.";
  } else if (job.plan.failure == Failure::kValidation) {
    code = "invalid_request";
    message = "The request was not accepted by the model.";
  } else if (job.plan.failure == Failure::kTimeout) {
    code = "timeout";
    message = "The video took too long to generate.";
  }
  if (!job.plan.code.empty()) code = job.plan.code;
  return {{"code", code}, {"message", message}};
}

Json VideoBody(const Job& job, JobState state, std::int64_t now) {
  Json body{{"id", job.id}, {"object", "video"}, {"created_at", job.created_ms / 1000}};
  body["status"] = StatusWord(state);
  body["completed_at"] = nullptr;
  body["error"] = nullptr;
  body["expires_at"] = nullptr;
  body["model"] = job.endpoint;
  body["progress"] = Progress(job, state, now);
  body["prompt"] = job.prompt;
  const Json* source = At(job.request, "remixed_from");
  body["remixed_from_video_id"] = source == nullptr ? Json(nullptr) : *source;
  body["seconds"] = std::to_string(job.clip.seconds);
  body["size"] = std::to_string(job.clip.width) + "x" + std::to_string(job.clip.height);
  if (state == JobState::kCompleted) {
    body["completed_at"] = EndsAt(job) / 1000;
    body["expires_at"] = (EndsAt(job) + (job.plan.result_expired ? 0 : kContentMs)) / 1000;
    if (job.plan.completed_with_error) body["error"] = ErrorOf(job);
  } else if (IsFinal(state)) {
    body["error"] = ErrorOf(job);
  }
  return body;
}

// A poll: what is shown may differ from what is so.
Reply Poll(World* world, Job* job) {
  const std::int64_t now = world->now_ms();
  Json body = VideoBody(*job, ShownState(job, now), now);
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    body["status"] = fault->Arg(0, "warming_up");
  return JsonReply(200, body);
}

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  switch (CheckCredential(world.options, BearerKey(request))) {
    case Credential::kMissing:
      return OpenaiError(
          401, kInvalid,
          "You didn't provide an API key. You need to provide your API key in an Authorization "
          "header using Bearer auth.");
    case Credential::kBad:
      return OpenaiError(401, kInvalid, "Incorrect API key provided.", "", "invalid_api_key");
    case Credential::kGood:
      break;
  }
  return std::nullopt;
}

Reply NoSuchVideo(const std::string& id) {
  return OpenaiError(404, kInvalid, "Video with id '" + id + "' not found.", "video_id");
}

// An expired result leaves its object behind; only a deleted or evicted video is unknown.
bool IsForgotten(const Job& job, std::int64_t now) {
  return job.evicted || (job.deleted_at_ms != 0 && now >= job.deleted_at_ms);
}

std::optional<Reply> Refusal(const Submission& submission) {
  if (FindFault(submission.faults, "model-gone") != nullptr) {
    return OpenaiError(
        404, kInvalid,
        "The model '" + submission.endpoint + "' does not exist or you do not have access to it.", "model",
        "model_not_found");
  }
  if (FindFault(submission.faults, "no-credit") != nullptr) {
    return OpenaiError(429, "insufficient_quota",
                       "You exceeded your current quota, please check your plan and billing details.", "",
                       "insufficient_quota");
  }
  if (FindFault(submission.faults, "reject") != nullptr) {
    return OpenaiError(400, kInvalid, "Your request was blocked by our moderation system.", "",
                       "moderation_blocked");
  }
  return std::nullopt;
}

Reply Accept(World* world, const Request& request, Submission* submission, Job draft) {
  // 48 hexadecimal digits, as those that were seen.
  std::string digits = world->NewUuid() + world->NewUuid();
  digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
  draft.id = "video_" + digits.substr(0, 48);
  draft.media_ms = kContentMs;
  draft.keeps_video = false;  // remixes name the job itself
  Job& job = Create(world, submission, std::move(draft));
  OweOpenaiWebhooks(world, request, &job);
  return JsonReply(200, VideoBody(job, StateAt(job, job.created_ms), job.created_ms));
}

Reply Submit(World* world, const Request& request, const OpenaiBody& body, Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  if (!body.readable) {
    return OpenaiError(400, kInvalid,
                       body.form ? "We could not parse the multipart form of your request."
                                 : "We could not parse the JSON body of your request.");
  }
  if (std::optional<Reply> refused = Refusal(*submission)) return *std::move(refused);
  const Endpoint* endpoint = OpenaiModel(body);
  if (endpoint == nullptr) {
    return OpenaiError(400, kInvalid,
                       "Invalid value: '" + AsText(body.fields.at("model")) +
                           "'. Supported values are: 'sora-2', 'sora-2-pro', and their snapshots.",
                       "model", "invalid_value");
  }
  if (std::optional<Reply> wrong = CheckOpenaiFields(*endpoint, body)) return *std::move(wrong);
  OpenaiPicture read = ReadOpenaiPicture(world, request, body, *endpoint);
  if (read.refused) return *std::move(read.refused);
  const Wish wish = ReadWish(*endpoint, body.fields, read.picture.get());
  Job draft;
  draft.clip = {read.picture, wish.width, wish.height, wish.seconds};
  draft.price_nanos = wish.price_nanos;
  return Accept(world, request, submission, std::move(draft));
}

// The new video has the size, the length and therefore the price of the old one.
Reply SubmitRemix(World* world, const Request& request, const OpenaiBody& body, const std::string& id,
                  Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  const Job* source = world->jobs.Find(kSelf, id);
  if (source == nullptr || IsForgotten(*source, world->now_ms())) return NoSuchVideo(id);
  submission->endpoint = source->endpoint;
  if (!body.readable) return OpenaiError(400, kInvalid, "We could not parse the JSON body of your request.");
  if (std::optional<Reply> refused = Refusal(*submission)) return *std::move(refused);
  for (const auto& [key, value] : body.fields.items()) {
    if (key == "prompt") continue;
    return OpenaiError(400, kInvalid, "Unknown parameter: '" + key + "'.", key, "unknown_parameter");
  }
  if (std::optional<Reply> wrong = CheckOpenaiFields(*FindEndpoint(kSelf, source->endpoint), body)) {
    return *std::move(wrong);
  }
  if (StateAt(*source, world->now_ms()) != JobState::kCompleted || source->plan.completed_with_error) {
    return OpenaiError(400, kInvalid, "Video '" + id + "' is not completed and cannot be remixed.",
                       "video_id");
  }
  Job draft;
  draft.clip = source->clip;
  draft.price_nanos = source->price_nanos;
  draft.request = {{"remixed_from", id}};
  return Accept(world, request, submission, std::move(draft));
}

// What is added costs what a new video of that length does.
Reply SubmitExtension(World* world, const Request& request, const OpenaiBody& body, Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  if (!body.readable) return OpenaiError(400, kInvalid, "We could not parse the JSON body of your request.");
  const Json* id = At(body.fields, "video.id");
  if (id == nullptr || !id->is_string()) {
    return OpenaiError(400, kInvalid, "Missing required parameter: 'video.id'.", "video.id",
                       "missing_required_parameter");
  }
  const Job* source = world->jobs.Find(kSelf, id->get<std::string>());
  if (source == nullptr || IsForgotten(*source, world->now_ms())) return NoSuchVideo(id->get<std::string>());
  submission->endpoint = source->endpoint;
  if (std::optional<Reply> refused = Refusal(*submission)) return *std::move(refused);
  OpenaiBody rest;
  rest.fields = body.fields;
  rest.fields.erase("video");
  for (const auto& [key, value] : rest.fields.items()) {
    if (key == "prompt" || key == "seconds") continue;
    return OpenaiError(400, kInvalid, "Unknown parameter: '" + key + "'.", key, "unknown_parameter");
  }
  const Endpoint& endpoint = *FindEndpoint(kSelf, source->endpoint);
  if (std::optional<Reply> wrong = CheckOpenaiFields(endpoint, rest)) return *std::move(wrong);
  if (StateAt(*source, world->now_ms()) != JobState::kCompleted || source->plan.completed_with_error) {
    return OpenaiError(400, kInvalid, "Video '" + source->id + "' is not completed and cannot be extended.",
                       "video.id");
  }
  const Wish wish = ReadWish(endpoint, rest.fields, nullptr);
  Job draft;
  draft.clip = source->clip;
  draft.clip.seconds += wish.seconds;
  draft.price_nanos = wish.price_nanos;
  return Accept(world, request, submission, std::move(draft));
}

enum class Make { kNew, kRemix, kExtension };

// `source` is the video to remix.
Reply HandleSubmit(World* world, const Request& request, Make make, const std::string& source = "") {
  const OpenaiBody body = ReadOpenaiBody(request);
  const auto text = [&](const char* key, std::string_view otherwise) {
    const auto it = body.fields.find(key);
    return it != body.fields.end() && it->is_string() ? it->get<std::string>() : std::string(otherwise);
  };
  Submission submission = BeginSubmission(world, kSelf, text("model", "sora-2"), text("prompt", ""),
                                          std::string(request.Header("x-client-request-id")));
  if (std::optional<Reply> stopped = StopBefore(submission.faults, kSelf)) {
    RecordAttempt(world, submission, *stopped);
    return *std::move(stopped);
  }
  Reply reply = make == Make::kNew     ? Submit(world, request, body, &submission)
                : make == Make::kRemix ? SubmitRemix(world, request, body, source, &submission)
                                       : SubmitExtension(world, request, body, &submission);
  return FinishSubmission(world, submission, std::move(reply));
}

Reply Delete(World* world, Job* job) {
  if (!IsFinal(StateAt(*job, world->now_ms()))) {
    return OpenaiError(400, kInvalid, "Video '" + job->id + "' is still being generated.", "video_id");
  }
  job->deleted_at_ms = world->now_ms();
  return JsonReply(200, {{"id", job->id}, {"object", "video.deleted"}, {"deleted", true}});
}

Reply Content(World* world, const Request& request, const Job& job) {
  const std::string variant(request.Query("variant"));
  MediaKind kind = MediaKind::kVideo;
  if (variant == "thumbnail") kind = MediaKind::kThumbnail;
  if (variant == "spritesheet") kind = MediaKind::kSpritesheet;
  if (kind == MediaKind::kVideo && !variant.empty() && variant != "video") {
    return OpenaiError(
        400, kInvalid,
        "Invalid value: '" + variant + "'. Supported values are: 'video', 'thumbnail', and 'spritesheet'.",
        "variant", "invalid_value");
  }
  const std::int64_t now = world->now_ms();
  if (StateAt(job, now) != JobState::kCompleted || job.plan.completed_with_error) {
    return OpenaiError(404, kInvalid, "Video '" + job.id + "' is not ready.");
  }
  if (job.plan.result_expired || now >= EndsAt(job) + job.media_ms) {
    return OpenaiError(404, kInvalid, "The content of video '" + job.id + "' has expired.");
  }
  return DeliverMedia(*world, job, kind, std::string(request.Header("range")));
}

Reply List(World* world, const Request& request) {
  const std::string_view limit_text = request.Query("limit");
  std::size_t limit = kDefaultPage;
  const auto [end, error] = std::from_chars(limit_text.data(), limit_text.data() + limit_text.size(), limit);
  const bool number = error == std::errc() && end == limit_text.data() + limit_text.size();
  if (!limit_text.empty() && (!number || limit > kLargestPage)) {
    return OpenaiError(400, kInvalid, "Invalid 'limit': expected an integer from 0 to 100.", "limit",
                       "invalid_value");
  }
  const bool ascending = request.Query("order") == "asc";
  const std::int64_t now = world->now_ms();
  std::vector<const Job*> videos;
  for (const Job& job : world->jobs.all()) {
    if (job.provider == kSelf && !IsForgotten(job, now)) videos.push_back(&job);
  }
  if (!ascending) std::reverse(videos.begin(), videos.end());
  const std::string after(request.Query("after"));
  auto first = videos.begin();
  if (!after.empty()) {
    first = std::find_if(videos.begin(), videos.end(), [&](const Job* job) { return job->id == after; });
    if (first == videos.end()) return NoSuchVideo(after);
    ++first;
  }
  const std::size_t count = std::min<std::size_t>(limit, static_cast<std::size_t>(videos.end() - first));
  Json page{{"object", "list"}, {"data", Json::array()}, {"first_id", nullptr}, {"last_id", nullptr}};
  for (std::size_t i = 0; i < count; ++i, ++first) {
    page["data"].push_back(VideoBody(**first, StateAt(**first, now), now));
  }
  if (count > 0) {
    page["first_id"] = page["data"].front()["id"];
    page["last_id"] = page["data"].back()["id"];
  }
  page["has_more"] = first != videos.end();
  return JsonReply(200, page);
}

// A call about what exists already. `op` is "list", "get", "delete" or "content".
Reply HandleJobCall(World* world, const Request& request, std::string_view op, const std::string& id) {
  const Call call = op == "get"       ? Call::kPoll
                    : op == "delete"  ? Call::kCancel
                    : op == "content" ? Call::kMedia
                                      : Call::kResult;
  world->ledger.Count(kSelf, call);
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  Job* job = id.empty() ? nullptr : world->jobs.Find(kSelf, id);
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, call, job);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  Reply reply;
  if (op == "list") {
    reply = List(world, request);
  } else if (job == nullptr || IsForgotten(*job, world->now_ms())) {
    reply = NoSuchVideo(id);
  } else if (op == "content") {
    reply = Content(world, request, *job);
  } else if (op == "delete") {
    reply = Delete(world, job);
  } else {
    reply = Poll(world, job);
  }
  return Mangle(std::move(reply), faults, kSelf);
}

}  // namespace

Reply HandleOpenai(World* world, const Request& request) {
  const std::vector<std::string> parts = SplitPath(request.path);  // openai, v1, videos[, id[, op]]
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (parts.size() >= 3 && parts[1] == "v1" && parts[2] == "webhook_endpoints") {
    if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
    return HandleOpenaiWebhooks(world, request, {parts.begin() + 3, parts.end()});
  }
  if (parts.size() < 3 || parts.size() > 5 || parts[1] != "v1" || parts[2] != "videos") {
    return OpenaiError(404, kInvalid, "Invalid URL (" + request.method + " " + request.path + ")");
  }
  if (parts.size() == 3) {
    if (post) return HandleSubmit(world, request, Make::kNew);
    if (get) return HandleJobCall(world, request, "list", "");
  } else if (parts.size() == 4) {
    if (post && parts[3] == "extensions") return HandleSubmit(world, request, Make::kExtension);
    if (get) return HandleJobCall(world, request, "get", parts[3]);
    if (request.method == "DELETE") return HandleJobCall(world, request, "delete", parts[3]);
  } else if (parts[4] == "content" && get) {
    return HandleJobCall(world, request, "content", parts[3]);
  } else if (parts[4] == "remix" && post) {
    return HandleSubmit(world, request, Make::kRemix, parts[3]);
  } else if (parts[4] != "content" && parts[4] != "remix") {
    return OpenaiError(404, kInvalid, "Invalid URL (" + request.method + " " + request.path + ")");
  }
  return OpenaiError(405, kInvalid, "Not allowed to " + request.method + " on " + request.path + ".", "",
                     "method_not_supported");
}

}  // namespace zoetrope::sandbox
