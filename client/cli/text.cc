#include "client/cli/text.h"

#include <google/protobuf/generated_enum_reflection.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace zoetrope::cli {
namespace {

std::string WithoutPrefix(const std::string& name, std::string_view prefix, int number) {
  if (name.empty()) return absl::StrCat(number);
  return name.substr(prefix.size());
}

}  // namespace

std::string Name(v1::JobState value) { return WithoutPrefix(v1::JobState_Name(value), "JOB_STATE_", value); }

std::string Name(v1::AttemptState value) {
  return WithoutPrefix(v1::AttemptState_Name(value), "ATTEMPT_STATE_", value);
}

std::string Name(v1::FailureReason value) {
  return WithoutPrefix(v1::FailureReason_Name(value), "FAILURE_REASON_", value);
}

std::string Name(v1::ResolutionKind value) {
  return WithoutPrefix(v1::ResolutionKind_Name(value), "RESOLUTION_KIND_", value);
}

std::string Name(v1::SettlementState value) {
  return WithoutPrefix(v1::SettlementState_Name(value), "SETTLEMENT_STATE_", value);
}

std::string Name(v1::CostSource value) {
  return WithoutPrefix(v1::CostSource_Name(value), "COST_SOURCE_", value);
}

std::string Name(v1::PriceCertainty value) {
  return WithoutPrefix(v1::PriceCertainty_Name(value), "PRICE_CERTAINTY_", value);
}

std::string Name(v1::LifecycleState value) {
  return WithoutPrefix(v1::LifecycleState_Name(value), "LIFECYCLE_STATE_", value);
}

std::string Name(v1::GenerationMode value) {
  return WithoutPrefix(v1::GenerationMode_Name(value), "GENERATION_MODE_", value);
}

std::string FormatElapsed(absl::Duration duration) {
  const absl::Duration whole = absl::Trunc(std::max(duration, absl::ZeroDuration()), absl::Seconds(1));
  return whole == absl::ZeroDuration() ? "0s"
                                       : absl::FormatDuration(whole);  // Abseil leaves out the unit of 0
}

std::string FormatDuration(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
}

std::string FormatTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(time), absl::UTCTimeZone());
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  std::string spelled(text);
  // A number without a unit is one of seconds, as people write clip lengths.
  if (!spelled.empty() && spelled.find_first_not_of("0123456789.") == std::string::npos) spelled += "s";
  absl::Duration duration;
  if (!absl::ParseDuration(spelled, &duration) || duration <= absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(text), "' is not a length of time; write it as in 8s, 15m or 1h30m"));
  }
  return duration;
}

absl::StatusOr<google::protobuf::Timestamp> ParseTime(std::string_view flag, const std::string& text) {
  absl::Time time;
  std::string why;
  if (!absl::ParseTime("%Y-%m-%d", text, &time, &why) &&
      !absl::ParseTime(absl::RFC3339_full, text, &time, &why)) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(flag), ": `", text,
                                                   "` is no time; write 2026-11-20 or 2026-11-20T08:00:00Z"));
  }
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(absl::ToUnixSeconds(time));
  return stamp;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

bool IsUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i++]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4) return false;
    uint32_t point = lead & (0x3fu >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i == bytes.size() || (bytes[i] & 0xc0) != 0x80) return false;
      point = point << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3fu);
    }
    const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
  }
  return true;
}

std::string Printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return result;
}

}  // namespace zoetrope::cli
