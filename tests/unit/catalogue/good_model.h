// A model that passes every rule; tests break one at a time.
#ifndef ZOETROPE_TESTS_UNIT_CATALOGUE_GOOD_MODEL_H_
#define ZOETROPE_TESTS_UNIT_CATALOGUE_GOOD_MODEL_H_

#include <string>
#include <utility>
#include <vector>

#include "server/domain/offering.h"

namespace zoetrope {

// Where, and what.
using Problems = std::vector<std::pair<std::string, std::string>>;

// Passes every rule.
inline Offering GoodOffering() {
  Offering offering;
  offering.id = "m/image@x";
  offering.model = "m";
  offering.dialect = "x";
  offering.provider_model_id = "x/m";
  offering.mode = Mode::kImageToVideo;
  offering.durations_ms = {4000, 8000};
  offering.resolutions = {"480p", "720p"};
  offering.aspect_ratios = {"16:9", "auto"};
  offering.audio = AudioSupport::kSelectable;
  offering.count_max = 2;
  offering.bindings = {{Field::kPrompt, "prompt"},
                       {Field::kFirstFrame, "inputs.frames", Encoding::kTaggedFrame, "first"},
                       {Field::kDuration, "duration"},
                       {Field::kAudio, "sound"},
                       {Field::kCount, "count"}};
  offering.sizes = {{"480p", "16:9", {{"width", "864"}, {"height", "496"}}},
                    {"720p", "16:9", {{"width", "1280"}, {"height", "720"}}}};
  offering.constants = {{"settings.mode", "\"x\""}};
  ExtraSpec extra;
  extra.name = "level";
  extra.path = "settings.level";
  extra.type = ParameterType::kInteger;
  extra.default_value = ParameterValue(std::int64_t{3});
  extra.minimum = 1;
  extra.maximum = 5;
  offering.extras = {extra};
  PriceRow price;
  price.amount = Money::FromNanos(100'000'000);
  price.source = "https://x.example/";
  price.as_of_date = "2026-01-02";
  offering.prices = {price};
  return offering;
}

inline Model GoodModel() {
  Model model;
  model.id = "m";
  model.default_duration_ms = 4000;
  model.default_resolution = "720p";
  model.default_aspect_ratio = "16:9";
  model.default_aspect_ratio_with_image = "auto";
  model.offerings = {GoodOffering()};
  return model;
}

inline void Unbind(Offering& offering, Field field) {
  std::erase_if(offering.bindings, [&](const Binding& binding) { return binding.field == field; });
}

}  // namespace zoetrope

#endif  // ZOETROPE_TESTS_UNIT_CATALOGUE_GOOD_MODEL_H_
