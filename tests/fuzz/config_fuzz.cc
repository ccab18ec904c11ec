// The configuration file. What is accepted can be run: whoever starts the server with it learns nothing bad
// later.
#include <map>
#include <optional>
#include <string>

#include "server/api/listen_address.h"
#include "server/config/config_check.h"
#include "server/config/config_loader.h"
#include "server/http/url_guard.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  if (name == "URL") return "https://api.example";
  if (name == "STATE_DIRECTORY") return "/var/lib/x";
  if (name == "ODD") return "${env:URL}\n: {";
  return std::nullopt;
}

void CheckProvider(const config::v1::Provider& provider) {
  // What the client would refuse later is refused when the file is read.
  const UrlRule rule{provider.allow_plain_http(), provider.allow_private_hosts()};
  if (!provider.base_url().empty()) FUZZ_CHECK(CheckUrl(provider.base_url(), rule).ok());
  for (const config::v1::NamedUrl& url : provider.base_urls()) FUZZ_CHECK(CheckUrl(url.url(), rule).ok());
  const config::v1::SecretRef& key = provider.api_key();
  FUZZ_CHECK(key.source_case() != config::v1::SecretRef::SOURCE_NOT_SET);
  FUZZ_CHECK(!key.has_dummy() || provider.allow_private_hosts());
}

void CheckGood(const config::v1::Config& config) {
  FUZZ_CHECK(CheckConfig(config).empty());
  const bool closed = config.has_auth() && config.has_tls();
  FUZZ_CHECK(closed || config.allow_insecure_listen() || IsLoopbackListen(config.listen()));
  const bool off = config.metrics_listen() == "off";
  FUZZ_CHECK(off || config.allow_insecure_listen() || config.metrics_allow_insecure_listen() ||
             IsLoopbackListen(config.metrics_listen()));
  FUZZ_CHECK(!config.store().sqlite().path().empty());
  for (const config::v1::Provider& provider : config.providers()) CheckProvider(provider);
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  const std::string_view text = fuzz::TextOf(data, size);
  const ConfigResult result = LoadConfig("zoetrope.yaml", text, {}, fuzz::Variable);
  FUZZ_CHECK(result.problems.size() <= 200);
  for (const FileProblem& problem : result.problems) {
    FUZZ_CHECK(problem.file == "zoetrope.yaml" && !problem.message.empty());
  }
  if (result.problems.empty()) fuzz::CheckGood(result.config);
  return 0;
}
