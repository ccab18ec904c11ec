// When to ask a provider's books what an attempt was charged. Pure.
#ifndef ZOETROPE_SERVER_ENGINE_CHARGE_POLICY_H_
#define ZOETROPE_SERVER_ENGINE_CHARGE_POLICY_H_

#include <optional>

#include "absl/time/time.h"

namespace zoetrope {

struct ChargeProgress {
  absl::Time since;        // the attempt's end, which outlives a restart
  absl::Time asked_since;  // this process began to ask
  int looks = 0;           // of this process
  bool answered = true;    // the last one; an entry that is missing is an answer
};

// When to look again; nullopt: not any more, because an entry that has not come within `give_up_after` of the
// end will not come. Books that do not answer are given several times as long, and at least so long by
// each process that asks: a host may be up before its network. The first look is at once however late it is.
// `random` in [0, 1) spreads jobs that ended together.
std::optional<absl::Time> NextChargeLook(const ChargeProgress& progress, absl::Duration give_up_after,
                                         absl::Time now, double random);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_CHARGE_POLICY_H_
