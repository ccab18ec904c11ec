#include "tests/sandbox/fal_history.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "tests/sandbox/mangle.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kFal;
constexpr std::int64_t kDefaultPage = 50;
constexpr std::int64_t kLargestPage = 100;
constexpr std::int64_t kDayMs = 24LL * 60 * 60'000;

Reply Error(int status, const std::string& type, const std::string& message) {
  return JsonReply(status, {{"error", {{"type", type}, {"message", message}}}});
}

// What a request is listed by.
struct Query {
  std::vector<std::string> endpoints;
  std::int64_t start_ms = 0;
  std::optional<std::int64_t> end_ms;
  std::string status;
  std::string request_id;
  bool payloads = false;
  std::int64_t limit = kDefaultPage;
  std::int64_t skip = 0;  // what the cursor says
};

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

// nullopt: it is no number of that range.
std::optional<std::int64_t> Number(std::string_view text, std::int64_t least, std::int64_t most) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  const std::int64_t value = std::atoll(std::string(text).c_str());
  return value >= least && value <= most ? std::optional(value) : std::nullopt;
}

// A query, or what is wrong with it.
std::string ReadQuery(const Request& request, std::int64_t now, Query* query) {
  query->endpoints = SplitList(request.Query("endpoint_id"));
  if (query->endpoints.empty() || query->endpoints.size() > 50) return "endpoint_id: 1 to 50 are required";
  query->start_ms = now - kDayMs;
  if (const std::string text(request.Query("start")); !text.empty()) {
    const std::optional<std::int64_t> start = ParseIsoTime(text);
    if (!start) return "start: not a date";
    query->start_ms = *start;
  }
  if (const std::string text(request.Query("end")); !text.empty()) {
    query->end_ms = ParseIsoTime(text);
    if (!query->end_ms) return "end: not a date";
  }
  if (const std::string_view text = request.Query("limit"); !text.empty()) {
    const std::optional<std::int64_t> limit = Number(text, 1, kLargestPage);
    if (!limit) return "limit: from 1 to 100";
    query->limit = *limit;
  }
  if (const std::string_view text = request.Query("cursor"); !text.empty()) {
    const std::optional<std::int64_t> skip =
        text.substr(0, 1) == "c" ? Number(text.substr(1), 0, 999'999'999) : std::nullopt;
    if (!skip) return "cursor: not one of ours";
    query->skip = *skip;
  }
  query->status = request.Query("status");
  query->request_id = request.Query("request_id");
  query->payloads = request.Query("expand") == "payloads";
  return "";
}

int StatusCode(const Job& job, JobState state) {
  if (state == JobState::kCompleted && !job.plan.completed_with_error) return 200;
  if (state == JobState::kTimedOut) return 504;
  if (state == JobState::kCancelled) return 499;
  const bool theirs = job.plan.failure == Failure::kContent || job.plan.failure == Failure::kValidation ||
                      job.plan.failure == Failure::kPicture;
  return theirs ? 422 : 500;
}

bool Passes(const Job& job, const Query& query, std::int64_t now) {
  if (job.provider != kSelf || job.evicted) return false;
  const JobState state = StateAt(job, now);
  if (!IsFinal(state)) return false;
  if (std::find(query.endpoints.begin(), query.endpoints.end(), job.endpoint) == query.endpoints.end())
    return false;
  if (!query.request_id.empty() && job.id != query.request_id) return false;
  const std::int64_t ended = EndsAt(job);
  if (ended < query.start_ms || (query.end_ms && ended >= *query.end_ms)) return false;
  const int code = StatusCode(job, state);
  const char* word = code == 200 ? "success" : code < 500 ? "user_error" : "error";
  return query.status.empty() || query.status == word;
}

Json Item(const Job& job, const Query& query, std::int64_t now) {
  const std::int64_t started = std::min(job.created_ms + job.plan.queue_ms, EndsAt(job));
  Json item{{"request_id", job.id},
            {"endpoint_id", job.endpoint},
            {"sent_at", IsoTime(job.created_ms)},
            {"started_at", IsoTime(started)},
            {"ended_at", IsoTime(EndsAt(job))},
            {"status_code", StatusCode(job, StateAt(job, now))},
            {"duration", static_cast<double>(EndsAt(job) - started) / 1000}};
  if (query.payloads) item["json_input"] = job.request;
  return item;
}

Reply List(World* world, const Request& request) {
  const std::int64_t now = world->now_ms();
  Query query;
  if (const std::string wrong = ReadQuery(request, now, &query); !wrong.empty())
    return Error(400, "validation_error", wrong);
  std::vector<const Job*> jobs;
  for (const Job& job : world->jobs.all()) {
    if (Passes(job, query, now)) jobs.push_back(&job);
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Job* a, const Job* b) { return EndsAt(*a) > EndsAt(*b); });
  const auto count = static_cast<std::int64_t>(jobs.size());
  const std::int64_t first = std::min(query.skip, count);
  const std::int64_t last = std::min(first + query.limit, count);
  Json items = Json::array();
  for (std::int64_t i = first; i < last; ++i)
    items.push_back(Item(*jobs[static_cast<std::size_t>(i)], query, now));
  Json page{{"items", std::move(items)}, {"has_more", last < count}, {"next_cursor", nullptr}};
  if (last < count) page["next_cursor"] = "c" + std::to_string(last);
  return JsonReply(200, page);
}

}  // namespace

Reply HandleFalHistory(World* world, const Request& request) {
  if (request.path != "/fal/platform/v1/models/requests/by-endpoint")
    return Error(404, "not_found", "Not Found");
  if (request.method != "GET") return Error(405, "method_not_allowed", "Method Not Allowed");
  world->ledger.Count(kSelf, Call::kResult);
  const std::string_view header = request.Header("authorization");
  const std::string_view key = StartsWith(header, "Key ") ? header.substr(4) : std::string_view();
  if (CheckCredential(world->options, key) != Credential::kGood)
    return Error(401, "authorization_error", "Authentication required");
  const std::vector<Fault> faults = StrikeJobCall(world, kSelf, Call::kResult, nullptr);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return *std::move(stopped);
  return Mangle(List(world, request), faults, kSelf);
}

}  // namespace zoetrope::sandbox
