#include "server/config/print_config.h"

#include <google/protobuf/util/json_util.h>

#include <cstddef>
#include <string_view>

#include "server/base/secret.h"

namespace zoetrope {
namespace {

constexpr std::string_view kMasked = "[masked]";

void MaskText(std::string_view secret, std::string& text) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kMasked.size())) {
    text.replace(at, secret.size(), kMasked);
  }
}

// `https://name:word@host` → `https://[masked]@host`.
void MaskUserInfo(std::string& text) {
  constexpr std::string_view kSlashes = "://";
  for (std::size_t at = text.find(kSlashes); at != std::string::npos; at = text.find(kSlashes, at)) {
    at += kSlashes.size();
    const std::size_t end = text.find_first_of("/?# \"", at);
    const std::size_t sign = text.rfind('@', end);
    if (sign == std::string::npos || sign < at || (end != std::string::npos && sign > end)) continue;
    text.replace(at, sign - at, kMasked);
  }
}

}  // namespace

std::string PrintedConfig(const Inputs& inputs) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(inputs.config, &text, options).ok()) return "";
  for (const Account& account : inputs.accounts) MaskText(account.secret.Reveal(), text);
  MaskUserInfo(text);
  return text;
}

}  // namespace zoetrope
