#include <type_traits>

#include "server/api/convert.h"
#include "server/api/cost.h"

namespace zoetrope {
namespace {

void TimingsToProto(const ProviderTimings& timings, v1::ProviderTimings* out) {
  if (timings.queue_duration) ToProto(*timings.queue_duration, out->mutable_queue_duration());
  if (timings.run_duration) ToProto(*timings.run_duration, out->mutable_run_duration());
  out->set_worker_id(timings.worker_id);
}

void ResolutionToProto(const Resolution& resolution, v1::Resolution* out) {
  out->set_kind(ToProto(resolution.kind));
  out->set_note(resolution.note);
  if (IsKnown(resolution.time)) ToProto(resolution.time, out->mutable_time());
}

void MediaToProto(const Media& media, bool show_url, v1::Media* out) {
  if (show_url) out->set_url(media.url);
  out->set_content_type(media.content_type);
}

void ProgressToProto(const JobProgressEvent& event, v1::JobProgress* out) {
  out->set_attempt_id(event.attempt_id);
  if (event.progress) out->set_progress(*event.progress);
  if (event.queue_position) out->set_queue_position(*event.queue_position);
  ToProto(event.time, out->mutable_time());
}

void LogToProto(const JobLogEvent& event, v1::JobLog* out) {
  out->set_attempt_id(event.attempt_id);
  ToProto(event.time, out->mutable_time());
  out->set_level(event.level);
  out->set_message(event.message);
}

}  // namespace

v1::JobState ToProto(JobPhase phase) {
  switch (phase) {
    case JobPhase::kQueued:
      return v1::JOB_STATE_QUEUED;
    case JobPhase::kRunning:
      return v1::JOB_STATE_RUNNING;
    case JobPhase::kHeld:
      return v1::JOB_STATE_HELD;
    case JobPhase::kSucceeded:
      return v1::JOB_STATE_SUCCEEDED;
    case JobPhase::kFailed:
      return v1::JOB_STATE_FAILED;
    case JobPhase::kCancelled:
      return v1::JOB_STATE_CANCELLED;
  }
  return v1::JOB_STATE_UNSPECIFIED;
}

std::optional<JobPhase> FromProto(v1::JobState state) {
  for (const JobPhase phase : {JobPhase::kQueued, JobPhase::kRunning, JobPhase::kHeld, JobPhase::kSucceeded,
                               JobPhase::kFailed, JobPhase::kCancelled}) {
    if (ToProto(phase) == state) return phase;
  }
  return std::nullopt;
}

std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kYear1 = -62'135'596'800;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  if (time.seconds() < kYear1 || time.seconds() >= kYear10000) return std::nullopt;
  if (time.nanos() < 0 || time.nanos() > 999'999'999) return std::nullopt;
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

v1::AttemptState ToProto(AttemptPhase phase) {
  switch (phase) {
    case AttemptPhase::kPlanned:
      return v1::ATTEMPT_STATE_PLANNED;
    case AttemptPhase::kIntent:
      return v1::ATTEMPT_STATE_INTENT;
    case AttemptPhase::kAcked:
      return v1::ATTEMPT_STATE_ACKED;
    case AttemptPhase::kRefused:
      return v1::ATTEMPT_STATE_REFUSED;
    case AttemptPhase::kUnknown:
      return v1::ATTEMPT_STATE_UNKNOWN;
    case AttemptPhase::kHeld:
      return v1::ATTEMPT_STATE_HELD;
    case AttemptPhase::kSucceeded:
      return v1::ATTEMPT_STATE_SUCCEEDED;
    case AttemptPhase::kFailed:
      return v1::ATTEMPT_STATE_FAILED;
    case AttemptPhase::kCancelled:
      return v1::ATTEMPT_STATE_CANCELLED;
  }
  return v1::ATTEMPT_STATE_UNSPECIFIED;
}

v1::SettlementState ToProto(Settlement settlement) {
  switch (settlement) {
    case Settlement::kNone:
      return v1::SETTLEMENT_STATE_NONE;
    case Settlement::kReserved:
      return v1::SETTLEMENT_STATE_RESERVED;
    case Settlement::kPending:
      return v1::SETTLEMENT_STATE_PENDING;
    case Settlement::kSettled:
      return v1::SETTLEMENT_STATE_SETTLED;
  }
  return v1::SETTLEMENT_STATE_UNSPECIFIED;
}

v1::CostSource ToProto(CostSource source) {
  switch (source) {
    case CostSource::kUnknown:
      return v1::COST_SOURCE_UNSPECIFIED;
    case CostSource::kProvider:
      return v1::COST_SOURCE_PROVIDER;
    case CostSource::kCatalogue:
      return v1::COST_SOURCE_CATALOGUE;
    case CostSource::kBillingRule:
      return v1::COST_SOURCE_BILLING_RULE;
    case CostSource::kReservation:
      return v1::COST_SOURCE_RESERVATION;
    case CostSource::kCorrection:
      return v1::COST_SOURCE_CORRECTION;
  }
  return v1::COST_SOURCE_UNSPECIFIED;
}

v1::ResolutionKind ToProto(ResolutionKind kind) {
  switch (kind) {
    case ResolutionKind::kAdopted:
      return v1::RESOLUTION_KIND_ADOPTED;
    case ResolutionKind::kNotCreated:
      return v1::RESOLUTION_KIND_NOT_CREATED;
    case ResolutionKind::kAbandoned:
      return v1::RESOLUTION_KIND_ABANDONED;
    case ResolutionKind::kExpired:
      return v1::RESOLUTION_KIND_EXPIRED;
  }
  return v1::RESOLUTION_KIND_UNSPECIFIED;
}

v1::UnknownOutcomePolicy ToProto(UnknownPolicy policy) {
  switch (policy) {
    case UnknownPolicy::kHold:
      return v1::UNKNOWN_OUTCOME_POLICY_HOLD;
    case UnknownPolicy::kAbandon:
      return v1::UNKNOWN_OUTCOME_POLICY_ABANDON;
    case UnknownPolicy::kRetryOnce:
      return v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND;
  }
  return v1::UNKNOWN_OUTCOME_POLICY_HOLD;
}

void ToProto(const Failure& failure, v1::Failure* out) {
  out->set_reason(static_cast<v1::FailureReason>(failure.reason));  // same values, which a test compares
  out->set_message(failure.message);
  out->set_provider(failure.provider);
  out->set_provider_code(failure.provider_code);
}

void ToProto(const Output& output, int index, v1::Output* out) {
  out->set_index(index);
  // An address that only the operator's credential opens is of no use to a caller, and DownloadVideo is there
  // for it.
  const bool show_url = !output.credential_required;
  if (show_url) out->set_url(output.url);
  if (IsKnown(output.expire_time)) ToProto(output.expire_time, out->mutable_expire_time());
  out->set_content_type(output.content_type);
  out->set_size_bytes(output.size_bytes);
  if (output.duration_ms) ToProto(absl::Milliseconds(*output.duration_ms), out->mutable_duration());
  out->set_width_px(output.width_px);
  out->set_height_px(output.height_px);
  if (output.seed) out->set_seed(*output.seed);
  if (output.thumbnail) MediaToProto(*output.thumbnail, show_url, out->mutable_thumbnail());
  if (output.spritesheet) MediaToProto(*output.spritesheet, show_url, out->mutable_spritesheet());
  out->set_provider_video_id(output.provider_video_id);
  if (output.sensitive) out->set_sensitive(*output.sensitive);
  out->set_credential_required(output.credential_required);
}

void ToProto(const Attempt& attempt, v1::Attempt* out) {
  out->set_id(attempt.id);
  out->set_provider(attempt.provider);
  out->set_offering(attempt.offering);
  out->set_provider_job_id(attempt.provider_job.id);
  out->set_state(ToProto(attempt.phase));
  if (attempt.failure) ToProto(*attempt.failure, out->mutable_failure());
  out->set_http_status(attempt.http_status);
  if (IsKnown(attempt.create_time)) ToProto(attempt.create_time, out->mutable_create_time());
  if (IsKnown(attempt.intent_time)) ToProto(attempt.intent_time, out->mutable_intent_time());
  if (IsKnown(attempt.ack_time)) ToProto(attempt.ack_time, out->mutable_ack_time());
  if (IsKnown(attempt.complete_time)) ToProto(attempt.complete_time, out->mutable_complete_time());
  TimingsToProto(attempt.timings, out->mutable_timings());
  CostOf(attempt, out->mutable_cost());
  if (attempt.resolution) ResolutionToProto(*attempt.resolution, out->mutable_resolution());
  out->set_why(attempt.why);
}

void ToProto(const Job& job, v1::Job* out) {
  const JobSpec& spec = job.spec;
  const JobState& state = job.state;
  out->set_id(spec.id);
  out->set_tenant(spec.tenant);
  out->set_request_id(spec.request_id);
  out->set_state(ToProto(state.phase));
  out->set_revision(state.revision);
  ToProto(spec.generation, out->mutable_generation());
  ToProto(spec.routing, out->mutable_routing());
  for (const Attempt& attempt : state.attempts) ToProto(attempt, out->add_attempts());
  CostOf(state, out->mutable_cost());
  int index = 0;
  for (const Output& output : state.outputs) ToProto(output, index++, out->add_outputs());
  for (const Failure& failure : state.output_failures)
    ToProto(failure, out->add_output_failures()->mutable_failure());
  if (state.failure) ToProto(*state.failure, out->mutable_failure());
  if (spec.max_cost) ToProto(*spec.max_cost, out->mutable_max_cost());
  out->set_unknown_outcome_policy(ToProto(spec.unknown_policy));
  out->mutable_labels()->insert(spec.labels.begin(), spec.labels.end());
  if (IsKnown(spec.create_time)) ToProto(spec.create_time, out->mutable_create_time());
  if (IsKnown(state.update_time)) ToProto(state.update_time, out->mutable_update_time());
  if (IsKnown(state.start_time)) ToProto(state.start_time, out->mutable_start_time());
  if (IsKnown(state.complete_time)) ToProto(state.complete_time, out->mutable_complete_time());
  if (IsKnown(spec.deadline_time)) ToProto(spec.deadline_time, out->mutable_deadline_time());
  if (IsKnown(state.cancel_requested_time))
    ToProto(state.cancel_requested_time, out->mutable_cancel_requested_time());
  for (const RoutingNote& note : spec.routing_notes) {
    v1::RoutingNote* const shown = out->add_routing_notes();
    shown->set_provider(note.provider);
    shown->set_offering(note.offering);
    shown->set_candidate(note.candidate);
    shown->set_why(note.why);
  }
}

std::string EncodeWatchEvent(const WatchEvent& event) {
  v1::WatchJobResponse message;
  std::visit(
      [&message](const auto& value) {
        using Event = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Event, SnapshotEvent>) {
          ToProto(value.job, message.mutable_snapshot()->mutable_job());
        } else if constexpr (std::is_same_v<Event, RevisionEvent>) {
          message.mutable_revision()->set_revision(value.job.state.revision);
          ToProto(value.job, message.mutable_revision()->mutable_job());
        } else if constexpr (std::is_same_v<Event, JobProgressEvent>) {
          ProgressToProto(value, message.mutable_progress());
        } else if constexpr (std::is_same_v<Event, JobLogEvent>) {
          LogToProto(value, message.mutable_log());
        } else {
          message.mutable_heartbeat()->set_revision(value.revision);
          ToProto(value.time, message.mutable_heartbeat()->mutable_time());
        }
      },
      event);
  return message.SerializeAsString();
}

}  // namespace zoetrope
