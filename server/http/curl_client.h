// The HTTP client of the server, on libcurl.
#ifndef ZOETROPE_SERVER_HTTP_CURL_CLIENT_H_
#define ZOETROPE_SERVER_HTTP_CURL_CLIENT_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/limits.h"
#include "server/http/http_client.h"

namespace zoetrope {

struct CurlClientConfig {
  // PEM file of authorities trusted beside the machine's own; empty: none.
  std::string extra_ca_file;
  // False: only those of `extra_ca_file` are trusted.
  bool trust_system_roots = true;
  std::string user_agent = "zoetrope";
  // Calls under way and waiting; one more is kBusy.
  std::size_t in_flight_max = limits::kHttpInFlight;
  // The same for downloads: however many there are, and however slowly they are read, the other calls go on.
  std::size_t downloads_max = limits::kHttpDownloads;
  // Of all header lines of an answer together, 1xx answers and trailers included.
  std::size_t head_bytes_max = 64u << 10;
  // Calls under way to one server, counted apart for harmless calls, billable ones and downloads. More wait,
  // within their timeout; those to other servers do not.
  std::size_t calls_per_origin_max = 256;
  // Idle connections kept for harmless calls.
  long connections_kept_max = 1024;
  // A download slower than this for so long is given up; time in which it is paused does not count.
  long download_bytes_per_second_min = 1024;
  absl::Duration download_slow_max = absl::Seconds(30);
};

class CurlLoop;

// One thread drives two of libcurl's multi handles. What may be sent twice shares connections on one of them;
// what must not (and downloads, which may be paused) has a connection of its own on the other. See
// CurlLaneKind.
//
// `timeout` counts from when the thread takes the call up, waiting and pauses included. Needs a file
// descriptor per connection.
class CurlClient : public HttpClient {
 public:
  // Starts the thread. An error when the CA file is not usable or the machine refuses a thread's needs.
  // `clock` serves the late-send guard and the timeouts of calls that wait; it must outlive the client.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(Clock* clock, CurlClientConfig config);

  // Ends every call under way with kCancelled, on the client's thread, then joins it. Calls started meanwhile
  // by their `done` are refused. Not from a `done`.
  ~CurlClient() override;

  CallId Start(HttpRequest request, CallOptions options, Done done) override;
  CallId StartDownload(HttpRequest request, CallOptions options, BodySink* sink) override;
  void Resume(CallId id) override;
  void Cancel(CallId id) override;

 private:
  explicit CurlClient(std::unique_ptr<CurlLoop> loop);

  std::atomic<CallId> next_id_{1};
  std::unique_ptr<CurlLoop> loop_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_CLIENT_H_
