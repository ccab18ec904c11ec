// The signals that the program is steered by, taken by whoever waits for them.
#ifndef ZOETROPE_SERVER_SIGNALS_H_
#define ZOETROPE_SERVER_SIGNALS_H_

#include <csignal>

#include "absl/time/time.h"

namespace zoetrope {

// SIGTERM and SIGINT end it, SIGHUP has it read its configuration again. One that comes while nobody waits is
// kept for the next one who does.
class Signals {
 public:
  enum class Wish { kNone, kEnd, kReload };

  // Keeps SIGHUP, which would end the program, for the Signals that is made later.
  static void HoldReloads();

  // Keeps them from this thread and from those that it starts: to be made before any other thread.
  Signals();

  // What was asked for within `most`.
  Wish Next(absl::Duration most) const;
  // True when the end was asked for within `most`. Takes nothing else.
  bool EndWithin(absl::Duration most) const;

 private:
  sigset_t end_;
  sigset_t all_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_SIGNALS_H_
