// The port that providers call back to.
#ifndef ZOETROPE_SERVER_CALLBACKS_CALLBACK_RECEIVER_H_
#define ZOETROPE_SERVER_CALLBACKS_CALLBACK_RECEIVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/callback_urls.h"

namespace zoetrope {

struct CallbackReceiverOptions {
  std::string listen;  // host:port; port 0 picks a free one
  int threads = 4;
  std::size_t body_bytes_max = 1u << 20;
  absl::Duration read_timeout = absl::Seconds(10);  // for a request
  // For what `take` does; providers wait from 5 s (Runware) to 15 s (fal).
  absl::Duration answer_within = absl::Seconds(4);
};

// Takes POSTs over plain HTTP/1.1, on threads of its own, until destroyed: what stands before it has the
// certificate. Answers 200 when the callback is taken, 404 to whatever is not one of our URLs or names no
// attempt, 405, 411 or 413 to what is no such request, 400 to a body that says nothing, and 503 where the
// provider should call again. All answers are empty.
class CallbackReceiver {
 public:
  // Takes one callback in, as Engine::OnCallback; calls `done` once, on any thread, or never.
  using Take =
      std::function<void(AttemptName attempt, std::string body, std::function<void(absl::Status)> done)>;

  // `take` is called on the receiver's threads, and `urls` must outlive this. UNAVAILABLE when the address
  // cannot be had.
  static absl::StatusOr<std::unique_ptr<CallbackReceiver>> Start(CallbackReceiverOptions options,
                                                                 const CallbackUrls* urls, Take take);
  // Waits for the requests that are being answered.
  ~CallbackReceiver();

  // The real port.
  int port() const;

 private:
  class Impl;
  explicit CallbackReceiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CALLBACKS_CALLBACK_RECEIVER_H_
