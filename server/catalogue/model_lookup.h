// A caller's word for a model → the model, or an error that helps him.
#ifndef ZOETROPE_SERVER_CATALOGUE_MODEL_LOOKUP_H_
#define ZOETROPE_SERVER_CATALOGUE_MODEL_LOOKUP_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/catalogue/catalogue.h"

namespace zoetrope {

// By id or alias. MODEL_NOT_FOUND with metadata `model`, and `suggestion` (an id) where some name is close to
// `name`.
absl::StatusOr<const Model*> LookUpModel(const Catalogue& catalogue, std::string_view name);

// The id of the model one of whose names is closest to `name`; empty where none is close. Letter case does
// not count.
std::string SuggestModel(const Catalogue& catalogue, std::string_view name);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_MODEL_LOOKUP_H_
