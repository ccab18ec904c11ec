#ifndef ZOETROPE_CLIENT_CLI_VIDEO_FILE_H_
#define ZOETROPE_CLIENT_CLI_VIDEO_FILE_H_

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/download.h"

namespace zoetrope::cli {

// Writes a download beside its place and moves it there once it is whole: whoever looks at `path` sees no
// file, or all of it. What goes to a pipe is kept in a file without a name until then, because a download
// that breaks starts over, and a pipe takes nothing back.
class VideoFile : public client::DownloadSink {
 public:
  // Whether a download could be put at `path`: asked before money is spent. INVALID_ARGUMENT where a file is
  // there and `force` is false, or where nothing can be written.
  static absl::Status CheckPlace(const std::string& path, bool force);

  // Opens the file beside its place. With `must_be_video`, what is no video by its type or its first bytes is
  // refused.
  static absl::StatusOr<std::unique_ptr<VideoFile>> Create(const std::string& path, bool force,
                                                           bool must_be_video);

  // Opens a file without a name, for a download that PassOn hands on.
  static absl::StatusOr<std::unique_ptr<VideoFile>> CreateUnnamed(bool must_be_video);

  // Removes what was written unless it was committed.
  ~VideoFile() override;

  absl::Status Begin(const v1::DownloadHeader& header) override;
  absl::Status Write(std::string_view bytes) override;

  // Makes the file durable and moves it to its place. Without `force` a file that appeared there meanwhile is
  // kept.
  absl::Status Commit();

  // Writes the whole file to `out`, whose state says whether it took it. For a file without a name.
  absl::Status PassOn(std::ostream& out);

 private:
  // That what was downloaded is a video, where it must be one.
  absl::Status CheckType() const;

  VideoFile(std::string path, std::string temporary, int fd, bool force, bool must_be_video);

  const std::string path_;
  const std::string temporary_;
  const bool force_;
  const bool must_be_video_;
  int fd_;
  // Whether there is nothing to remove any more.
  bool committed_ = false;
  // The first bytes, until there are enough to know the type.
  std::string head_;
};

// Whether these first bytes are those of an MP4 or QuickTime file (`ftyp`), or of Matroska/WebM.
bool LooksLikeVideo(std::string_view head);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_VIDEO_FILE_H_
