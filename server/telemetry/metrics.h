// Counts what the parts of the server tell of their work; families.h lists what is counted.
//
// Amounts become floating point here and nowhere else.
#ifndef ZOETROPE_SERVER_TELEMETRY_METRICS_H_
#define ZOETROPE_SERVER_TELEMETRY_METRICS_H_

#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/api/rpc_observer.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "server/engine/engine_observer.h"
#include "server/engine/job_standings.h"
#include "server/engine/lane.h"
#include "server/events/watch_observer.h"
#include "server/store/store_observer.h"
#include "server/telemetry/budget_watch.h"
#include "server/telemetry/families.h"
#include "server/telemetry/process_stats.h"
#include "server/telemetry/span_exporter.h"

namespace zoetrope {

// How things stand at the moment of a scrape.
struct LiveView {
  absl::Time time;
  std::size_t live_jobs = 0;
  std::size_t watch_streams = 0;
  std::map<std::string, LaneHealth> lanes = {};              // by account
  std::map<std::string, AccountStanding> jobs = {};          // likewise
  std::map<std::string, std::size_t> stale_prices = {};      // likewise; how many offerings
  std::map<std::string, std::size_t> results_expiring = {};  // likewise; how many videos
  std::map<std::string, BudgetStanding> budgets = {};        // by name
  std::map<std::string, std::size_t> queues = {};            // likewise; how many tasks
  std::optional<std::int64_t> store_free_bytes = {};
  std::optional<absl::Time> certificate_expire_time = {};
  ProcessStats process = {};
};

// Thread-safe.
class Metrics final : public EngineObserver, public RpcObserver, public StoreObserver, public WatchObserver {
 public:
  Metrics();

  // Makes the series of what the accounts can do on `today` (YYYY-MM-DD), at 0: a rate over a counter that
  // appears late misses its first step. Twice does no harm.
  void Expect(const Accounts& accounts, const Catalogue& catalogue, std::string_view today,
              bool allow_retired);

  // Everything, in the form that exporters read.
  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

  // Sets the gauges. To be called for every scrape.
  void Refresh(const LiveView& view);

  // Of the engine.
  void OnExchange(std::string_view provider, ProviderCall call, int status,
                  std::optional<TransportFault> fault, absl::Duration took) override;
  void OnJobEnded(std::string_view provider, std::string_view model, JobPhase phase,
                  std::optional<FailureReason> reason, absl::Duration took) override;
  void OnVideos(std::string_view provider, std::string_view model, std::string_view resolution,
                absl::Duration length) override;
  void OnSettled(std::string_view provider, std::string_view model, const SettledMoney& money) override;
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

  // Of the watch hub.
  void OnResumed() override;
  void OnWatchMessage(WatchMessage kind) override;
  void OnWatchLag(absl::Duration lag) override;

  // Of reloads.
  void OnReload(bool applied);

  // Of the exporter of spans.
  void OnSpans(SpanFate fate, std::size_t spans);

  // Of the API.
  void OnStarted(Rpc rpc) override;
  void OnUnknownMethod() override;
  void OnRefused(const absl::Status& status) override;
  void OnHandled(Rpc rpc, grpc::StatusCode code, absl::Duration took) override;
  void OnMessageSent(Rpc rpc) override;
  void OnAccepted(std::string_view provider, std::string_view model, Mode mode) override;
  void OnRepeated() override;

 private:
  // Of one method, found once: calls are counted more often than anything else.
  struct RpcCells {
    prometheus::Counter* started = nullptr;
    prometheus::Counter* received = nullptr;
    prometheus::Counter* sent = nullptr;
    prometheus::Histogram* handling = nullptr;
    std::array<prometheus::Counter*, grpc::UNAUTHENTICATED + 1> handled = {};  // by code
  };

  RpcCells MakeRpcCells(std::string_view type, std::string_view service, std::string_view method);
  RpcCells& CellsOf(Rpc rpc) { return rpcs_[static_cast<std::size_t>(rpc)]; }
  void MakeFirstSeries();
  void ExpectAccount(const std::string& provider);
  void ExpectOffering(const std::string& provider, const Offering& offering);
  void RefreshLanes(const LiveView& view);
  void RefreshJobs(const LiveView& view);
  void RefreshMoney(const LiveView& view);
  void RefreshProcess(const ProcessStats& stats);

  const std::shared_ptr<prometheus::Registry> registry_;
  std::mutex budgets_mutex_;
  std::set<std::string> budgets_shown_;  // by it
  Families families_;
  std::array<RpcCells, std::size(kAllRpcs)> rpcs_;  // by Rpc
  RpcCells unknown_method_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_METRICS_H_
