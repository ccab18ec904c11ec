// How fast something may be done. Pure in the time that is given.
#ifndef ZOETROPE_SERVER_ENGINE_TOKEN_BUCKET_H_
#define ZOETROPE_SERVER_ENGINE_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace zoetrope {

// Holds up to `burst` tokens, and gains `per_second` of them; both must be positive. Starts full.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes a token if there is one at `now`.
  bool Take(absl::Time now) {
    Refill(now);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }

  // Takes one that is there, or the next that will be; from when it may be used.
  absl::Time Reserve(absl::Time now) {
    Refill(now);
    tokens_ -= 1.0;
    return tokens_ >= 0.0 ? now : now + absl::Seconds(-tokens_ / per_second_);
  }

  // Gains so much besides.
  void Add(absl::Time now, double tokens) {
    Refill(now);
    tokens_ = std::min(burst_, tokens_ + tokens);
  }

  // Gains them at another rate from now on, and holds as many; both as at the beginning.
  void SetRate(absl::Time now, double per_second, double burst) {
    Refill(now);
    per_second_ = per_second;
    burst_ = burst;
    tokens_ = std::min(tokens_, burst_);
  }

  // Whether it is as it began.
  bool IsFull(absl::Time now) {
    Refill(now);
    return tokens_ >= burst_;
  }

  // When there will be a token, if none is taken before.
  absl::Time NextAt(absl::Time now) {
    Refill(now);
    return tokens_ >= 1.0 ? now : now + absl::Seconds((1.0 - tokens_) / per_second_);
  }

 private:
  void Refill(absl::Time now) {
    // A clock that went back gives nothing and takes nothing.
    if (now > last_ && last_ != absl::InfinitePast()) {
      tokens_ = std::min(burst_, tokens_ + absl::ToDoubleSeconds(now - last_) * per_second_);
    }
    last_ = now;
  }

  double per_second_;
  double burst_;
  double tokens_;  // negative: reserved, and not there yet
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_TOKEN_BUCKET_H_
