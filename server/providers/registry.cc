#include "server/providers/registry.h"

#include <algorithm>

#include "server/providers/fal/fal_adapter.h"
#include "server/providers/openai/openai_adapter.h"
#include "server/providers/runpod/runpod_adapter.h"
#include "server/providers/runware/runware_adapter.h"
#include "server/providers/vtrix/vtrix_adapter.h"
#include "server/providers/wavespeed/wavespeed_adapter.h"

namespace zoetrope {
namespace {

template <typename Dialect>
std::unique_ptr<Adapter> Make(const AccountEndpoints& endpoints) {
  return std::make_unique<Dialect>(endpoints);
}

constexpr std::string_view kFalUrls[] = {"sync", "platform"};

constexpr DialectEntry kDialects[] = {
    // clang-format off
    {"runpod", &Make<RunpodAdapter>},
    {"fal", &Make<FalAdapter>, kFalUrls},
    {"runware", &Make<RunwareAdapter>},
    {"vtrix", &Make<VtrixAdapter>},
    {"wavespeed", &Make<WavespeedAdapter>},
    {"openai", &Make<OpenaiAdapter>},
    // clang-format on
};

}  // namespace

std::span<const DialectEntry> Dialects() { return kDialects; }

const DialectEntry* FindDialect(std::string_view name, std::span<const DialectEntry> among) {
  const auto found = std::find_if(among.begin(), among.end(),
                                  [name](const DialectEntry& entry) { return entry.name == name; });
  return found == among.end() ? nullptr : &*found;
}

}  // namespace zoetrope
