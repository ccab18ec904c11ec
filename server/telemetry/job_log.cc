#include "server/telemetry/job_log.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/money.h"
#include "server/store/store_values.h"
#include "server/telemetry/provider_words.h"
#include "server/telemetry/words.h"

namespace zoetrope {
namespace {

std::string Milliseconds(absl::Duration time) { return absl::StrCat(absl::ToInt64Milliseconds(time)); }

std::string MoneyOf(const JobState& state) {
  Money sum;
  for (const Attempt& attempt : state.attempts)
    sum = Add(sum, attempt.settled.value_or(Money())).value_or(sum);
  return FormatMoney(sum);
}

void AddReason(const std::optional<Failure>& failure, std::vector<LogField>& fields) {
  if (failure) fields.emplace_back("reason", WordOf(failure->reason));
}

}  // namespace

void JobLog::OnChange(const LiveJob& job, const JobState& after) {
  const JobState& before = job.state;
  for (std::size_t i = 0; i < after.attempts.size(); ++i) {
    const bool same = i < before.attempts.size() && before.attempts[i].phase == after.attempts[i].phase;
    if (!same) OnAttempt(job, after.attempts[i]);
  }
  if (IsTerminal(before.phase) || !IsTerminal(after.phase)) return;
  std::vector<LogField> fields = {{"outcome", std::string(OutcomeOf(after.phase))},
                                  {"model", job.model},
                                  {"provider", after.attempts.back().provider},
                                  {"attempts", absl::StrCat(after.attempts.size())},
                                  {"took_ms", Milliseconds(after.complete_time - job.create_time)}};
  if (after.phase == JobPhase::kFailed) AddReason(after.failure, fields);
  if (IsSettled(after)) fields.emplace_back("settled_usd", MoneyOf(after));
  log_->Record(LogLevel::kInfo, "job_ended", JobFields(job.id, job.trace, std::move(fields)));
}

void JobLog::OnAttempt(const LiveJob& job, const Attempt& attempt) {
  if (attempt.phase == AttemptPhase::kSucceeded || attempt.phase == AttemptPhase::kCancelled)
    return;  // its job's line says it
  std::vector<LogField> fields = {
      {"attempt_id", attempt.id}, {"provider", attempt.provider}, {"offering", attempt.offering}};
  switch (attempt.phase) {
    case AttemptPhase::kUnknown:
      fields.emplace_back("consequence", "what became of it is looked for; it is not sent again");
      return log_->Record(LogLevel::kWarning, "submission_unknown",
                          JobFields(job.id, job.trace, std::move(fields)));
    case AttemptPhase::kHeld:
      fields.emplace_back("consequence", "it waits for a decision, see `attempt list --held`");
      return log_->Record(LogLevel::kWarning, "submission_held",
                          JobFields(job.id, job.trace, std::move(fields)));
    case AttemptPhase::kRefused:
    case AttemptPhase::kFailed:
      AddReason(attempt.failure, fields);
      if (attempt.http_status > 0) fields.emplace_back("http_status", absl::StrCat(attempt.http_status));
      return log_->Record(LogLevel::kInfo, "attempt_failed", JobFields(job.id, job.trace, std::move(fields)));
    case AttemptPhase::kIntent:
      return log_->Debug("attempt_sent", JobFields(job.id, job.trace, std::move(fields)));
    case AttemptPhase::kAcked:
      return log_->Debug("attempt_accepted", JobFields(job.id, job.trace, std::move(fields)));
    default:
      return log_->Debug("attempt_planned", JobFields(job.id, job.trace, std::move(fields)));
  }
}

void JobLog::OnExchange(const AttemptExchange& exchange) {
  if (!log_->Writes(LogLevel::kDebug)) return;  // there are many
  std::vector<LogField> fields = {{"attempt_id", exchange.attempt_id},
                                  {"provider", exchange.provider},
                                  {"call", std::string(WordOf(exchange.call))},
                                  {"http_status", absl::StrCat(exchange.status)},
                                  {"took_ms", Milliseconds(exchange.took)}};
  if (exchange.fault) fields.emplace_back("fault", WordOf(*exchange.fault));
  log_->Debug("provider_call", JobFields(exchange.job_id, exchange.trace, std::move(fields)));
}

}  // namespace zoetrope
