#include "tests/sim/sim_network.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"

namespace zoetrope::testing {
namespace {

// Base URLs of the simulated accounts: host names tell the dialects apart.
constexpr std::string_view kRunpod = "https://runpod.sim/v2/";
constexpr std::string_view kFal = "https://fal.sim/queue/";
constexpr std::string_view kRunware = "https://runware.sim/v1";

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string_view LastSegment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  return path.substr(path.rfind('/') + 1);
}

HttpResponse Json(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

// The value of a string member; requests here are written by the adapters, so a search is enough.
std::string Member(std::string_view body, std::string_view name) {
  const std::string key = absl::StrCat("\"", std::string(name), "\":\"");
  const std::size_t at = body.find(key);
  if (at == std::string_view::npos) return "";
  const std::size_t from = at + key.size();
  return std::string(body.substr(from, body.find('"', from) - from));
}

}  // namespace

std::string TagOf(std::string_view body) {
  const std::size_t at = body.find("sim-");
  if (at == std::string_view::npos) return "";
  return std::string(body.substr(at, body.find_first_not_of("0123456789", at + 4) - at));
}

SimNetwork::SimNetwork(SimWorld* world, SimExecutor* executor, SeededRandom* random,
                       std::function<void(std::string)> trace)
    : world_(world), executor_(executor), random_(random), trace_(std::move(trace)) {}

int SimNetwork::Creations(const std::string& provider, const std::string& tag) const {
  return static_cast<int>(std::count_if(jobs_.begin(), jobs_.end(), [&](const auto& entry) {
    return entry.second.provider == provider && entry.second.tag == tag;
  }));
}

SimNetwork::Fate SimNetwork::DrawSubmit() {
  if (!random_->Chance(faults_.submit)) return Fate::kFine;
  return static_cast<Fate>(1 + random_->Below(8));
}

HttpClient::CallId SimNetwork::Start(HttpRequest request, CallOptions options, Done done) {
  const CallId id = ++calls_;
  const bool billable = request.repeat == Repeat::kBillable;
  const Fate fate = billable                        ? DrawSubmit()
                    : random_->Chance(faults_.poll) ? static_cast<Fate>(1 + random_->Below(8))
                                                    : Fate::kFine;
  const std::string tag = TagOf(request.body);
  if (billable && on_submission_) on_submission_();
  if (billable && options.send_before && world_->clock().Monotonic() > *options.send_before) {
    executor_->Post([done] {
      done(TransportError{Delivery::kNotSent, TransportFault::kRefusedHere, "too late"});
    });
    return id;
  }
  const bool doubtful = fate == Fate::kLostRequest || fate == Fate::kLostReply ||
                        fate == Fate::kErrorBefore || fate == Fate::kErrorAfter || fate == Fate::kGarbage;
  if (billable && doubtful) doubtful_.insert(tag);
  const std::uint64_t life = life_;
  const absl::Duration there = absl::Milliseconds(5 + static_cast<int>(random_->Below(300)));
  const absl::Duration back = absl::Milliseconds(5 + static_cast<int>(random_->Below(300)));
  const bool leaves_anyway = random_->Chance(0.5);
  executor_->PostAt(world_->clock().TimeNow() + there,
                    [=, this, request = std::move(request), done = std::move(done)] {
                      // A process that dies before its request has left takes it along, or not.
                      if (life != life_ && !leaves_anyway) return;
                      const HttpResult result = Exchange(request, fate);
                      executor_->PostAt(world_->clock().TimeNow() + back, [this, life, result, done] {
                        if (life == life_) done(result);
                      });
                    });
  return id;
}

HttpResult SimNetwork::Exchange(const HttpRequest& request, Fate fate) {
  switch (fate) {
    case Fate::kNoConnection:
      return TransportError{Delivery::kNotSent, TransportFault::kConnect, "connection refused"};
    case Fate::kLostRequest:
      return TransportError{Delivery::kMaybeSent, TransportFault::kTimeout, "no answer"};
    case Fate::kLostReply:
      Answer(request);
      return TransportError{Delivery::kMaybeSent, TransportFault::kReset, "connection reset"};
    case Fate::kErrorBefore:
      return Json(503, "<html>upstream</html>");
    case Fate::kErrorAfter:
      Answer(request);
      return Json(502, "{\"detail\":\"bad gateway\"}");
    case Fate::kThrottled:
      return HttpResponse{429, {{"retry-after", "3"}}, "{\"detail\":\"slow down\"}"};
    case Fate::kRefused:
      return Json(402,
                  "{\"detail\":\"no credit\",\"errors\":[{\"code\":\"insufficientCredits\",\"message\":\"no "
                  "credit\"}]}");
    case Fate::kGarbage:
      Answer(request);
      return Json(200, "{\"unfinished\": [");
    case Fate::kFine:
      break;
  }
  return Answer(request);
}

HttpResponse SimNetwork::Answer(const HttpRequest& request) {
  const std::string_view url = request.url;
  if (request.repeat == Repeat::kHarmless && world_->clock().TimeNow() < forgetful_until_)
    return Json(404, "{}");
  if (url.substr(0, kRunpod.size()) == kRunpod) return Runpod(request, url.substr(kRunpod.size()));
  if (url.substr(0, kFal.size()) == kFal) return Fal(request, url.substr(kFal.size()));
  if (url.substr(0, kRunware.size()) == kRunware) return Runware(request);
  return Json(404, "{}");
}

SimNetwork::Job* SimNetwork::Create(const std::string& provider, const HttpRequest& request, std::string id) {
  Job job;
  job.provider = provider;
  job.tag = TagOf(request.body);
  job.id = std::move(id);
  job.created = world_->clock().TimeNow();
  job.queue = absl::Seconds(1 + static_cast<int>(random_->Below(20)));
  job.run = absl::Seconds(20 + static_cast<int>(random_->Below(200)));
  job.fails = random_->Chance(faults_.provider_fails);
  trace_(absl::StrCat("create ", provider, " ", job.tag, " ", job.id));
  if (on_creation_) on_creation_(job.tag);
  return &jobs_.emplace(provider + job.id, std::move(job)).first->second;
}

SimNetwork::Job* SimNetwork::Find(const std::string& provider, std::string_view id) {
  const auto found = jobs_.find(provider + std::string(id));
  return found == jobs_.end() ? nullptr : &found->second;
}

int SimNetwork::Progress(const Job& job) const {
  const absl::Duration age = world_->clock().TimeNow() - job.created;
  return age < job.queue ? 0 : age < job.queue + job.run ? 1 : 2;
}

HttpResponse SimNetwork::Runpod(const HttpRequest& request, std::string_view path) {
  if (Has(path, "/run")) {
    const Job* job = Create("runpod", request, NewAttemptId(*random_) + "-u1");
    return Json(200, absl::StrCat("{\"id\":\"", job->id, "\",\"status\":\"IN_QUEUE\"}"));
  }
  Job* job = Find("runpod", LastSegment(path));
  if (job == nullptr) return Json(404, "{\"status\":404,\"title\":\"Not Found\"}");
  if (Has(path, "/cancel/")) {
    if (Progress(*job) < 2) job->cancelled = true;
  }
  const char* words[] = {"IN_QUEUE", "IN_PROGRESS", "COMPLETED"};
  std::string status = job->cancelled ? "CANCELLED" : words[Progress(*job)];
  std::string rest;
  if (status == "COMPLETED" && job->fails) {
    status = "FAILED";
    rest = ",\"error\":\"upstream failed\"";
  } else if (status == "COMPLETED") {
    rest = ",\"output\":{\"video_url\":\"https://video.runpod.sim/x.mp4\",\"cost\":0.4}";
  }
  return Json(200, absl::StrCat("{\"id\":\"", job->id, "\",\"status\":\"", status, "\"", rest, "}"));
}

HttpResponse SimNetwork::Fal(const HttpRequest& request, std::string_view path) {
  const std::size_t at = path.find("/requests/");
  if (at == std::string_view::npos) {
    const Job* job = Create("fal", request, NewAttemptId(*random_));
    return Json(200, absl::StrCat("{\"request_id\":\"", job->id, "\"}"));
  }
  std::string_view rest = path.substr(at + 10);
  Job* job = Find("fal", rest.substr(0, rest.find_first_of("/?")));
  if (job == nullptr) return Json(404, "{\"status\":\"NOT_FOUND\"}");
  if (Has(rest, "/cancel")) {
    if (Progress(*job) == 2) return Json(400, "{\"status\":\"ALREADY_COMPLETED\"}");
    job->cancelled = true;
    return Json(202, "{\"status\":\"CANCELLATION_REQUESTED\"}");
  }
  const bool ended = Progress(*job) == 2 || job->cancelled;
  if (Has(rest, "/status")) {
    const char* words[] = {"IN_QUEUE", "IN_PROGRESS", "COMPLETED"};
    if (job->cancelled) {
      return Json(200, absl::StrCat("{\"status\":\"COMPLETED\",\"request_id\":\"", job->id,
                                    "\",\"error\":\"cancelled\",\"error_type\":\"client_cancelled\"}"));
    }
    return Json(ended ? 200 : 202, absl::StrCat("{\"status\":\"", words[Progress(*job)],
                                                "\",\"request_id\":\"", job->id, "\"}"));
  }
  if (!ended) return Json(400, "{\"detail\":\"Request is still in progress\"}");
  if (job->fails) return Json(500, "{\"detail\":\"model failed\",\"error_type\":\"internal_error\"}");
  HttpResponse response =
      Json(200, "{\"video\":{\"url\":\"https://media.fal.sim/x.mp4\"},\"video_id\":\"video_1\"}");
  response.headers.push_back({"x-fal-billable-units", "4"});
  return response;
}

HttpResponse SimNetwork::Runware(const HttpRequest& request) {
  const std::string uuid = Member(request.body, "taskUUID");
  Job* job = Find("runware", uuid);
  if (Has(request.body, "\"videoInference\"")) {
    if (job != nullptr) {
      return Json(400, absl::StrCat("{\"data\":[],\"errors\":[{\"code\":\"conflictTaskUUID\",\"taskUUID\":\"",
                                    uuid, "\"}]}"));
    }
    Create("runware", request, uuid);
    return Json(200,
                absl::StrCat("{\"data\":[{\"taskType\":\"videoInference\",\"taskUUID\":\"", uuid, "\"}]}"));
  }
  if (job == nullptr) return Json(200, "{\"data\":[]}");
  const std::string item = absl::StrCat("\"taskType\":\"videoInference\",\"taskUUID\":\"", uuid, "\"");
  if (Progress(*job) < 2)
    return Json(200, absl::StrCat("{\"data\":[{", item, ",\"status\":\"processing\"}]}"));
  if (job->fails) {
    return Json(200,
                absl::StrCat("{\"data\":[],\"errors\":[{\"code\":\"providerError\",\"message\":\"failed\",",
                             item, "}]}"));
  }
  return Json(200,
              absl::StrCat("{\"data\":[{", item, ",\"status\":\"success\",\"videoUUID\":\"", uuid,
                           "\",\"videoURL\":\"https://vm.runware.sim/x.mp4\",\"cost\":0.4,\"seed\":7}]}"));
}

}  // namespace zoetrope::testing
