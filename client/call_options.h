#ifndef ZOETROPE_CLIENT_CALL_OPTIONS_H_
#define ZOETROPE_CLIENT_CALL_OPTIONS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "client/bearer.h"
#include "client/cancellation.h"
#include "client/environment.h"
#include "client/retry_policy.h"

namespace zoetrope::client {

// What one call may say about itself.
struct CallOptions {
  // Most time for the whole call, all its tries and waits included. Unset: the client's. After it comes
  // DEADLINE_EXCEEDED.
  std::optional<absl::Duration> timeout;
  // Ends the call from another thread. Unset: nothing does.
  std::shared_ptr<Cancellation> cancellation;
  // Who makes the call: sent as `authorization: Bearer …`. Unset: nobody is named.
  Bearer bearer;
  // Sent with every try; names in lower case.
  std::vector<std::pair<std::string, std::string>> metadata;
};

// What holds for all calls of a client.
struct ClientOptions {
  // Repeats of calls that ended with UNAVAILABLE.
  RetryPolicy retry;
  // Most time of a call that answers once.
  absl::Duration call_timeout = absl::Seconds(60);
  // Most time of a download.
  absl::Duration download_timeout = absl::Hours(1);
  // Most time that a copy of the server's store is waited for.
  absl::Duration backup_timeout = absl::Hours(1);
  // Age at which a stream of a watch is closed and opened again at the same revision. It bounds how long a
  // stream that died unnoticed can keep silent, and lets long watches move to new servers.
  absl::Duration watch_stream_age = absl::Minutes(10);
  // How long a watch goes on trying while it hears nothing at all.
  absl::Duration watch_patience = absl::Minutes(10);
  // Waits of a watch between two streams; `max_attempts` does not count here, `watch_patience` does.
  RetryPolicy watch_retry = {.max_backoff = absl::Seconds(15)};
  // Time and chance. Unset: the machine's.
  std::shared_ptr<Environment> environment;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_CALL_OPTIONS_H_
