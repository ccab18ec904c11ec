// A length of time of the configuration as everyone else counts it.
#ifndef ZOETROPE_SERVER_CONFIG_DURATION_H_
#define ZOETROPE_SERVER_CONFIG_DURATION_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"

namespace zoetrope {

inline absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_DURATION_H_
