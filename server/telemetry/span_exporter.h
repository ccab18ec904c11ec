// Sends spans to a collector.
#ifndef ZOETROPE_SERVER_TELEMETRY_SPAN_EXPORTER_H_
#define ZOETROPE_SERVER_TELEMETRY_SPAN_EXPORTER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/random.h"
#include "server/base/trace.h"
#include "server/http/http_client.h"
#include "server/telemetry/otlp.h"

namespace zoetrope {

// What becomes of a span. A closed list, used as a metric's label.
enum class SpanFate {
  kExported,
  kQueueFull,    // dropped before it was sent
  kRefused,      // the collector said no
  kUndelivered,  // it did not answer, again and again
};

struct SpanExporterOptions {
  std::string url;  // of OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`
  std::vector<HttpHeader> headers = {};
  SpanResource resource = {};
  std::size_t queue_max = 4096;
  std::size_t batch_max = 512;
  absl::Duration delay = absl::Seconds(2);     // longest wait of a span for others to go with it
  absl::Duration timeout = absl::Seconds(10);  // of one sending
  int tries = 5;  // with pauses that double from a second on, or as long as the collector asks for
};

// Of bounded memory, and with one request at a time: what comes faster than the collector takes it is dropped
// and counted. Thread-safe.
class SpanExporter final : public SpanSink {
 public:
  // Called on any thread, also inside Add; must not block.
  using Count = std::function<void(SpanFate, std::size_t spans)>;

  // All of it outlives this, and the executor may run no task any more when this ends.
  SpanExporter(HttpClient* http, Executor* executor, Clock* clock, Random* random,
               SpanExporterOptions options, Count count);
  ~SpanExporter() override;

  void Add(Span span) override;
  // Spans that wait.
  std::size_t depth() const;

  // Sends what there is without waiting, also for a pause to end, and each batch once: for going down. Calls
  // `done`, on the executor, when nothing is left.
  void Flush(std::function<void()> done);

 private:
  class Core;
  const std::shared_ptr<Core> core_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_SPAN_EXPORTER_H_
