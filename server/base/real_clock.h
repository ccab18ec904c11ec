// The machine's clock.
#ifndef ZOETROPE_SERVER_BASE_REAL_CLOCK_H_
#define ZOETROPE_SERVER_BASE_REAL_CLOCK_H_

#include "server/base/clock.h"
#include "server/base/forward_time.h"

namespace zoetrope {

class RealClock : public Clock {
 public:
  absl::Time TimeNow() override;
  absl::Duration Monotonic() override;

 private:
  ForwardTime forward_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_REAL_CLOCK_H_
