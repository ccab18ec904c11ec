#include "server/http/curl_client.h"

#include <utility>

#include "server/base/status_macros.h"
#include "server/http/curl_handle.h"
#include "server/http/curl_loop.h"

namespace zoetrope {

absl::StatusOr<std::unique_ptr<CurlClient>> CurlClient::Create(Clock* clock, CurlClientConfig config) {
  InitCurlOnce();
  TlsRoots roots;
  if (!config.extra_ca_file.empty()) {
    ZOETROPE_ASSIGN_OR_RETURN(roots, TlsRoots::Load(config.extra_ca_file));
  }
  auto loop = std::make_unique<CurlLoop>(
      CurlCall::Shared{.clock = clock, .config = std::move(config), .extra_roots = std::move(roots)});
  if (!loop->ok()) return absl::ResourceExhaustedError("no file descriptors for the HTTP client");
  loop->Launch();
  return std::unique_ptr<CurlClient>(new CurlClient(std::move(loop)));
}

CurlClient::CurlClient(std::unique_ptr<CurlLoop> loop) : loop_(std::move(loop)) {}

CurlClient::~CurlClient() = default;

HttpClient::CallId CurlClient::Start(HttpRequest request, CallOptions options, Done done) {
  const CallId id = next_id_.fetch_add(1, std::memory_order_relaxed);
  loop_->Start({.id = id, .request = std::move(request), .options = options, .done = std::move(done)});
  return id;
}

HttpClient::CallId CurlClient::StartDownload(HttpRequest request, CallOptions options, BodySink* sink) {
  const CallId id = next_id_.fetch_add(1, std::memory_order_relaxed);
  loop_->Start({.id = id, .request = std::move(request), .options = options, .done = nullptr, .sink = sink});
  return id;
}

void CurlClient::Resume(CallId id) { loop_->Resume(id); }

void CurlClient::Cancel(CallId id) { loop_->Cancel(id); }

}  // namespace zoetrope
