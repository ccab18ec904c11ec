#ifndef ZOETROPE_CLIENT_INTERNAL_DOWNLOAD_READER_H_
#define ZOETROPE_CLIENT_INTERNAL_DOWNLOAD_READER_H_

#include "absl/status/statusor.h"
#include "client/download.h"
#include "client/internal/sha256.h"

namespace zoetrope::client {

// Checks one stream of DownloadVideo message by message and passes its bytes on: header, chunks, trailer, in
// this order and nothing else; length and digest as the trailer says. Holds no more than the message at hand.
class DownloadReader {
 public:
  explicit DownloadReader(DownloadSink& sink) : sink_(sink) {}

  // Takes the next message. Not OK: the download has failed.
  absl::Status Take(const v1::DownloadVideoResponse& message);

  // After the last message of a stream that ended OK.
  absl::StatusOr<DownloadResult> Finish();

 private:
  enum class Stage { kHeader, kChunks, kDone };

  absl::Status TakeHeader(const v1::DownloadHeader& header);
  absl::Status TakeTrailer(const v1::DownloadTrailer& trailer);

  DownloadSink& sink_;
  Stage stage_ = Stage::kHeader;
  Sha256 digest_;
  v1::DownloadHeader header_;
  DownloadResult result_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_DOWNLOAD_READER_H_
