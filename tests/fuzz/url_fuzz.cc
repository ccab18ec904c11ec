// The readers of URLs, each against libcurl's and against one another: a line with a URL, one with the base
// that it must lie beneath (an account's where it is missing), one with a path.
#include <curl/curl.h>

#include <string>

#include "server/base/limits.h"
#include "server/http/url_guard.h"
#include "server/providers/provider_url.h"
#include "server/validate/public_url.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/url_parts.h"

namespace zoetrope::fuzz {
namespace {

// What a caller may hand on to a provider leads to no private place, whatever spelling it has.
void CheckCallers(std::string_view url) {
  if (!UrlProblem(url, false).empty()) return;
  FUZZ_CHECK(url.size() <= limits::kUrlChars);
  FUZZ_CHECK(UrlProblem(url, true).empty());
  FUZZ_CHECK(CheckUrl(url, {}).ok());
  const std::optional<std::string> host = HostOf(url);
  FUZZ_CHECK(host && OriginOf(url)->starts_with("https://"));
  // Where the host is an address, libcurl says which one.
  const bool is_address = AddressTextAllowed(*host, {.allow_private_hosts = true});
  FUZZ_CHECK(!is_address || AddressTextAllowed(*host, {}));
  FUZZ_CHECK(*host != "localhost");
  for (const std::string_view inside : {".localhost", ".local", ".internal"})
    FUZZ_CHECK(!host->ends_with(inside));
  // The stricter guard, which knows of the port as well, takes the same hosts.
  if (OriginOf(url)->ends_with(":443")) FUZZ_CHECK(CheckPublicUrlText(url).ok());
}

// Where the account's credential may go.
void CheckAccounts(std::string_view url, std::string_view base) {
  if (!IsBeneath(url, base)) return;
  FUZZ_CHECK(IsMediaUrl(url));
  // A base that the client would not call at all is found when the configuration is read.
  if (!CheckUrl(base, {.allow_plain_http = true}).ok()) return;
  FUZZ_CHECK(CheckUrl(url, {.allow_plain_http = true}).ok());
  FUZZ_CHECK(OriginOf(url) == OriginOf(base));
  if (base.find_first_of("?#") == std::string_view::npos) FUZZ_CHECK(SameOrigin(url, base));
}

void CheckGuard(std::string_view url) {
  const bool https = CheckUrl(url, {}).ok();
  FUZZ_CHECK(!https || CheckUrl(url, {.allow_plain_http = true}).ok());
  if (CheckPublicUrlText(url).ok()) FUZZ_CHECK(https);
  if (https) FUZZ_CHECK(OriginOf(url).has_value());
  if (https) FUZZ_CHECK(url.size() <= kFetchedUrlBytes);
}

void CheckResults(std::string_view url) {
  const std::string type = MediaTypeOf(url);
  FUZZ_CHECK(type.empty() || IsMediaUrl(url));
  FUZZ_CHECK(type.empty() || type.starts_with("video/"));
}

// A path that is joined stays where it was put, and reads as what it was.
void CheckJoined(std::string_view path) {
  constexpr std::string_view kBase = "https://api.example:8443/v2";
  const std::string escaped = EscapeUrl(path);
  int size = 0;
  char* const plain = curl_easy_unescape(nullptr, escaped.data(), static_cast<int>(escaped.size()), &size);
  FUZZ_CHECK(plain != nullptr && std::string_view(plain, static_cast<std::size_t>(size)) == path);
  curl_free(plain);
  const absl::StatusOr<std::string> url = JoinUrl(kBase, path);
  if (!url.ok() || url->size() > limits::kUrlChars) return;
  FUZZ_CHECK(url->starts_with(kBase));
  FUZZ_CHECK(OriginOf(*url) == OriginOf(kBase));
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope::fuzz;
  std::string_view text = TextOf(data, size);
  const std::string_view url = TakeLine(text);
  const std::string_view base = TakeLine(text);
  CheckCallers(url);
  CheckAccounts(url, "https://api.example:8443/v2");
  CheckAccounts(url, base);
  CheckGuard(url);
  CheckResults(url);
  CheckJoined(text);
  return 0;
}
