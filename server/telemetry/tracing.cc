#include "server/telemetry/tracing.h"

#include <future>
#include <memory>
#include <utility>

#include "server/base/ids.h"

namespace zoetrope {

Tracing::Tracing(HttpClient* http, Clock* clock, Random* random, std::optional<SpanExporterOptions> options,
                 int sample_percent, SpanExporter::Count count)
    : random_(random), sample_percent_(sample_percent) {
  if (!options) return;
  options->resource = {{"service.name", "zoetrope"},
                       {"service.version", ZOETROPE_VERSION},
                       {"service.instance.id", NewAttemptId(*random)}};
  loop_.emplace(clock, "traces");
  exporter_.emplace(http, &*loop_, clock, random, *std::move(options), std::move(count));
  jobs_.emplace(&*exporter_, clock, random);
}

Tracer Tracing::tracer() { return exporter_ ? Tracer(&*exporter_, random_, sample_percent_) : Tracer(); }

void Tracing::Flush(absl::Duration most) {
  if (!exporter_) return;
  // It may be called when nobody waits for it any more.
  auto gone = std::make_shared<std::promise<void>>();
  std::future<void> waiting = gone->get_future();
  exporter_->Flush([gone] { gone->set_value(); });
  waiting.wait_for(absl::ToChronoNanoseconds(most));
}

void Tracing::Shutdown() {
  if (loop_) loop_->Shutdown();
}

}  // namespace zoetrope
