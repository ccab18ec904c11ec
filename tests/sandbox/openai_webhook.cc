#include "tests/sandbox/openai_webhook.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

#include "tests/sandbox/error_reply.h"
#include "tests/sandbox/webhook.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";
constexpr std::size_t kDefaultPage = 20;
constexpr std::size_t kLargestPage = 100;
constexpr std::size_t kMaxEndpoints = 100;

std::string EventType(JobState state) {
  return state == JobState::kCompleted ? "video.completed" : "video.failed";
}

std::string NewSecret(World* world) {
  std::string bytes(32, '\0');
  for (char& byte : bytes) byte = static_cast<char>(world->random());
  return "whsec_" + Base64(bytes);
}

Json Show(const WebhookEndpoint& endpoint, bool with_secret) {
  Json body{{"id", endpoint.id},
            {"object", "webhook_endpoint"},
            {"created_at", endpoint.created_ms / 1000},
            {"updated_at", endpoint.updated_ms / 1000},
            {"name", endpoint.name},
            {"url", endpoint.url},
            {"event_types", endpoint.event_types}};
  body["signing_secret_hint"] = "whsec_..." + endpoint.secret.substr(endpoint.secret.size() - 4);
  if (with_secret) body["signing_secret"] = endpoint.secret;
  return body;
}

Reply Wrong(const std::string& key, const std::string& what) {
  return OpenaiError(400, kInvalid, what + ": '" + key + "'.", key, "invalid_value");
}

// Takes over what the body has; the 400 to the first field that is wrong.
std::optional<Reply> Change(const Json& body, WebhookEndpoint* endpoint) {
  if (!body.is_object()) {
    return OpenaiError(400, kInvalid, "We could not parse the JSON body of your request.");
  }
  for (const auto& [key, value] : body.items()) {
    if (key == "name" || key == "url") {
      if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return Wrong(key, "Invalid value");
      (key == "name" ? endpoint->name : endpoint->url) = value.get<std::string>();
    } else if (key == "event_types") {
      const bool texts = value.is_array() && !value.empty() &&
                         std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); });
      if (!texts) return Wrong(key, "Invalid value");
      endpoint->event_types = value.get<std::vector<std::string>>();
    } else {
      return OpenaiError(400, kInvalid, "Unknown parameter: '" + key + "'.", key, "unknown_parameter");
    }
  }
  return std::nullopt;
}

Reply Add(World* world, const Json& body) {
  WebhookEndpoint endpoint;
  if (std::optional<Reply> wrong = Change(body, &endpoint)) return *std::move(wrong);
  for (const char* key : {"name", "url", "event_types"}) {
    if (body.contains(key)) continue;
    return OpenaiError(400, kInvalid, "Missing required parameter: '" + std::string(key) + "'.", key,
                       "missing_required_parameter");
  }
  if (world->webhook_endpoints.size() >= kMaxEndpoints) {
    return OpenaiError(400, kInvalid, "This project has too many webhook endpoints.");
  }
  endpoint.id = "wep_" + world->NewUuid();
  endpoint.secret = NewSecret(world);
  endpoint.created_ms = endpoint.updated_ms = world->now_ms();
  world->webhook_endpoints.push_back(std::move(endpoint));
  return JsonReply(200, Show(world->webhook_endpoints.back(), true));
}

Reply List(const World& world, const Request& request) {
  const std::string_view text = request.Query("limit");
  std::size_t limit = kDefaultPage;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!text.empty() && (!number || limit > kLargestPage)) return Wrong("limit", "Invalid value");
  auto first = world.webhook_endpoints.rbegin();
  const auto last = world.webhook_endpoints.rend();
  if (const std::string_view after = request.Query("after"); !after.empty()) {
    first = std::find_if(first, last, [&](const WebhookEndpoint& known) { return known.id == after; });
    if (first == last) return Wrong("after", "Invalid value");
    ++first;
  }
  Json page{{"object", "list"}, {"data", Json::array()}, {"first_id", nullptr}, {"last_id", nullptr}};
  for (; first != last && page["data"].size() < limit; ++first) page["data"].push_back(Show(*first, false));
  if (!page["data"].empty()) {
    page["first_id"] = page["data"].front()["id"];
    page["last_id"] = page["data"].back()["id"];
  }
  page["has_more"] = first != last;
  return JsonReply(200, page);
}

Reply NotAllowed(const Request& request) {
  return OpenaiError(405, kInvalid, "Not allowed to " + request.method + " on " + request.path + ".", "",
                     "method_not_supported");
}

}  // namespace

Reply HandleOpenaiWebhooks(World* world, const Request& request, const std::vector<std::string>& parts) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (parts.empty()) {
    if (request.method == "POST") return Add(world, body);
    return request.method == "GET" ? List(*world, request) : NotAllowed(request);
  }
  std::vector<WebhookEndpoint>& all = world->webhook_endpoints;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const WebhookEndpoint& known) { return known.id == parts[0]; });
  const bool rotates = parts.size() == 2 && parts[1] == "rotate_secret";
  if (found == all.end() || (parts.size() > 1 && !rotates)) {
    return OpenaiError(404, kInvalid, "No webhook endpoint found at " + request.path + ".");
  }
  if (request.method == "POST") {
    WebhookEndpoint changed = *found;
    if (rotates) changed.secret = NewSecret(world);
    if (std::optional<Reply> wrong = rotates ? std::nullopt : Change(body, &changed))
      return *std::move(wrong);
    changed.updated_ms = world->now_ms();
    *found = std::move(changed);
    return JsonReply(200, Show(*found, rotates));
  }
  if (rotates) return NotAllowed(request);
  if (request.method == "GET") return JsonReply(200, Show(*found, false));
  if (request.method != "DELETE") return NotAllowed(request);
  all.erase(found);
  return JsonReply(200, {{"id", parts[0]}, {"object", "webhook_endpoint.deleted"}, {"deleted", true}});
}

void OweOpenaiWebhooks(World* world, const Request& request, Job* job) {
  const std::int64_t end = EndsAt(*job);
  if (end == std::numeric_limits<std::int64_t>::max()) return;
  const std::string type = EventType(StateAt(*job, end));
  for (const WebhookEndpoint& endpoint : world->webhook_endpoints) {
    const std::vector<std::string>& wanted = endpoint.event_types;
    if (std::find(wanted.begin(), wanted.end(), type) == wanted.end()) continue;
    OweWebhooks(world, request, job, endpoint.url, endpoint.secret);
  }
}

Json OpenaiEvent(const Job& job, JobState state) {
  return {{"id", "evt_" + job.id.substr(job.id.find('_') + 1)},
          {"object", "event"},
          {"created_at", EndsAt(job) / 1000},
          {"type", EventType(state)},
          {"data", {{"id", job.id}}}};
}

}  // namespace zoetrope::sandbox
