#ifndef ZOETROPE_CLIENT_CLI_TEXT_H_
#define ZOETROPE_CLIENT_CLI_TEXT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "zoetrope/v1/cost.pb.h"
#include "zoetrope/v1/job.pb.h"
#include "zoetrope/v1/model.pb.h"

namespace zoetrope::cli {

// Name of an enum value as people say it, as in `SUCCEEDED`; the number where this program is older than the
// value.
std::string Name(v1::JobState value);
std::string Name(v1::AttemptState value);
std::string Name(v1::FailureReason value);
std::string Name(v1::ResolutionKind value);
std::string Name(v1::SettlementState value);
std::string Name(v1::CostSource value);
std::string Name(v1::PriceCertainty value);
std::string Name(v1::LifecycleState value);
std::string Name(v1::GenerationMode value);

// As in `1m12s`, whole seconds.
std::string FormatElapsed(absl::Duration duration);

// As in `8s` or `2.5s`.
std::string FormatDuration(const google::protobuf::Duration& duration);

// As in `2026-11-20T05:00:00Z`; empty for no time.
std::string FormatTime(const google::protobuf::Timestamp& time);

absl::Time ToTime(const google::protobuf::Timestamp& time);

// Reads `8s`, `1h30m`, `500ms` or a plain number of seconds. Positive and finite, or INVALID_ARGUMENT.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// Reads `2026-11-20` or `2026-11-20T08:00:00Z`; INVALID_ARGUMENT, which names `flag`, for anything else.
absl::StatusOr<google::protobuf::Timestamp> ParseTime(std::string_view flag, const std::string& text);

google::protobuf::Duration ToProto(absl::Duration duration);

// Whether the bytes are UTF-8, which is what the contract takes: no surrogates, no overlong forms.
bool IsUtf8(std::string_view bytes);

// Makes text from elsewhere safe to print on a terminal: control characters become `?`, line breaks become
// spaces.
std::string Printable(std::string_view text);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_TEXT_H_
