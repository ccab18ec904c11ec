#include "tests/seventh/seventh_dialect.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "tests/seventh/lantern_adapter.h"

namespace zoetrope::testing {
namespace {

std::vector<DialectEntry> WithTheSeventh() {
  std::vector<DialectEntry> dialects(Dialects().begin(), Dialects().end());
  dialects.push_back({"lantern", [](const AccountEndpoints& endpoints) -> std::unique_ptr<Adapter> {
                        return std::make_unique<LanternAdapter>(endpoints);
                      }});
  return dialects;
}

}  // namespace

std::span<const DialectEntry> SevenDialects() {
  static const std::vector<DialectEntry> dialects = WithTheSeventh();
  return dialects;
}

std::string SeventhCatalogueText() {
  std::ifstream in(ZOETROPE_SOURCE_DIR "/tests/seventh/magic-lantern.yaml");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace zoetrope::testing
