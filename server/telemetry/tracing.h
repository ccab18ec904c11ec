// Everything between the places where spans are made and the collector.
#ifndef ZOETROPE_SERVER_TELEMETRY_TRACING_H_
#define ZOETROPE_SERVER_TELEMETRY_TRACING_H_

#include <cstddef>
#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/loop_executor.h"
#include "server/base/random.h"
#include "server/base/trace.h"
#include "server/http/http_client.h"
#include "server/telemetry/job_tracer.h"
#include "server/telemetry/span_exporter.h"

namespace zoetrope {

// Has a thread of its own, so that nothing of it takes the time of jobs or calls.
class Tracing {
 public:
  // nullopt: it is off, and nothing is made or sent. All of it outlives this, but `http`: that ends after
  // Shutdown and before this does, because its answers come to this.
  Tracing(HttpClient* http, Clock* clock, Random* random, std::optional<SpanExporterOptions> options,
          int sample_percent, SpanExporter::Count count);

  // Of calls.
  Tracer tracer();
  // Of jobs; null where it is off.
  JobFollower* jobs() { return jobs_ ? &*jobs_ : nullptr; }
  // Spans that wait.
  std::size_t depth() const { return exporter_ ? exporter_->depth() : 0; }

  // Sends what waits, and returns when it has gone, or after `most`. Not for use on an executor.
  void Flush(absl::Duration most);
  // Nothing is sent any more.
  void Shutdown();

 private:
  Random* const random_;
  const int sample_percent_;
  std::optional<LoopExecutor> loop_;
  std::optional<SpanExporter> exporter_;
  std::optional<JobTracer> jobs_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_TRACING_H_
