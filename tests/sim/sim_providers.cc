// What the simulated providers answer: just enough of each dialect for the real adapters.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "server/base/ids.h"
#include "server/base/strings.h"
#include "tests/sim/sim_network.h"

namespace zoetrope::testing {
namespace {

// Base URLs of the simulated accounts: host names tell the dialects apart.
constexpr std::string_view kRunpod = "https://runpod.sim/v2/";
constexpr std::string_view kFal = "https://fal.sim/queue/";
constexpr std::string_view kFalPlatform = "https://fal.sim/platform/";
constexpr std::string_view kRunware = "https://runware.sim/v1";
constexpr std::string_view kVtrix = "https://vtrix.sim/model/";
constexpr std::string_view kWavespeed = "https://wavespeed.sim/api/v3/";
constexpr std::string_view kOpenai = "https://openai.sim/v1/videos";

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string_view LastSegment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  return path.substr(path.rfind('/') + 1);
}

HttpResponse Json(int status, std::string body) {
  return {status, {{"content-type", "application/json"}}, std::move(body)};
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

// Where the provider is asked to call back; empty: nowhere.
std::string CallbackUrlIn(const HttpRequest& request) {
  const std::string text =
      absl::StrReplaceAll(absl::StrCat(request.url, " ", request.body), {{"%3A", ":"}, {"%2F", "/"}});
  const std::size_t at = text.find(kCallbackBase);
  return at == std::string::npos ? "" : text.substr(at, text.find_first_of("\"& ", at) - at);
}

// The attempt's id, where the request says it.
std::string AttemptIn(const HttpRequest& request) {
  if (const std::string url = CallbackUrlIn(request); !url.empty()) return std::string(LastSegment(url));
  constexpr std::string_view kTag = "zoetrope-attempt=";
  for (const HttpHeader& header : request.headers) {
    if (header.name == "x-client-request-id") return header.value;
    if (header.name == "x-fal-tags" && header.value.starts_with(kTag))
      return header.value.substr(kTag.size());
  }
  return "";
}

// The value of a part of a form.
std::string Part(std::string_view body, std::string_view name) {
  const std::string head = absl::StrCat("name=\"", std::string(name), "\"\r\n\r\n");
  const std::size_t at = body.find(head);
  if (at == std::string_view::npos) return "";
  const std::size_t from = at + head.size();
  return std::string(body.substr(from, body.find("\r\n", from) - from));
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

HttpResponse SimNetwork::Answer(const HttpRequest& request) {
  const std::string_view url = request.url;
  if (request.repeat == Repeat::kHarmless && world_->clock().TimeNow() < forgetful_until_)
    return Json(404, "{}");
  if (url.starts_with(kRunpod)) return Runpod(request, url.substr(kRunpod.size()));
  if (url.starts_with(kFal)) return Fal(request, url.substr(kFal.size()));
  if (url.starts_with(kFalPlatform)) return FalHistory();
  if (url.starts_with(kRunware)) return Runware(request);
  if (url.starts_with(kVtrix)) return Vtrix(request);
  if (url.starts_with(kWavespeed)) return Wavespeed(request, url.substr(kWavespeed.size()));
  if (url.starts_with(kOpenai)) return Openai(request);
  return Json(404, "{}");
}

SimNetwork::Job* SimNetwork::Create(const std::string& provider, const HttpRequest& request, std::string id) {
  Job job;
  job.provider = provider;
  job.tag = TagOf(request.body);
  job.id = std::move(id);
  job.attempt = AttemptIn(request);
  job.input = request.body;
  job.created = world_->clock().TimeNow();
  job.queue = absl::Seconds(1 + static_cast<int>(random_->Below(20)));
  job.run = absl::Seconds(20 + static_cast<int>(random_->Below(200)));
  const auto drawn = absl::Seconds(random_->Chance(0.5) ? 0 : static_cast<int>(random_->Below(90)));
  job.books_lag = books_lag_.value_or(drawn);
  job.fails = random_->Chance(faults_.provider_fails);
  trace_(absl::StrCat("create ", provider, " ", job.tag, " ", job.id));
  if (on_creation_) on_creation_({provider, job.tag, job.id, CallbackUrlIn(request)});
  return &jobs_.emplace(provider + job.id, std::move(job)).first->second;
}

SimNetwork::Job* SimNetwork::Find(const std::string& provider, std::string_view id) {
  const auto found = jobs_.find(provider + std::string(id));
  return found == jobs_.end() ? nullptr : &found->second;
}

std::string SimNetwork::Listed(const std::string& provider, bool ended_only,
                               const std::function<std::string(const Job&)>& show) const {
  std::vector<const Job*> jobs;
  for (const auto& [key, job] : jobs_) {
    const bool shown = !ended_only || Progress(job) == 2 || job.cancelled;
    if (job.provider == provider && shown && world_->clock().TimeNow() >= hidden_until_) jobs.push_back(&job);
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Job* a, const Job* b) { return a->created > b->created; });
  std::string items;
  for (const Job* job : jobs) items += (items.empty() ? "" : ",") + show(*job);
  return "[" + items + "]";
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
    Job* job = Create("fal", request, NewAttemptId(*random_));
    job->model = std::string(path.substr(0, path.find('?')));
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

// By the end of the requests: what still runs is not there.
HttpResponse SimNetwork::FalHistory() const {
  const auto show = [](const Job& job) {
    return absl::StrCat("{\"request_id\":\"", job.id, "\",\"endpoint_id\":\"", job.model, "\",\"sent_at\":\"",
                        TimeText(job.created), "\",\"json_input\":", job.input, "}");
  };
  return Json(200, absl::StrCat("{\"items\":", Listed("fal", true, show),
                                ",\"next_cursor\":null,\"has_more\":false}"));
}

HttpResponse SimNetwork::Runware(const HttpRequest& request) {
  const std::string uuid = Member(request.body, "taskUUID");
  Job* job = Find("runware", uuid);
  if (Has(request.body, "\"videoInference\"")) {
    if (job != nullptr) {
      return Json(400, absl::StrCat("{\"data\":[],\"errors\":[{\"code\":\"conflictTaskUUID\",\"taskUUID\":\"",
                                    uuid, "\"}]}"));
    }
    Create("runware", request, uuid)->attempt = uuid;
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

HttpResponse SimNetwork::Vtrix(const HttpRequest& request) {
  if (request.method == HttpMethod::kPost) {
    const Job* job = Create("vtrix", request, NewAttemptId(*random_));
    return Json(200, absl::StrCat("{\"id\":\"", job->id, "\",\"status\":\"in_progress\",\"progress\":0}"));
  }
  const Job* job = Find("vtrix", LastSegment(request.url));
  if (job == nullptr) return Json(404, "{\"error\":{\"code\":404,\"error_message\":\"no such task\"}}");
  const std::string start = absl::StrCat("{\"id\":\"", job->id, "\",\"status\":");
  if (Progress(*job) < 2) return Json(200, start + "\"in_progress\",\"progress\":0.4}");
  if (job->fails) {
    return Json(200,
                start + "\"failed\",\"error\":{\"code\":14001095,\"error_message\":\"generation failed\"}}");
  }
  return Json(200, start +
                       "\"completed\",\"progress\":1,\"output\":[{\"content\":[{\"type\":\"video\","
                       "\"url\":\"https://cdn.vtrix.sim/x.mp4\",\"duration\":\"4\"}]}],"
                       "\"usage\":{\"cost\":\"0.40\"}}");
}

// Whoever counted on the catalogue's price is a cent off.
std::string SimNetwork::Books(std::string_view question) const {
  std::string entries;
  for (const auto& [key, job] : jobs_) {
    if (job.provider != "wavespeed" || job.fails || !Has(question, "\"" + job.id + "\"")) continue;
    if (world_->clock().TimeNow() < job.created + job.queue + job.run + job.books_lag) continue;
    absl::StrAppend(&entries, entries.empty() ? "" : ",", "{\"billing_type\":\"deduct\",\"price\":0.39,",
                    "\"prediction\":{\"uuid\":\"", job.id, "\"}}");
  }
  return absl::StrCat("{\"page\":1,\"items\":[", entries, "]}");
}

HttpResponse SimNetwork::Wavespeed(const HttpRequest& request, std::string_view path) {
  constexpr std::string_view kGood = "{\"code\":200,\"message\":\"success\",\"data\":";
  if (path == "media/upload/binary") {
    ++uploads_;
    return Json(200, absl::StrCat(ToAbsl(kGood), "{\"download_url\":\"https://media.wavespeed.sim/",
                                  NewAttemptId(*random_), ".png\"}}"));
  }
  if (path == "predictions") {
    const auto show = [](const Job& job) {
      return absl::StrCat("{\"id\":\"", job.id, "\",\"model\":\"", job.model, "\",\"created_at\":\"",
                          TimeText(job.created), "\",\"input\":", job.input, "}");
    };
    return Json(200, absl::StrCat(ToAbsl(kGood), "{\"items\":", Listed("wavespeed", false, show), "}}"));
  }
  if (path == "billings/search") return Json(200, absl::StrCat(ToAbsl(kGood), Books(request.body), "}"));
  if (request.method == HttpMethod::kPost) {
    // What was not uploaded here is not there.
    if (Has(request.body, "data:image")) return Json(400, "{\"code\":400,\"message\":\"image: not a URL\"}");
    Job* job = Create("wavespeed", request, NewAttemptId(*random_));
    job->model = std::string(path);
    return Json(200, absl::StrCat(ToAbsl(kGood), "{\"id\":\"", job->id, "\",\"status\":\"created\"}}"));
  }
  // predictions/{id}/result
  const Job* job = Find("wavespeed", LastSegment(path.substr(0, path.rfind('/'))));
  if (job == nullptr) return Json(404, "{\"code\":404,\"message\":\"prediction not found\"}");
  const std::string start =
      absl::StrCat(ToAbsl(kGood), "{\"id\":\"", job->id, "\",\"outputs\":[],\"status\":\"");
  if (Progress(*job) == 0) return Json(200, start + "created\"}}");
  if (Progress(*job) == 1) return Json(200, start + "processing\"}}");
  if (job->fails) return Json(200, start + "failed\",\"error\":\"generation failed\"}}");
  return Json(
      200, absl::StrCat(ToAbsl(kGood), "{\"id\":\"", job->id,
                        "\",\"status\":\"completed\",\"outputs\":[\"https://media.wavespeed.sim/x.mp4\"]}}"));
}

HttpResponse SimNetwork::OpenaiList() const {
  const auto show = [](const Job& job) {
    const bool form = Has(job.input, "name=\"prompt\"");
    std::string item =
        absl::StrCat("{\"id\":\"", job.id, "\",\"created_at\":", absl::ToUnixSeconds(job.created));
    for (const char* name : {"prompt", "model", "seconds", "size"}) {
      const std::string value = form ? Part(job.input, name) : Member(job.input, name);
      absl::StrAppend(&item, ",\"", name, "\":\"", value, "\"");
    }
    return item + "}";
  };
  return Json(200, absl::StrCat("{\"object\":\"list\",\"data\":", Listed("openai", false, show),
                                ",\"has_more\":false}"));
}

HttpResponse SimNetwork::Openai(const HttpRequest& request) {
  if (Has(request.url, "/videos?")) return OpenaiList();
  const char* words[] = {"queued", "in_progress", "completed"};
  const Job* job = nullptr;
  if (request.method == HttpMethod::kPost) {
    job = Create("openai", request, "video_" + NewAttemptId(*random_));
  } else {
    job = Find("openai", LastSegment(request.url));
  }
  if (job == nullptr) return Json(404, "{\"error\":{\"message\":\"no such video\",\"code\":\"not_found\"}}");
  const bool failed = Progress(*job) == 2 && job->fails;
  const std::string error =
      failed ? "{\"code\":\"video_generation_failed\",\"message\":\"generation failed\"}" : "null";
  return Json(200, absl::StrCat("{\"id\":\"", job->id, "\",\"object\":\"video\",\"status\":\"",
                                failed ? "failed" : words[Progress(*job)],
                                "\",\"seconds\":\"4\",\"size\":\"1280x720\",\"error\":", error, "}"));
}

}  // namespace zoetrope::testing
