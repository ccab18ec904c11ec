#include "server/config/print_config.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "server/base/redact.h"
#include "server/base/secret.h"

namespace zoetrope {
namespace {

void MaskText(std::string_view secret, std::string& text) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kRedacted.size())) {
    text.replace(at, secret.size(), kRedacted);
  }
}

// As it is, and as JSON writes it.
void MaskSecret(const Secret& secret, std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(std::string(secret.Reveal()));
  std::string written;
  if (google::protobuf::util::MessageToJsonString(value, &written).ok() && written.size() > 2)
    MaskText(std::string_view(written).substr(1, written.size() - 2), text);
  MaskText(secret.Reveal(), text);
}

}  // namespace

std::string PrintedConfig(const Inputs& inputs) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(inputs.config, &text, options).ok()) return "";
  // One may be the beginning of another.
  std::vector<Secret> secrets = inputs.secrets;
  std::stable_sort(secrets.begin(), secrets.end(),
                   [](const Secret& a, const Secret& b) { return a.Reveal().size() > b.Reveal().size(); });
  for (const Secret& secret : secrets) MaskSecret(secret, text);
  RedactCredentials(text);
  return text;
}

}  // namespace zoetrope
