#include "server/api/convert.h"

namespace zoetrope {
namespace {

constexpr std::int64_t kNanosPerUnit = 1'000'000'000;

v1::ImageFit FitToProto(ImageFit fit) {
  switch (fit) {
    case ImageFit::kExact:
      return v1::IMAGE_FIT_EXACT;
    case ImageFit::kCover:
      return v1::IMAGE_FIT_COVER;
    case ImageFit::kContain:
      return v1::IMAGE_FIT_CONTAIN;
  }
  return v1::IMAGE_FIT_EXACT;
}

v1::FailoverPolicy FailoverToProto(FailoverPolicy policy) {
  switch (policy) {
    case FailoverPolicy::kNever:
      return v1::FAILOVER_POLICY_NEVER;
    case FailoverPolicy::kAfterRefused:
      return v1::FAILOVER_POLICY_AFTER_REFUSED;
    case FailoverPolicy::kAfterFailed:
      return v1::FAILOVER_POLICY_AFTER_FAILED;
  }
  return v1::FAILOVER_POLICY_NEVER;
}

v1::RoutingStrategy StrategyToProto(RoutingStrategy strategy) {
  switch (strategy) {
    case RoutingStrategy::kCheapest:
      return v1::ROUTING_STRATEGY_CHEAPEST;
    case RoutingStrategy::kFastest:
      return v1::ROUTING_STRATEGY_FASTEST;
    case RoutingStrategy::kMostReliable:
      return v1::ROUTING_STRATEGY_MOST_RELIABLE;
    case RoutingStrategy::kWeighted:
      return v1::ROUTING_STRATEGY_WEIGHTED;
  }
  return v1::ROUTING_STRATEGY_CHEAPEST;
}

void BlobToProto(const BlobRef& blob, v1::ImageBlob* out) {
  out->set_sha256(blob.sha256);
  out->set_content_type(blob.content_type);
  out->set_size_bytes(blob.size_bytes);
  out->set_width_px(blob.width_px);
  out->set_height_px(blob.height_px);
}

void ImageToProto(const Image& image, v1::Image* out) {
  if (image.url() != nullptr) out->set_url(*image.url());
  if (image.blob() != nullptr) BlobToProto(*image.blob(), out->mutable_blob());
  out->set_fit(FitToProto(image.fit));
}

void SourceToProto(const SourceVideo& source, v1::SourceVideo* out) {
  out->set_mode(source.mode == SourceVideoMode::kRemix ? v1::SOURCE_VIDEO_MODE_REMIX
                                                       : v1::SOURCE_VIDEO_MODE_EXTEND);
  // A job's video was resolved to the provider's id; the caller knows it by the job that he named.
  if (source.job_id.empty()) {
    out->set_provider_video_id(source.provider_video_id);
  } else {
    out->set_job_id(source.job_id);
  }
  out->set_output_index(source.output_index);
}

}  // namespace

void ToProto(Money amount, v1::Money* out) {
  out->set_currency_code(std::string(kCurrency));
  out->set_units(amount.nanos() / kNanosPerUnit);
  out->set_nanos(static_cast<std::int32_t>(amount.nanos() % kNanosPerUnit));
}

void ToProto(absl::Time time, google::protobuf::Timestamp* out) {
  const std::int64_t seconds = absl::ToUnixSeconds(time);  // rounds down, also before 1970
  out->set_seconds(seconds);
  out->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void ToProto(absl::Duration duration, google::protobuf::Duration* out) {
  const std::int64_t seconds = absl::ToInt64Seconds(duration);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
}

void ToProto(const Parameter& parameter, v1::Parameter* out) {
  out->set_name(parameter.name);
  if (const auto* text = std::get_if<std::string>(&parameter.value)) out->set_string_value(*text);
  if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) out->set_integer_value(*integer);
  if (const auto* number = std::get_if<double>(&parameter.value)) out->set_number_value(*number);
  if (const auto* flag = std::get_if<bool>(&parameter.value)) out->set_bool_value(*flag);
}

void ToProto(const Generation& generation, v1::Generation* out) {
  out->set_model(generation.model);
  out->set_prompt(generation.prompt);
  out->set_negative_prompt(generation.negative_prompt);
  if (generation.first_frame) ImageToProto(*generation.first_frame, out->mutable_first_frame());
  if (generation.last_frame) ImageToProto(*generation.last_frame, out->mutable_last_frame());
  for (const Image& image : generation.reference_images) ImageToProto(image, out->add_reference_images());
  for (const std::string& url : generation.reference_video_urls) out->add_reference_video_urls(url);
  for (const std::string& url : generation.reference_audio_urls) out->add_reference_audio_urls(url);
  out->set_audio_track_url(generation.audio_track_url);
  if (generation.source_video) SourceToProto(*generation.source_video, out->mutable_source_video());
  if (generation.duration_ms) ToProto(absl::Milliseconds(*generation.duration_ms), out->mutable_duration());
  out->set_resolution(generation.resolution);
  out->set_aspect_ratio(generation.aspect_ratio);
  if (generation.audio) out->set_audio(*generation.audio);
  if (generation.seed) out->set_seed(*generation.seed);
  out->set_frame_rate_hertz(generation.frame_rate_hertz);
  out->set_count(generation.count);
  for (const Parameter& extra : generation.extras) ToProto(extra, out->add_extras());
}

void ToProto(const Routing& routing, v1::Routing* out) {
  out->set_strategy(StrategyToProto(routing.strategy));
  if (routing.strategy == RoutingStrategy::kWeighted) {
    out->mutable_weights()->set_cost(routing.weights.cost);
    out->mutable_weights()->set_speed(routing.weights.speed);
    out->mutable_weights()->set_reliability(routing.weights.reliability);
  }
  out->set_provider(routing.provider);
  for (const std::string& provider : routing.allowed_providers) out->add_allowed_providers(provider);
  out->set_failover(FailoverToProto(routing.failover));
}

}  // namespace zoetrope
