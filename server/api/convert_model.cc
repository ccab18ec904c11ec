#include "server/api/convert_model.h"

#include <utility>

#include "server/api/convert.h"
#include "server/catalogue/catalogue.h"
#include "server/route/experience.h"
#include "server/route/obstacle.h"
#include "server/route/price.h"
#include "server/validate/request_validator.h"

namespace zoetrope {
namespace {

v1::GenerationMode ModeToProto(Mode mode) {
  switch (mode) {
    case Mode::kTextToVideo:
      return v1::GENERATION_MODE_TEXT_TO_VIDEO;
    case Mode::kImageToVideo:
      return v1::GENERATION_MODE_IMAGE_TO_VIDEO;
    case Mode::kFirstLastFrame:
      return v1::GENERATION_MODE_FIRST_LAST_FRAME;
    case Mode::kReferenceToVideo:
      return v1::GENERATION_MODE_REFERENCE_TO_VIDEO;
    case Mode::kRemix:
      return v1::GENERATION_MODE_REMIX;
    case Mode::kExtend:
      return v1::GENERATION_MODE_EXTEND;
  }
  return v1::GENERATION_MODE_UNSPECIFIED;
}

v1::LifecycleState StateToProto(LifecycleState state) {
  switch (state) {
    case LifecycleState::kActive:
      return v1::LIFECYCLE_STATE_ACTIVE;
    case LifecycleState::kDeprecating:
      return v1::LIFECYCLE_STATE_DEPRECATING;
    case LifecycleState::kRetired:
      return v1::LIFECYCLE_STATE_RETIRED;
    case LifecycleState::kDisabled:
      return v1::LIFECYCLE_STATE_DISABLED;
  }
  return v1::LIFECYCLE_STATE_RETIRED;
}

v1::ParameterType TypeToProto(ParameterType type) {
  switch (type) {
    case ParameterType::kString:
      return v1::PARAMETER_TYPE_STRING;
    case ParameterType::kInteger:
      return v1::PARAMETER_TYPE_INTEGER;
    case ParameterType::kNumber:
      return v1::PARAMETER_TYPE_NUMBER;
    case ParameterType::kBool:
      return v1::PARAMETER_TYPE_BOOL;
  }
  return v1::PARAMETER_TYPE_UNSPECIFIED;
}

v1::LaneState ConditionToProto(LaneCondition condition) {
  switch (condition) {
    case LaneCondition::kOpen:
      return v1::LANE_STATE_OPEN;
    case LaneCondition::kSaturated:
      return v1::LANE_STATE_SATURATED;
    case LaneCondition::kBroken:
      return v1::LANE_STATE_BROKEN;
  }
  return v1::LANE_STATE_UNSPECIFIED;
}

void LifecycleToProto(const Lifecycle& lifecycle, std::string_view today, v1::Lifecycle* out) {
  out->set_state(StateToProto(StateOn(lifecycle, today)));
  out->set_sunset_date(lifecycle.sunset_date);
  out->set_replacement(lifecycle.replacement);
  out->set_reason(lifecycle.reason);
}

// The offering's life ends with its model's at the latest. The states stand in the order of a life.
const Lifecycle& NearerToItsEnd(const Model& model, const Offering& offering, std::string_view today) {
  const bool by_model = StateOn(model.lifecycle, today) > StateOn(offering.lifecycle, today);
  return by_model ? model.lifecycle : offering.lifecycle;
}

void HealthToProto(const LaneHealth& health, v1::LaneHealth* out) {
  out->set_state(ConditionToProto(health.condition));
  out->set_in_flight_count(health.in_flight);
  out->set_waiting_count(health.waiting);
  if (health.condition == LaneCondition::kBroken && IsKnown(health.retry_time)) {
    ToProto(health.retry_time, out->mutable_retry_time());
  }
}

void ExtraToProto(const ExtraSpec& spec, v1::ParameterSpec* out) {
  out->set_name(spec.name);
  out->set_type(TypeToProto(spec.type));
  out->set_description(spec.description);
  out->set_required(spec.required);
  if (spec.default_value) ToProto(Parameter{spec.name, *spec.default_value}, out->mutable_default_value());
  for (const ParameterValue& value : spec.allowed_values) {
    ToProto(Parameter{spec.name, value}, out->add_allowed_values());
  }
  if (spec.minimum) out->set_minimum(*spec.minimum);
  if (spec.maximum) out->set_maximum(*spec.maximum);
}

v1::PriceUnit UnitToProto(PriceUnit unit) {
  switch (unit) {
    case PriceUnit::kSecond:
      return v1::PRICE_UNIT_SECOND;
    case PriceUnit::kVideo:
      return v1::PRICE_UNIT_VIDEO;
    case PriceUnit::kMillionTokens:
      return v1::PRICE_UNIT_MILLION_TOKENS;
  }
  return v1::PRICE_UNIT_UNSPECIFIED;
}

void PriceToProto(const PriceRow& row, v1::PriceRow* out) {
  out->set_unit(UnitToProto(row.unit));
  ToProto(row.amount, out->mutable_amount());
  out->set_resolution(row.resolution);
  if (row.audio) out->set_audio(*row.audio);
  if (row.duration_ms) ToProto(absl::Milliseconds(*row.duration_ms), out->mutable_duration());
  if (row.video_input) out->set_video_input(*row.video_input);
  out->set_extra_on(row.extra_on);
  out->set_valid_from_date(row.valid_from_date);
  out->set_valid_until_date(row.valid_until_date);
  if (row.multiplier_millionths != kUnitMultiplier) {
    out->set_multiplier(FormatMoney(Money::FromNanos(row.multiplier_millionths * 1'000)));
  }
  if (!row.minimum.is_zero()) ToProto(row.minimum, out->mutable_minimum());
  if (row.unit == PriceUnit::kMillionTokens) {
    out->mutable_tokens()->set_width_px(row.tokens.width_px);
    out->mutable_tokens()->set_height_px(row.tokens.height_px);
    out->mutable_tokens()->set_frame_rate_hertz(row.tokens.frame_rate_hertz);
  }
  out->set_estimate(row.estimate);
  out->set_source(row.source);
  out->set_as_of_date(row.as_of_date);
}

void SurchargeToProto(const Surcharge& surcharge, v1::Surcharge* out) {
  out->set_unit(surcharge.unit == SurchargeUnit::kInputImage ? v1::SURCHARGE_UNIT_INPUT_IMAGE
                                                             : v1::SURCHARGE_UNIT_INPUT_VIDEO_SECOND);
  ToProto(surcharge.amount, out->mutable_amount());
  out->set_free_count(surcharge.free_count);
  out->set_seconds_max(surcharge.seconds_max);
  out->set_resolution(surcharge.resolution);
  out->set_source(surcharge.source);
  out->set_as_of_date(surcharge.as_of_date);
}

// The price of one video with the model's defaults but for its length, where the offering can make that.
void ListedPriceToProto(const Model& model, const Offering& offering, const ModelView& view,
                        v1::Offering* out) {
  Generation generation;
  generation.duration_ms = view.price_duration_ms;
  generation = Resolve(std::move(generation), model);
  for (const ObstacleAt& obstacle : FindObstacles(generation, offering)) {
    const Obstacle kind = obstacle.kind;
    if (kind == Obstacle::kDuration || kind == Obstacle::kResolution || kind == Obstacle::kAudio) return;
  }
  const std::optional<Price> price = PriceOf({generation, offering, view.today});
  if (!price) {
    out->set_price_certainty(v1::PRICE_CERTAINTY_UNKNOWN);
    return;
  }
  ToProto(price->amount, out->mutable_price());
  out->set_price_certainty(price->estimate ? v1::PRICE_CERTAINTY_ESTIMATE : v1::PRICE_CERTAINTY_EXACT);
}

// What is the same at every account.
void OfferingToProto(const Model& model, const Offering& offering, const ModelView& view, v1::Offering* out) {
  out->set_id(offering.id);
  out->set_dialect(offering.dialect);
  out->set_provider_model_id(offering.provider_model_id);
  out->set_mode(ModeToProto(offering.mode));
  for (const std::int64_t duration : offering.durations_ms) {
    ToProto(absl::Milliseconds(duration), out->add_durations());
  }
  for (const std::string& resolution : offering.resolutions) out->add_resolutions(resolution);
  for (const std::string& ratio : offering.aspect_ratios) out->add_aspect_ratios(ratio);
  out->set_audio_selectable(offering.audio == AudioSupport::kSelectable);
  out->set_seed_supported(offering.Find(Field::kSeed) != nullptr);
  out->set_negative_prompt_supported(offering.Find(Field::kNegativePrompt) != nullptr);
  out->set_count_max(offering.count_max);
  out->set_prompt_length_max(offering.prompt.max_chars);
  for (const ExtraSpec& extra : offering.extras) ExtraToProto(extra, out->add_extras());
  for (const PriceRow& row : offering.prices) PriceToProto(row, out->add_prices());
  for (const Surcharge& surcharge : offering.surcharges) SurchargeToProto(surcharge, out->add_surcharges());
  for (const std::int32_t rate : offering.frame_rates) out->add_frame_rates_hertz(rate);
  LifecycleToProto(NearerToItsEnd(model, offering, view.today), view.today, out->mutable_lifecycle());
  ListedPriceToProto(model, offering, view, out);
  out->set_source(offering.source);
  out->set_as_of_date(offering.as_of_date);
  ToProto(offering.typical_duration, out->mutable_typical_duration());
  out->set_may_substitute(offering.may_substitute);
}

}  // namespace

void ToProto(const Model& model, const ModelView& view, v1::Model* out) {
  out->set_id(model.id);
  out->set_display_name(model.display_name);
  out->set_vendor(model.vendor);
  for (const std::string& alias : model.aliases) out->add_aliases(alias);
  LifecycleToProto(model.lifecycle, view.today, out->mutable_lifecycle());
  ToProto(absl::Milliseconds(model.default_duration_ms), out->mutable_default_duration());
  out->set_default_resolution(model.default_resolution);
  out->set_default_aspect_ratio(model.default_aspect_ratio);
  out->set_default_aspect_ratio_with_image(model.default_aspect_ratio_with_image);
  out->set_default_audio(model.default_audio);
  for (const Offering& offering : model.offerings) {
    bool configured = false;
    for (const Account& account : view.accounts.all()) {
      if (account.dialect != offering.dialect) continue;
      configured = true;
      v1::Offering* row = out->add_offerings();
      OfferingToProto(model, offering, view, row);
      row->set_provider(account.name);
      row->set_configured(true);
      row->set_cancellable(account.adapter->capabilities().can_cancel);
      const auto lane = view.lanes.find(account.name);
      HealthToProto(lane == view.lanes.end() ? LaneHealth() : lane->second, row->mutable_health());
    }
    if (!configured) OfferingToProto(model, offering, view, out->add_offerings());
  }
}

void ToProto(const Evaluation& evaluation, v1::Quote* out) {
  out->set_provider(evaluation.provider);
  out->set_offering(evaluation.offering->id);
  out->set_available(evaluation.suitable());
  if (evaluation.price) {
    ToProto(evaluation.price->amount, out->mutable_price());
    out->set_certainty(evaluation.price->estimate ? v1::PRICE_CERTAINTY_ESTIMATE : v1::PRICE_CERTAINTY_EXACT);
    if (evaluation.price->row != nullptr) {
      out->set_price_source(evaluation.price->row->source);
      out->set_price_as_of_date(std::string(evaluation.price->as_of_date));
    }
    out->set_price_stale(evaluation.price->stale);
  } else {
    out->set_certainty(v1::PRICE_CERTAINTY_UNKNOWN);
  }
  for (const PriceLine& line : evaluation.breakdown) {
    v1::PriceLine* added = out->add_breakdown();
    added->set_description(line.what);
    ToProto(line.amount, added->mutable_amount());
  }
  ToProto(evaluation.experience.duration, out->mutable_expected_duration());
  out->set_success_percent(SuccessPercent(evaluation.experience));
  out->set_observed(evaluation.experience.weight > 0);
  if (evaluation.set_aside) ToProto(*evaluation.set_aside, out->mutable_set_aside());
  for (const Unsuitability& reason : evaluation.reasons) {
    v1::Unsuitability* added = out->add_reasons();
    added->set_reason(ReasonName(reason.reason));
    added->set_field(reason.field);
    added->set_description(reason.description);
  }
}

}  // namespace zoetrope
