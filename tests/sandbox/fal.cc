#include "tests/sandbox/fal.h"

#include <algorithm>
#include <cstdlib>

#include "tests/sandbox/fal_result.h"
#include "tests/sandbox/mangle.h"
#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kFal;
constexpr std::int64_t kRetentionMs = 60 * 60'000;
constexpr std::int64_t kStreamStepMs = 100;
constexpr std::int64_t kPingMs = 15'000;
constexpr std::int64_t kLongestHoldMs = 60 * 60'000;

// "/fal/queue/fal-ai/sora-2/requests/{id}/status" in parts.
struct Target {
  bool sync = false;
  std::string model;            // the model id of a submit, or the app of a call about a request
  std::string id;               // "" for a submit
  std::vector<std::string> op;  // what follows the id
};

std::string Join(const std::vector<std::string>& parts, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += (i > begin ? "/" : "") + parts[i];
  return text;
}

std::optional<Target> ParseTarget(const std::string& path) {
  const std::vector<std::string> parts = SplitPath(path);  // fal, queue|run, …
  if (parts.size() < 4 || (parts[1] != "queue" && parts[1] != "run")) return std::nullopt;
  Target target;
  target.sync = parts[1] == "run";
  const auto requests = std::find(parts.begin() + 2, parts.end(), "requests");
  const auto at = static_cast<std::size_t>(requests - parts.begin());
  target.model = Join(parts, 2, at);
  if (requests == parts.end() || target.sync) return target;
  if (at + 1 >= parts.size()) return std::nullopt;
  target.id = parts[at + 1];
  target.op.assign(parts.begin() + static_cast<std::ptrdiff_t>(at) + 2, parts.end());
  return target;
}

// Calls about a request name the app only: the part of the model id after "owner/app" is dropped.
std::string AppOf(const std::string& model) {
  const std::vector<std::string> parts = SplitPath(model);
  return Join(parts, 0, std::min<std::size_t>(2, parts.size()));
}

bool IsApp(const std::string& app) {
  const std::vector<const Endpoint*> all = EndpointsOf(kSelf);
  return std::any_of(all.begin(), all.end(),
                     [&](const Endpoint* e) { return AppOf(std::string(e->id)) == app; });
}

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  const std::string_view header = request.Header("authorization");
  if (header.empty()) return JsonReply(401, {{"detail", "Authorization header is required"}});
  std::string_view key = StartsWith(header, "Key ") ? header.substr(4) : std::string_view("bad-key");
  // KEY_ID:KEY_SECRET is one of the two forms.
  const bool bad = key == "bad-key" || StartsWith(key, "bad-key:");
  if (bad || CheckCredential(world.options, key) != Credential::kGood) {
    return JsonReply(401, {{"detail", "invalid key credentials"}});
  }
  return std::nullopt;
}

Json Logs(const Job& job, std::int64_t now, bool wanted) {
  if (!wanted) return nullptr;
  const std::int64_t start = job.created_ms + job.plan.queue_ms;
  const std::pair<std::int64_t, const char*> lines[] = {
      {start, "loading inputs"},
      {start + job.plan.run_ms / 4, "rendering"},
      {start + job.plan.run_ms * 9 / 10, "encoding"},
  };
  Json logs = Json::array();
  for (const auto& [at, message] : lines) {
    if (at > now) break;
    logs.push_back({{"timestamp", IsoTime(at)}, {"message", message}, {"level", "INFO"}, {"source", "USER"}});
  }
  return logs;
}

Json Urls(const Request& request, const Job& job) {
  const std::string base =
      MountUrl(request, "/fal/queue") + "/" + AppOf(job.endpoint) + "/requests/" + job.id;
  return {{"response_url", base}, {"status_url", base + "/status"}, {"cancel_url", base + "/cancel"}};
}

// How many are waiting before it, 0-based. Nobody can check it but it must fall.
std::int64_t QueuePosition(const Job& job, std::int64_t now) {
  const std::int64_t left = job.created_ms + job.plan.queue_ms - now;
  return job.plan.queue_ms <= 0 ? 0 : std::max<std::int64_t>(0, left * 3 / (job.plan.queue_ms + 1));
}

Json StatusBody(const Request& request, Job* job, JobState state, std::int64_t now) {
  const bool logs = request.Query("logs") == "1" || request.Query("logs") == "true";
  Json body;
  body["status"] = state == JobState::kQueued    ? "IN_QUEUE"
                   : state == JobState::kRunning ? "IN_PROGRESS"
                                                 : "COMPLETED";
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    body["status"] = fault->Arg(0, "WARMING_UP");
  body["request_id"] = job->id;
  if (state == JobState::kQueued) body["queue_position"] = QueuePosition(*job, now);
  body.update(Urls(request, *job));
  if (state == JobState::kQueued) return body;
  body["logs"] = Logs(*job, now, logs);
  if (state == JobState::kRunning) return body;
  const FalError error = FalStatusError(*job, state);
  if (!error.error.empty()) {
    body["error"] = error.error;
    body["error_type"] = error.error_type;
  }
  const bool ran = state != JobState::kTimedOut && state != JobState::kCancelled;
  body["metrics"] = {{"inference_time", ran ? static_cast<double>(job->plan.run_ms) / 1000 : 0.0}};
  return body;
}

Reply Status(World* world, const Request& request, Job* job) {
  if (job == nullptr || job->evicted) return JsonReply(404, {{"status", "NOT_FOUND"}});
  const std::int64_t now = world->now_ms();
  // An expired result leaves its status behind for a while; a request past its retention is unknown.
  if (IsGone(*job, now) && !job->plan.result_expired) return JsonReply(404, {{"status", "NOT_FOUND"}});
  const JobState state = ShownState(job, now);
  Reply reply = JsonReply(IsFinal(state) ? 200 : 202, StatusBody(request, job, state, now));
  reply.headers.emplace_back("x-fal-request-id", job->id);
  return reply;
}

Reply Result(World* world, const Request& request, const Job* job) {
  const std::int64_t now = world->now_ms();
  if (job == nullptr || IsGone(*job, now)) return JsonReply(404, {{"detail", "Request not found"}});
  const JobState state = StateAt(*job, now);
  if (!IsFinal(state)) return JsonReply(400, {{"detail", "Request is still in progress"}});
  return FalResult(request, *job, state);
}

Reply CancelRequest(World* world, Job* job) {
  if (job == nullptr || IsGone(*job, world->now_ms())) return JsonReply(404, {{"status", "NOT_FOUND"}});
  const bool queued = StateAt(*job, world->now_ms()) == JobState::kQueued;
  if (!Cancel(world, job)) return JsonReply(400, {{"status", "ALREADY_COMPLETED"}});
  return queued ? JsonReply(200, {{"status", "OK"}}) : JsonReply(202, {{"status", "CANCELLATION_REQUESTED"}});
}

// One event per change of state, a comment now and then, and the end after COMPLETED.
Reply StreamEvent(World* world, const Request& request, const std::string& id, std::string last,
                  std::int64_t pinged) {
  Reply reply;
  reply.delivery = Delivery::kStream;
  reply.content_type = "text/event-stream";
  Job* job = world->jobs.Find(kSelf, id);
  if (job == nullptr || job->evicted) return reply;
  const std::int64_t now = world->now_ms();
  const JobState state = ShownState(job, now);
  const std::string event = StatusBody(request, job, state, now).dump();
  if (event != last) {
    reply.body = "data: " + event + "\n\n";
  } else if (now - pinged >= kPingMs) {
    reply.body = ": ping\n\n";
  }
  if (!reply.body.empty()) pinged = now;
  if (IsFinal(state)) return reply;
  reply.delay_ms = kStreamStepMs;
  reply.next = [world, request, id, event, pinged] { return StreamEvent(world, request, id, event, pinged); };
  return reply;
}

Reply HandleRequestCall(World* world, const Request& request, const Target& target) {
  // Only the short form is served; the sub-path of a model takes submits and nothing else.
  if (AppOf(target.model) != target.model) {
    Reply reply = ErrorReply(kSelf, 405);
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  const std::string op = Join(target.op, 0, target.op.size());
  const bool cancel = op == "cancel";
  if (request.method != (cancel ? "PUT" : "GET")) return ErrorReply(kSelf, 405);
  const Call call = cancel ? Call::kCancel : StartsWith(op, "status") ? Call::kPoll : Call::kResult;
  world->ledger.Count(kSelf, call);
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  Job* job = world->jobs.Find(kSelf, target.id);
  if (job != nullptr && AppOf(job->endpoint) != target.model) job = nullptr;
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, call, job);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  if (op == "status/stream" && job != nullptr) {
    Request about = request;
    return Mangle(StreamEvent(world, about, job->id, "", world->now_ms()), faults, kSelf);
  }
  if (cancel) return Mangle(CancelRequest(world, job), faults, kSelf);
  if (op == "status") return Mangle(Status(world, request, job), faults, kSelf);
  if (op.empty() || op == "response") return Mangle(Result(world, request, job), faults, kSelf);
  return ErrorReply(kSelf, 404, "Path not found");
}

// A remix takes picture, size and length from its source.
void ReadRemix(World* world, const std::string& video_id, Job* job) {
  const Job* source = FindVideo(world, kSelf, video_id);
  if (source == nullptr) {
    job->plan.failure = Failure::kValidation;
    job->plan.detail = Json::array({{{"loc", {"body", "video_id"}},
                                     {"msg", "Value error, video not found or not available for remixing"},
                                     {"type", "value_error"},
                                     {"input", video_id}}});
    return;
  }
  job->clip = source->clip;
  job->price_nanos = source->price_nanos;
}

Job ReadInput(World* world, const Request& request, const Endpoint& endpoint, const Json& input) {
  Job job;
  job.unit_nanos = endpoint.rates.front().nanos_per_second;
  const std::vector<Violation> violations =
      CheckFields(endpoint, input, world->options.refuse_unknown_fields);
  if (!violations.empty()) {
    job.plan.failure = Failure::kValidation;
    job.plan.detail = FalDetail(violations, input);
    return job;
  }
  PictureResult picture;
  if (const std::string reference = PictureOf(endpoint, input); !reference.empty())
    picture = world->pictures.Resolve(reference, request.Header("host"), false);
  if (!picture.error.empty()) {
    job.plan.failure = Failure::kPicture;
    job.plan.detail = FalPictureDetail(std::string(endpoint.picture_key), picture.error);
  }
  const Wish wish = ReadWish(endpoint, input, picture.picture.get());
  job.clip = {picture.picture, wish.width, wish.height, wish.seconds};
  job.price_nanos = wish.price_nanos;
  if (request.Header("x-fal-store-io") != "0") job.request = WithoutPictures(input);
  job.keeps_video = input.contains("delete_video") && input["delete_video"] == Json(false);
  if (input.contains("video_id")) ReadRemix(world, AsText(input["video_id"]), &job);
  return job;
}

// The platform's headers that decide how long a request may live.
void ApplyHeaders(const Request& request, Job* job) {
  const double deadline = std::atof(std::string(request.Header("x-fal-request-timeout")).c_str());
  if (deadline > 0 && static_cast<double>(job->plan.queue_ms) > deadline * 1000) {
    job->plan.queue_ms = static_cast<std::int64_t>(deadline * 1000);
    job->plan.run_ms = 0;
    job->plan.failure = Failure::kTimeout;
    job->plan.own_deadline = true;
  }
  const Json preference = Json::parse(request.Header("x-fal-object-lifecycle-preference"), nullptr, false);
  const Json* seconds = preference.is_object() ? At(preference, "expiration_duration_seconds") : nullptr;
  if (seconds != nullptr && seconds->is_number_integer()) job->media_ms = seconds->get<std::int64_t>() * 1000;
}

bool QueueIsLonger(World* world, const Request& request, const Endpoint& endpoint) {
  const std::string_view limit = request.Query("fal_max_queue_length");
  if (limit.empty()) return false;
  const std::int64_t now = world->now_ms();
  const auto queued = std::count_if(world->jobs.all().begin(), world->jobs.all().end(), [&](const Job& job) {
    return job.provider == kSelf && job.endpoint == endpoint.id && StateAt(job, now) == JobState::kQueued;
  });
  return queued > std::atoll(std::string(limit).c_str());
}

std::optional<Reply> Refusal(const Submission& submission, bool sync) {
  if (FindFault(submission.faults, "model-gone") != nullptr) {
    return JsonReply(404, {{"detail", "Application \"" + submission.endpoint + "\" not found"}});
  }
  if (FindFault(submission.faults, "no-credit") != nullptr) {
    return JsonReply(403, {{"detail",
                            "User is locked. Reason: Exhausted balance. Top up your balance at "
                            "fal.ai/dashboard/billing."}});
  }
  if (sync && FindFault(submission.faults, "reject") != nullptr) {
    Job job;
    job.plan.failure = Failure::kContent;
    job.prompt = submission.prompt;
    return FalResult(Request(), job, JobState::kFailed);
  }
  return std::nullopt;
}

Reply Accepted(World* world, const Request& request, const Job& job, bool sync) {
  if (sync) {
    Request about = request;
    about.body.clear();
    Reply reply;
    reply.delay_ms = std::clamp<std::int64_t>(EndsAt(job) - world->now_ms(), 0, kLongestHoldMs);
    reply.next = [world, about = std::move(about), id = job.id] {
      return Result(world, about, world->jobs.Find(kSelf, id));
    };
    return reply;
  }
  Json body{{"status", "IN_QUEUE"}, {"request_id", job.id}, {"gateway_request_id", job.id}};
  body.update(Urls(request, job));
  body["queue_position"] = QueuePosition(job, job.created_ms);
  Reply reply = JsonReply(200, body);
  reply.headers.emplace_back("x-fal-request-id", job.id);
  return reply;
}

Reply Submit(World* world, const Request& request, const Json& input, bool sync, Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  const Endpoint* endpoint = FindEndpoint(kSelf, submission->endpoint);
  if (endpoint == nullptr) {
    const std::string app = AppOf(submission->endpoint);
    const std::string what =
        IsApp(app)
            ? "Path /" + submission->endpoint.substr(std::min(app.size() + 1, submission->endpoint.size())) +
                  " not found"
            : "Application \"" + app + "\" not found";
    return JsonReply(404, {{"detail", what}});
  }
  if (!input.is_object()) {
    return JsonReply(
        422, {{"detail",
               Json::array({{{"loc", {"body"}}, {"msg", "JSON decode error"}, {"type", "json_invalid"}}})}});
  }
  if (std::optional<Reply> refused = Refusal(*submission, sync)) return *std::move(refused);
  if (QueueIsLonger(world, request, *endpoint))
    return ErrorReply(kSelf, 429, "Queue is longer than fal_max_queue_length");
  Job draft = ReadInput(world, request, *endpoint, input);
  if (draft.plan.failure != Failure::kNone && (sync || world->options.fal_validates_at_submit)) {
    return FalResult(request, draft, JobState::kFailed);
  }
  // The queue knows no content check of its own: the model rejects when it runs.
  if (FindFault(submission->faults, "reject") != nullptr) draft.plan.failure = Failure::kContent;
  draft.id = world->NewUuid();
  draft.retention_ms = kRetentionMs;
  Job& job = Create(world, submission, std::move(draft));
  ApplyHeaders(request, &job);
  if (!sync) OweWebhooks(world, request, &job, std::string(request.Query("fal_webhook")));
  return Accepted(world, request, job, sync);
}

Reply HandleSubmit(World* world, const Request& request, const Target& target) {
  Json input = Json::parse(request.body, nullptr, false);
  DropNulls(&input);
  const Json* prompt = input.is_object() ? At(input, "prompt") : nullptr;
  Submission submission = BeginSubmission(
      world, kSelf, target.model, prompt != nullptr && prompt->is_string() ? prompt->get<std::string>() : "",
      LastPathSegment(request.Query("fal_webhook")));
  if (std::optional<Reply> stopped = StopBefore(submission.faults, kSelf)) {
    RecordAttempt(world, submission, *stopped);
    return *std::move(stopped);
  }
  return FinishSubmission(world, submission, Submit(world, request, input, target.sync, &submission));
}

}  // namespace

Reply HandleFal(World* world, const Request& request) {
  const std::optional<Target> target = ParseTarget(request.path);
  if (!target) return ErrorReply(kSelf, 404, "Not Found");
  if (!target->id.empty()) return HandleRequestCall(world, request, *target);
  if (request.method != "POST") {
    Reply reply = ErrorReply(kSelf, 405);
    reply.headers.emplace_back("Allow", "POST");
    return reply;
  }
  return HandleSubmit(world, request, *target);
}

}  // namespace zoetrope::sandbox
