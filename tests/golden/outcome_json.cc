#include <utility>

#include "server/base/money.h"
#include "tests/golden/golden_case.h"

namespace zoetrope::golden {
namespace {

using nlohmann::json;

std::string ReasonText(FailureReason reason) {
  switch (reason) {
    case FailureReason::kValidationRejected:
      return "VALIDATION_REJECTED";
    case FailureReason::kContentRejected:
      return "CONTENT_REJECTED";
    case FailureReason::kProviderAuthFailed:
      return "PROVIDER_AUTH_FAILED";
    case FailureReason::kProviderBalanceExhausted:
      return "PROVIDER_BALANCE_EXHAUSTED";
    case FailureReason::kProviderRateLimited:
      return "PROVIDER_RATE_LIMITED";
    case FailureReason::kProviderError:
      return "PROVIDER_ERROR";
    case FailureReason::kProviderTimeout:
      return "PROVIDER_TIMEOUT";
    case FailureReason::kModelUnavailable:
      return "MODEL_UNAVAILABLE";
    case FailureReason::kResultLost:
      return "RESULT_LOST";
    case FailureReason::kResultInvalid:
      return "RESULT_INVALID";
    case FailureReason::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case FailureReason::kOutcomeUnknown:
      return "OUTCOME_UNKNOWN";
    case FailureReason::kCancelledByProvider:
      return "CANCELLED_BY_PROVIDER";
    case FailureReason::kNoOfferingLeft:
      return "NO_OFFERING_LEFT";
    case FailureReason::kInternal:
      return "INTERNAL";
  }
  return "?";
}

// Members of an object, left out where they are empty.
class Members {
 public:
  explicit Members(json start = json::object()) : json_(std::move(start)) {}
  Members& Add(const char* name, const std::string& text) {
    if (!text.empty()) json_[name] = text;
    return *this;
  }
  Members& Add(const char* name, json value) {
    if (!value.empty() && !value.is_null()) json_[name] = std::move(value);
    return *this;
  }
  template <typename T>
  Members& Add(const char* name, const std::optional<T>& value) {
    if (value) json_[name] = Plain(*value);
    return *this;
  }
  json Take() { return std::move(json_); }

 private:
  static json Plain(absl::Duration duration) { return absl::ToDoubleMilliseconds(duration); }
  static json Plain(Money money) { return FormatMoney(money); }
  static json Plain(FailureReason reason) { return ReasonText(reason); }
  static json Plain(const Media& media) {
    return Members().Add("url", media.url).Add("content_type", media.content_type).Take();
  }
  template <typename T>
  static json Plain(const T& value) {
    return value;
  }

  json json_;
};

template <typename T>
json List(const std::vector<T>& values);

json One(const Failure& failure) {
  return Members()
      .Add("reason", ReasonText(failure.reason))
      .Add("message", failure.message)
      .Add("provider", failure.provider)
      .Add("provider_code", failure.provider_code)
      .Take();
}

json One(const ProviderLogLine& line) {
  return Members().Add("time", line.time).Add("level", line.level).Add("message", line.message).Take();
}

json One(const Output& output) {
  Members members;
  members.Add("url", output.url)
      .Add("content_type", output.content_type)
      .Add("seed", output.seed)
      .Add("duration_ms", output.duration_ms)
      .Add("thumbnail", output.thumbnail)
      .Add("spritesheet", output.spritesheet)
      .Add("provider_video_id", output.provider_video_id)
      .Add("sensitive", output.sensitive);
  json out = members.Take();
  if (output.width_px != 0) out["width_px"] = output.width_px;
  if (output.height_px != 0) out["height_px"] = output.height_px;
  if (output.size_bytes != 0) out["size_bytes"] = output.size_bytes;
  if (output.credential_required) out["credential_required"] = true;
  if (output.expire_time != absl::InfiniteFuture())
    out["expire_time"] = absl::FormatTime(output.expire_time, absl::UTCTimeZone());
  return out;
}

template <typename T>
json List(const std::vector<T>& values) {
  json out = json::array();
  for (const T& value : values) out.push_back(One(value));
  return out;
}

json One(const ReportedCost& cost) {
  return Members().Add("amount", cost.amount).Add("units", cost.units).Take();
}

json One(const ProviderTimings& timings) {
  return Members()
      .Add("queue_ms", timings.queue_duration)
      .Add("run_ms", timings.run_duration)
      .Add("worker_id", timings.worker_id)
      .Take();
}

json One(const Prepared& prepared) { return {{"prepared", prepared.value}}; }

json One(const Pending& pending) {
  const char* const phases[] = {"QUEUED", "RUNNING", "UNKNOWN_WORD"};
  const json body = Members()
                        .Add("phase", std::string(phases[static_cast<int>(pending.phase)]))
                        .Add("progress", pending.progress)
                        .Add("queue_position", pending.queue_position)
                        .Add("logs", List(pending.logs))
                        .Add("timings", One(pending.timings))
                        .Take();
  return {{"pending", body}};
}

json One(const NextStage& next) {
  return {{"next_stage", Members()
                             .Add("stage", next.stage)
                             .Add("timings", One(next.timings))
                             .Add("logs", List(next.logs))
                             .Take()}};
}

json One(const Succeeded& succeeded) {
  return {{"succeeded", Members()
                            .Add("outputs", List(succeeded.outputs))
                            .Add("failures", List(succeeded.failures))
                            .Add("cost", One(succeeded.cost))
                            .Add("timings", One(succeeded.timings))
                            .Take()}};
}

json One(const Failed& failed) {
  return {{"failed", Members(One(failed.failure))
                         .Add("cost", One(failed.cost))
                         .Add("timings", One(failed.timings))
                         .Take()}};
}

json One(const CancelledThere& cancelled) {
  return {{"cancelled",
           Members().Add("cost", One(cancelled.cost)).Add("timings", One(cancelled.timings)).Take()}};
}

json One(const NotFoundThere& not_found) {
  return {{"not_found", Members().Add("message", not_found.message).Take()}};
}

json One(const TryAgain& again) {
  Members members;
  members.Add("retry_after_ms", again.retry_after)
      .Add("why", again.why)
      .Add("account_trouble", again.account_trouble);
  if (again.about_job) members.Add("about_job", json(true));
  return {{"try_again", members.Take()}};
}

json One(const Unrecognized& unrecognized) { return {{"unrecognized", unrecognized.why}}; }

json One(std::monostate) { return {}; }

json One(const Accepted& accepted) {
  Members members;
  members.Add("id", accepted.job.id);
  members.Add("urls", json(accepted.job.urls));
  members.Add("result", std::visit([](const auto& end) { return One(end); }, accepted.result));
  return {{"accepted", members.Take()}};
}

json One(const Refused& refused) { return {{"refused", One(refused.failure)}}; }

json One(const Throttled& throttled) {
  return {{"throttled", Members()
                            .Add("retry_after_ms", throttled.retry_after)
                            .Add("provider_code", throttled.provider_code)
                            .Add("message", throttled.message)
                            .Take()}};
}

json One(const CancelAccepted& accepted) {
  json told = {{"final", accepted.end.has_value()}};
  if (accepted.end && *accepted.end != CancelledThere{}) told["end"] = One(*accepted.end);
  return {{"cancel_accepted", std::move(told)}};
}

json One(const CancelTooLate&) { return {{"cancel_too_late", json::object()}}; }

json One(const LookupPage& page) {
  json matches = json::array();
  for (const ProviderJob& job : page.matches)
    matches.push_back(Members().Add("id", job.id).Add("urls", json(job.urls)).Take());
  Members members;
  members.Add("matches", std::move(matches)).Add("next", page.next);
  if (page.by_marker) members.Add("by_marker", json(true));
  return {{"page", members.Take()}};
}

json One(const Charged& charged) { return {{"charged", One(charged.cost)}}; }

json One(const NoChargeYet&) { return {{"no_charge_yet", json::object()}}; }

json One(const Priced& priced) {
  return {{"priced", {{"list", FormatMoney(priced.list)}, {"charged", FormatMoney(priced.charged)}}}};
}

}  // namespace

json ToJson(const AnyOutcome& outcome) {
  return std::visit(
      [](const auto& kind) { return std::visit([](const auto& what) { return One(what); }, kind); }, outcome);
}

}  // namespace zoetrope::golden
