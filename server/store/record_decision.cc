#include <string>

#include "server/store/record.h"
#include "server/store/record_values.h"

namespace zoetrope {

std::string EncodeDecision(const AttemptDecision& decision) {
  record::pb::AttemptDecision stored;
  stored.set_version(kRecordVersion);
  stored.set_attempt_id(decision.attempt_id);
  stored.set_kind(record::ToStored(record::kResolutionKinds, decision.kind));
  stored.set_provider_job_id(decision.provider_job_id);
  stored.set_note(decision.note);
  return stored.SerializeAsString();
}

absl::StatusOr<AttemptDecision> DecodeDecision(std::string_view bytes) {
  record::Damage damage;
  record::pb::AttemptDecision stored;
  if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) damage.Report("it is no record");
  // It has no amounts, so that only its version can be foreign.
  record::CheckHead(stored.version(), std::string(kCurrency), damage);
  AttemptDecision decision;
  decision.attempt_id = stored.attempt_id();
  decision.kind = damage.Read(record::kResolutionKinds, stored.kind(), "unknown decision");
  decision.provider_job_id = stored.provider_job_id();
  decision.note = stored.note();
  if (absl::Status status = damage.ToStatus("decision"); !status.ok()) return status;
  return decision;
}

}  // namespace zoetrope
