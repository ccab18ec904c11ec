#ifndef ZOETROPE_CLIENT_DOWNLOAD_H_
#define ZOETROPE_CLIENT_DOWNLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::client {

// Takes the bytes of a download as they come; called in the thread that called Download.
//
// What a sink has taken is only worth something once Download has returned OK: the length and the digest are
// known last.
class DownloadSink {
 public:
  virtual ~DownloadSink() = default;

  // A file starts. Comes again where the stream broke and the download starts over: what was written is void
  // then. An error ends the download with that error.
  virtual absl::Status Begin(const v1::DownloadHeader& header) = 0;

  // The next bytes of the file, at most 64 KiB. An error ends the download with that error.
  virtual absl::Status Write(std::string_view bytes) = 0;
};

// What was downloaded, checked.
struct DownloadResult {
  // Type as the provider says; empty where it does not.
  std::string content_type;
  // Length in bytes.
  int64_t size_bytes = 0;
  // SHA-256 of the bytes, 64 lower-case hexadecimal digits.
  std::string sha256;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_DOWNLOAD_H_
