#include "server/config/sandbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/api/download.h"
#include "server/api/listen_address.h"

namespace zoetrope {

absl::Status CheckSandboxUrl(const std::string& url) {
  constexpr std::string_view kHttp = "http://";
  const std::string origin = OriginOf(url);
  const bool http = url.substr(0, kHttp.size()) == kHttp && !origin.empty();
  // Nothing may come after the port: the paths are the configuration's.
  if (!http || origin != url || !IsLoopbackListen(url.substr(kHttp.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", url, "` is no simulator on this machine; it looks like http://127.0.0.1:PORT"));
  }
  return absl::OkStatus();
}

Environment WithSandboxUrl(Environment environment, std::string url) {
  return [environment = std::move(environment), url = std::move(url)](const std::string& name) {
    return name == "ZOETROPE_SANDBOX_URL" ? std::optional<std::string>(url) : environment(name);
  };
}

}  // namespace zoetrope
