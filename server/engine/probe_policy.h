// Whether an account that was given up is back: when to ask, and what its answer shows. Pure.
//
// A submission must not be what finds out, because it may cost. Polls of jobs that are there find out for
// nothing, and by themselves; where there are none, a call is made for it, a probe.
#ifndef ZOETROPE_SERVER_ENGINE_PROBE_POLICY_H_
#define ZOETROPE_SERVER_ENGINE_PROBE_POLICY_H_

#include <optional>

#include "absl/time/time.h"
#include "server/engine/breaker.h"
#include "server/engine/lane.h"
#include "server/http/http_client.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// When the next probe may go; InfiniteFuture: none is needed. `paused_until`: the account has asked for it,
// or its own trouble is waited out. `jobs_there`: others than the one that asks have permits, and so may be
// polled.
absl::Time NextProbe(const Breaker& breaker, absl::Time paused_until, bool jobs_there);

struct ProbeVerdict {
  LaneSignal signal;
  std::optional<absl::Duration> retry_after;

  bool operator==(const ProbeVerdict&) const = default;
};

// Any complete answer is one of an account that is up, and "no such job" the usual one, but for the 5xx kind,
// for what the dialect reads as passing trouble, and for what shows that the account itself is refused.
ProbeVerdict ReadProbeAnswer(const Adapter& adapter, const Offering& offering, const HttpResult& result);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PROBE_POLICY_H_
