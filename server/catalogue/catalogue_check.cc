#include "server/catalogue/catalogue_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "server/base/limits.h"

namespace zoetrope {
namespace {

bool HasPicture(Mode mode) { return mode != Mode::kTextToVideo && mode != Mode::kReferenceToVideo; }

std::string ModelPath(std::size_t index) { return "models[" + std::to_string(index) + "]"; }

// Ids and aliases share one space: whatever a caller writes means one model at most.
void CheckNames(const std::vector<Model>& models, const Report& report) {
  std::map<std::string, std::string> owners;
  const auto claim = [&](const std::string& name, const Model& model, const std::string& at) {
    if (name.size() > limits::kModelIdChars) report(at, name + ": is longer than a caller can write");
    const auto [owner, fresh] = owners.emplace(name, model.id);
    if (!fresh) report(at, name + ": already means the model " + owner->second);
  };
  for (std::size_t i = 0; i < models.size(); ++i) claim(models[i].id, models[i], ModelPath(i) + ".id");
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t j = 0; j < models[i].aliases.size(); ++j) {
      claim(models[i].aliases[j], models[i], ModelPath(i) + ".aliases[" + std::to_string(j) + "]");
    }
  }
  std::set<std::string> offerings;
  for (std::size_t i = 0; i < models.size(); ++i) {
    for (std::size_t j = 0; j < models[i].offerings.size(); ++j) {
      const std::string& id = models[i].offerings[j].id;
      if (offerings.insert(id).second) continue;
      report(ModelPath(i) + ".offerings[" + std::to_string(j) + "].id",
             id + ": is taken by another offering");
    }
  }
}

void CheckReplacement(const std::vector<Model>& models, const Lifecycle& lifecycle, const Model& model,
                      const std::string& at, const Report& report) {
  if (lifecycle.replacement.empty()) return;
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const Model& other) { return other.id == lifecycle.replacement; });
  if (found == models.end()) report(at, lifecycle.replacement + ": is no model of this catalogue");
  if (lifecycle.replacement == model.id) report(at, "replacement: a model cannot replace itself");
}

// Whether any offering for which `applies` holds takes the default; true where none applies.
template <typename Applies, typename Takes>
bool Offered(const Model& model, Applies applies, Takes takes) {
  bool any = false;
  for (const Offering& offering : model.offerings) {
    if (!applies(offering)) continue;
    if (takes(offering)) return true;
    any = true;
  }
  return !any;
}

void CheckDefaults(const Model& model, const std::string& path, const Report& report) {
  const std::string at = path + ".defaults";
  const auto every = [](const Offering&) { return true; };
  const auto has = [](const std::vector<std::string>& values, const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  if (!Offered(model, every, [&](const Offering& offering) {
        const std::vector<std::int64_t>& durations = offering.durations_ms;
        return durations.empty() ||
               std::find(durations.begin(), durations.end(), model.default_duration_ms) != durations.end();
      })) {
    report(at + ".duration", "duration: no offering has the default");
  }
  if (!Offered(model, every, [&](const Offering& offering) {
        return has(offering.resolutions, model.default_resolution);
      })) {
    report(at + ".resolution", "resolution: no offering has the default");
  }
  if (!Offered(
          model, [](const Offering& offering) { return !HasPicture(offering.mode); },
          [&](const Offering& offering) {
            return has(offering.aspect_ratios, model.default_aspect_ratio);
          })) {
    report(at + ".aspect_ratio", "aspect_ratio: no offering without a picture has the default");
  }
  if (!Offered(
          model, [](const Offering& offering) { return HasPicture(offering.mode); },
          [&](const Offering& offering) {
            return has(offering.aspect_ratios, model.default_aspect_ratio_with_image);
          })) {
    report(at + ".aspect_ratio_with_image",
           "aspect_ratio_with_image: no offering with a picture has the default");
  }
  const AudioSupport other = model.default_audio ? AudioSupport::kNever : AudioSupport::kAlways;
  if (!Offered(model, every, [&](const Offering& offering) { return offering.audio != other; })) {
    report(at + ".audio", "audio: no offering has the default");
  }
}

}  // namespace

void CheckModels(const std::vector<Model>& models, const Report& report) {
  CheckNames(models, report);
  for (std::size_t i = 0; i < models.size(); ++i) {
    const Model& model = models[i];
    const std::string path = ModelPath(i);
    if (!model.lifecycle.sunset_date.empty() && !IsDate(model.lifecycle.sunset_date)) {
      report(path + ".lifecycle.sunset_date", "sunset_date: must be a day as YYYY-MM-DD");
    }
    CheckReplacement(models, model.lifecycle, model, path + ".lifecycle.replacement", report);
    CheckDefaults(model, path, report);
    if (model.offerings.empty()) report(path, "offerings: must not be empty");
    for (std::size_t j = 0; j < model.offerings.size(); ++j) {
      const std::string at = path + ".offerings[" + std::to_string(j) + "]";
      CheckOffering(model.offerings[j], at, report);
      CheckReplacement(models, model.offerings[j].lifecycle, model, at + ".lifecycle.replacement", report);
    }
  }
}

}  // namespace zoetrope
