#include "tests/sandbox/runware.h"

#include <algorithm>
#include <optional>
#include <set>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/runware_check.h"
#include "tests/sandbox/runware_item.h"
#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kRunware;
constexpr std::int64_t kRetentionMs = 24LL * 60 * 60'000;
constexpr std::size_t kMaxTasks = 200;

// The reply in the making.
struct Envelope {
  Json data = Json::array();
  Json errors = Json::array();
  int status = 200;  // of the first error
  std::vector<Fault> faults;

  void Fail(int with_status, Json error) {
    if (errors.empty()) status = with_status;
    errors.push_back(std::move(error));
  }
};

std::string TextOf(const Json& task, const char* key) {
  const auto it = task.find(key);
  return it != task.end() && it->is_string() ? it->get<std::string>() : std::string();
}

bool IsSubmit(const Json& task) { return TextOf(task, "taskType") == "videoInference"; }

void AddFailure(const Job& job, Envelope* out) {
  const Json error = RunwareFailure(job);
  // The second form: an item in `data`. The fact that both exist is why both are here.
  if (job.plan.failure_in_item || job.plan.failure == Failure::kTimeout) {
    Json item = RunwareItem(job);
    item["status"] = "error";
    item["error"] = {{"code", error["code"]}, {"message", error["message"]}};
    out->data.push_back(std::move(item));
    return;
  }
  out->errors.push_back(error);
}

void AddUnfinished(Job* job, JobState state, std::int64_t now, Envelope* out) {
  Json item = RunwareItem(*job);
  const bool stepped_back = state == JobState::kQueued && StateAt(*job, now) == JobState::kRunning;
  item["status"] = stepped_back ? "queued" : "processing";
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    item["status"] = fault->Arg(0, "warming_up");
  if (state == JobState::kRunning && job->plan.run_ms > 0 && !job->plan.never_finishes) {
    item["progress"] = std::clamp<std::int64_t>(
        (now - job->created_ms - job->plan.queue_ms) * 100 / job->plan.run_ms, 0, 99);
  }
  out->data.push_back(std::move(item));
}

// What getResponse says about one task. Finished results of a batch stay in the list while the others come.
void AddResponse(World* world, const Request& request, const Json& task, Job* job, Envelope* out) {
  if (job == nullptr || job->evicted) return;  // unknown and "nothing yet" look the same
  const std::int64_t now = world->now_ms();
  const JobState state = ShownState(job, now);
  if (IsGone(*job, now)) {
    return out->errors.push_back(
        RunwareError(task, "taskFailedOrNotFound", "The task failed or was not found."));
  }
  if (state == JobState::kCancelled) {
    return out->errors.push_back(RunwareError(RunwareItem(*job), "taskCancelled", "The task was cancelled."));
  }
  if (state == JobState::kFailed || state == JobState::kTimedOut) return AddFailure(*job, out);
  const int good = std::min(ResultsReady(*job, now), job->results - job->plan.failed_results);
  for (int i = 0; i < good; ++i) out->data.push_back(RunwareResult(request, *job, i));
  if (!IsFinal(state)) return AddUnfinished(job, state, now, out);
  if (job->plan.completed_with_error) {
    for (Json& item : out->data) {
      if (item["taskUUID"] != job->id) continue;
      item.erase("videoURL");
      item.erase("cost");
      item["error"] = {{"code", "inferenceError"}, {"message", "generation failed upstream"}};
    }
  }
  for (int i = 0; i < job->plan.failed_results; ++i) AddFailure(*job, out);
}

void AddDetails(World* world, const Request& request, const Json& task, Envelope* out) {
  Job* job = world->jobs.Find(kSelf, TextOf(task, "taskUUID"));
  if (job == nullptr || job->evicted) {
    return out->Fail(404, RunwareError(task, "taskNotFound", "No task with this taskUUID."));
  }
  Envelope response;
  AddResponse(world, request, task, job, &response);
  Json item{{"taskType", "getTaskDetails"}, {"taskUUID", job->id}, {"request", Json::array({job->request})}};
  item["response"] = {{"data", response.data}};
  if (!response.errors.empty()) item["response"]["errors"] = response.errors;
  out->data.push_back(std::move(item));
}

// False after a refusal.
bool ReadRemix(World* world, const Json& task, Job* job, Envelope* out) {
  const Json* video_id = At(task, "inputs.videoId");
  if (video_id == nullptr) return true;
  const Job* source = FindVideo(world, kSelf, AsText(*video_id));
  if (source == nullptr) {
    out->Fail(400,
              RunwareError(task, "invalidVideoId", "No such video to remix or extend.", "inputs.videoId"));
    return false;
  }
  job->clip.picture = source->clip.picture;
  job->clip.width = source->clip.width;
  job->clip.height = source->clip.height;
  return true;
}

bool ReadInput(World* world, const Request& request, const Endpoint& endpoint, const Json& task, Job* job,
               Envelope* out) {
  const Json errors = CheckRunwareTask(endpoint, task);
  for (const Json& error : errors) out->Fail(400, error);
  if (!errors.empty()) return false;
  const std::string frame = FirstFrame(task);
  PictureResult picture;
  if (!frame.empty()) picture = world->pictures.Resolve(frame, request.Header("host"), true);
  if (picture.error == "file_download_error") {
    job->plan.failure = Failure::kPicture;
  } else if (!picture.error.empty()) {
    out->Fail(400, RunwareError(task, "invalidFrameImages",
                                "The image could not be read: " + picture.error + ".", "inputs.frameImages"));
    return false;
  }
  const Wish wish = ReadWish(endpoint, task, picture.picture.get());
  job->clip = {picture.picture, wish.width, wish.height, wish.seconds};
  job->price_nanos = wish.price_nanos;
  job->results = task.value("numberResults", 1);
  job->include_cost = task.value("includeCost", false);
  job->media_ms = task.value("ttl", std::int64_t{0}) * 1000;
  return ReadRemix(world, task, job, out);
}

// A data: URI in the archive would keep every picture for as long as the job.
Json WithoutPictures(Json task) {
  Json* frames = const_cast<Json*>(At(task, "inputs.frameImages"));
  if (frames == nullptr || !frames->is_array()) return task;
  for (Json& item : *frames) {
    Json& image = item.is_object() ? item["image"] : item;
    if (image.is_string() && image.get_ref<const std::string&>().size() > 2048) image = "(inline image)";
  }
  return task;
}

void Submit(World* world, const Request& request, const Json& task, Submission* submission, Envelope* out) {
  if (FindFault(submission->faults, "no-credit") != nullptr) {
    return out->Fail(402, RunwareError(task, "insufficientCredits", "Not enough credits to run this task."));
  }
  const Endpoint* endpoint = FindEndpoint(kSelf, submission->endpoint);
  if (FindFault(submission->faults, "model-gone") != nullptr) {
    return out->Fail(404,
                     RunwareError(task, "modelUnavailable", "The model is no longer available.", "model"));
  }
  if (submission->endpoint.empty()) {
    return out->Fail(400, RunwareError(task, "missingModel", "Missing required parameter 'model'.", "model"));
  }
  if (endpoint == nullptr) {
    return out->Fail(
        404, RunwareError(task, "modelNotFound", "Unknown model '" + submission->endpoint + "'.", "model"));
  }
  if (world->jobs.Find(kSelf, submission->marker) != nullptr) {
    return out->Fail(400,
                     RunwareError(task, "conflictTaskUUID", "taskUUID has already been used.", "taskUUID"));
  }
  Job draft;
  if (!ReadInput(world, request, *endpoint, task, &draft, out)) return;
  if (FindFault(submission->faults, "reject") != nullptr) {
    return out->Fail(
        400, RunwareError(task, "contentPolicyViolation",
                          "The request was rejected by the provider's safety system.", "positivePrompt"));
  }
  draft.id = submission->marker;
  draft.retention_ms = kRetentionMs;
  draft.request = WithoutPictures(task);
  Job& job = Create(world, submission, std::move(draft));
  OweWebhooks(world, request, &job, TextOf(task, "webhookURL"));
  out->data.push_back(RunwareItem(job));
}

void Poll(World* world, const Request& request, const Json& task, std::vector<Job*> jobs, Envelope* out) {
  if (TextOf(task, "taskUUID").empty()) {
    return out->Fail(
        400, RunwareError(task, "missingTaskUUID", "Missing required parameter 'taskUUID'.", "taskUUID"));
  }
  for (Job* job : jobs) AddResponse(world, request, task, job, out);
}

// Keeps a picture under a new UUID, which later tasks may name.
void Upload(World* world, const Request& request, const Json& task, const std::string& type, Envelope* out) {
  const char* key = type == "imageUpload" ? "image" : "media";
  const std::string source = TextOf(task, key);
  if (source.empty()) {
    return out->Fail(400, RunwareError(task, type == "imageUpload" ? "missingImage" : "missingMedia",
                                       std::string("Missing required parameter '") + key + "'.", key));
  }
  const PictureResult found = world->pictures.Resolve(source, request.Header("host"), true);
  if (!found.error.empty()) {
    return out->Fail(400, RunwareError(task, type == "imageUpload" ? "invalidImage" : "invalidMedia",
                                       "The file could not be read: " + found.error + ".", key));
  }
  const std::string uuid = world->NewUuid();
  world->pictures.Put(uuid, found.picture->bytes);
  Json item{{"taskType", type}, {"taskUUID", TextOf(task, "taskUUID")}};
  item[type == "imageUpload" ? "imageUUID" : "mediaUUID"] = uuid;
  if (type == "imageUpload") item["imageURL"] = BaseUrl(request) + "/pictures/" + uuid;
  out->data.push_back(std::move(item));
}

void RunTask(World* world, const Request& request, const Json& task, Submission* submission, Envelope* out) {
  const std::string type = TextOf(task, "taskType");
  if (submission != nullptr) {
    Submit(world, request, task, submission, out);
  } else if (type == "getResponse") {
    Poll(world, request, task, {world->jobs.Find(kSelf, TextOf(task, "taskUUID"))}, out);
  } else if (type == "getTaskDetails") {
    AddDetails(world, request, task, out);
  } else if (type == "authentication") {
    const std::string session = TextOf(task, "connectionSessionUUID");
    out->data.push_back(
        {{"taskType", type}, {"connectionSessionUUID", session.empty() ? world->NewUuid() : session}});
  } else if (type == "imageUpload" || type == "mediaStorage") {
    Upload(world, request, task, type, out);
  } else if (type == "ping") {
    out->data.push_back({{"taskType", "ping"}, {"pong", true}});
  } else {
    out->Fail(400, RunwareError(task, "invalidTaskType", "Unknown taskType '" + type + "'.", "taskType"));
  }
}

std::optional<Reply> CheckKey(const World& world, const Request& request, const Json& tasks) {
  std::string_view header = request.Header("authorization");
  if (StartsWith(header, "Bearer ")) header.remove_prefix(7);
  std::string key(header);
  if (TextOf(tasks.front(), "taskType") == "authentication" && (key.empty() || request.method == "MESSAGE"))
    key = TextOf(tasks.front(), "apiKey");
  const Credential credential = CheckCredential(world.options, key);
  if (credential == Credential::kGood) return std::nullopt;
  const bool missing = credential == Credential::kMissing;
  const Json error =
      RunwareError(tasks.front(), missing ? "missingApiKey" : "invalidApiKey",
                   missing ? "An API key is required." : "The API key is not valid.", "apiKey");
  return JsonReply(401, {{"errors", Json::array({error})}});
}

// Faults of the calls that are not submits: each job's own, once per request the script's.
std::vector<Fault> StrikePolls(World* world, const Json& tasks) {
  std::vector<Fault> faults;
  std::set<Call> counted;
  for (const Json& task : tasks) {
    const std::string type = TextOf(task, "taskType");
    if (type != "getResponse" && type != "getTaskDetails") continue;
    const Call call = type == "getResponse" ? Call::kPoll : Call::kResult;
    world->ledger.Count(kSelf, call);
    Job* job = world->jobs.Find(kSelf, TextOf(task, "taskUUID"));
    std::vector<Fault> struck;
    if (counted.insert(call).second) {
      struck = StrikeJobCall(world, kSelf, call, job);
    } else if (job != nullptr) {
      struck = job->Strike(call);
    }
    for (Fault& fault : struck) faults.push_back(std::move(fault));
  }
  return faults;
}

Reply Finish(Envelope envelope) {
  Json body;
  if (!envelope.data.empty() || envelope.errors.empty() || envelope.status == 200)
    body["data"] = envelope.data;
  if (!envelope.errors.empty()) body["errors"] = envelope.errors;
  return JsonReply(envelope.data.empty() ? envelope.status : 200, body);
}

Reply Run(World* world, const Request& request, const Json& tasks, std::vector<Submission>* submissions) {
  if (std::optional<Reply> refused = CheckKey(*world, request, tasks)) return *std::move(refused);
  Envelope envelope;
  std::size_t next = 0;
  for (const Json& task : tasks) {
    Submission* submission = IsSubmit(task) ? &(*submissions)[next++] : nullptr;
    RunTask(world, request, task, submission, &envelope);
  }
  return Finish(std::move(envelope));
}

}  // namespace

Reply HandleRunware(World* world, const Request& request) {
  if (request.path != "/runware/v1" && request.path != "/runware/v1/")
    return ErrorReply(kSelf, 404, "Not found");
  if (LowerCase(request.Header("upgrade")) == "websocket" && request.method == "GET") {
    Reply upgraded;
    upgraded.status = 101;
    return upgraded;
  }
  const bool message = request.method == "MESSAGE";
  if (request.method != "POST" && !message) return ErrorReply(kSelf, 405, "Use POST");
  Json tasks = Json::parse(request.body, nullptr, false);
  const bool objects =
      tasks.is_array() && !tasks.empty() && tasks.size() <= kMaxTasks &&
      std::all_of(tasks.begin(), tasks.end(), [](const Json& task) { return task.is_object(); });
  if (!objects) return ErrorReply(kSelf, 400, "The request body must be a JSON array of tasks.");

  for (Json& task : tasks) DropNulls(&task);

  std::vector<Submission> submissions;
  std::vector<Fault> faults;
  for (const Json& task : tasks) {
    if (!IsSubmit(task)) continue;
    submissions.push_back(BeginSubmission(world, kSelf, TextOf(task, "model"), TextOf(task, "positivePrompt"),
                                          TextOf(task, "taskUUID")));
    faults.insert(faults.end(), submissions.back().faults.begin(), submissions.back().faults.end());
  }
  for (Fault& fault : StrikePolls(world, tasks)) faults.push_back(std::move(fault));

  std::optional<Reply> stopped = StopBefore(faults, kSelf);
  Reply reply =
      stopped ? *std::move(stopped) : Mangle(Run(world, request, tasks, &submissions), faults, kSelf);
  for (const Submission& submission : submissions) RecordAttempt(world, submission, reply);
  // A WebSocket has no header for the key: its first message authenticates the others.
  if (message && reply.status == 200 && TextOf(tasks.front(), "taskType") == "authentication") {
    reply.remember = {{"authorization", "Bearer " + TextOf(tasks.front(), "apiKey")}};
  }
  return reply;
}

}  // namespace zoetrope::sandbox
