#include "server/telemetry/job_tracer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/strings.h"
#include "server/store/store_values.h"
#include "server/telemetry/provider_words.h"
#include "server/telemetry/words.h"

namespace zoetrope {
namespace {

constexpr int kFirstErrorStatus = 400;

std::string_view OutcomeOf(AttemptPhase phase) {
  switch (phase) {
    case AttemptPhase::kRefused:
      return "refused";
    case AttemptPhase::kSucceeded:
      return "succeeded";
    case AttemptPhase::kFailed:
      return "failed";
    case AttemptPhase::kCancelled:
      return "cancelled";
    default:
      return "other";
  }
}

void AddReason(const std::optional<Failure>& failure, Span& span) {
  if (!failure) return;
  span.failed = true;
  span.attributes.push_back({"error.type", std::string(WordOf(failure->reason))});
}

Span SpanOf(const LiveJob& job, const Attempt& attempt, absl::Time now) {
  Span span{.context = job.trace.At(SpanIdOf(attempt.id)),
            .parent_span_id = SpanIdOf(job.id),
            .name = "attempt",
            .kind = SpanKind::kInternal,
            .start = attempt.create_time,
            .end = attempt.complete_time == absl::InfinitePast() ? now : attempt.complete_time,
            .attributes = {{"zoetrope.job.id", job.id},
                           {"zoetrope.attempt.id", attempt.id},
                           {"zoetrope.provider", attempt.provider},
                           {"zoetrope.offering", attempt.offering},
                           {"zoetrope.outcome", std::string(OutcomeOf(attempt.phase))}}};
  if (attempt.intent_time != absl::InfinitePast()) {
    const absl::Duration waited = attempt.intent_time - attempt.create_time;
    span.attributes.push_back({"zoetrope.queue_wait_ms", absl::ToInt64Milliseconds(waited)});
  }
  if (attempt.phase != AttemptPhase::kSucceeded && attempt.phase != AttemptPhase::kCancelled)
    AddReason(attempt.failure, span);
  return span;
}

Span SpanOf(const LiveJob& job, const JobState& state) {
  Span span{.context = job.trace.At(SpanIdOf(job.id)),
            .parent_span_id = job.trace.span_id,
            .name = "job",
            .kind = SpanKind::kInternal,
            .start = job.create_time,
            .end = state.complete_time,
            .attributes = {{"zoetrope.job.id", job.id},
                           {"zoetrope.tenant", job.tenant},
                           {"zoetrope.model", job.model},
                           {"zoetrope.attempts", static_cast<std::int64_t>(state.attempts.size())},
                           {"zoetrope.outcome", std::string(OutcomeOf(state.phase))}}};
  if (state.phase == JobPhase::kFailed) AddReason(state.failure, span);
  return span;
}

}  // namespace

void JobTracer::OnChange(const LiveJob& job, const JobState& after) {
  if (!job.trace.valid() || !job.trace.sampled) return;
  const JobState& before = job.state;
  for (std::size_t i = 0; i < after.attempts.size(); ++i) {
    const bool had_ended = i < before.attempts.size() && IsTerminal(before.attempts[i].phase);
    if (!had_ended && IsTerminal(after.attempts[i].phase))
      sink_->Add(SpanOf(job, after.attempts[i], clock_->TimeNow()));
  }
  if (!IsTerminal(before.phase) && IsTerminal(after.phase)) sink_->Add(SpanOf(job, after));
}

void JobTracer::OnExchange(const AttemptExchange& exchange) {
  if (!exchange.trace.valid() || !exchange.trace.sampled) return;
  const absl::Time end = clock_->TimeNow();
  Span span{.context = exchange.trace.At(NewSpanId(*random_)),
            .parent_span_id = SpanIdOf(exchange.attempt_id),
            .name = absl::StrCat("provider ", ToAbsl(WordOf(exchange.call))),
            .kind = SpanKind::kClient,
            .start = end - exchange.took,
            .end = end,
            .attributes = {{"peer.service", exchange.provider},
                           {"zoetrope.call", std::string(WordOf(exchange.call))},
                           {"zoetrope.attempt.id", exchange.attempt_id}},
            .failed = exchange.fault.has_value() || exchange.status >= kFirstErrorStatus};
  if (exchange.status > 0)
    span.attributes.push_back({"http.response.status_code", std::int64_t{exchange.status}});
  // A status is its own type of error (OpenTelemetry's conventions for HTTP).
  if (exchange.fault) {
    span.attributes.push_back({"error.type", std::string(WordOf(*exchange.fault))});
  } else if (span.failed) {
    span.attributes.push_back({"error.type", absl::StrCat(exchange.status)});
  }
  sink_->Add(std::move(span));
}

}  // namespace zoetrope
