#include "server/catalogue/model_lookup.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/limits.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

// Letters to insert, remove or replace to make `b` of `a`.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string SuggestModel(const Catalogue& catalogue, std::string_view name) {
  if (name.empty() || name.size() > limits::kModelIdChars) return "";
  const std::string wanted = absl::AsciiStrToLower(ToAbsl(name));
  std::size_t closest = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::string suggestion;
  const auto consider = [&](const std::string& candidate, const Model& model) {
    const std::size_t distance = EditDistance(wanted, absl::AsciiStrToLower(candidate));
    if (distance >= closest) return;
    closest = distance;
    suggestion = model.id;
  };
  for (const Model& model : catalogue.models()) {
    consider(model.id, model);
    for (const std::string& alias : model.aliases) consider(alias, model);
  }
  return suggestion;
}

absl::StatusOr<const Model*> LookUpModel(const Catalogue& catalogue, std::string_view name) {
  if (const Model* const model = catalogue.FindModel(name)) return model;
  const std::string suggestion = SuggestModel(catalogue, name);
  Metadata metadata = {{"model", std::string(name)}};
  if (suggestion.empty()) {
    return MakeError(v1::ERROR_REASON_MODEL_NOT_FOUND, "no such model; ListModels has them all", metadata);
  }
  metadata.emplace_back("suggestion", suggestion);
  return MakeError(v1::ERROR_REASON_MODEL_NOT_FOUND,
                   absl::StrCat("no such model; did you mean ", suggestion, "?"), metadata);
}

}  // namespace zoetrope
