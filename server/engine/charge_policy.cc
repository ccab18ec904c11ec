#include "server/engine/charge_policy.h"

#include <algorithm>

namespace zoetrope {
namespace {

constexpr absl::Duration kFirstPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
constexpr int kDoublingsMax = 6;  // beyond which the pause is the longest anyway
constexpr int kOutagePatience = 6;
constexpr double kJitter = 0.2;

}  // namespace

std::optional<absl::Time> NextChargeLook(const ChargeProgress& progress, absl::Duration give_up_after,
                                         absl::Time now, double random) {
  if (progress.looks == 0) return now;
  const absl::Time end = progress.answered ? progress.since + give_up_after
                                           : std::max(progress.since + give_up_after * kOutagePatience,
                                                      progress.asked_since + give_up_after);
  if (now >= end) return std::nullopt;
  const absl::Duration doubled = kFirstPause * (1 << std::min(progress.looks - 1, kDoublingsMax));
  const absl::Time next = now + std::min(doubled, kLongestPause) * (1.0 + kJitter * random);
  // The last one is at the end of the time.
  return std::min(next, end);
}

}  // namespace zoetrope
