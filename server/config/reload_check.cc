#include "server/config/reload_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <map>

#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

using config::v1::Config;
using google::protobuf::FieldDescriptor;

std::string FixedPartOf(config::v1::Provider provider) {
  provider.clear_api_key();
  provider.clear_limits();
  provider.clear_poll();
  provider.clear_search();
  provider.clear_charge();
  provider.clear_price();
  provider.clear_bills();
  provider.clear_submit_timeout();
  provider.clear_poll_timeout();
  return provider.SerializeAsString();
}

// By name: their order means nothing.
std::map<std::string, std::string> FixedPartsOf(const Config& config) {
  std::map<std::string, std::string> parts;
  for (const config::v1::Provider& provider : config.providers())
    parts.emplace(provider.name(), FixedPartOf(provider));
  return parts;
}

// The field alone, as bytes.
std::string Only(Config config, const FieldDescriptor& wanted) {
  const google::protobuf::Descriptor& type = *Config::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i) != &wanted) config.GetReflection()->ClearField(&config, type.field(i));
  }
  return config.SerializeAsString();
}

bool IsTakenOver(const std::string& field) {
  return field == "catalogue" || field == "budgets" || field == "providers" || field == "auth";
}

// Whether callers are asked who they are, and where keys are fetched from, by issuer.
std::map<std::string, std::string> FixedPartsOf(const config::v1::Auth& auth) {
  std::map<std::string, std::string> parts;
  for (const config::v1::TokenIssuer& issuer : auth.issuers()) {
    if (!issuer.jwks_url().empty()) parts.emplace(issuer.name(), issuer.jwks_url());
  }
  return parts;
}

}  // namespace

std::vector<std::string> FixedDifferences(const Config& running, const Config& next) {
  std::vector<std::string> found;
  const google::protobuf::Descriptor& type = *Config::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!IsTakenOver(field.name()) && Only(running, field) != Only(next, field))
      found.push_back(field.name());
  }
  if (running.has_auth() != next.has_auth()) found.emplace_back("auth");
  if (FixedPartsOf(running.auth()) != FixedPartsOf(next.auth()))
    found.emplace_back("auth.issuers[].jwks_url");
  std::map<std::string, std::string> before = FixedPartsOf(running);
  for (const auto& [name, part] : FixedPartsOf(next)) {
    const auto same = before.extract(name);
    if (same.empty() || same.mapped() != part) found.push_back(absl::StrCat("providers[", name, "]"));
  }
  for (const auto& [gone, part] : before) found.push_back(absl::StrCat("providers[", gone, "]"));
  return found;
}

}  // namespace zoetrope
