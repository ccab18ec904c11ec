#include "tests/fuzz/url_parts.h"

#include <curl/curl.h>

#include <memory>

#include "server/base/strings.h"

namespace zoetrope::fuzz {
namespace {

class Url {
 public:
  explicit Url(std::string_view text) : url_(curl_url(), &curl_url_cleanup) {
    const std::string copy(text);
    // libcurl stops at a zero byte; nothing of ours may pass one on.
    if (copy.find('\0') != std::string::npos) return;
    read_ = curl_url_set(url_.get(), CURLUPART_URL, copy.c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
  }

  std::optional<std::string> Part(CURLUPart part) const {
    char* text = nullptr;
    if (!read_ || curl_url_get(url_.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return std::nullopt;
    std::string copy = AsciiLower(text);
    curl_free(text);
    return copy;
  }

 private:
  std::unique_ptr<CURLU, void (*)(CURLU*)> url_;
  bool read_ = false;
};

}  // namespace

std::optional<std::string> OriginOf(std::string_view text) {
  const Url url(text);
  const auto scheme = url.Part(CURLUPART_SCHEME);
  const auto host = url.Part(CURLUPART_HOST);
  const auto port = url.Part(CURLUPART_PORT);
  if (!scheme || !host || !port) return std::nullopt;
  return *scheme + "://" + *host + ":" + *port;
}

std::optional<std::string> HostOf(std::string_view text) {
  std::optional<std::string> host = Url(text).Part(CURLUPART_HOST);
  if (host && host->starts_with('[') && host->ends_with(']')) host = host->substr(1, host->size() - 2);
  return host;
}

}  // namespace zoetrope::fuzz
