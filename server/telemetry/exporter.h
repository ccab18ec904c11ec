// The port that Prometheus reads.
#ifndef ZOETROPE_SERVER_TELEMETRY_EXPORTER_H_
#define ZOETROPE_SERVER_TELEMETRY_EXPORTER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/telemetry/metrics.h"

namespace zoetrope {

// Serves `/metrics` in the text format over HTTP, on threads of its own, until destroyed.
class Exporter {
 public:
  using View = std::function<LiveView()>;

  // `view` is asked at every scrape, on the exporter's threads; it and `metrics` must outlive this.
  // UNAVAILABLE when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<Exporter>> Start(const std::string& address, Metrics* metrics,
                                                         View view);
  ~Exporter();

  // The real port.
  int port() const;

 private:
  class Impl;
  explicit Exporter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_EXPORTER_H_
