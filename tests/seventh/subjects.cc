// The contract suite tries the seventh dialect alone here, with the cases beside this file.
#include <cstdlib>

#include "server/catalogue/catalogue.h"
#include "tests/golden/golden_case.h"
#include "tests/seventh/seventh_dialect.h"

namespace zoetrope::golden {
namespace {

Offering FindInFile(std::string_view id) {
  static const CatalogueResult read = ParseCatalogue("magic-lantern.yaml", testing::SeventhCatalogueText());
  const Offering* offering = read.catalogue == nullptr ? nullptr : read.catalogue->FindOffering(id);
  if (offering == nullptr) std::abort();
  return *offering;
}

}  // namespace

std::vector<Subject> Subjects() {
  const DialectEntry& entry = testing::SevenDialects().back();
  return {{std::string(entry.name), entry.make,
           std::filesystem::path(ZOETROPE_SOURCE_DIR) / "tests/seventh/cases", &FindInFile}};
}

}  // namespace zoetrope::golden
