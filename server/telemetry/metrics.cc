#include "server/telemetry/metrics.h"

#include <utility>

#include "grpcpp/grpcpp.h"
#include "server/telemetry/words.h"

namespace zoetrope {
namespace {

constexpr double kNanosPerUnit = 1e9;

prometheus::Histogram::BucketBoundaries CallBuckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}
prometheus::Histogram::BucketBoundaries RequestBuckets() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
}
prometheus::Histogram::BucketBoundaries JobBuckets() {
  return {1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600};
}
prometheus::Histogram::BucketBoundaries StoreBuckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
}

double Seconds(absl::Duration duration) { return absl::ToDoubleSeconds(duration); }
double Dollars(Money amount) { return static_cast<double>(amount.nanos()) / kNanosPerUnit; }
std::string_view TypeOf(Rpc rpc) { return IsStream(rpc) ? "server_stream" : "unary"; }

}  // namespace

Metrics::Counters Metrics::MakeCounters(const char* name, const char* help, std::vector<std::string> labels) {
  auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
  return Counters(std::move(labels), [&family](const prometheus::Labels& values) -> prometheus::Counter& {
    return family.Add(values);
  });
}

Metrics::Gauges Metrics::MakeGauges(const char* name, const char* help, std::vector<std::string> labels) {
  auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
  return Gauges(std::move(labels), [&family](const prometheus::Labels& values) -> prometheus::Gauge& {
    return family.Add(values);
  });
}

Metrics::Histograms Metrics::MakeHistograms(const char* name, const char* help,
                                            std::vector<std::string> labels,
                                            prometheus::Histogram::BucketBoundaries buckets) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
  return Histograms(
      std::move(labels),
      [&family, buckets = std::move(buckets)](const prometheus::Labels& values) -> prometheus::Histogram& {
        return family.Add(values, buckets);
      });
}

Metrics::Gauges Metrics::MakeHeld() {
  return MakeGauges("zoetrope_attempts_held",
                    "Attempts of which no one knows whether they were accepted, waiting for a decision.",
                    {"provider"});
}

Metrics::Counters Metrics::MakeCosts() {
  return MakeCounters(
      "zoetrope_cost_usd_total",
      "US dollars that were charged (settled), more (adjusted) or less (refunded) by a later correction, and "
      "the part of it above what was set aside (overrun).",
      {"provider", "model", "kind"});
}

Metrics::Gauges Metrics::MakeStalePrices() {
  return MakeGauges("zoetrope_prices_stale",
                    "Offerings that can be used and have a price that was read longer ago than prices are "
                    "trusted.",
                    {"provider"});
}

Metrics::BudgetGauges Metrics::MakeBudgetGauges() {
  return {
      MakeGauges("zoetrope_budget_limit_usd", "US dollars that a budget allows.", {"budget"}),
      MakeGauges("zoetrope_budget_used_usd",
                 "US dollars that are set aside or charged in the current window, by whoever has used most.",
                 {"budget"}),
      MakeGauges("zoetrope_budget_threshold_percent",
                 "The highest of a budget's thresholds that is reached in the current window; 0: none.",
                 {"budget"})};
}

Metrics::Counters Metrics::MakeCallbacks() {
  return MakeCounters("zoetrope_provider_callbacks_total",
                      "Callbacks of a provider that name an attempt, by what came of them.",
                      {"provider", "outcome"});
}

Metrics::Counters Metrics::MakeDecisions() {
  return MakeCounters("zoetrope_decisions_total", "Decisions about held attempts, carried out.",
                      {"provider", "decision"});
}

Metrics::Counters Metrics::MakeUnknownCounters() {
  return MakeCounters("zoetrope_submission_unknown_total",
                      "Submissions of which no one knows whether the provider accepted them.", {"provider"});
}

Metrics::Counters Metrics::MakeSearchCounters() {
  return MakeCounters(
      "zoetrope_submission_search_total",
      "Searches for submissions of unknown outcome that have ended. After retried both may be charged.",
      {"provider", "outcome"});
}

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      jobs_submitted_(MakeCounters("zoetrope_jobs_submitted_total", "Jobs that were accepted.",
                                   {"provider", "model", "operation"})),
      jobs_completed_(MakeCounters("zoetrope_jobs_completed_total", "Jobs that have ended, by how and why.",
                                   {"provider", "model", "outcome", "reason"})),
      job_duration_(MakeHistograms("zoetrope_job_duration_seconds",
                                   "Time from acceptance to the end of a job.",
                                   {"provider", "model", "outcome"}, JobBuckets())),
      job_queue_wait_(MakeHistograms("zoetrope_job_queue_wait_seconds",
                                     "Time from acceptance to the intent to send a job to its provider.",
                                     {"provider"}, JobBuckets())),
      jobs_live_(MakeGauges("zoetrope_jobs_live", "Jobs that are not over, or whose money is open.", {})),
      jobs_in_flight_(MakeGauges("zoetrope_jobs_in_flight",
                                 "Jobs at a provider (in_flight) or waiting to be sent (waiting).",
                                 {"provider", "state"})),
      attempt_failures_(MakeCounters("zoetrope_attempt_failures_total",
                                     "Attempts that ended without a video.",
                                     {"provider", "model", "reason"})),
      submission_unknown_(MakeUnknownCounters()),
      submission_search_(MakeSearchCounters()),
      attempts_held_(MakeHeld()),
      decisions_(MakeDecisions()),
      cost_usd_(MakeCosts()),
      prices_stale_(MakeStalePrices()),
      budgets_(MakeBudgetGauges()),
      provider_request_duration_(MakeHistograms("zoetrope_provider_request_duration_seconds",
                                                "Time of calls to a provider.",
                                                {"provider", "call", "status_class"}, RequestBuckets())),
      provider_errors_(MakeCounters("zoetrope_provider_errors_total",
                                    "Calls to a provider that got no complete answer.",
                                    {"provider", "call", "kind"})),
      provider_unrecognized_(MakeCounters("zoetrope_provider_unrecognized_total",
                                          "Answers of a provider in a form or with a word that is not known.",
                                          {"provider", "call"})),
      provider_callbacks_(MakeCallbacks()),
      provider_breaker_state_(
          MakeGauges("zoetrope_provider_breaker_state",
                     "0: taking jobs; 1: asked whether it is back; 2: not taking jobs, because calls "
                     "keep failing.",
                     {"provider"})),
      watch_streams_(MakeGauges("zoetrope_watch_streams", "Open streams of WatchJob.", {})),
      store_transaction_duration_(MakeHistograms("zoetrope_store_transaction_duration_seconds",
                                                 "Time of the store's transactions, the sync included.",
                                                 {"outcome"}, StoreBuckets())),
      store_transaction_writes_(MakeHistograms("zoetrope_store_transaction_writes",
                                               "Writes that shared one transaction and its sync.", {},
                                               {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      store_operation_duration_(MakeHistograms("zoetrope_store_operation_duration_seconds",
                                               "Time of the store's calls, waiting included.", {"operation"},
                                               StoreBuckets())),
      store_operations_(MakeCounters("zoetrope_store_operations_total",
                                     "Calls of the store, by how they ended.", {"operation", "outcome"})),
      build_info_(
          MakeGauges("zoetrope_build_info", "Always 1; what is running.", {"version", "grpc_version"})),
      grpc_started_(MakeCounters("grpc_server_started_total", "Total number of RPCs started on the server.",
                                 {"grpc_type", "grpc_service", "grpc_method"})),
      grpc_handled_(
          MakeCounters("grpc_server_handled_total",
                       "Total number of RPCs completed on the server, regardless of success or failure.",
                       {"grpc_type", "grpc_service", "grpc_method", "grpc_code"})),
      grpc_msg_sent_(MakeCounters("grpc_server_msg_sent_total",
                                  "Total number of stream messages sent by the server.",
                                  {"grpc_type", "grpc_service", "grpc_method"})),
      grpc_handling_(MakeHistograms("grpc_server_handling_seconds",
                                    "Histogram of response latency (seconds) of RPCs handled by the server.",
                                    {"grpc_type", "grpc_service", "grpc_method"}, CallBuckets())) {
  MakeFirstSeries();
}

void Metrics::MakeFirstSeries() {
  build_info_.At({ZOETROPE_VERSION, grpc::Version()}).Set(1);
  watch_streams_.At({}).Set(0);
  jobs_live_.At({}).Set(0);
  // Every combination is there from the start: a rate over a counter that appears late misses its first step.
  for (const Rpc rpc : kAllRpcs) {
    grpc_started_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)});
    grpc_handling_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)});
    if (IsStream(rpc)) grpc_msg_sent_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)});
    for (const grpc::StatusCode code : kAllCodes) {
      grpc_handled_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc), GoNameOf(code)});
    }
  }
}

void Metrics::Refresh(const LiveView& view) {
  jobs_live_.At({}).Set(static_cast<double>(view.live_jobs));
  watch_streams_.At({}).Set(static_cast<double>(view.watch_streams));
  for (const auto& [provider, health] : view.lanes) {
    jobs_in_flight_.At({provider, "in_flight"}).Set(health.in_flight);
    jobs_in_flight_.At({provider, "waiting"}).Set(health.waiting);
    const int breaker = health.condition == LaneCondition::kBroken ? 2 : health.half_open ? 1 : 0;
    provider_breaker_state_.At({provider}).Set(breaker);
    submission_unknown_.At({provider});
    for (const SearchEnd end :
         {SearchEnd::kFound, SearchEnd::kHeld, SearchEnd::kAbandoned, SearchEnd::kRetried})
      submission_search_.At({provider, WordOf(end)});
    const auto held = view.held.find(provider);
    attempts_held_.At({provider}).Set(held == view.held.end() ? 0 : static_cast<double>(held->second));
  }
  for (const auto& [provider, count] : view.stale_prices) {
    prices_stale_.At({provider}).Set(static_cast<double>(count));
  }
  for (const auto& [budget, standing] : view.budgets) {
    budgets_.limit_usd.At({budget}).Set(Dollars(standing.limit));
    budgets_.used_usd.At({budget}).Set(Dollars(standing.used));
    budgets_.threshold_percent.At({budget}).Set(standing.threshold_percent);
  }
  // Also at accounts that are not configured any more.
  for (const auto& [provider, count] : view.held) {
    attempts_held_.At({provider}).Set(static_cast<double>(count));
  }
}

void Metrics::OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) {
  const std::string_view name = StoreOperationName(operation);
  store_operation_duration_.At({name}).Observe(Seconds(duration));
  store_operations_.At({name, StoreOutcomeName(outcome)}).Increment();
}

void Metrics::OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) {
  store_transaction_duration_.At({status.ok() ? "ok" : "failed"}).Observe(Seconds(duration));
  store_transaction_writes_.At({}).Observe(static_cast<double>(writes));
}

void Metrics::OnExchange(std::string_view provider, ProviderCall call, int status,
                         std::optional<TransportFault> fault, absl::Duration took) {
  provider_request_duration_.At({provider, WordOf(call), StatusClassOf(status)}).Observe(Seconds(took));
  if (fault) provider_errors_.At({provider, WordOf(call), WordOf(*fault)}).Increment();
}

void Metrics::OnJobEnded(std::string_view provider, std::string_view model, JobPhase phase,
                         std::optional<FailureReason> reason, absl::Duration took) {
  const std::string_view why = reason ? WordOf(*reason) : "none";
  jobs_completed_.At({provider, model, OutcomeOf(phase), why}).Increment();
  job_duration_.At({provider, model, OutcomeOf(phase)}).Observe(Seconds(took));
}

void Metrics::OnCorrected(std::string_view provider, std::string_view model, const CorrectedMoney& money) {
  const auto add = [&](std::string_view kind, Money amount) {
    if (amount > Money()) cost_usd_.At({provider, model, kind}).Increment(Dollars(amount));
  };
  add("adjusted", money.more);
  add("refunded", money.less);
  add("overrun", money.overrun);
}

void Metrics::OnSettled(std::string_view provider, std::string_view model, Money amount, Money overrun) {
  if (amount > Money()) cost_usd_.At({provider, model, "settled"}).Increment(Dollars(amount));
  if (overrun > Money()) cost_usd_.At({provider, model, "overrun"}).Increment(Dollars(overrun));
}

void Metrics::OnAttemptFailed(std::string_view provider, std::string_view model, FailureReason reason) {
  attempt_failures_.At({provider, model, WordOf(reason)}).Increment();
}

void Metrics::OnSubmissionUnknown(std::string_view provider) {
  submission_unknown_.At({provider}).Increment();
}

void Metrics::OnSearchEnded(std::string_view provider, SearchEnd end) {
  submission_search_.At({provider, WordOf(end)}).Increment();
}

void Metrics::OnCallback(std::string_view provider, CallbackEnd end) {
  provider_callbacks_.At({provider, WordOf(end)}).Increment();
}

void Metrics::OnDecided(std::string_view provider, ResolutionKind kind) {
  decisions_.At({provider, WordOf(kind)}).Increment();
}

void Metrics::OnUnrecognized(std::string_view provider, ProviderCall call) {
  provider_unrecognized_.At({provider, WordOf(call)}).Increment();
}

void Metrics::OnQueueWait(std::string_view provider, absl::Duration took) {
  job_queue_wait_.At({provider}).Observe(Seconds(took));
}

void Metrics::OnStarted(Rpc rpc) { grpc_started_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)}).Increment(); }

void Metrics::OnHandled(Rpc rpc, grpc::StatusCode code, absl::Duration took) {
  grpc_handled_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc), GoNameOf(code)}).Increment();
  grpc_handling_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)}).Observe(Seconds(took));
}

void Metrics::OnMessageSent(Rpc rpc) {
  grpc_msg_sent_.At({TypeOf(rpc), ServiceOf(rpc), NameOf(rpc)}).Increment();
}

void Metrics::OnAccepted(std::string_view provider, std::string_view model, Mode mode) {
  jobs_submitted_.At({provider, model, WordOf(mode)}).Increment();
}

}  // namespace zoetrope
