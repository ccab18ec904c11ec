#include "server/telemetry/exporter.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

// Sets the gauges first, so that a scrape shows how things stand now.
class Scrape : public prometheus::Collectable {
 public:
  Scrape(Metrics* metrics, Exporter::View view) : metrics_(metrics), view_(std::move(view)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    metrics_->Refresh(view_());
    return metrics_->registry()->Collect();
  }

 private:
  Metrics* const metrics_;
  const Exporter::View view_;
};

// Of CivetWeb. Whoever connects and says nothing has a thread until its time is over: a scraper asks at once,
// and its own patience is ten seconds.
std::vector<std::string> OptionsOf(const std::string& address) {
  return {"listening_ports", address, "num_threads", "16", "request_timeout_ms", "1000"};
}

}  // namespace

class Exporter::Impl {
 public:
  Impl(const std::string& address, std::shared_ptr<Scrape> scrape)
      : scrape_(std::move(scrape)), exposer_(OptionsOf(address)) {
    exposer_.RegisterCollectable(scrape_);
  }
  int port() const { return exposer_.GetListeningPorts().at(0); }

 private:
  const std::shared_ptr<Scrape> scrape_;
  prometheus::Exposer exposer_;
};

Exporter::Exporter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Exporter::~Exporter() = default;

int Exporter::port() const { return impl_->port(); }

absl::StatusOr<std::unique_ptr<Exporter>> Exporter::Start(const std::string& address, Metrics* metrics,
                                                          View view) {
  auto scrape = std::make_shared<Scrape>(metrics, std::move(view));
  try {
    return std::unique_ptr<Exporter>(new Exporter(std::make_unique<Impl>(address, std::move(scrape))));
  } catch (const std::exception& error) {  // the library below throws when it cannot have the address
    return absl::UnavailableError(absl::StrCat("cannot listen on `", address, "`: ", error.what()));
  }
}

}  // namespace zoetrope
