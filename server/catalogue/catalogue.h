// The catalogue: models, what each can do where, and for how much. Data, loaded and checked at start.
#ifndef ZOETROPE_SERVER_CATALOGUE_CATALOGUE_H_
#define ZOETROPE_SERVER_CATALOGUE_CATALOGUE_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/catalogue/file_problem.h"
#include "server/domain/offering.h"

namespace zoetrope {

// Immutable after loading, and so thread-safe.
class Catalogue {
 public:
  // Models must have passed the loader's checks.
  explicit Catalogue(std::vector<Model> models);
  // The maps below point into models_.
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // By id or alias; nullptr where there is none.
  const Model* FindModel(std::string_view id_or_alias) const;
  const Offering* FindOffering(std::string_view id) const;
  // By id.
  const std::vector<Model>& models() const { return models_; }

 private:
  std::vector<Model> models_;
  std::map<std::string, const Model*, std::less<>> by_name_;
  std::map<std::string, const Offering*, std::less<>> offerings_;
};

// Reads a catalogue from YAML. Every problem is found at once: unknown keys, wrong types, fields bound twice,
// paths that collide, prices without source or date, replacements that do not exist, aliases that clash,
// dates that are none. Pure.
struct CatalogueResult {
  std::unique_ptr<const Catalogue> catalogue;  // nullptr where there are problems
  std::vector<FileProblem> problems;
};
CatalogueResult ParseCatalogue(std::string_view file_name, std::string_view yaml);

// Reads one offering back from its own text (Offering.text). INVALID_ARGUMENT for a text that is none.
absl::StatusOr<Offering> ParseOffering(std::string_view text);

// The state of `lifecycle` on `today` (YYYY-MM-DD, UTC): past its sunset an active or deprecating one counts
// as retired.
LifecycleState StateOn(const Lifecycle& lifecycle, std::string_view today);

// Whether the model can be had there on `today`; one that is retired only where `allow_retired`.
bool IsInService(const Model& model, const Offering& offering, std::string_view today, bool allow_retired);

// The catalogue that this build ships: the files of default/, one after the other.
std::string_view DefaultCatalogueText();

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_CATALOGUE_H_
