#include "tests/sandbox/fal_storage.h"

#include <optional>

#include "tests/sandbox/error_reply.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::int64_t kTokenMs = 60 * 60'000;
constexpr std::string_view kCdnToken = "sandbox-cdn-token";

std::optional<Reply> CheckKey(const World& world, const Request& request) {
  const std::string_view header = request.Header("authorization");
  const std::string_view key = StartsWith(header, "Key ") ? header.substr(4) : std::string_view();
  const bool bad = StartsWith(key, "bad-key:") || CheckCredential(world.options, key) != Credential::kGood;
  if (!bad) return std::nullopt;
  return JsonReply(
      401, {{"detail", header.empty() ? "Authorization header is required" : "invalid key credentials"}});
}

Reply Initiate(World* world, const Request& request) {
  const Json body = Json::parse(request.body, nullptr, false);
  const Json* type = body.is_object() ? At(body, "content_type") : nullptr;
  if (type == nullptr || !type->is_string()) {
    return JsonReply(
        422, {{"detail",
               Json::array(
                   {{{"loc", {"body", "content_type"}}, {"msg", "Field required"}, {"type", "missing"}}})}});
  }
  const std::string url = BaseUrl(request) + "/pictures/" + world->NewUuid();
  return JsonReply(200, {{"upload_url", url}, {"file_url", url}});
}

Reply Token(World* world, const Request& request) {
  // With an offset and not with Z: the clients' parsers of older days know only that.
  std::string expires = IsoTime(world->now_ms() + kTokenMs);
  expires.replace(expires.size() - 1, 1, "+00:00");
  return JsonReply(200, {{"token", kCdnToken},
                         {"token_type", "Bearer"},
                         {"base_url", MountUrl(request, "/fal/cdn")},
                         {"expires_at", expires}});
}

Reply Upload(World* world, const Request& request) {
  if (BearerKey(request) != kCdnToken) return JsonReply(401, {{"detail", "invalid token"}});
  const std::string name = world->NewUuid();
  if (world->pictures.Put(name, request.body) == nullptr) {
    return JsonReply(415, {{"detail", "neither PNG nor JPEG nor WebP"}});
  }
  return JsonReply(200, {{"access_url", BaseUrl(request) + "/pictures/" + name}});
}

}  // namespace

Reply HandleFalStorage(World* world, const Request& request) {
  const std::string call = request.method + " " + request.path;
  if (call == "GET /fal/rest/.well-known/jwks.json") {
    return JsonReply(
        200, {{"keys",
               Json::array({{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", FalPublicKey(FalSandboxSeed())}}})}});
  }
  if (call == "POST /fal/cdn/files/upload") return Upload(world, request);
  const bool initiate = call == "POST /fal/rest/storage/upload/initiate";
  if (!initiate && call != "POST /fal/rest/storage/auth/token")
    return JsonReply(404, {{"detail", "Not Found"}});
  if (std::optional<Reply> refused = CheckKey(*world, request)) return *std::move(refused);
  return initiate ? Initiate(world, request) : Token(world, request);
}

}  // namespace zoetrope::sandbox
