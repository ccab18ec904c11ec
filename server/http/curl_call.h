// One exchange on one easy handle: sets it up, receives what comes, says how it ended.
#ifndef ZOETROPE_SERVER_HTTP_CURL_CALL_H_
#define ZOETROPE_SERVER_HTTP_CURL_CALL_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/base/clock.h"
#include "server/http/curl_client.h"
#include "server/http/curl_handle.h"
#include "server/http/curl_lane.h"
#include "server/http/curl_result.h"
#include "server/http/http_client.h"
#include "server/http/tls_roots.h"

namespace zoetrope {

// A request on its way to the thread, with whoever waits for its end: `done`, or `sink` for a download.
struct CurlWork {
  HttpClient::CallId id = 0;
  HttpRequest request;
  CallOptions options;
  HttpClient::Done done;
  BodySink* sink = nullptr;

  // The three kinds of calls that do not compete for places; indexes.
  enum Class { kHarmlessCall, kBillableCall, kDownload };
  Class call_class() const {
    return sink != nullptr ? kDownload : request.repeat == Repeat::kBillable ? kBillableCall : kHarmlessCall;
  }

  // Tells whoever waits. The work is used up.
  void Fail(TransportError error);
};

// Not thread-safe. Used again and again: a handle costs more to make than a request to send. All that differs
// from call to call is set by every Begin, the rest once.
class CurlCall {
 public:
  // What all calls of a client share. Must outlive them.
  struct Shared {
    Clock* clock;
    CurlClientConfig config;
    TlsRoots extra_roots;
  };

  // `lane` is where the calls will be added; it must outlive this and all connections made meanwhile.
  CurlCall(const Shared* shared, CurlLane* lane);

  // Sets the handle up for `work` (which is taken only on success).
  absl::Status Begin(CurlWork& work);

  // To be given to a multi handle after Begin.
  CURL* handle() const { return easy_.get(); }
  // Valid until End.
  const CurlWork& work() const { return work_; }
  CurlLane& lane() const { return *lane_; }

  void Resume();

  // The handle is out of its multi. Tells whoever waits, and forgets the work; Begin may follow. `stop` is
  // kNone when libcurl ended the call by itself with `code`.
  void End(CURLcode code, CurlStop stop);

 private:
  CURLcode SetOnce();
  CURLcode SetMethod();
  bool SetHeaders(const HttpRequest& request);

  // libcurl's callbacks. Each gets `this`.
  static std::size_t OnHeaderLine(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static int OnReady(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int CloseSocket(void* lane, curl_socket_t fd);
  static CURLcode OnTlsContext(CURL* easy, void* context, void* self);

  bool TakeHeaderLine(std::string_view line);
  std::size_t TakeBody(std::string_view bytes);

  const Shared* const shared_;
  CurlLane* const lane_;
  CurlEasy easy_;
  CurlHeaderList headers_;
  CurlWork work_;

  // Of the exchange under way.
  HttpResponse response_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  bool expects_status_line_ = true;
  bool head_complete_ = false;
  bool released_ = false;
  CurlStop stop_ = CurlStop::kNone;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_CALL_H_
