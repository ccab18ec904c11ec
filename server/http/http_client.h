// Sending requests, as an interface: libcurl in the server, a virtual network in the simulator.
#ifndef ZOETROPE_SERVER_HTTP_HTTP_CLIENT_H_
#define ZOETROPE_SERVER_HTTP_HTTP_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/time/time.h"
#include "server/http/http_message.h"

namespace zoetrope {

// What is certain about a request that got no complete answer.
enum class Delivery {
  kNotSent,    // proven: no connection was ever given the request to write, or it was refused here
  kMaybeSent,  // everything else; the other side may have obeyed
};

// Why there is no complete answer. Closed, and used as a metric's label.
enum class TransportFault {
  kRefusedHere,  // the URL guard or the late-send guard said no, or the client is going down
  kBusy,         // too many calls of its kind are under way here
  kResolve,
  kConnect,
  kTls,
  kTimeout,
  kReset,      // the connection ended before the answer was whole
  kTooLarge,   // the answer is longer than allowed; what was read of it is dropped
  kMalformed,  // not HTTP
  kCancelled,  // Cancel was called
};

// Whether the call ended here, so that it says nothing about the other side.
constexpr bool IsOurs(TransportFault fault) {
  return fault == TransportFault::kRefusedHere || fault == TransportFault::kBusy;
}

struct TransportError {
  Delivery delivery;
  TransportFault fault;
  std::string message;  // for a log: names no URL and no header
};

using HttpResult = std::variant<HttpResponse, TransportError>;

// Which addresses a request may go to. Kept with the request because rules differ by account: a simulator on
// loopback is allowed by configuration, a provider's media host by its data.
struct UrlRule {
  bool allow_plain_http = false;  // else https only
  bool allow_private_hosts =
      false;  // else addresses of private, loopback, link-local and reserved ranges are refused
};

struct CallOptions {
  absl::Duration timeout = absl::Seconds(30);  // for the whole exchange, connecting included
  std::size_t body_bytes_max = 4u << 20;       // of the answer; beyond it the call ends with kTooLarge
  UrlRule url_rule;
  // Late-send guard: refuse to write the first byte when the client's monotonic clock is past this
  // (kRefusedHere, kNotSent).
  std::optional<absl::Duration> send_before;
};

// Receives a download piece by piece. Calls come one at a time, on the client's thread, and must not block.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // The status line and headers are complete. False ends the call with kCancelled.
  virtual bool OnHeaders(const HttpResponse& head) = 0;
  enum class Flow { kContinue, kPause, kStop };
  // Some bytes. kPause: the same bytes come again after Resume(id) was called.
  virtual Flow OnBytes(std::string_view bytes) = 0;
  // Last call. nullopt: the body was whole.
  virtual void OnDone(std::optional<TransportError> error) = 0;
};

// Thread-safe. Never follows redirects, never retries, never reads proxies from the environment.
class HttpClient {
 public:
  using CallId = std::uint64_t;
  using Done = std::function<void(HttpResult)>;

  virtual ~HttpClient() = default;

  // Sends `request`, and calls `done` exactly once, on the client's own thread and never inside this call;
  // `done` must not block.
  //
  // A kBillable request is written at most once to at most one fresh connection that is not used again, over
  // HTTP/1.1, without `Expect:`. (libcurl by itself re-sends a POST whose reused connection dies, and one
  // that HTTP/2 answers with REFUSED_STREAM.)
  virtual CallId Start(HttpRequest request, CallOptions options, Done done) = 0;

  // Like Start for a harmless GET whose body is too long to keep. `sink` must live until OnDone.
  virtual CallId StartDownload(HttpRequest request, CallOptions options, BodySink* sink) = 0;

  // Goes on with a paused download. Unknown ids are ignored.
  virtual void Resume(CallId id) = 0;

  // Ends a call early: it still gets its `done` (kCancelled) unless it has had it. Unknown ids are ignored.
  virtual void Cancel(CallId id) = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_HTTP_CLIENT_H_
