#include "server/config/dialect_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace zoetrope {

std::vector<FileProblem> CheckDialects(std::string_view file_name, const Catalogue& catalogue,
                                       std::span<const DialectEntry> dialects) {
  const std::string known = absl::StrJoin(
      dialects, ", ", [](std::string* out, const DialectEntry& entry) { out->append(entry.name); });
  std::vector<FileProblem> problems;
  for (const Model& model : catalogue.models()) {
    for (const Offering& offering : model.offerings) {
      if (FindDialect(offering.dialect, dialects) != nullptr) continue;
      problems.push_back({std::string(file_name), 0, 0,
                          absl::StrCat("offering `", offering.id, "`: `", offering.dialect,
                                       "` is no dialect; there are ", known)});
    }
  }
  return problems;
}

}  // namespace zoetrope
