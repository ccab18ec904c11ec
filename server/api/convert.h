// Values → the public contract, and the contract's small words → values. Total: every value has a message,
// and what a newer client may send that we do not know comes back as nullopt. (Whole requests are read by
// validate/, which knows the rules.)
#ifndef ZOETROPE_SERVER_API_CONVERT_H_
#define ZOETROPE_SERVER_API_CONVERT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "server/base/money.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/domain/ledger.h"
#include "server/events/event.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// An infinite time is one that is not known: the field stays unset, as a message's fields do by default.
inline bool IsKnown(absl::Time time) {
  return time != absl::InfinitePast() && time != absl::InfiniteFuture();
}

void ToProto(Money amount, v1::Money* out);
void ToProto(absl::Time time, google::protobuf::Timestamp* out);
void ToProto(absl::Duration duration, google::protobuf::Duration* out);
void ToProto(const Generation& generation, v1::Generation* out);
void ToProto(const Parameter& parameter, v1::Parameter* out);
void ToProto(const Routing& routing, v1::Routing* out);
void ToProto(const Failure& failure, v1::Failure* out);
void ToProto(const Output& output, int index, v1::Output* out);
void ToProto(const Attempt& attempt, v1::Attempt* out);
void ToProto(const Job& job, v1::Job* out);

v1::JobState ToProto(JobPhase phase);
v1::AttemptState ToProto(AttemptPhase phase);
v1::SettlementState ToProto(Settlement settlement);
v1::CostSource ToProto(CostSource source);
v1::ResolutionKind ToProto(ResolutionKind kind);
v1::UnknownOutcomePolicy ToProto(UnknownPolicy policy);

// nullopt: not a value that can be asked for.
std::optional<JobPhase> FromProto(v1::JobState state);
// nullopt: not between the years 1 and 9999, or nanos out of range.
std::optional<absl::Time> FromProto(const google::protobuf::Timestamp& time);

// A message of WatchJob as it goes over the wire; what the watch hub encodes with.
std::string EncodeWatchEvent(const WatchEvent& event);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_CONVERT_H_
