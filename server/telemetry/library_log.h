// What gRPC and Protocol Buffers say by themselves, as lines of the log.
#ifndef ZOETROPE_SERVER_TELEMETRY_LIBRARY_LOG_H_
#define ZOETROPE_SERVER_TELEMETRY_LIBRARY_LOG_H_

#include "server/base/log.h"

namespace zoetrope {

// Both write to standard error otherwise, in forms of their own, and as often as a caller makes them. They
// have one place each for whoever wants their lines, so that there is one of these at a time.
class LibraryLog {
 public:
  // `log` outlives this.
  explicit LibraryLog(Log* log);
  // What they say from now on is not written.
  ~LibraryLog();
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_TELEMETRY_LIBRARY_LOG_H_
