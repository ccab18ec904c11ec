#include "server/api/convert_model.h"

#include "server/api/convert.h"
#include "server/catalogue/catalogue.h"

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

void PriceToProto(const PriceRow& row, v1::PriceRow* out) {
  out->set_unit(row.unit == PriceUnit::kSecond ? v1::PRICE_UNIT_SECOND : v1::PRICE_UNIT_VIDEO);
  ToProto(row.amount, out->mutable_amount());
  out->set_resolution(row.resolution);
  if (row.audio) out->set_audio(*row.audio);
  if (row.duration_ms) ToProto(absl::Milliseconds(*row.duration_ms), out->mutable_duration());
  out->set_source(row.source);
  out->set_as_of_date(row.as_of_date);
}

// What is the same at every account.
void OfferingToProto(const Offering& offering, std::string_view today, v1::Offering* out) {
  out->set_id(offering.id);
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
  LifecycleToProto(offering.lifecycle, today, out->mutable_lifecycle());
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
  out->set_default_audio(model.default_audio);
  for (const Offering& offering : model.offerings) {
    bool configured = false;
    for (const Account& account : view.accounts.all()) {
      if (account.dialect != offering.dialect) continue;
      configured = true;
      v1::Offering* row = out->add_offerings();
      OfferingToProto(offering, view.today, row);
      row->set_provider(account.name);
      row->set_configured(true);
      row->set_cancellable(account.adapter->capabilities().can_cancel);
      const auto lane = view.lanes.find(account.name);
      HealthToProto(lane == view.lanes.end() ? LaneHealth() : lane->second, row->mutable_health());
    }
    if (!configured) OfferingToProto(offering, view.today, out->add_offerings());
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
      out->set_price_as_of_date(evaluation.price->row->as_of_date);
    }
  } else {
    out->set_certainty(v1::PRICE_CERTAINTY_UNKNOWN);
  }
  for (const Unsuitability& reason : evaluation.reasons) {
    v1::Unsuitability* added = out->add_reasons();
    added->set_reason(ReasonName(reason.reason));
    added->set_field(reason.field);
    added->set_description(reason.description);
  }
}

}  // namespace zoetrope
