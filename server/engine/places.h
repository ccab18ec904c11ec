// Room for live jobs: how many there are, and how many of each principal.
#ifndef ZOETROPE_SERVER_ENGINE_PLACES_H_
#define ZOETROPE_SERVER_ENGINE_PLACES_H_

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace zoetrope {

enum class PlaceVerdict { kTaken, kFull, kPrincipalFull };

// Thread-safe.
class Places {
 public:
  // Takes a place where fewer than `max` are taken, and fewer than `principal_max` by `principal`; 0: it may
  // have them all.
  PlaceVerdict Take(const std::string& principal, int principal_max, std::size_t max) {
    std::lock_guard lock(mutex_);
    if (taken_ >= max) return PlaceVerdict::kFull;
    const auto its = by_principal_.find(principal);
    const std::size_t its_taken = its == by_principal_.end() ? 0 : its->second;
    if (principal_max > 0 && its_taken >= static_cast<std::size_t>(principal_max))
      return PlaceVerdict::kPrincipalFull;
    AddLocked(principal);
    return PlaceVerdict::kTaken;
  }

  // Takes one beyond any limit: what was accepted once is never turned away.
  void Add(const std::string& principal) {
    std::lock_guard lock(mutex_);
    AddLocked(principal);
  }

  void Give(const std::string& principal) {
    std::lock_guard lock(mutex_);
    --taken_;
    const auto its = by_principal_.find(principal);
    if (its != by_principal_.end() && --its->second == 0) by_principal_.erase(its);
  }

  std::size_t taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  void AddLocked(const std::string& principal) {
    ++taken_;
    ++by_principal_[principal];
  }

  mutable std::mutex mutex_;
  std::size_t taken_ = 0;
  std::unordered_map<std::string, std::size_t> by_principal_;  // none of nothing
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PLACES_H_
