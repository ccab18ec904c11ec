// The members of a metric family, found by the values of their labels.
#ifndef ZOETROPE_SERVER_TELEMETRY_CELLS_H_
#define ZOETROPE_SERVER_TELEMETRY_CELLS_H_

#include <prometheus/family.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope {

// Makes each member once and keeps its pointer. Label values come from configuration, catalogue and closed
// lists; should they ever not, the members beyond `cells_max` are one member with `other` everywhere, so that
// memory is bounded. Thread-safe.
template <typename Metric>
class Cells {
 public:
  using Make = std::function<Metric&(const prometheus::Labels&)>;
  using Values = std::initializer_list<std::string_view>;

  Cells(std::vector<std::string> names, Make make, std::size_t cells_max = 10'000)
      : names_(std::move(names)), make_(std::move(make)), cells_max_(cells_max) {}

  // `values` in the order of the names. The member lives as long as its registry.
  Metric& At(Values values) {
    std::lock_guard lock(mutex_);
    if (const auto found = cells_.find(values); found != cells_.end()) return *found->second;
    std::vector<std::string> key(values.begin(), values.end());
    if (cells_.size() >= cells_max_) key.assign(names_.size(), "other");
    auto [cell, fresh] = cells_.try_emplace(std::move(key), nullptr);
    if (fresh) {
      prometheus::Labels labels;
      for (std::size_t i = 0; i < names_.size(); ++i) labels.emplace(names_[i], cell->first[i]);
      cell->second = &make_(labels);
    }
    return *cell->second;
  }

 private:
  // Compares what is kept with what is asked for, which is not copied for that.
  struct Less {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
    }
  };

  const std::vector<std::string> names_;
  const Make make_;
  const std::size_t cells_max_;
  std::mutex mutex_;
  std::map<std::vector<std::string>, Metric*, Less> cells_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_CELLS_H_
