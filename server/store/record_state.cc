#include <string>
#include <utility>

#include "server/store/record.h"
#include "server/store/record_values.h"

namespace zoetrope {
namespace {

namespace pb = record::pb;
using record::Damage;
using record::ToStored;

// Numbers of FailureReason are those of the contract, which never change.
constexpr int kReasonMin = static_cast<int>(FailureReason::kValidationRejected);
constexpr int kReasonMax = static_cast<int>(FailureReason::kInternal);

absl::Time ReadTime(bool present, std::int64_t stored, absl::Time absent = absl::InfinitePast()) {
  return present ? TimeOf(stored) : absent;
}

void Write(const Failure& from, pb::Failure* to) {
  to->set_reason(static_cast<int>(from.reason));
  to->set_message(from.message);
  to->set_provider(from.provider);
  to->set_provider_code(from.provider_code);
}

Failure Read(const pb::Failure& from, Damage& damage) {
  if (from.reason() < kReasonMin || from.reason() > kReasonMax) damage.Report("unknown failure reason");
  return {static_cast<FailureReason>(from.reason()), from.message(), from.provider(), from.provider_code()};
}

void Write(const Media& from, pb::Media* to) {
  to->set_url(from.url);
  to->set_content_type(from.content_type);
}

void Write(const Output& from, pb::Output* to) {
  to->set_url(from.url);
  if (from.expire_time != absl::InfiniteFuture()) to->set_expire_time_nanos(StoredTime(from.expire_time));
  to->set_content_type(from.content_type);
  to->set_size_bytes(from.size_bytes);
  if (from.duration_ms) to->set_duration_ms(*from.duration_ms);
  to->set_width_px(from.width_px);
  to->set_height_px(from.height_px);
  if (from.seed) to->set_seed(*from.seed);
  if (from.thumbnail) Write(*from.thumbnail, to->mutable_thumbnail());
  if (from.spritesheet) Write(*from.spritesheet, to->mutable_spritesheet());
  to->set_provider_video_id(from.provider_video_id);
  if (from.sensitive) to->set_sensitive(*from.sensitive);
  to->set_credential_required(from.credential_required);
}

Output Read(const pb::Output& from) {
  Output to;
  to.url = from.url();
  to.expire_time = ReadTime(from.has_expire_time_nanos(), from.expire_time_nanos(), absl::InfiniteFuture());
  to.content_type = from.content_type();
  to.size_bytes = from.size_bytes();
  if (from.has_duration_ms()) to.duration_ms = from.duration_ms();
  to.width_px = from.width_px();
  to.height_px = from.height_px();
  if (from.has_seed()) to.seed = from.seed();
  if (from.has_thumbnail()) to.thumbnail = Media{from.thumbnail().url(), from.thumbnail().content_type()};
  if (from.has_spritesheet())
    to.spritesheet = Media{from.spritesheet().url(), from.spritesheet().content_type()};
  to.provider_video_id = from.provider_video_id();
  if (from.has_sensitive()) to.sensitive = from.sensitive();
  to.credential_required = from.credential_required();
  return to;
}

void WriteTimes(const Attempt& from, pb::Attempt* to) {
  const absl::Time never_yet = absl::InfinitePast();
  if (from.create_time != never_yet) to->set_create_time_nanos(StoredTime(from.create_time));
  if (from.intent_time != never_yet) to->set_intent_time_nanos(StoredTime(from.intent_time));
  if (from.ack_time != never_yet) to->set_ack_time_nanos(StoredTime(from.ack_time));
  if (from.complete_time != never_yet) to->set_complete_time_nanos(StoredTime(from.complete_time));
  const ProviderTimings& timings = from.timings;
  if (timings == ProviderTimings{}) return;
  pb::ProviderTimings* stored = to->mutable_timings();
  if (timings.queue_duration)
    stored->set_queue_duration_nanos(record::StoredDuration(*timings.queue_duration));
  if (timings.run_duration) stored->set_run_duration_nanos(record::StoredDuration(*timings.run_duration));
  stored->set_worker_id(timings.worker_id);
}

void ReadTimes(const pb::Attempt& from, Attempt& to) {
  to.create_time = ReadTime(from.has_create_time_nanos(), from.create_time_nanos());
  to.intent_time = ReadTime(from.has_intent_time_nanos(), from.intent_time_nanos());
  to.ack_time = ReadTime(from.has_ack_time_nanos(), from.ack_time_nanos());
  to.complete_time = ReadTime(from.has_complete_time_nanos(), from.complete_time_nanos());
  const pb::ProviderTimings& timings = from.timings();
  if (timings.has_queue_duration_nanos())
    to.timings.queue_duration = record::DurationOf(timings.queue_duration_nanos());
  if (timings.has_run_duration_nanos())
    to.timings.run_duration = record::DurationOf(timings.run_duration_nanos());
  to.timings.worker_id = timings.worker_id();
}

void WriteMoney(const Attempt& from, pb::Attempt* to) {
  to->set_settlement(ToStored(record::kSettlements, from.settlement));
  if (from.quoted) to->set_quoted_nanos(from.quoted->nanos());
  if (from.listed) to->set_listed_nanos(from.listed->nanos());
  to->set_why(from.why);
  to->set_reserved_nanos(from.reserved.nanos());
  if (from.computed) to->set_computed_nanos(from.computed->nanos());
  if (from.reported) to->set_reported_nanos(from.reported->nanos());
  if (from.settled) to->set_settled_nanos(from.settled->nanos());
  to->set_overrun_nanos(from.overrun.nanos());
  to->set_cost_source(ToStored(record::kCostSources, from.cost_source));
  to->set_billable_units(from.billable_units);
}

void ReadMoney(const pb::Attempt& from, Attempt& to, Damage& damage) {
  to.settlement = damage.Read(record::kSettlements, from.settlement(), "unknown settlement");
  to.quoted = record::MoneyOf(from.has_quoted_nanos(), from.quoted_nanos());
  to.listed = record::MoneyOf(from.has_listed_nanos(), from.listed_nanos());
  to.why = from.why();
  to.reserved = Money::FromNanos(from.reserved_nanos());
  to.computed = record::MoneyOf(from.has_computed_nanos(), from.computed_nanos());
  to.reported = record::MoneyOf(from.has_reported_nanos(), from.reported_nanos());
  to.settled = record::MoneyOf(from.has_settled_nanos(), from.settled_nanos());
  to.overrun = Money::FromNanos(from.overrun_nanos());
  to.cost_source = damage.Read(record::kCostSources, from.cost_source(), "unknown cost source");
  to.billable_units = from.billable_units();
}

void Write(const Resolution& from, pb::Resolution* to) {
  to->set_kind(ToStored(record::kResolutionKinds, from.kind));
  to->set_note(from.note);
  if (from.time != absl::InfinitePast()) to->set_time_nanos(StoredTime(from.time));
}

Resolution Read(const pb::Resolution& from, Damage& damage) {
  return {damage.Read(record::kResolutionKinds, from.kind(), "unknown decision"), from.note(),
          ReadTime(from.has_time_nanos(), from.time_nanos())};
}

void Write(const Attempt& from, pb::Attempt* to) {
  to->set_id(from.id);
  to->set_provider(from.provider);
  to->set_offering(from.offering);
  to->set_offering_revision(from.offering_revision);
  to->set_phase(ToStored(record::kAttemptPhases, from.phase));
  to->set_provider_job_id(from.provider_job.id);
  record::WriteEntries(from.provider_job.urls, to->mutable_provider_job_urls());
  if (from.failure) Write(*from.failure, to->mutable_failure());
  to->set_http_status(from.http_status);
  WriteTimes(from, to);
  WriteMoney(from, to);
  if (from.resolution) Write(*from.resolution, to->mutable_resolution());
}

Attempt Read(const pb::Attempt& from, Damage& damage) {
  Attempt to;
  to.id = from.id();
  to.provider = from.provider();
  to.offering = from.offering();
  to.offering_revision = from.offering_revision();
  to.phase = damage.Read(record::kAttemptPhases, from.phase(), "unknown attempt phase");
  to.provider_job = {from.provider_job_id(), record::ReadEntries(from.provider_job_urls())};
  if (from.has_failure()) to.failure = Read(from.failure(), damage);
  to.http_status = from.http_status();
  ReadTimes(from, to);
  ReadMoney(from, to, damage);
  if (from.has_resolution()) to.resolution = Read(from.resolution(), damage);
  return to;
}

}  // namespace

std::string EncodeState(const JobState& state) {
  pb::JobState record;
  record.set_version(kRecordVersion);
  record.set_currency_code(std::string(kCurrency));
  record.set_revision(state.revision);
  record.set_phase(ToStored(record::kJobPhases, state.phase));
  for (const Attempt& attempt : state.attempts) Write(attempt, record.add_attempts());
  for (const Output& output : state.outputs) Write(output, record.add_outputs());
  for (const Failure& failure : state.output_failures) Write(failure, record.add_output_failures());
  if (state.failure) Write(*state.failure, record.mutable_failure());
  const absl::Time never_yet = absl::InfinitePast();
  if (state.update_time != never_yet) record.set_update_time_nanos(StoredTime(state.update_time));
  if (state.start_time != never_yet) record.set_start_time_nanos(StoredTime(state.start_time));
  if (state.complete_time != never_yet) record.set_complete_time_nanos(StoredTime(state.complete_time));
  if (state.cancel_requested_time != never_yet) {
    record.set_cancel_requested_time_nanos(StoredTime(state.cancel_requested_time));
  }
  return record.SerializeAsString();
}

absl::StatusOr<JobState> DecodeState(std::string_view bytes) {
  Damage damage;
  pb::JobState record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) damage.Report("it is no record");
  record::CheckHead(record.version(), record.currency_code(), damage);
  JobState state;
  state.revision = record.revision();
  state.phase = damage.Read(record::kJobPhases, record.phase(), "unknown phase");
  state.attempts.reserve(static_cast<std::size_t>(record.attempts_size()));
  for (const pb::Attempt& attempt : record.attempts()) state.attempts.push_back(Read(attempt, damage));
  for (const pb::Output& output : record.outputs()) state.outputs.push_back(Read(output));
  for (const pb::Failure& failure : record.output_failures())
    state.output_failures.push_back(Read(failure, damage));
  if (record.has_failure()) state.failure = Read(record.failure(), damage);
  state.update_time = ReadTime(record.has_update_time_nanos(), record.update_time_nanos());
  state.start_time = ReadTime(record.has_start_time_nanos(), record.start_time_nanos());
  state.complete_time = ReadTime(record.has_complete_time_nanos(), record.complete_time_nanos());
  state.cancel_requested_time =
      ReadTime(record.has_cancel_requested_time_nanos(), record.cancel_requested_time_nanos());
  if (absl::Status status = damage.ToStatus("job state"); !status.ok()) return status;
  return state;
}

}  // namespace zoetrope
