// Every metric of the server, in one place; README.md beside this file lists them, and a test compares.
//
// Labels are closed: names of configured accounts, ids of catalogue models, and words of closed lists. Never
// a job, a caller, a URL or a text from outside. Amounts become floating point here and nowhere else.
#ifndef ZOETROPE_SERVER_TELEMETRY_METRICS_H_
#define ZOETROPE_SERVER_TELEMETRY_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/api/rpc_observer.h"
#include "server/engine/engine_observer.h"
#include "server/engine/lane.h"
#include "server/store/store_observer.h"
#include "server/telemetry/budget_watch.h"
#include "server/telemetry/cells.h"

namespace zoetrope {

// How things stand at the moment of a scrape.
struct LiveView {
  std::size_t live_jobs = 0;
  std::size_t watch_streams = 0;
  std::map<std::string, LaneHealth> lanes;               // by account
  std::map<std::string, std::size_t> held;               // likewise
  std::map<std::string, std::size_t> stale_prices = {};  // likewise; how many offerings
  std::map<std::string, BudgetStanding> budgets = {};    // by name
};

// Thread-safe.
class Metrics final : public EngineObserver, public RpcObserver, public StoreObserver {
 public:
  Metrics();

  // Everything, in the form that exporters read.
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

  // Sets the gauges. To be called for every scrape.
  void Refresh(const LiveView& view);

  // Of the engine.
  void OnExchange(std::string_view provider, ProviderCall call, int status,
                  std::optional<TransportFault> fault, absl::Duration took) override;
  void OnJobEnded(std::string_view provider, std::string_view model, JobPhase phase,
                  std::optional<FailureReason> reason, absl::Duration took) override;
  void OnSettled(std::string_view provider, std::string_view model, Money amount, Money overrun) override;
  void OnCorrected(std::string_view provider, std::string_view model, const CorrectedMoney& money) override;
  void OnAttemptFailed(std::string_view provider, std::string_view model, FailureReason reason) override;
  void OnSubmissionUnknown(std::string_view provider) override;
  void OnSearchEnded(std::string_view provider, SearchEnd end) override;
  void OnCallback(std::string_view provider, CallbackEnd end) override;
  void OnDecided(std::string_view provider, ResolutionKind kind) override;
  void OnUnrecognized(std::string_view provider, ProviderCall call) override;
  void OnQueueWait(std::string_view provider, absl::Duration took) override;

  // Of the store.
  void OnOperation(StoreOperation operation, absl::Duration duration, StoreOutcome outcome) override;
  void OnTransaction(std::size_t writes, absl::Duration duration, const absl::Status& status) override;

  // Of the API.
  void OnStarted(Rpc rpc) override;
  void OnHandled(Rpc rpc, grpc::StatusCode code, absl::Duration took) override;
  void OnMessageSent(Rpc rpc) override;
  void OnAccepted(std::string_view provider, std::string_view model, Mode mode) override;

 private:
  using Counters = Cells<prometheus::Counter>;
  using Gauges = Cells<prometheus::Gauge>;
  using Histograms = Cells<prometheus::Histogram>;

  Counters MakeCounters(const char* name, const char* help, std::vector<std::string> labels);
  Gauges MakeGauges(const char* name, const char* help, std::vector<std::string> labels);
  Histograms MakeHistograms(const char* name, const char* help, std::vector<std::string> labels,
                            prometheus::Histogram::BucketBoundaries buckets);

  Counters MakeUnknownCounters();
  Counters MakeSearchCounters();
  Gauges MakeHeld();
  Counters MakeCosts();
  Gauges MakeStalePrices();
  // Of the budgets, in one step.
  struct BudgetGauges {
    Gauges limit_usd;
    Gauges used_usd;
    Gauges threshold_percent;
  };
  BudgetGauges MakeBudgetGauges();
  Counters MakeDecisions();
  Counters MakeCallbacks();

  void MakeFirstSeries();

  const std::shared_ptr<prometheus::Registry> registry_;

  Counters jobs_submitted_;
  Counters jobs_completed_;
  Histograms job_duration_;
  Histograms job_queue_wait_;
  Gauges jobs_live_;
  Gauges jobs_in_flight_;
  Counters attempt_failures_;
  Counters submission_unknown_;
  Counters submission_search_;
  Gauges attempts_held_;
  Counters decisions_;
  Counters cost_usd_;
  Gauges prices_stale_;
  BudgetGauges budgets_;
  Histograms provider_request_duration_;
  Counters provider_errors_;
  Counters provider_unrecognized_;
  Counters provider_callbacks_;
  Gauges provider_breaker_state_;
  Gauges watch_streams_;
  Histograms store_transaction_duration_;
  Histograms store_transaction_writes_;
  Histograms store_operation_duration_;
  Counters store_operations_;
  Gauges build_info_;
  Counters grpc_started_;
  Counters grpc_handled_;
  Counters grpc_msg_sent_;
  Histograms grpc_handling_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_METRICS_H_
