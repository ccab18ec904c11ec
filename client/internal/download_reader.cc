#include "client/internal/download_reader.h"

#include "absl/strings/str_cat.h"

namespace zoetrope::client {

absl::Status DownloadReader::Take(const v1::DownloadVideoResponse& message) {
  switch (message.content_case()) {
    case v1::DownloadVideoResponse::kHeader:
      return TakeHeader(message.header());
    case v1::DownloadVideoResponse::kChunk:
      if (stage_ != Stage::kChunks) return absl::DataLossError("the download has bytes outside of its file");
      digest_.Add(message.chunk());
      result_.size_bytes += static_cast<int64_t>(message.chunk().size());
      return sink_.Write(message.chunk());
    case v1::DownloadVideoResponse::kTrailer:
      return TakeTrailer(message.trailer());
    default:
      return absl::DataLossError("the download has a part that this client does not know");
  }
}

absl::Status DownloadReader::TakeHeader(const v1::DownloadHeader& header) {
  if (stage_ != Stage::kHeader) return absl::DataLossError("the download has a second header");
  stage_ = Stage::kChunks;
  header_ = header;
  result_.content_type = header.content_type();
  return sink_.Begin(header);
}

absl::Status DownloadReader::TakeTrailer(const v1::DownloadTrailer& trailer) {
  if (stage_ != Stage::kChunks) return absl::DataLossError("the download has a trailer without a file");
  stage_ = Stage::kDone;
  if (trailer.size_bytes() != result_.size_bytes) {
    return absl::DataLossError(absl::StrCat("the download is not whole: ", result_.size_bytes, " of ",
                                            trailer.size_bytes(), " bytes came"));
  }
  if (header_.has_size_bytes() && header_.size_bytes() != result_.size_bytes) {
    return absl::DataLossError(absl::StrCat("the download has ", result_.size_bytes, " bytes where ",
                                            header_.size_bytes(), " were announced"));
  }
  result_.sha256 = digest_.Hex();
  if (trailer.sha256() != result_.sha256) {
    return absl::DataLossError(
        absl::StrCat("the download is damaged: its SHA-256 is ", result_.sha256, ", not ", trailer.sha256()));
  }
  return absl::OkStatus();
}

absl::StatusOr<DownloadResult> DownloadReader::Finish() {
  if (stage_ != Stage::kDone)
    return absl::DataLossError("the download is not whole: it ended before its trailer");
  return result_;
}

}  // namespace zoetrope::client
