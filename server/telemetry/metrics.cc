#include "server/telemetry/metrics.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "grpcpp/grpcpp.h"
#include "server/base/error.h"
#include "server/telemetry/words.h"

namespace zoetrope {
namespace {

constexpr double kNanosPerUnit = 1e9;

constexpr std::string_view kCostKinds[] = {"settled", "adjusted", "refunded", "overrun"};
constexpr std::string_view kPreventedBy[] = {"request_id", "search"};

constexpr v1::ErrorReason kRefusals[] = {
    v1::ERROR_REASON_CREDENTIAL_MISSING, v1::ERROR_REASON_CREDENTIAL_INVALID, v1::ERROR_REASON_ROLE_REQUIRED,
    v1::ERROR_REASON_AUTHENTICATION_UNAVAILABLE, v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED};

// The reason's name, as labels are written.
std::string WordOfRefusal(v1::ErrorReason reason) { return absl::AsciiStrToLower(ReasonName(reason)); }

double Seconds(absl::Duration duration) { return absl::ToDoubleSeconds(duration); }
double Dollars(Money amount) { return static_cast<double>(amount.nanos()) / kNanosPerUnit; }
std::string_view TypeOf(Rpc rpc) { return IsStream(rpc) ? "server_stream" : "unary"; }

// 0 where there is nothing that could be old.
double AgeAt(absl::Time now, absl::Time since) {
  return since == absl::InfiniteFuture() ? 0 : std::max(0.0, Seconds(now - since));
}

}  // namespace

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()), families_(*registry_) {
  MakeFirstSeries();
}

// --- Series that are there before anything happens ---

Metrics::RpcCells Metrics::MakeRpcCells(std::string_view type, std::string_view service,
                                        std::string_view method) {
  RpcCells cells;
  cells.started = &families_.grpc_started.At({type, service, method});
  cells.received = &families_.grpc_msg_received.At({type, service, method});
  cells.sent = &families_.grpc_msg_sent.At({type, service, method});
  cells.handling = &families_.grpc_handling.At({type, service, method});
  for (const grpc::StatusCode code : kAllCodes)
    cells.handled[code] = &families_.grpc_handled.At({type, service, method, GoNameOf(code)});
  return cells;
}

void Metrics::MakeFirstSeries() {
  families_.build_info.At({ZOETROPE_VERSION, grpc::Version()}).Set(1);
  families_.watch_streams.At({});
  families_.watch_resumes.At({});
  families_.watch_lag.At({});
  families_.jobs_live.At({});
  for (const WatchMessage kind : kAllWatchMessages) families_.watch_events.At({WordOf(kind)});
  for (int i = 0; i <= static_cast<int>(StoreOperation::kBackup); ++i) {
    for (const StoreOutcome outcome : {StoreOutcome::kOk, StoreOutcome::kFailed, StoreOutcome::kUnknown})
      families_.store_operations.At(
          {StoreOperationName(static_cast<StoreOperation>(i)), StoreOutcomeName(outcome)});
  }
  for (const v1::ErrorReason reason : kRefusals) families_.refused_calls.At({WordOfRefusal(reason)});
  for (const std::string_view outcome : {"applied", "refused"}) families_.config_reloads.At({outcome});
  families_.config_last_reload_successful.At({}).Set(1);  // what is running was good when it was read
  for (const SpanFate fate : kAllSpanFates) families_.trace_spans.At({WordOf(fate)});
  for (const std::string_view by : kPreventedBy) families_.duplicates_prevented.At({by});
  for (const std::string_view outcome : {"ok", "failed"}) families_.store_transaction_duration.At({outcome});
  for (const Rpc rpc : kAllRpcs) CellsOf(rpc) = MakeRpcCells(TypeOf(rpc), ServiceOf(rpc), NameOf(rpc));
  unknown_method_ = MakeRpcCells("unary", "other", "other");
}

void Metrics::Expect(const Accounts& accounts, const Catalogue& catalogue, std::string_view today,
                     bool allow_retired) {
  for (const Account& account : accounts.all()) {
    ExpectAccount(account.name);
    for (const Model& model : catalogue.models()) {
      for (const Offering& offering : model.offerings) {
        if (offering.dialect == account.dialect && IsInService(model, offering, today, allow_retired))
          ExpectOffering(account.name, offering);
      }
    }
  }
}

void Metrics::ExpectAccount(const std::string& provider) {
  families_.results_expiring.At({provider});
  families_.job_queue_wait.At({provider});
  families_.submission_unknown.At({provider});
  for (const SearchEnd end :
       {SearchEnd::kFound, SearchEnd::kHeld, SearchEnd::kAbandoned, SearchEnd::kRetried})
    families_.submission_search.At({provider, WordOf(end)});
  for (const ResolutionKind kind : {ResolutionKind::kAdopted, ResolutionKind::kNotCreated,
                                    ResolutionKind::kAbandoned, ResolutionKind::kExpired})
    families_.decisions.At({provider, WordOf(kind)});
  families_.provider_callbacks.At({provider, WordOf(CallbackEnd::kStray)});
  for (const ProviderCall call : kAllProviderCalls) {
    families_.provider_unrecognized.At({provider, WordOf(call)});
    for (const TransportFault fault :
         {TransportFault::kResolve, TransportFault::kConnect, TransportFault::kTls, TransportFault::kTimeout,
          TransportFault::kReset})
      families_.provider_errors.At({provider, WordOf(call), WordOf(fault)});
  }
  for (const ProviderCall call : kAllProviderCalls)
    families_.provider_request_duration.At({provider, WordOf(call), "2xx"});
  families_.quote_variance.At({provider});
}

void Metrics::ExpectOffering(const std::string& provider, const Offering& offering) {
  const std::string& model = offering.model;
  families_.jobs_submitted.At({provider, model, WordOf(offering.mode)});
  families_.jobs_completed.At({provider, model, "succeeded", "none"});
  families_.job_duration.At({provider, model, "succeeded"});
  families_.jobs_completed.At({provider, model, "cancelled", "none"});
  for (const FailureReason reason : kAllFailureReasons) {
    families_.jobs_completed.At({provider, model, "failed", WordOf(reason)});
    families_.attempt_failures.At({provider, model, WordOf(reason)});
  }
  for (const std::string_view kind : kCostKinds) families_.cost_usd.At({provider, model, kind});
  for (const std::string& resolution : offering.resolutions)
    families_.video_seconds.At({provider, model, resolution});
}

// --- How things stand ---

void Metrics::Refresh(const LiveView& view) {
  families_.jobs_live.At({}).Set(static_cast<double>(view.live_jobs));
  families_.watch_streams.At({}).Set(static_cast<double>(view.watch_streams));
  for (const auto& [queue, depth] : view.queues)
    families_.queue_depth.At({queue}).Set(static_cast<double>(depth));
  if (view.store_free_bytes)
    families_.store_free_bytes.At({}).Set(static_cast<double>(*view.store_free_bytes));
  if (view.certificate_expire_time)
    families_.certificate_expire_time.At({}).Set(Seconds(*view.certificate_expire_time - absl::UnixEpoch()));
  RefreshLanes(view);
  RefreshJobs(view);
  RefreshMoney(view);
  RefreshProcess(view.process);
}

void Metrics::RefreshLanes(const LiveView& view) {
  for (const auto& [provider, health] : view.lanes) {
    families_.lane_jobs.At({provider, "admitted"}).Set(health.in_flight);
    families_.lane_jobs.At({provider, "waiting"}).Set(health.waiting);
    families_.lane_jobs_max.At({provider}).Set(health.in_flight_max);
    const int breaker = health.condition == LaneCondition::kBroken ? 2 : health.half_open ? 1 : 0;
    families_.provider_breaker_state.At({provider}).Set(breaker);
  }
}

void Metrics::RefreshJobs(const LiveView& view) {
  const auto show = [&](const std::string& provider, const AccountStanding& standing) {
    for (std::size_t i = 0; i < kJobPlaces; ++i) {
      const PlaceStanding& place = standing.places[i];
      families_.jobs_in_flight.At({provider, kPlaceWords[i]}).Set(static_cast<double>(place.jobs));
      families_.job_oldest_age.At({provider, kPlaceWords[i]}).Set(AgeAt(view.time, place.since));
    }
    families_.attempts_held.At({provider}).Set(static_cast<double>(standing.in(JobPlace::kHeld).jobs));
    families_.poll_staleness.At({provider}).Set(AgeAt(view.time, standing.unheard_since));
    families_.cost_reserved_usd.At({provider}).Set(Dollars(standing.reserved));
  };
  for (const auto& [provider, health] : view.lanes) {
    if (!view.jobs.contains(provider)) show(provider, {});
  }
  for (const auto& [provider, count] : view.results_expiring)
    families_.results_expiring.At({provider}).Set(static_cast<double>(count));
  // Also at accounts that are not configured any more.
  for (const auto& [provider, standing] : view.jobs) show(provider, standing);
}

void Metrics::RefreshMoney(const LiveView& view) {
  for (const auto& [provider, count] : view.stale_prices)
    families_.prices_stale.At({provider}).Set(static_cast<double>(count));
  // A series cannot be taken back. What is no number is shown nowhere, and no rule fires for it.
  const std::lock_guard lock(budgets_mutex_);
  for (const std::string& gone : budgets_shown_) {
    if (view.budgets.contains(gone)) continue;
    for (Gauges* gauges : {&families_.budget_limit_usd, &families_.budget_used_usd,
                           &families_.budget_remaining_usd, &families_.budget_threshold_percent})
      gauges->At({gone}).Set(std::numeric_limits<double>::quiet_NaN());
  }
  for (const auto& [budget, standing] : view.budgets) {
    budgets_shown_.insert(budget);
    families_.budget_limit_usd.At({budget}).Set(Dollars(standing.limit));
    families_.budget_used_usd.At({budget}).Set(Dollars(standing.used));
    families_.budget_remaining_usd.At({budget}).Set(Dollars(standing.limit) - Dollars(standing.used));
    families_.budget_threshold_percent.At({budget}).Set(standing.threshold_percent);
  }
}

void Metrics::RefreshProcess(const ProcessStats& stats) {
  // Two scrapes may overlap, and a counter does not go back.
  prometheus::Counter& cpu = families_.process_cpu.At({});
  cpu.Increment(std::max(0.0, stats.cpu_seconds - cpu.Value()));
  families_.process_resident.At({}).Set(static_cast<double>(stats.resident_bytes));
  families_.process_virtual.At({}).Set(static_cast<double>(stats.virtual_bytes));
  families_.process_open_fds.At({}).Set(static_cast<double>(stats.open_fds));
  families_.process_max_fds.At({}).Set(static_cast<double>(stats.max_fds));
  families_.process_start_time.At({}).Set(stats.start_time_seconds);
}

// --- What has happened: the store ---

void Metrics::OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) {
  const std::string_view name = StoreOperationName(operation);
  families_.store_operation_duration.At({name}).Observe(Seconds(duration));
  families_.store_operations.At({name, StoreOutcomeName(outcome)}).Increment();
}

void Metrics::OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) {
  families_.store_transaction_duration.At({status.ok() ? "ok" : "failed"}).Observe(Seconds(duration));
  families_.store_transaction_writes.At({}).Observe(static_cast<double>(writes));
}

// --- The engine ---

void Metrics::OnExchange(std::string_view provider, ProviderCall call, int status,
                         std::optional<TransportFault> fault, absl::Duration took) {
  families_.provider_request_duration.At({provider, WordOf(call), StatusClassOf(status)})
      .Observe(Seconds(took));
  if (fault) families_.provider_errors.At({provider, WordOf(call), WordOf(*fault)}).Increment();
}

void Metrics::OnJobEnded(std::string_view provider, std::string_view model, JobPhase phase,
                         std::optional<FailureReason> reason, absl::Duration took) {
  const std::string_view why = reason ? WordOf(*reason) : "none";
  families_.jobs_completed.At({provider, model, OutcomeOf(phase), why}).Increment();
  families_.job_duration.At({provider, model, OutcomeOf(phase)}).Observe(Seconds(took));
}

void Metrics::OnVideos(std::string_view provider, std::string_view model, std::string_view resolution,
                       absl::Duration length) {
  families_.video_seconds.At({provider, model, resolution}).Increment(Seconds(length));
}

void Metrics::OnCorrected(std::string_view provider, std::string_view model, const CorrectedMoney& money) {
  const auto add = [&](std::string_view kind, Money amount) {
    families_.cost_usd.At({provider, model, kind}).Increment(Dollars(amount));
  };
  add("adjusted", money.more);
  add("refunded", money.less);
  add("overrun", money.overrun);
}

void Metrics::OnSettled(std::string_view provider, std::string_view model, const SettledMoney& money) {
  families_.cost_usd.At({provider, model, "settled"}).Increment(Dollars(money.amount));
  families_.cost_usd.At({provider, model, "overrun"}).Increment(Dollars(money.overrun));
  // What nobody has billed tells nothing about prices.
  if (!money.reported || !money.quoted || *money.quoted <= Money() || money.amount <= Money()) return;
  families_.quote_variance.At({provider}).Observe(Dollars(money.amount) / Dollars(*money.quoted));
}

void Metrics::OnAttemptFailed(std::string_view provider, std::string_view model, FailureReason reason) {
  families_.attempt_failures.At({provider, model, WordOf(reason)}).Increment();
}

void Metrics::OnSubmissionUnknown(std::string_view provider) {
  families_.submission_unknown.At({provider}).Increment();
}

void Metrics::OnSearchEnded(std::string_view provider, SearchEnd end) {
  families_.submission_search.At({provider, WordOf(end)}).Increment();
  // Whoever had sent it again would have paid for it twice.
  if (end == SearchEnd::kFound) families_.duplicates_prevented.At({"search"}).Increment();
}

void Metrics::OnCallback(std::string_view provider, CallbackEnd end) {
  families_.provider_callbacks.At({provider, WordOf(end)}).Increment();
}

void Metrics::OnDecided(std::string_view provider, ResolutionKind kind) {
  families_.decisions.At({provider, WordOf(kind)}).Increment();
}

void Metrics::OnUnrecognized(std::string_view provider, ProviderCall call) {
  families_.provider_unrecognized.At({provider, WordOf(call)}).Increment();
}

void Metrics::OnQueueWait(std::string_view provider, absl::Duration took) {
  families_.job_queue_wait.At({provider}).Observe(Seconds(took));
}

// --- The watch hub ---

void Metrics::OnResumed() { families_.watch_resumes.At({}).Increment(); }

void Metrics::OnWatchMessage(WatchMessage kind) { families_.watch_events.At({WordOf(kind)}).Increment(); }

void Metrics::OnWatchLag(absl::Duration lag) { families_.watch_lag.At({}).Observe(Seconds(lag)); }

// --- Configuration and traces ---

void Metrics::OnReload(bool applied) {
  families_.config_reloads.At({applied ? "applied" : "refused"}).Increment();
  families_.config_last_reload_successful.At({}).Set(applied ? 1 : 0);
}

void Metrics::OnSpans(SpanFate fate, std::size_t spans) {
  families_.trace_spans.At({WordOf(fate)}).Increment(static_cast<double>(spans));
}

// --- The API ---

void Metrics::OnStarted(Rpc rpc) {
  CellsOf(rpc).started->Increment();
  CellsOf(rpc).received->Increment();  // no call of ours takes more than one message
}

void Metrics::OnUnknownMethod() {
  unknown_method_.started->Increment();
  unknown_method_.handled[grpc::UNIMPLEMENTED]->Increment();
}

void Metrics::OnRefused(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  const bool known = std::find(std::begin(kRefusals), std::end(kRefusals), reason) != std::end(kRefusals);
  families_.refused_calls.At({known ? WordOfRefusal(reason) : "other"}).Increment();
}

void Metrics::OnHandled(Rpc rpc, grpc::StatusCode code, absl::Duration took) {
  RpcCells& cells = CellsOf(rpc);
  const bool known = code >= 0 && static_cast<std::size_t>(code) < cells.handled.size();
  cells.handled[known ? code : grpc::UNKNOWN]->Increment();
  cells.handling->Observe(Seconds(took));
  if (code == grpc::OK && !IsStream(rpc)) cells.sent->Increment();
}

void Metrics::OnMessageSent(Rpc rpc) { CellsOf(rpc).sent->Increment(); }

void Metrics::OnAccepted(std::string_view provider, std::string_view model, Mode mode) {
  families_.jobs_submitted.At({provider, model, WordOf(mode)}).Increment();
}

void Metrics::OnRepeated() { families_.duplicates_prevented.At({"request_id"}).Increment(); }

}  // namespace zoetrope
