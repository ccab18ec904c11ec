#include "tests/sandbox/error_reply.h"

#include <string>
#include <utility>

namespace zoetrope::sandbox {
namespace {

std::string ErrorText(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment required: insufficient credits";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Payload too large";
    case 422:
      return "Unprocessable entity";
    case 429:
      return "Too many requests";
    case 502:
      return "Bad gateway";
    case 503:
      return "Service unavailable";
    case 504:
      return "Gateway timeout";
    default:
      return "Internal server error";
  }
}

Reply FalError(int status, const std::string& message) {
  Json body;
  body["detail"] = message;
  const char* type = "";
  if (status == 400) type = "bad_request";
  if (status == 429) type = "concurrent_requests_limit";
  if (status == 500) type = "internal_error";
  if (status == 503) type = "runner_scheduling_failure";
  if (status == 504) type = "request_timeout";
  if (*type != '\0') body["error_type"] = type;
  Reply reply = JsonReply(status, body);
  if (*type != '\0') reply.headers.emplace_back("X-Fal-Error-Type", type);
  if (status == 429 || status == 503) reply.headers.emplace_back("X-Fal-Needs-Retry", "1");
  return reply;
}

std::string RunwareCode(int status) {
  switch (status) {
    case 400:
      return "invalidRequest";
    case 401:
      return "invalidApiKey";
    case 402:
      return "insufficientCredits";
    case 403:
      return "forbidden";
    case 404:
      return "taskNotFound";
    case 409:
      return "conflictTaskUUID";
    case 422:
      return "invalidParameter";
    case 429:
      return "rateLimitExceeded";
    case 503:
      return "serviceUnavailable";
    case 408:
    case 504:
      return "gatewayTimeout";
    default:
      return "internalServerError";
  }
}

// What OpenAI's platform answers when nothing more particular is known.
Reply OpenaiErrorOf(int status, const std::string& message) {
  if (status == 401) return OpenaiError(401, "invalid_request_error", message, "", "invalid_api_key");
  if (status == 402) return OpenaiError(402, "insufficient_quota", message, "", "insufficient_quota");
  if (status == 429) return OpenaiError(429, "requests", message, "", "rate_limit_exceeded");
  if (status >= 500) return OpenaiError(status, "server_error", message);
  return OpenaiError(status, "invalid_request_error", message);
}

}  // namespace

Reply JsonReply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

Reply OpenaiError(int status, std::string_view type, std::string_view message, std::string_view param,
                  std::string_view code) {
  Json error{{"message", message}, {"type", type}, {"param", nullptr}, {"code", nullptr}};
  if (!param.empty()) error["param"] = param;
  if (!code.empty()) error["code"] = code;
  return JsonReply(status, {{"error", std::move(error)}});
}

Reply WavespeedError(int status, std::string_view message) {
  return JsonReply(status, {{"code", status}, {"message", message}});
}

Reply VtrixError(int status, std::string_view message) {
  return JsonReply(status, {{"error", {{"code", status}, {"message", message}}}});
}

Reply VtrixAccountError(int status, int error_code, std::string_view message) {
  return JsonReply(status, {{"status", {{"code", status}, {"message", message}, {"error_code", error_code}}},
                            {"data", nullptr}});
}

Reply ErrorReply(Provider provider, int status, std::string_view message) {
  const std::string text = message.empty() ? ErrorText(status) : std::string(message);
  switch (provider) {
    case Provider::kFal:
      return FalError(status, text);
    case Provider::kRunware:
      return JsonReply(
          status,
          {{"errors", Json::array({{{"code", RunwareCode(status)},
                                    {"message", text},
                                    {"documentation", "https://runware.ai/docs/platform/errors"}}})}});
    case Provider::kOpenai:
      return OpenaiErrorOf(status, text);
    case Provider::kWavespeed:
      return WavespeedError(status, text);
    case Provider::kVtrix:
      return status == 402 ? VtrixAccountError(402, 40201, text) : VtrixError(status, text);
    case Provider::kRunpod:
      break;
  }
  // The platform's own problem object: here `status` is a number.
  if (status == 404) return JsonReply(404, {{"status", 404}, {"title", "Not Found"}, {"detail", text}});
  if (status == 401 || status == 403) {
    Reply reply;
    reply.status = status;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = text;
    return reply;
  }
  return JsonReply(status, {{"error", text}});
}

}  // namespace zoetrope::sandbox
