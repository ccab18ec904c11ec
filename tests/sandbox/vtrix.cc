#include "tests/sandbox/vtrix.h"

#include <algorithm>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/vtrix_task.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kVtrix;
constexpr std::int64_t kSyncLimitMs = 15 * 60'000;

enum class Op { kCreate, kSync, kPrecharge };

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  switch (CheckCredential(world.options, BearerKey(request))) {
    case Credential::kMissing:
      return VtrixError(401, "missing API key");
    case Credential::kBad:
      return VtrixError(401, "invalid API key");
    case Credential::kGood:
      break;
  }
  return std::nullopt;
}

// 20 letters and digits below v, like the ids that were seen.
std::string NewId(World* world) {
  const std::string seed = world->NewUuid();
  std::string id;
  for (std::uint64_t i = 0; i < 20; ++i) id += "0123456789abcdefghijklmnopqrstuv"[Derive(seed, i) % 32];
  return id;
}

// What the client sent, whichever of the forms it chose.
struct Body {
  std::string model;
  Json params = Json::object();
  std::string wrong;  // "" or why it cannot be read
};

Body ReadBody(const Request& request) {
  Body body;
  Json sent = Json::parse(request.body, nullptr, false);
  if (!sent.is_object()) {
    body.wrong = "the request body must be a JSON object";
    return body;
  }
  DropNulls(&sent);
  const auto model = sent.find("model");
  body.model = model != sent.end() ? AsText(*model) : std::string(request.Header("x-model"));
  const auto input = sent.find("input");
  if (input == sent.end()) {
    sent.erase("model");
    body.params = std::move(sent);
    return body;
  }
  const bool wrapped = input->is_array() && input->size() == 1 && input->front().is_object() &&
                       input->front().contains("params") && input->front()["params"].is_object();
  if (!wrapped) {
    body.wrong = "input must be an array of one object with params";
    return body;
  }
  body.params = std::move(input->front()["params"]);
  DropNulls(&body.params);
  return body;
}

std::optional<Reply> Refusal(const Submission& submission) {
  if (FindFault(submission.faults, "model-gone") != nullptr) {
    return VtrixError(404, "model " + submission.endpoint + " not found");
  }
  if (const Fault* fault = FindFault(submission.faults, "no-credit")) {
    return VtrixAccountError(402, static_cast<int>(fault->Number(0, 40201)), "Insufficient credits");
  }
  if (FindFault(submission.faults, "reject") != nullptr) {
    return VtrixError(400, "the prompt was rejected by the content policy");
  }
  return std::nullopt;
}

// The picture is looked at by the model's own service when the task runs: what is wrong with it fails the
// task.
void ReadPicture(World* world, const Request& request, const std::string& reference, const Wish& wish,
                 Job* job) {
  PictureResult found = world->pictures.Resolve(reference, request.Header("host"), false);
  job->plan.message = "";
  if (!found.error.empty()) {
    job->plan.message = found.error == "file_download_error"
                            ? "The input_reference could not be downloaded."
                            : "Invalid file 'input_reference': expected image/jpeg, image/png or image/webp.";
  } else if (!found.stand_in &&
             (found.picture->width != wish.width || found.picture->height != wish.height)) {
    job->plan.message = "Inpaint image must match the requested width and height";
  }
  if (!job->plan.message.empty()) job->plan.failure = Failure::kPicture;
  job->clip.picture = std::move(found.picture);
}

// "" or what is wrong.
std::string ReadInput(World* world, const Request& request, const Endpoint& endpoint, const Json& params,
                      Job* job) {
  std::string wrong = VtrixParamsError(endpoint, params);
  if (!wrong.empty()) return wrong;
  const Wish wish = ReadWish(endpoint, params, nullptr);
  job->clip = {nullptr, wish.width, wish.height, wish.seconds};
  job->price_nanos = wish.price_nanos;
  if (params.contains("remix_video_id")) {
    const Job* source = FindVideo(world, kSelf, AsText(params["remix_video_id"]));
    if (source == nullptr) return "remix_video_id names no completed video";
    job->clip.picture = source->clip.picture;
  }
  if (params.contains("input_reference")) {
    ReadPicture(world, request, AsText(params["input_reference"]), wish, job);
  }
  return "";
}

Reply Precharge(const Endpoint& endpoint, const Json& params) {
  const std::string wrong = VtrixParamsError(endpoint, params);
  if (!wrong.empty()) return JsonReply(200, {{"status", "failed"}, {"data", {{"reason", wrong}}}});
  return JsonReply(200, {{"status", "success"},
                         {"data",
                          {{"cost", VtrixAmount(ReadWish(endpoint, params, nullptr).price_nanos)},
                           {"currency", "USD"},
                           {"discount", 1},
                           {"billing_model", "per_second"}}}});
}

// The blocking call: the finished task, or after its limit a 504 that still tells the id.
Reply Hold(World* world, const Request& request, const Job& job) {
  Reply reply;
  reply.delay_ms = std::clamp<std::int64_t>(EndsAt(job) - world->now_ms(), 0, kSyncLimitMs);
  Request about = request;
  about.body.clear();
  reply.next = [world, about = std::move(about), id = job.id] {
    Job* found = world->jobs.Find(kSelf, id);
    if (found == nullptr) return VtrixError(404, "task not found");
    const JobState state = StateAt(*found, world->now_ms());
    if (IsFinal(state)) return JsonReply(200, VtrixTask(about, *found, state, world->now_ms()));
    return JsonReply(504,
                     {{"id", id},
                      {"status", "in_progress"},
                      {"error", {{"code", "SYNC_TIMEOUT"}, {"message", "waited 15m0s, still running"}}}});
  };
  return reply;
}

Reply Submit(World* world, const Request& request, const Body& body, Op op, Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  if (!body.wrong.empty()) return VtrixError(400, body.wrong);
  if (body.model.empty()) return VtrixError(400, "model is required");
  const Endpoint* endpoint = FindEndpoint(kSelf, body.model);
  if (endpoint == nullptr) return VtrixError(404, "model " + body.model + " not found");
  if (op == Op::kPrecharge) return Precharge(*endpoint, body.params);
  if (std::optional<Reply> refused = Refusal(*submission)) return *std::move(refused);
  Job draft;
  const std::string wrong = ReadInput(world, request, *endpoint, body.params, &draft);
  if (!wrong.empty()) return VtrixError(400, wrong);
  draft.id = NewId(world);
  Job& job = Create(world, submission, std::move(draft));
  if (op == Op::kSync) return Hold(world, request, job);
  return JsonReply(200, VtrixTask(request, job, StateAt(job, job.created_ms), job.created_ms));
}

Reply HandleSubmit(World* world, const Request& request, Op op) {
  const Body body = ReadBody(request);
  if (op == Op::kPrecharge) return Submit(world, request, body, op, nullptr);
  const Json* prompt = At(body.params, "prompt");
  Submission submission = BeginSubmission(
      world, kSelf, body.model, prompt != nullptr && prompt->is_string() ? prompt->get<std::string>() : "",
      std::string(request.Header("x-request-id")));
  if (std::optional<Reply> stopped = StopBefore(submission.faults, kSelf)) {
    RecordAttempt(world, submission, *stopped);
    return *std::move(stopped);
  }
  return FinishSubmission(world, submission, Submit(world, request, body, op, &submission));
}

Reply HandlePoll(World* world, const Request& request, const std::string& id) {
  world->ledger.Count(kSelf, Call::kPoll);
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  Job* job = world->jobs.Find(kSelf, id);
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, Call::kPoll, job);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  const std::int64_t now = world->now_ms();
  if (job == nullptr || IsGone(*job, now)) return Mangle(VtrixError(404, "task not found"), faults, kSelf);
  Json body = VtrixTask(request, *job, ShownState(job, now), now);
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    body["status"] = fault->Arg(0, "warming_up");
  return Mangle(JsonReply(200, body), faults, kSelf);
}

}  // namespace

Reply HandleVtrix(World* world, const Request& request) {
  constexpr std::string_view kBase = "/vtrix/model/v1/generation";
  if (!StartsWith(request.path, kBase)) return VtrixError(404, "not found");
  const std::vector<std::string> parts = SplitPath(std::string_view(request.path).substr(kBase.size()));
  if (parts.size() == 2 && parts[0] == "task") {
    return request.method == "GET" ? HandlePoll(world, request, parts[1]) : VtrixError(405, "use GET");
  }
  const bool known = parts.empty() || (parts.size() == 1 && (parts[0] == "sync" || parts[0] == "precharge"));
  if (!known) return VtrixError(404, "not found");
  if (request.method != "POST") return VtrixError(405, "use POST");
  const Op op = parts.empty() ? Op::kCreate : parts[0] == "sync" ? Op::kSync : Op::kPrecharge;
  return HandleSubmit(world, request, op);
}

}  // namespace zoetrope::sandbox
