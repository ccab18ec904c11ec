#include "server/catalogue/catalogue.h"

#include <algorithm>
#include <utility>

namespace zoetrope {

Catalogue::Catalogue(std::vector<Model> models) : models_(std::move(models)) {
  std::sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.id < b.id; });
  for (const Model& model : models_) {
    by_name_.emplace(model.id, &model);
    for (const std::string& alias : model.aliases) by_name_.emplace(alias, &model);
    for (const Offering& offering : model.offerings) offerings_.emplace(offering.id, &offering);
  }
}

const Model* Catalogue::FindModel(std::string_view id_or_alias) const {
  const auto found = by_name_.find(id_or_alias);
  return found == by_name_.end() ? nullptr : found->second;
}

const Offering* Catalogue::FindOffering(std::string_view id) const {
  const auto found = offerings_.find(id);
  return found == offerings_.end() ? nullptr : found->second;
}

LifecycleState StateOn(const Lifecycle& lifecycle, std::string_view today) {
  const bool serves =
      lifecycle.state == LifecycleState::kActive || lifecycle.state == LifecycleState::kDeprecating;
  // Dates of this form compare as texts.
  if (serves && !lifecycle.sunset_date.empty() && today >= lifecycle.sunset_date)
    return LifecycleState::kRetired;
  return lifecycle.state;
}

bool IsInService(const Model& model, const Offering& offering, std::string_view today, bool allow_retired) {
  const auto serves = [&](const Lifecycle& lifecycle) {
    const LifecycleState state = StateOn(lifecycle, today);
    return state != LifecycleState::kDisabled && (state != LifecycleState::kRetired || allow_retired);
  };
  return serves(model.lifecycle) && serves(offering.lifecycle);
}

}  // namespace zoetrope
