#include "server/http/curl_call.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/base/strings.h"
#include "server/http/url_guard.h"

namespace zoetrope {
namespace {

// A peer that has vanished without a word would otherwise hold a shared HTTP/2 connection, and every call
// that joins it, for the quarter of an hour that the kernel retransmits.
constexpr int kUnacknowledgedMillis = 20'000;

constexpr long kConnectionIdleSeconds = 60;       // shorter than what the usual front ends allow
constexpr long kConnectionLifetimeSeconds = 600;  // so that a changed DNS answer is taken up

long TimeoutMillis(absl::Duration timeout) {
  return static_cast<long>(
      absl::ToInt64Milliseconds(std::clamp(timeout, absl::Milliseconds(1), absl::Hours(24))));
}

std::string_view WithoutLineEnd(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  return line;
}

}  // namespace

void CurlWork::Fail(TransportError error) {
  if (sink != nullptr) {
    sink->OnDone(std::move(error));
  } else if (done) {
    std::exchange(done, nullptr)(std::move(error));
  }
}

CurlCall::CurlCall(const Shared* shared, CurlLane* lane)
    : shared_(shared), lane_(lane), easy_(curl_easy_init()) {
  if (easy_ != nullptr && SetOnce() != CURLE_OK) easy_.reset();
}

CURLcode CurlCall::SetOnce() {
  CurlOptions options(easy_.get());
  options.Set(CURLOPT_NOSIGNAL, 1L)
      .Set(CURLOPT_PIPEWAIT, 0L)  // see OriginGate
      .Set(CURLOPT_PROXY, "")     // not even from the environment
      .Set(CURLOPT_FOLLOWLOCATION, 0L)
      .Set(CURLOPT_USERAGENT, shared_->config.user_agent)
      .Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .Set(CURLOPT_SSL_VERIFYPEER, 1L)
      .Set(CURLOPT_SSL_VERIFYHOST, 2L)
      // Without a directory of CAs libcurl parses the bundle once per multi instead of once per connection
      // (some 10 ms each).
      .Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr))
      // Else ending a call whose name is being resolved waits for the resolver, and with it the whole thread.
      .Set(CURLOPT_QUICK_EXIT, 1L)
      .SetPointer(CURLOPT_HEADERFUNCTION, &CurlCall::OnHeaderLine)
      .SetPointer(CURLOPT_HEADERDATA, this)
      .SetPointer(CURLOPT_WRITEFUNCTION, &CurlCall::OnBody)
      .SetPointer(CURLOPT_WRITEDATA, this)
      .SetPointer(CURLOPT_PREREQFUNCTION, &CurlCall::OnReady)
      .SetPointer(CURLOPT_PREREQDATA, this)
      .SetPointer(CURLOPT_OPENSOCKETFUNCTION, &CurlCall::OpenSocket)
      .SetPointer(CURLOPT_OPENSOCKETDATA, this)
      // The connection may outlive the call that made it: its end is the lane's matter.
      .SetPointer(CURLOPT_CLOSESOCKETFUNCTION, &CurlCall::CloseSocket)
      .SetPointer(CURLOPT_CLOSESOCKETDATA, lane_)
      .SetPointer(CURLOPT_PRIVATE, this);
  if (!shared_->config.trust_system_roots) options.Set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  if (!shared_->extra_roots.empty()) {
    options.SetPointer(CURLOPT_SSL_CTX_FUNCTION, &CurlCall::OnTlsContext)
        .SetPointer(CURLOPT_SSL_CTX_DATA, this);
  }
  if (lane_->kind() == CurlLaneKind::kPrivate) {
    // Each of the three closes one way to a second copy: HTTP/2's REFUSED_STREAM, a reused connection that
    // dies, and joining somebody else's. OnReady is the lock behind them.
    options.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1))
        .Set(CURLOPT_FRESH_CONNECT, 1L)
        .Set(CURLOPT_FORBID_REUSE, 1L);
  } else {
    options.Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS))
        .Set(CURLOPT_MAXAGE_CONN, kConnectionIdleSeconds)
        .Set(CURLOPT_MAXLIFETIME_CONN, kConnectionLifetimeSeconds);
  }
  return options.result();
}

absl::Status CurlCall::Begin(CurlWork& work) {
  if (easy_ == nullptr) return absl::ResourceExhaustedError("no handle");
  if (absl::Status url = CheckUrl(work.request.url, work.options.url_rule); !url.ok()) return url;
  if (!SetHeaders(work.request))
    return absl::InvalidArgumentError("a header has characters that it must not have");
  const bool is_download = work.sink != nullptr;
  const CurlClientConfig& config = shared_->config;
  work_ = std::move(work);
  CurlOptions options(easy_.get());
  options.Set(CURLOPT_URL, work_.request.url)
      .Set(CURLOPT_PROTOCOLS_STR, work_.options.url_rule.allow_plain_http ? "http,https" : "https")
      .SetPointer(CURLOPT_HTTPHEADER, headers_.Get())
      .Set(CURLOPT_TIMEOUT_MS, TimeoutMillis(work_.options.timeout))
      .Set(CURLOPT_LOW_SPEED_LIMIT, is_download ? config.download_bytes_per_second_min : 0L)
      .Set(CURLOPT_LOW_SPEED_TIME,
           is_download ? std::max(1L, TimeoutMillis(config.download_slow_max) / 1000) : 0L);
  const CURLcode method = SetMethod();
  if (options.result() != CURLE_OK || method != CURLE_OK) {
    work = std::move(work_);
    return absl::ResourceExhaustedError("libcurl refuses an option");
  }
  response_ = {};
  head_bytes_ = body_bytes_ = 0;
  expects_status_line_ = true;
  head_complete_ = released_ = false;
  stop_ = CurlStop::kNone;
  return absl::OkStatus();
}

CURLcode CurlCall::SetMethod() {
  const HttpMethod method = work_.request.method;
  const std::string& body = work_.request.body;
  CurlOptions options(easy_.get());
  const bool sends_body = method == HttpMethod::kPost || method == HttpMethod::kPut || !body.empty();
  if (sends_body) {
    // The bytes stay where they are: libcurl reads them from the request.
    options.Set(CURLOPT_POST, 1L)
        .Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()))
        .SetPointer(CURLOPT_POSTFIELDS, body.data());
  } else {
    options.Set(CURLOPT_HTTPGET, 1L);
  }
  const char* name = nullptr;
  if (method == HttpMethod::kGet && sends_body) name = "GET";
  if (method == HttpMethod::kPut) name = "PUT";
  if (method == HttpMethod::kDelete) name = "DELETE";
  options.Set(CURLOPT_CUSTOMREQUEST, name);
  return options.result();
}

bool CurlCall::SetHeaders(const HttpRequest& request) {
  headers_.Clear();
  bool has_type = false;
  for (const HttpHeader& header : request.headers) {
    if (!headers_.Add(header.name, header.value)) return false;
    has_type = has_type || absl::EqualsIgnoreCase(header.name, "content-type");
  }
  headers_.Suppress("Expect");  // waiting for "100 Continue" makes a submit's fate harder to know
  if (!has_type) headers_.Suppress("Content-Type");
  return true;
}

void CurlCall::Resume() { curl_easy_pause(easy_.get(), CURLPAUSE_CONT); }

void CurlCall::End(CURLcode code, CurlStop stop) {
  CurlEnd end{.code = code, .stop = stop == CurlStop::kNone ? stop_ : stop};
  end.released = released_;
  end.head_complete = head_complete_;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &end.request_size);
  // All state is left behind before anybody is told: nobody can meet a half-ended call.
  CurlWork work = std::exchange(work_, {});
  headers_.Clear();
  std::optional<TransportError> error = ClassifyEnd(end);
  if (error) {
    work.Fail(*std::move(error));
  } else if (work.sink != nullptr) {
    work.sink->OnDone(std::nullopt);
  } else if (work.done) {
    response_.receive_time = shared_->clock->TimeNow();
    work.done(std::move(response_));
  }
}

std::size_t CurlCall::OnHeaderLine(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlCall*>(self)->TakeHeaderLine(line) ? line.size() : 0;
}

bool CurlCall::TakeHeaderLine(std::string_view line) {
  head_bytes_ += line.size();
  if (head_bytes_ > shared_->config.head_bytes_max) {
    stop_ = CurlStop::kHeadersTooLong;
    return false;
  }
  if (head_complete_) return true;  // a trailer
  line = WithoutLineEnd(line);
  if (expects_status_line_) {
    expects_status_line_ = false;
    response_.headers.clear();  // of a 1xx answer before
    return true;
  }
  if (line.empty()) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (status < 200) {
      expects_status_line_ = true;
      return true;
    }
    head_complete_ = true;
    if (work_.sink != nullptr && !work_.sink->OnHeaders(response_)) {
      stop_ = CurlStop::kSinkStopped;
      return false;
    }
    return true;
  }
  const bool is_folded = line.front() == ' ' || line.front() == '\t';
  if (is_folded && !response_.headers.empty()) {
    response_.headers.back().value.append(" ").append(ToStd(absl::StripAsciiWhitespace(ToAbsl(line))));
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return true;  // as all clients do: skipped
  response_.headers.push_back(
      {.name = absl::AsciiStrToLower(ToAbsl(line.substr(0, colon))),
       .value = std::string(ToStd(absl::StripAsciiWhitespace(ToAbsl(line.substr(colon + 1)))))});
  return true;
}

std::size_t CurlCall::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<CurlCall*>(self)->TakeBody({data, size * count});
}

std::size_t CurlCall::TakeBody(std::string_view bytes) {
  if (bytes.size() > work_.options.body_bytes_max - body_bytes_) {
    stop_ = CurlStop::kBodyTooLong;
    return 0;
  }
  if (work_.sink != nullptr) {
    const BodySink::Flow flow = work_.sink->OnBytes(bytes);
    if (flow == BodySink::Flow::kPause) return CURL_WRITEFUNC_PAUSE;
    if (flow == BodySink::Flow::kStop) {
      stop_ = CurlStop::kSinkStopped;
      return 0;
    }
  } else {
    response_.body.append(bytes);
  }
  body_bytes_ += bytes.size();
  return bytes.size();
}

// The last instant before libcurl writes, on new and on reused connections alike.
int CurlCall::OnReady(void* self, char* remote_ip, char*, int, int) {
  auto& call = *static_cast<CurlCall*>(self);
  const CallOptions& options = call.work_.options;
  if (call.work_.request.repeat == Repeat::kBillable && call.released_) {
    call.stop_ = CurlStop::kSecondSend;
    return CURL_PREREQFUNC_ABORT;
  }
  if (!options.url_rule.allow_private_hosts && !AddressTextAllowed(remote_ip, options.url_rule)) {
    call.stop_ = CurlStop::kAddressRefused;
    return CURL_PREREQFUNC_ABORT;
  }
  if (options.send_before && call.shared_->clock->Monotonic() > *options.send_before) {
    call.stop_ = CurlStop::kLate;
    return CURL_PREREQFUNC_ABORT;
  }
  call.stop_ = CurlStop::kNone;  // an address of the name may have been refused before another one was good
  call.released_ = true;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t CurlCall::OpenSocket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<CurlCall*>(self);
  if (!AddressAllowed(&address->addr, call.work_.options.url_rule)) {
    call.stop_ = CurlStop::kAddressRefused;
    return CURL_SOCKET_BAD;
  }
  const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMillis, sizeof(kUnacknowledgedMillis));
  call.lane_->OnOpened(fd);
  return fd;
}

int CurlCall::CloseSocket(void* lane, curl_socket_t fd) {
  static_cast<CurlLane*>(lane)->OnClosing(fd);
  return close(fd);
}

CURLcode CurlCall::OnTlsContext(CURL*, void* context, void* self) {
  const TlsRoots& roots = static_cast<CurlCall*>(self)->shared_->extra_roots;
  return roots.AddTo(static_cast<SSL_CTX*>(context)) ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

}  // namespace zoetrope
