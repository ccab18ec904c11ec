// The catalogue's YAML: a whole file, and one offering as the store keeps it. The input is a text that is
// read as both.
#include <string>

#include "server/catalogue/catalogue.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

// An attempt is built from the offering's own text, perhaps years later: it has to read as the same offering.
void CheckText(const Offering& offering) {
  const absl::StatusOr<Offering> again = ParseOffering(offering.text);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->text == offering.text && again->revision == offering.revision);
}

void CheckProblems(std::string_view text, const std::vector<FileProblem>& problems) {
  int lines = 1;
  for (const char c : text) lines += c == '\n' || c == '\r' ? 1 : 0;
  FUZZ_CHECK(problems.size() <= 200);
  for (const FileProblem& problem : problems) {
    FUZZ_CHECK(problem.file == "catalogue.yaml" && !problem.message.empty());
    FUZZ_CHECK(problem.line >= 0 && problem.line <= lines && problem.column >= 0);
  }
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  const std::string_view text = fuzz::TextOf(data, size);
  const CatalogueResult result = ParseCatalogue("catalogue.yaml", text);
  FUZZ_CHECK((result.catalogue == nullptr) == !result.problems.empty());
  fuzz::CheckProblems(text, result.problems);
  if (result.catalogue != nullptr) {
    for (const Model& model : result.catalogue->models()) {
      FUZZ_CHECK(result.catalogue->FindModel(model.id) == &model);
      for (const Offering& offering : model.offerings) fuzz::CheckText(offering);
    }
  }
  const absl::StatusOr<Offering> offering = ParseOffering(text);
  FUZZ_CHECK(offering.ok() || absl::IsInvalidArgument(offering.status()));
  if (offering.ok()) fuzz::CheckText(*offering);
  return 0;
}
