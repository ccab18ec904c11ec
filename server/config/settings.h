// A checked configuration as the parts' own options.
#ifndef ZOETROPE_SERVER_CONFIG_SETTINGS_H_
#define ZOETROPE_SERVER_CONFIG_SETTINGS_H_

#include <memory>
#include <optional>

#include "server/api/backup.h"
#include "server/api/grpc_server.h"
#include "server/api/plan.h"
#include "server/api/supply.h"
#include "server/base/limits.h"
#include "server/base/log.h"
#include "server/config/duration.h"
#include "server/config/inputs.h"
#include "server/engine/engine.h"
#include "server/events/watch_hub.h"
#include "server/store/retention.h"
#include "server/telemetry/span_exporter.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// Each part's options; what the configuration does not say is the part's own default.
GrpcServerOptions ServerOptionsOf(const config::v1::Config& config);
GrpcServerOptions AdminServerOptionsOf(const config::v1::Config& config);   // where it is not off
GrpcServerOptions HealthServerOptionsOf(const config::v1::Config& config);  // likewise
WatchOptions WatchOptionsOf(const config::v1::Config& config);
EngineOptions EngineOptionsOf(const config::v1::Config& config);  // but for the owner
PlanRules PlanRulesOf(const config::v1::Config& config);          // but for the quotes' key
// Of all that was read, the accounts and the catalogue leave it.
std::shared_ptr<const Supply> TakeSupply(Inputs& inputs);
PriceTerms PriceTermsOf(const config::v1::Provider& provider);
LogLevel LogLevelOf(const config::v1::Config& config);

// But for who tells. nullopt: nothing is traced.
std::optional<SpanExporterOptions> SpanExporterOptionsOf(const Inputs& inputs);
int SamplePercentOf(const config::v1::Config& config);
RetentionOptions RetentionOptionsOf(const config::v1::Config& config);
BackupPlace BackupPlaceOf(
    const config::v1::Config& config);  // relative to the working directory as it is now

// How the server goes down.
struct DrainOptions {
  absl::Duration delay = absl::ZeroDuration();
  // A submission that is on the wire takes up to an account's submit_timeout to be known.
  absl::Duration grace = limits::kSubmitTimeoutDefault + absl::Seconds(5);
};
DrainOptions DrainOptionsOf(const config::v1::Config& config);
// Of what is allowed, and worth a line at each start: a listener that others reach and that is not closed to
// them; no account that a job could run at.
void WarnAtStart(const config::v1::Config& config, Log& log);
// Of each account whose submissions may take longer than the grace.
void WarnOfShortDrain(const config::v1::Config& config, const Accounts& accounts, Log& log);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_SETTINGS_H_
