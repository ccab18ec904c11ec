#include "tests/sandbox/mangle.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace zoetrope::sandbox {
namespace {

constexpr std::string_view kHtml =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking your browser before accessing the site.</h1></body></html>";
constexpr std::int64_t kMaxHuge = 256LL << 20;
constexpr std::int64_t kMaxDepth = 64LL << 20;

// Number by number, key by key: what to do is told by `edit`, which returns true if it took care of the
// value.
template <typename Edit>
void Walk(Json* value, const Edit& edit) {
  if (value->is_object() || value->is_array()) {
    for (Json& child : *value) Walk(&child, edit);
  }
  edit(value);
}

void EraseKeys(Json* value, std::initializer_list<const char*> keys) {
  Walk(value, [&](Json* node) {
    if (!node->is_object()) return;
    for (const char* key : keys) node->erase(key);
  });
}

void StringsToNumbers(Json* node) {
  if (!node->is_string()) return;
  const std::string text = node->get<std::string>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) *node = number;
}

void EditBody(const std::vector<Fault>& faults, Reply* reply) {
  Json body = Json::parse(reply->body, nullptr, false);
  if (body.is_discarded()) return;
  for (const Fault& fault : faults) {
    if (fault.name == "unknown-fields") {
      Walk(&body, [](Json* node) {
        if (node->is_object())
          (*node)["zz_unknown"] = {{"nested", Json::array({1, "two", nullptr})}, {"beta", true}};
      });
    } else if (fault.name == "numbers-as-strings") {
      Walk(&body, [](Json* node) {
        if (node->is_number()) *node = node->dump();
      });
    } else if (fault.name == "strings-as-numbers") {
      Walk(&body, StringsToNumbers);
    } else if (fault.name == "missing-cost") {
      EraseKeys(&body, {"cost"});
    } else if (fault.name == "no-video") {
      EraseKeys(&body, {"output", "outputs", "video", "videoURL"});
    } else if (fault.name == "no-id") {
      EraseKeys(&body, {"id", "request_id", "gateway_request_id", "response_url", "status_url", "cancel_url",
                        "taskUUID"});
    } else if (fault.name == "huge") {
      const std::int64_t bytes = std::clamp<std::int64_t>(fault.Number(0, 20'000'000), 0, kMaxHuge);
      body["padding"] = std::string(static_cast<std::size_t>(bytes), 'x');
    } else {
      continue;
    }
  }
  reply->body = body.dump();
}

void RetryAfter(const std::vector<Fault>& faults, Reply* reply) {
  if (reply->status < 400) return;
  if (const Fault* fault = FindFault(faults, "retry-after")) {
    reply->headers.emplace_back("Retry-After", fault->Arg(0, "1"));
  }
  if (const Fault* fault = FindFault(faults, "retry-after-date")) {
    const std::time_t when = std::time(nullptr) + static_cast<std::time_t>(fault->Number(0, 2));
    std::tm parts{};
    gmtime_r(&when, &parts);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    reply->headers.emplace_back("Retry-After", text);
  }
}

void ReplaceBody(std::string body, std::string_view content_type, Reply* reply) {
  reply->status = 200;
  reply->body = std::move(body);
  reply->blob.reset();
  reply->content_type = std::string(content_type);
}

void ReplaceBodyByFault(const Fault& fault, Reply* reply) {
  if (fault.name == "html-200") ReplaceBody(std::string(kHtml), "text/html; charset=utf-8", reply);
  if (fault.name == "not-json") ReplaceBody("OK: your request was queued\n", "application/json", reply);
  if (fault.name == "empty-200") ReplaceBody("", "application/json", reply);
  if (fault.name == "wrong-type") ReplaceBody(std::string(kHtml), "text/html; charset=utf-8", reply);
  if (fault.name == "deep-json") {
    const auto depth =
        static_cast<std::size_t>(std::clamp<std::int64_t>(fault.Number(0, 100'000), 1, kMaxDepth));
    ReplaceBody(std::string(depth, '[') + std::string(depth, ']'), "application/json", reply);
  }
  if (fault.name == "invalid-utf8") {
    const std::size_t quote = reply->body.find("\":\"");
    reply->body.insert(quote == std::string::npos ? reply->body.size() : quote + 3, "\xff\xfe\xc3\x28");
  }
}

void ChangeDelivery(const Fault& fault, Reply* reply) {
  if (fault.name == "lost-reply") reply->delivery = Delivery::kClose;
  if (fault.name == "reset") reply->delivery = Delivery::kReset;
  if (fault.name == "truncated") reply->delivery = Delivery::kTruncated;
  if (fault.name == "half-header") reply->delivery = Delivery::kHalfHeader;
  if (fault.name == "hang") reply->delay_ms += fault.Number(0, 30'000);
  if (fault.name == "slow-drip") {
    reply->delivery = Delivery::kDrip;
    reply->drip_ms = fault.Number(0, 10);
  }
}

// A fault strikes what the client gets in the end, which for a blocking call is not known yet.
Reply MangleLater(Reply honest, const std::vector<Fault>& faults, Provider provider) {
  if (honest.delivery == Delivery::kStream) return honest;
  honest.next = [inner = std::move(honest.next), faults, provider] {
    return Mangle(inner(), faults, provider);
  };
  return honest;
}

}  // namespace

std::optional<Reply> StopBefore(const std::vector<Fault>& faults, Provider provider) {
  for (const Fault& fault : faults) {
    Reply reply;
    if (fault.name == "lost-request") {
      reply.delivery = Delivery::kClose;
    } else if (fault.name == "reset-before") {
      reply.delivery = Delivery::kReset;
    } else if (fault.name == "redirect") {
      reply.status = static_cast<int>(fault.Number(0, 307));
      reply.headers.emplace_back("Location", "/moved");
    } else if (fault.name == "status") {
      reply = ErrorReply(provider, static_cast<int>(fault.Number(0, 500)));
    } else {
      continue;
    }
    RetryAfter(faults, &reply);
    return reply;
  }
  return std::nullopt;
}

Reply Mangle(Reply honest, const std::vector<Fault>& faults, Provider provider) {
  if (faults.empty()) return honest;
  if (honest.next) return MangleLater(std::move(honest), faults, provider);
  if (const Fault* fault = FindFault(faults, "status-created")) {
    honest = ErrorReply(provider, static_cast<int>(fault->Number(0, 500)));
  }
  if (!honest.blob) EditBody(faults, &honest);
  if (FindFault(faults, "missing-cost") != nullptr) {
    honest.headers.erase(std::remove_if(honest.headers.begin(), honest.headers.end(),
                                        [](const auto& h) { return h.first == "x-fal-billable-units"; }),
                         honest.headers.end());
  }
  for (const Fault& fault : faults) {
    ReplaceBodyByFault(fault, &honest);
    ChangeDelivery(fault, &honest);
  }
  RetryAfter(faults, &honest);
  return honest;
}

bool HidesCreation(const std::vector<Fault>& faults) {
  static constexpr std::string_view kHiding[] = {"lost-reply", "reset",     "truncated",   "half-header",
                                                 "html-200",   "not-json",  "deep-json",   "status-created",
                                                 "no-id",      "empty-200", "invalid-utf8"};
  return std::any_of(std::begin(kHiding), std::end(kHiding),
                     [&](std::string_view name) { return FindFault(faults, name) != nullptr; });
}

}  // namespace zoetrope::sandbox
