// Makes the families of a registry, each in one line of families.h.
#ifndef ZOETROPE_SERVER_TELEMETRY_FAMILY_MAKER_H_
#define ZOETROPE_SERVER_TELEMETRY_FAMILY_MAKER_H_

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>
#include <vector>

#include "server/telemetry/cells.h"

namespace zoetrope {

using Counters = Cells<prometheus::Counter>;
using Gauges = Cells<prometheus::Gauge>;
using Histograms = Cells<prometheus::Histogram>;

inline prometheus::Histogram::BucketBoundaries JobBuckets() {
  return {1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600};
}
inline prometheus::Histogram::BucketBoundaries RequestBuckets() {
  return {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
}
inline prometheus::Histogram::BucketBoundaries StoreBuckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
}
inline prometheus::Histogram::BucketBoundaries CallBuckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

class FamilyMaker {
 public:
  using Buckets = prometheus::Histogram::BucketBoundaries;

  // `registry` outlives what is made.
  explicit FamilyMaker(prometheus::Registry& registry) : registry_(registry) {}

  Counters Count(const char* name, const char* help, std::vector<std::string> labels = {}) const {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
    return Counters(std::move(labels), [&family](const prometheus::Labels& values) -> prometheus::Counter& {
      return family.Add(values);
    });
  }

  Gauges Gauge(const char* name, const char* help, std::vector<std::string> labels = {}) const {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
    return Gauges(std::move(labels), [&family](const prometheus::Labels& values) -> prometheus::Gauge& {
      return family.Add(values);
    });
  }

  Histograms Histogram(const char* name, const char* help, std::vector<std::string> labels,
                       Buckets buckets) const {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    return Histograms(
        std::move(labels),
        [&family, buckets = std::move(buckets)](const prometheus::Labels& values) -> prometheus::Histogram& {
          return family.Add(values, buckets);
        });
  }

 private:
  prometheus::Registry& registry_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_FAMILY_MAKER_H_
