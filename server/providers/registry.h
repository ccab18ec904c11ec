// The visible table of dialects: the only place beside their own folders and data where providers are named.
#ifndef ZOETROPE_SERVER_PROVIDERS_REGISTRY_H_
#define ZOETROPE_SERVER_PROVIDERS_REGISTRY_H_

#include <memory>
#include <span>
#include <string_view>

#include "server/providers/adapter.h"

namespace zoetrope {

struct DialectEntry {
  std::string_view name;  // as in Offering.dialect and in the configuration
  std::unique_ptr<Adapter> (*make)(const AccountEndpoints& endpoints);
  std::span<const std::string_view> base_urls = {};  // names of AccountEndpoints::base_urls that it knows
};

// Every dialect, each name once.
std::span<const DialectEntry> Dialects();

// nullptr for an unknown name. A program may have dialects of its own `among` which to look.
const DialectEntry* FindDialect(std::string_view name, std::span<const DialectEntry> among = Dialects());

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_REGISTRY_H_
