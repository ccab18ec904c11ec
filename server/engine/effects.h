// Everything that a job may ask for. Carried out only after the state that asks for it is durable.
#ifndef ZOETROPE_SERVER_ENGINE_EFFECTS_H_
#define ZOETROPE_SERVER_ENGINE_EFFECTS_H_

#include <string>
#include <variant>

#include "absl/time/time.h"

namespace zoetrope {

// Ask the lane of the current attempt for a permit, not before `after` from now; with the permit, build the
// request, then Admitted.
struct AskLane {
  absl::Duration after;
  bool operator==(const AskLane&) const = default;
};

// Put the current attempt's request on the wire. Once.
struct Send {
  bool operator==(const Send&) const = default;
};

// Poll the current attempt: the first time after acceptance, or as soon as may be.
struct Poll {
  enum class When { kFirst, kNow };
  When when = When::kFirst;
  bool operator==(const Poll&) const = default;
};

// Ask the provider to cancel the current attempt.
struct CancelThere {
  bool operator==(const CancelThere&) const = default;
};

// Look for evidence about the current attempt's submission, then Resolved.
struct Resolve {
  bool operator==(const Resolve&) const = default;
};

// Ask the provider's books what the current attempt, which has ended, was charged; then ChargeLearnt.
struct AskCharge {
  bool resumed = false;  // one of many, after a restart: not all in one instant
  bool operator==(const AskCharge&) const = default;
};

// The permit at `provider` is not needed any more.
struct LeaveLane {
  std::string provider;
  bool operator==(const LeaveLane&) const = default;
};

// Nothing more happens by itself: the engine drops the job from memory. A command may bring it back.
struct Forget {
  bool operator==(const Forget&) const = default;
};

using Effect = std::variant<AskLane, Send, Poll, CancelThere, Resolve, AskCharge, LeaveLane, Forget>;

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_EFFECTS_H_
