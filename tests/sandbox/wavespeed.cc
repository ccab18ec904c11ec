#include "tests/sandbox/wavespeed.h"

#include <algorithm>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/wavespeed_account.h"
#include "tests/sandbox/wavespeed_prediction.h"
#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kWavespeed;
constexpr std::int64_t kRetentionMs = 7LL * 24 * 60 * 60'000;
// How long a call with enable_sync_mode is held. The pages say only that a limit exists.
constexpr std::int64_t kSyncLimitMs = 180'000;

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  if (CheckCredential(world.options, BearerKey(request)) == Credential::kGood) return std::nullopt;
  return WavespeedError(401, "invalid authentication");
}

Job ReadInput(World* world, const Request& request, const Endpoint& endpoint, const Json& input) {
  Job job;
  PictureResult picture;
  if (const std::string reference = PictureOf(endpoint, input); !reference.empty()) {
    picture = world->pictures.Resolve(reference, request.Header("host"), false);
  }
  if (!picture.error.empty()) {
    job.plan.failure = Failure::kPicture;
    job.plan.message = picture.error;
  }
  const Wish wish = ReadWish(endpoint, input, picture.picture.get());
  job.clip = {picture.picture, wish.width, wish.height, wish.seconds};
  job.price_nanos = wish.price_nanos;
  job.request = WithoutPictures(input);
  return job;
}

std::optional<Reply> Refusal(const Submission& submission) {
  if (FindFault(submission.faults, "model-gone") != nullptr) {
    return WavespeedError(404, "model not found: " + submission.endpoint);
  }
  if (FindFault(submission.faults, "no-credit") != nullptr) {
    return WavespeedError(402, "Insufficient balance. Please top up your account.");
  }
  if (FindFault(submission.faults, "reject") != nullptr) {
    return WavespeedError(
        400, "Content flagged as potentially sensitive. Please try a different prompt or image.");
  }
  return std::nullopt;
}

// The call with enable_sync_mode: the final prediction, or after the limit one that goes on and says so.
Reply Hold(World* world, const Request& request, const Job& job) {
  Reply reply;
  reply.delay_ms = std::clamp<std::int64_t>(EndsAt(job) - world->now_ms(), 0, kSyncLimitMs);
  Request about = request;
  about.body.clear();
  reply.next = [world, about = std::move(about), id = job.id] {
    Job* found = world->jobs.Find(kSelf, id);
    if (found == nullptr) return WavespeedError(404, "prediction not found");
    const JobState state = StateAt(*found, world->now_ms());
    Json data = WavespeedPrediction(about, *found, state);
    if (!IsFinal(state)) {
      data["code"] = 5004;
      data["status"] = "processing";
      data["error"] = "Sync mode timed out. The prediction goes on; query its result later.";
    }
    return WavespeedData(std::move(data));
  };
  return reply;
}

Reply Submit(World* world, const Request& request, const Json& input, Submission* submission) {
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  const Endpoint* endpoint = FindEndpoint(kSelf, submission->endpoint);
  if (endpoint == nullptr) return WavespeedError(404, "model not found: " + submission->endpoint);
  if (!input.is_object()) return WavespeedError(400, "Invalid request body: not a JSON object");
  if (std::optional<Reply> refused = Refusal(*submission)) return *std::move(refused);
  const std::string wrong = WavespeedInputError(*endpoint, input);
  if (!wrong.empty()) return WavespeedError(400, wrong);
  Job draft = ReadInput(world, request, *endpoint, input);
  draft.id = world->NewUuid();
  draft.id.erase(std::remove(draft.id.begin(), draft.id.end(), '-'), draft.id.end());
  draft.retention_ms = kRetentionMs;
  draft.media_ms = kRetentionMs;
  Job& job = Create(world, submission, std::move(draft));
  OweWebhooks(world, request, &job, std::string(request.Query("webhook")));
  if (input.contains("enable_sync_mode") && input["enable_sync_mode"] == Json(true)) {
    return Hold(world, request, job);
  }
  return WavespeedData(WavespeedPrediction(request, job, StateAt(job, job.created_ms)));
}

Reply HandleSubmit(World* world, const Request& request, const std::string& model) {
  Json input = Json::parse(request.body, nullptr, false);
  DropNulls(&input);
  const Json* prompt = input.is_object() ? At(input, "prompt") : nullptr;
  Submission submission = BeginSubmission(
      world, kSelf, model, prompt != nullptr && prompt->is_string() ? prompt->get<std::string>() : "",
      LastPathSegment(request.Query("webhook")));
  if (std::optional<Reply> stopped = StopBefore(submission.faults, kSelf)) {
    RecordAttempt(world, submission, *stopped);
    return *std::move(stopped);
  }
  return FinishSubmission(world, submission, Submit(world, request, input, &submission));
}

Reply HandlePoll(World* world, const Request& request, const std::string& id) {
  world->ledger.Count(kSelf, Call::kPoll);
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  Job* job = world->jobs.Find(kSelf, id);
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, Call::kPoll, job);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  const std::int64_t now = world->now_ms();
  if (job == nullptr || IsGone(*job, now)) {
    return Mangle(WavespeedError(404, "prediction not found"), faults, kSelf);
  }
  Json data = WavespeedPrediction(request, *job, ShownState(job, now));
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    data["status"] = fault->Arg(0, "warming_up");
  return Mangle(WavespeedData(std::move(data)), faults, kSelf);
}

}  // namespace

Reply HandleWavespeed(World* world, const Request& request) {
  const std::vector<std::string> parts = SplitPath(request.path);  // wavespeed, api, v3, …
  if (parts.size() < 4 || parts[1] != "api" || parts[2] != "v3") return WavespeedError(404, "not found");
  const bool poll = parts[3] == "predictions" && parts.size() >= 5 && parts.size() <= 6 &&
                    parts[4] != "delete" && (parts.size() == 5 || parts[5] == "result");
  if (poll) {
    return request.method == "GET" ? HandlePoll(world, request, parts[4]) : WavespeedError(405, "use GET");
  }
  if (std::optional<Reply> account = HandleWavespeedAccount(world, request, parts)) {
    return *std::move(account);
  }
  if (request.method != "POST") return WavespeedError(405, "use POST");
  std::string model;
  for (std::size_t i = 3; i < parts.size(); ++i) model += (i > 3 ? "/" : "") + parts[i];
  return HandleSubmit(world, request, model);
}

}  // namespace zoetrope::sandbox
