// One DownloadVideo call: the provider's bytes go through with bounded memory, as fast as the slower end
// takes them.
#ifndef ZOETROPE_SERVER_API_DOWNLOAD_REACTOR_H_
#define ZOETROPE_SERVER_API_DOWNLOAD_REACTOR_H_

#include <openssl/evp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "grpcpp/grpcpp.h"
#include "server/api/call_scope.h"
#include "server/api/download.h"
#include "server/api/status.h"
#include "server/base/clock.h"
#include "server/http/http_client.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {

// Is gRPC's reactor until OnDone of the call, and the client's sink until OnDone of the download; it owns
// itself until both are over. One message is out at a time; what arrives meanwhile waits in `waiting_`, and
// beyond one chunk the download is paused.
class DownloadReactor : public grpc::ServerWriteReactor<v1::DownloadVideoResponse>, public BodySink {
 public:
  // Told once, when all of a file has gone to its caller, with the time at which its address ends. Called on
  // a thread of gRPC or of the client; must not block.
  using Saved = std::function<void(absl::Time expire_time)>;

  // The returned reactor belongs to gRPC; Begin or Fail must follow, at any time.
  static std::shared_ptr<DownloadReactor> Make(HttpClient* http, Clock* clock, const StatusWriter* statuses,
                                               CallScope scope, Saved saved);

  void Begin(DownloadPlan plan);
  void Fail(const absl::Status& status);

  // Of gRPC.
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // Of the client.
  bool OnHeaders(const HttpResponse& head) override;
  Flow OnBytes(std::string_view bytes) override;
  void OnDone(std::optional<TransportError> error) override;

 private:
  struct FreeDigest {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  DownloadReactor(HttpClient* http, Clock* clock, const StatusWriter* statuses, CallScope scope, Saved saved);

  // Sends what comes next, if nothing is out: header, chunk, trailer, status.
  void AdvanceLocked();
  void WriteLocked();
  void EndLocked(grpc::Status status);
  // The caller is gone. Returns the download to cancel.
  std::optional<HttpClient::CallId> LeaveLocked();
  std::string DigestLocked();

  HttpClient* const http_;
  Clock* const clock_;
  const StatusWriter* const statuses_;
  CallScope scope_;
  const Saved saved_;
  std::shared_ptr<DownloadReactor> grpc_self_;  // until gRPC's OnDone
  std::shared_ptr<DownloadReactor> http_self_;  // until the client's OnDone

  std::mutex mutex_;
  std::optional<HttpClient::CallId> call_;  // not known before StartDownload has returned
  bool resume_early_ = false;
  bool paused_ = false;
  bool gone_ = false;
  bool writing_ = false;
  bool ended_ = false;
  bool over_ = false;  // the client's OnDone came
  absl::Time expire_time_ = absl::InfiniteFuture();
  bool with_credential_ = false;
  std::optional<absl::Status> failure_;       // first reason why the download is not whole
  std::optional<v1::DownloadHeader> header_;  // not sent yet
  std::optional<std::int64_t> expected_bytes_;
  std::int64_t received_bytes_ = 0;
  bool trailer_sent_ = false;
  std::string waiting_;
  std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_;
  v1::DownloadVideoResponse message_;  // of the write that is out
  grpc::Status status_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_DOWNLOAD_REACTOR_H_
