// The dialects of the server, with the cases beside this file.
#include "server/providers/registry.h"
#include "tests/golden/golden_case.h"
#include "tests/golden/offerings.h"

namespace zoetrope::golden {

std::vector<Subject> Subjects() {
  const std::filesystem::path root = std::filesystem::path(ZOETROPE_SOURCE_DIR) / "tests/golden";
  std::vector<Subject> subjects;
  for (const DialectEntry& entry : Dialects()) {
    subjects.push_back({std::string(entry.name), entry.make, root / entry.name, &FindOffering});
  }
  return subjects;
}

}  // namespace zoetrope::golden
