#include <string>
#include <utility>
#include <variant>

#include "server/store/record.h"
#include "server/store/record_values.h"

namespace zoetrope {
namespace {

namespace pb = record::pb;
using record::Damage;
using record::ToStored;

void Write(const BlobRef& from, pb::BlobRef* to) {
  to->set_sha256(from.sha256);
  to->set_content_type(from.content_type);
  to->set_size_bytes(from.size_bytes);
  to->set_width_px(from.width_px);
  to->set_height_px(from.height_px);
}

BlobRef Read(const pb::BlobRef& from) {
  return {from.sha256(), from.content_type(), from.size_bytes(), from.width_px(), from.height_px()};
}

void Write(const Image& from, pb::Image* to) {
  if (from.blob() != nullptr) {
    Write(*from.blob(), to->mutable_blob());
  } else {
    to->set_url(*from.url());
  }
  to->set_fit(ToStored(record::kImageFits, from.fit));
  for (const BlobRef& copy : from.fitted) Write(copy, to->add_fitted());
}

Image Read(const pb::Image& from, Damage& damage) {
  Image image;
  if (from.source_case() == pb::Image::kBlob) {
    image.source = Read(from.blob());
  } else if (from.source_case() == pb::Image::kUrl) {
    image.source = from.url();
  } else {
    damage.Report("a picture has no source");
  }
  image.fit = damage.Read(record::kImageFits, from.fit(), "unknown image fit");
  for (const pb::BlobRef& copy : from.fitted()) image.fitted.push_back(Read(copy));
  return image;
}

void Write(const Parameter& from, pb::Parameter* to) {
  to->set_name(from.name);
  if (const auto* text = std::get_if<std::string>(&from.value)) {
    to->set_text(*text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&from.value)) {
    to->set_integer(*integer);
  } else if (const auto* number = std::get_if<double>(&from.value)) {
    to->set_number(*number);
  } else {
    to->set_truth(std::get<bool>(from.value));
  }
}

Parameter Read(const pb::Parameter& from, Damage& damage) {
  switch (from.value_case()) {
    case pb::Parameter::kText:
      return {from.name(), from.text()};
    case pb::Parameter::kInteger:
      return {from.name(), static_cast<std::int64_t>(from.integer())};
    case pb::Parameter::kNumber:
      return {from.name(), from.number()};
    case pb::Parameter::kTruth:
      return {from.name(), from.truth()};
    case pb::Parameter::VALUE_NOT_SET:
      break;
  }
  damage.Report("an extra has no value");
  return {};
}

void Write(const SourceVideo& from, pb::SourceVideo* to) {
  to->set_mode(ToStored(record::kSourceVideoModes, from.mode));
  to->set_job_id(from.job_id);
  to->set_output_index(from.output_index);
  to->set_provider_video_id(from.provider_video_id);
}

SourceVideo Read(const pb::SourceVideo& from, Damage& damage) {
  return {damage.Read(record::kSourceVideoModes, from.mode(), "unknown source video mode"), from.job_id(),
          from.output_index(), from.provider_video_id()};
}

void Write(const Generation& from, pb::Generation* to) {
  to->set_model(from.model);
  to->set_prompt(from.prompt);
  to->set_negative_prompt(from.negative_prompt);
  if (from.first_frame) Write(*from.first_frame, to->mutable_first_frame());
  if (from.last_frame) Write(*from.last_frame, to->mutable_last_frame());
  for (const Image& image : from.reference_images) Write(image, to->add_reference_images());
  for (const std::string& url : from.reference_video_urls) to->add_reference_video_urls(url);
  for (const std::string& url : from.reference_audio_urls) to->add_reference_audio_urls(url);
  to->set_audio_track_url(from.audio_track_url);
  if (from.source_video) Write(*from.source_video, to->mutable_source_video());
  if (from.duration_ms) to->set_duration_ms(*from.duration_ms);
  to->set_resolution(from.resolution);
  to->set_aspect_ratio(from.aspect_ratio);
  if (from.audio) to->set_audio(*from.audio);
  if (from.seed) to->set_seed(*from.seed);
  to->set_frame_rate_hertz(from.frame_rate_hertz);
  to->set_count(from.count);
  for (const Parameter& extra : from.extras) Write(extra, to->add_extras());
}

Generation Read(const pb::Generation& from, Damage& damage) {
  Generation to;
  to.model = from.model();
  to.prompt = from.prompt();
  to.negative_prompt = from.negative_prompt();
  if (from.has_first_frame()) to.first_frame = Read(from.first_frame(), damage);
  if (from.has_last_frame()) to.last_frame = Read(from.last_frame(), damage);
  for (const pb::Image& image : from.reference_images()) to.reference_images.push_back(Read(image, damage));
  to.reference_video_urls.assign(from.reference_video_urls().begin(), from.reference_video_urls().end());
  to.reference_audio_urls.assign(from.reference_audio_urls().begin(), from.reference_audio_urls().end());
  to.audio_track_url = from.audio_track_url();
  if (from.has_source_video()) to.source_video = Read(from.source_video(), damage);
  if (from.has_duration_ms()) to.duration_ms = from.duration_ms();
  to.resolution = from.resolution();
  to.aspect_ratio = from.aspect_ratio();
  if (from.has_audio()) to.audio = from.audio();
  if (from.has_seed()) to.seed = from.seed();
  to.frame_rate_hertz = from.frame_rate_hertz();
  to.count = from.count();
  for (const pb::Parameter& extra : from.extras()) to.extras.push_back(Read(extra, damage));
  return to;
}

void Write(const Routing& from, pb::Routing* to) {
  to->set_strategy(ToStored(record::kRoutingStrategies, from.strategy));
  to->set_provider(from.provider);
  for (const std::string& provider : from.allowed_providers) to->add_allowed_providers(provider);
  to->set_failover(ToStored(record::kFailoverPolicies, from.failover));
  to->set_cost_weight(from.weights.cost);
  to->set_speed_weight(from.weights.speed);
  to->set_reliability_weight(from.weights.reliability);
}

Routing Read(const pb::Routing& from, Damage& damage) {
  Routing to;
  to.strategy = damage.Read(record::kRoutingStrategies, from.strategy(), "unknown routing strategy");
  to.provider = from.provider();
  to.allowed_providers.assign(from.allowed_providers().begin(), from.allowed_providers().end());
  to.failover = damage.Read(record::kFailoverPolicies, from.failover(), "unknown failover policy");
  to.weights = {from.cost_weight(), from.speed_weight(), from.reliability_weight()};
  return to;
}

std::vector<Candidate> ReadCandidates(const pb::JobSpec& from) {
  std::vector<Candidate> candidates;
  candidates.reserve(static_cast<std::size_t>(from.candidates_size()));
  for (const pb::Candidate& candidate : from.candidates()) {
    candidates.push_back({candidate.provider(), candidate.offering(),
                          record::MoneyOf(candidate.has_price_nanos(), candidate.price_nanos()),
                          Money::FromNanos(candidate.reservation_cap_nanos()),
                          record::MoneyOf(candidate.has_listed_nanos(), candidate.listed_nanos())});
  }
  return candidates;
}

absl::Time ReadTime(bool present, std::int64_t stored) {
  return present ? TimeOf(stored) : absl::InfinitePast();
}

bool Parse(std::string_view bytes, google::protobuf::Message& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string EncodeSpec(const JobSpec& spec) {
  pb::JobSpec record;
  record.set_version(kRecordVersion);
  record.set_currency_code(std::string(kCurrency));
  record.set_id(spec.id);
  record.set_tenant(spec.tenant);
  record.set_request_id(spec.request_id);
  pb::Generation generation;
  Write(spec.generation, &generation);
  generation.SerializeToString(record.mutable_generation());
  record.set_model(spec.generation.model);
  record.set_count(spec.generation.count);
  record.set_video_ms(spec.generation.duration_ms.value_or(0));
  record.set_resolution(spec.generation.resolution);
  record.set_traceparent(ToTraceparent(spec.trace));
  record.set_principal(spec.principal);
  Write(spec.routing, record.mutable_routing());
  if (spec.max_cost) record.set_max_cost_nanos(spec.max_cost->nanos());
  record.set_unknown_policy(ToStored(record::kUnknownPolicies, spec.unknown_policy));
  record::WriteEntries(spec.labels, record.mutable_labels());
  record.set_create_time_nanos(StoredTime(spec.create_time));
  record.set_deadline_time_nanos(StoredTime(spec.deadline_time));
  for (const Candidate& candidate : spec.candidates) {
    pb::Candidate* stored = record.add_candidates();
    stored->set_provider(candidate.provider);
    stored->set_offering(candidate.offering);
    if (candidate.price) stored->set_price_nanos(candidate.price->nanos());
    stored->set_reservation_cap_nanos(candidate.reservation_cap.nanos());
    if (candidate.listed) stored->set_listed_nanos(candidate.listed->nanos());
  }
  for (const RoutingNote& note : spec.routing_notes) {
    pb::RoutingNote* stored = record.add_routing_notes();
    stored->set_provider(note.provider);
    stored->set_offering(note.offering);
    stored->set_candidate(note.candidate);
    stored->set_why(note.why);
  }
  return record.SerializeAsString();
}

absl::StatusOr<JobSpec> DecodeSpec(std::string_view bytes) {
  Damage damage;
  pb::JobSpec record;
  if (!Parse(bytes, record)) damage.Report("it is no record");
  record::CheckHead(record.version(), record.currency_code(), damage);
  pb::Generation generation;
  if (!Parse(record.generation(), generation)) damage.Report("its generation is no record");
  JobSpec spec;
  spec.id = record.id();
  spec.tenant = record.tenant();
  spec.request_id = record.request_id();
  spec.generation = Read(generation, damage);
  spec.routing = Read(record.routing(), damage);
  spec.max_cost = record::MoneyOf(record.has_max_cost_nanos(), record.max_cost_nanos());
  spec.unknown_policy = damage.Read(record::kUnknownPolicies, record.unknown_policy(), "unknown policy");
  spec.labels = record::ReadEntries(record.labels());
  spec.create_time = ReadTime(record.has_create_time_nanos(), record.create_time_nanos());
  spec.deadline_time = ReadTime(record.has_deadline_time_nanos(), record.deadline_time_nanos());
  spec.candidates = ReadCandidates(record);
  for (const pb::RoutingNote& note : record.routing_notes())
    spec.routing_notes.push_back({note.provider(), note.offering(), note.candidate(), note.why()});
  spec.trace = ParseTraceparent(record.traceparent()).value_or(TraceContext());
  spec.principal = record.principal();
  if (absl::Status status = damage.ToStatus("job"); !status.ok()) return status;
  return spec;
}

absl::StatusOr<LiveJob> DecodeLiveSpec(std::string_view bytes) {
  Damage damage;
  pb::JobSpec record;
  if (!Parse(bytes, record)) damage.Report("it is no record");
  record::CheckHead(record.version(), record.currency_code(), damage);
  LiveJob live;
  live.id = record.id();
  live.tenant = record.tenant();
  live.model = record.model();
  live.create_time = ReadTime(record.has_create_time_nanos(), record.create_time_nanos());
  live.deadline_time = ReadTime(record.has_deadline_time_nanos(), record.deadline_time_nanos());
  live.failover =
      damage.Read(record::kFailoverPolicies, record.routing().failover(), "unknown failover policy");
  live.unknown_policy = damage.Read(record::kUnknownPolicies, record.unknown_policy(), "unknown policy");
  live.max_cost = record::MoneyOf(record.has_max_cost_nanos(), record.max_cost_nanos());
  live.count = record.count();
  live.video_ms = record.video_ms();
  live.resolution = record.resolution();
  live.labels = record::ReadEntries(record.labels());
  live.candidates = ReadCandidates(record);
  live.trace = ParseTraceparent(record.traceparent()).value_or(TraceContext());
  live.principal = record.principal();
  if (absl::Status status = damage.ToStatus("job"); !status.ok()) return status;
  return live;
}

}  // namespace zoetrope
