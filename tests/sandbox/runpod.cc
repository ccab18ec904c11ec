#include "tests/sandbox/runpod.h"

#include <algorithm>
#include <cstdlib>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/runpod_job.h"
#include "tests/sandbox/webhook.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kRunpod;
constexpr std::size_t kRunLimit = 10u << 20;
constexpr std::size_t kRunSyncLimit = 20u << 20;
constexpr std::int64_t kAsyncRetentionMs = 30 * 60'000;
constexpr std::int64_t kSyncRetentionMs = 60'000;

// The job as a poll shows it, which may not be as it is.
Json ShownJob(const Request& request, Job* job, std::int64_t now) {
  const JobState state = ShownState(job, now);
  Json body = RunpodJob(request, *job, state);
  if (const std::optional<Fault> fault = job->Use("unknown-status"))
    body["status"] = fault->Arg(0, "WARMING_UP");
  return body;
}

std::string Join(const std::vector<std::string_view>& values, std::string_view quote,
                 std::string_view last_glue) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += i + 1 == values.size() ? last_glue : ", ";
    text.append(quote).append(values[i]).append(quote);
  }
  return text;
}

// The two wordings that were seen: `field "duration" must be one of [5, 10, 15], got number 4` at Wan, and
// sentences elsewhere.
std::string Words(const Endpoint& endpoint, const Violation& violation, const Json& input) {
  const std::string& name = violation.path;
  if (violation.wrong == Wrong::kConflict) return "Invalid " + name + ": " + ConflictWords(violation, input);
  if (violation.wrong == Wrong::kUnknown) return "Unknown parameter: " + name;
  const Field& field = *violation.field;
  if (violation.wrong == Wrong::kMissing) {
    return endpoint.quoted_fields ? "field \"" + name + "\" is required"
                                  : "Missing required parameter: " + name;
  }
  if (endpoint.quoted_fields) {
    const std::string got = std::string(violation.value.type_name()) + " " + AsText(violation.value);
    if (violation.wrong == Wrong::kNotAllowed) {
      return "field \"" + name + "\" must be one of [" + Join(field.one_of, "", ", ") + "], got " + got;
    }
    return "field \"" + name + "\" is not valid, got " + got;
  }
  if (violation.wrong == Wrong::kNotAllowed && violation.value.is_number()) {
    const std::string unit = name == "duration" ? " seconds" : "";
    return "Invalid " + name + ": must be " + Join(field.one_of, "", ", or ") + unit;
  }
  const std::string quote = violation.value.is_string() ? "'" : "";
  const std::string start = "Invalid " + name + ": " + quote + AsText(violation.value) + quote + ". Must be ";
  if (violation.wrong == Wrong::kNotAllowed) return start + Join(field.one_of, "'", " or ");
  if (violation.wrong == Wrong::kOutOfRange) {
    const std::string unit = name == "duration" ? " seconds" : "";
    return start + "between " + std::to_string(static_cast<std::int64_t>(field.min)) + " and " +
           std::to_string(static_cast<std::int64_t>(field.max)) + unit;
  }
  return start + (field.type == Type::kInteger   ? "an integer"
                  : field.type == Type::kBoolean ? "a boolean"
                  : field.type == Type::kNumber  ? "a number"
                                                 : "a string");
}

std::string Key(const Request& request) {
  std::string_view value = request.Header("authorization");
  if (StartsWith(value, "Bearer ")) value.remove_prefix(7);
  return std::string(value);
}

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  switch (CheckCredential(world.options, Key(request))) {
    case Credential::kMissing:
      return ErrorReply(kSelf, 401, "no token provided");
    case Credential::kBad:
      return ErrorReply(kSelf, 401, "unauthorized");
    case Credential::kGood:
      break;
  }
  return std::nullopt;
}

std::int64_t Clamped(std::string_view text, std::int64_t otherwise, std::int64_t low, std::int64_t high) {
  if (text.empty()) return otherwise;
  return std::clamp<std::int64_t>(std::atoll(std::string(text).c_str()), low, high);
}

// A blocking call: answers when the job is final or the wait is over, whichever is first.
Reply Wait(World* world, const Request& request, const Job& job, std::int64_t wait) {
  const std::int64_t now = world->now_ms();
  Reply reply;
  reply.delay_ms = std::clamp<std::int64_t>(EndsAt(job) - now, 0, wait);
  Request about = request;
  about.body.clear();
  reply.next = [world, about = std::move(about), id = job.id] {
    Job* found = world->jobs.Find(kSelf, id);
    if (found == nullptr || IsGone(*found, world->now_ms())) return ErrorReply(kSelf, 404, "job not found");
    return JsonReply(200, ShownJob(about, found, world->now_ms()));
  };
  return reply;
}

// `policy` of the send-requests page. "" or what is wrong with it.
std::string ApplyPolicy(const Json& body, std::int64_t now, Job* job) {
  const Json* timeout = At(body, "policy.executionTimeout");
  const Json* ttl = At(body, "policy.ttl");
  constexpr std::int64_t kWeek = 604'800'000;
  const auto valid = [](const Json* value, std::int64_t low) {
    return value->is_number_integer() && value->get<std::int64_t>() >= low &&
           value->get<std::int64_t>() <= kWeek;
  };
  if (timeout != nullptr && !valid(timeout, 5000))
    return "policy.executionTimeout must be between 5000 and 604800000";
  if (ttl != nullptr && !valid(ttl, 10'000)) return "policy.ttl must be between 10000 and 604800000";
  if (ttl != nullptr) job->deleted_at_ms = now + ttl->get<std::int64_t>();
  const std::int64_t limit = timeout != nullptr ? timeout->get<std::int64_t>() : 600'000;
  if (job->plan.never_finishes && timeout == nullptr) return "";
  if (job->plan.never_finishes || job->plan.run_ms > limit) {
    job->plan.never_finishes = false;
    job->plan.run_ms = limit;
    job->plan.failure = Failure::kTimeout;
  }
  return "";
}

// The seed of a refused request: a job object with HTTP 400.
Reply RefusedInput(World* world, bool sync, const std::string& error) {
  return JsonReply(
      400,
      {{"id", (sync ? "sync-" : "") + world->NewUuid() + "-u1"}, {"status", "FAILED"}, {"error", error}});
}

struct Draft {
  Job job;
  std::string invalid;  // "" or what is wrong with the input
};

Draft ReadInput(World* world, const Request& request, const Endpoint& endpoint, const Json& input) {
  Draft draft;
  const std::vector<Violation> violations =
      CheckFields(endpoint, input, world->options.refuse_unknown_fields);
  if (!violations.empty()) {
    draft.invalid = Words(endpoint, violations.front(), input);
    draft.job.plan.failure = Failure::kValidation;
    draft.job.plan.message = draft.invalid;
    return draft;
  }
  PictureResult picture;
  if (const std::string reference = PictureOf(endpoint, input); !reference.empty()) {
    picture = world->pictures.Resolve(reference, request.Header("host"), false);
  }
  if (!picture.error.empty()) {
    draft.job.plan.failure = Failure::kPicture;
    draft.job.plan.message = picture.error;
  }
  const Wish wish = ReadWish(endpoint, input, picture.picture.get());
  draft.job.clip = {picture.picture, wish.width, wish.height, wish.seconds};
  draft.job.price_nanos = wish.price_nanos;
  return draft;
}

std::optional<Reply> Refusal(World* world, const Submission& submission, bool sync) {
  if (FindFault(submission.faults, "model-gone") != nullptr)
    return ErrorReply(kSelf, 404, "endpoint not found");
  if (FindFault(submission.faults, "no-credit") != nullptr)
    return ErrorReply(kSelf, 402, "insufficient credits");
  if (FindFault(submission.faults, "reject") != nullptr) {
    return RefusedInput(world, sync,
                        "Your request was blocked by our moderation system (content policy violation).");
  }
  return std::nullopt;
}

// Everything between the faults that stop a request and those that spoil its reply.
Reply Submit(World* world, const Request& request, const Endpoint* endpoint, const Json& body, bool sync,
             Submission* submission) {
  if (endpoint == nullptr) return ErrorReply(kSelf, 404, "endpoint not found");
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  if (request.body.size() > (sync ? kRunSyncLimit : kRunLimit)) return ErrorReply(kSelf, 413);
  if (body.is_discarded() || !body.is_object())
    return ErrorReply(kSelf, 400, "invalid JSON in the request body");
  if (!body.contains("input") || !body["input"].is_object())
    return ErrorReply(kSelf, 400, "input is required");
  if (std::optional<Reply> refused = Refusal(world, *submission, sync)) return *std::move(refused);
  Draft draft = ReadInput(world, request, *endpoint, body["input"]);
  if (!draft.invalid.empty() && (sync || world->options.runpod_validates_at_submit)) {
    return RefusedInput(world, sync, draft.invalid);
  }
  if (const std::string wrong = ApplyPolicy(body, world->now_ms(), &draft.job); !wrong.empty()) {
    return ErrorReply(kSelf, 400, wrong);
  }
  draft.job.id = (sync ? "sync-" : "") + world->NewUuid() + "-u1";
  draft.job.retention_ms = sync ? kSyncRetentionMs : kAsyncRetentionMs;
  Job& job = Create(world, submission, std::move(draft.job));
  ApplyPolicy(body, job.created_ms, &job);  // again, now that the times are known
  if (const Json* webhook = At(body, "webhook"); webhook != nullptr && webhook->is_string()) {
    OweWebhooks(world, request, &job, webhook->get<std::string>());
  }
  if (sync) return Wait(world, request, job, Clamped(request.Query("wait"), 90'000, 1000, 300'000));
  return JsonReply(200, {{"id", job.id}, {"status", "IN_QUEUE"}});
}

Reply HandleSubmit(World* world, const Request& request, const std::string& endpoint_id, bool sync) {
  Json body = Json::parse(request.body, nullptr, false);
  DropNulls(&body);
  const Json* prompt = body.is_object() ? At(body, "input.prompt") : nullptr;
  const Json* webhook = body.is_object() ? At(body, "webhook") : nullptr;
  const auto text = [](const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  };
  Submission submission =
      BeginSubmission(world, kSelf, endpoint_id, text(prompt), LastPathSegment(text(webhook)));
  if (std::optional<Reply> stopped = StopBefore(submission.faults, kSelf)) {
    RecordAttempt(world, submission, *stopped);
    return *std::move(stopped);
  }
  Reply reply = Submit(world, request, FindEndpoint(kSelf, endpoint_id), body, sync, &submission);
  return FinishSubmission(world, submission, std::move(reply));
}

Reply Health(World* world, const std::string& endpoint) {
  int counts[4] = {0, 0, 0, 0};  // completed, failed, running, queued
  for (const Job& job : world->jobs.all()) {
    if (job.provider != kSelf || job.endpoint != endpoint) continue;
    const JobState state = StateAt(job, world->now_ms());
    ++counts[state == JobState::kCompleted ? 0
             : state == JobState::kRunning ? 2
             : state == JobState::kQueued  ? 3
                                           : 1];
  }
  return JsonReply(
      200, {{"jobs",
             {{"completed", counts[0]},
              {"failed", counts[1]},
              {"inProgress", counts[2]},
              {"inQueue", counts[3]},
              {"retried", 0}}},
            {"workers",
             {{"idle", 1}, {"initializing", 0}, {"ready", 1}, {"running", counts[2]}, {"throttled", 0}}}});
}

Reply Retry(World* world, Job* job) {
  const JobState state = StateAt(*job, world->now_ms());
  if (state != JobState::kFailed && state != JobState::kTimedOut) {
    return ErrorReply(kSelf, 400, "only FAILED and TIMED_OUT jobs can be retried");
  }
  job->created_ms = world->now_ms();
  job->plan.failure = Failure::kNone;
  return JsonReply(200, {{"id", job->id}, {"status", "IN_QUEUE"}});
}

// Workers that stream hand out chunks; a video is one chunk, and is handed out once.
Reply Stream(World* world, const Request& request, Job* job) {
  const JobState state = ShownState(job, world->now_ms());
  Json body{{"status", RunpodJob(request, *job, state)["status"]}, {"stream", Json::array()}};
  if (state == JobState::kCompleted && !job->streamed) {
    job->streamed = true;
    body["stream"].push_back({{"output", RunpodJob(request, *job, state)["output"]}});
  }
  return JsonReply(200, body);
}

// Takes back what waits. It is the owner's call, and public endpoints have another owner; it works all the
// same, for clients that make it.
Reply Purge(World* world, const std::string& endpoint) {
  const std::int64_t now = world->now_ms();
  std::vector<std::uint64_t> queued;
  for (const Job& job : world->jobs.all()) {
    const bool ours = job.provider == kSelf && job.endpoint == endpoint;
    if (ours && StateAt(job, now) == JobState::kQueued) queued.push_back(job.seq);
  }
  int removed = 0;
  for (const std::uint64_t seq : queued) removed += Cancel(world, world->jobs.FindBySeq(seq)) ? 1 : 0;
  return JsonReply(200, {{"removed", removed}, {"status", "completed"}});
}

Reply AboutJob(World* world, const Request& request, const std::string& op, Job* job) {
  if (job == nullptr || IsGone(*job, world->now_ms())) return ErrorReply(kSelf, 404, "job not found");
  if (op == "cancel") Cancel(world, job);
  if (op == "retry") return Retry(world, job);
  if (op == "stream") return Stream(world, request, job);
  if (op == "status-sync")
    return Wait(world, request, *job, Clamped(request.Query("wait"), 90'000, 1000, 90'000));
  return JsonReply(200, ShownJob(request, job, world->now_ms()));
}

Reply HandleJobCall(World* world, const Request& request, const std::string& endpoint, const std::string& op,
                    const std::string& id) {
  const bool polls = op == "status" || op == "status-sync" || op == "stream";
  if (request.method != (polls ? "GET" : "POST")) return ErrorReply(kSelf, 405);
  const Call call = op == "cancel" ? Call::kCancel : Call::kPoll;
  world->ledger.Count(kSelf, call);
  Job* job = world->jobs.Find(kSelf, id);
  if (job != nullptr && job->endpoint != endpoint) job = nullptr;
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, call, job);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  return Mangle(AboutJob(world, request, op, job), faults, kSelf);
}

}  // namespace

Reply HandleRunpod(World* world, const Request& request) {
  const std::vector<std::string> parts = SplitPath(request.path);  // runpod, v2, endpoint, op[, id]
  if (parts.size() < 4 || parts.size() > 5 || parts[1] != "v2") return ErrorReply(kSelf, 404, "not found");
  const std::string& op = parts[3];
  if (parts.size() == 4 && (op == "run" || op == "runsync")) {
    if (request.method != "POST") return ErrorReply(kSelf, 405);
    return HandleSubmit(world, request, parts[2], op == "runsync");
  }
  if (FindEndpoint(kSelf, parts[2]) == nullptr) return ErrorReply(kSelf, 404, "endpoint not found");
  if (parts.size() == 4 && op == "health") {
    if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
    return Health(world, parts[2]);
  }
  if (parts.size() == 4 && op == "purge-queue") {
    if (request.method != "POST") return ErrorReply(kSelf, 405);
    if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
    return Purge(world, parts[2]);
  }
  if (parts.size() == 5 &&
      (op == "stream" || op == "status" || op == "status-sync" || op == "cancel" || op == "retry")) {
    return HandleJobCall(world, request, parts[2], op, parts[4]);
  }
  return ErrorReply(kSelf, 404, "not found");
}

}  // namespace zoetrope::sandbox
