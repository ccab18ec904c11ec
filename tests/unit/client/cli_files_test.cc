// The files that the program reads and writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/cli/image_argument.h"
#include "client/cli/video_file.h"
#include "fake_server.h"

namespace zoetrope::cli {
namespace {

using ::testing::HasSubstr;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() : folder_(testing::TempDir() + "zoetrope-XXXXXX") { folder_ = mkdtemp(folder_.data()); }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }

  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  size_t FileCount() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::string folder_;
};

using ImageArgumentTest = FilesTest;
using VideoFileTest = FilesTest;

const std::string kPng("\x89PNG\r\n\x1a\n and more", 17);

TEST_F(ImageArgumentTest, TakesPicturesByTheirFirstBytes) {
  EXPECT_EQ(ReadImageArgument(Write("a.txt", kPng))->data(), kPng);
  EXPECT_TRUE(ReadImageArgument(Write("b", "\xff\xd8\xff\xe0")).ok());
  EXPECT_TRUE(ReadImageArgument(Write("c", "RIFF1234WEBPVP8 ")).ok());
  EXPECT_EQ(ImageType(kPng), "image/png");
}

TEST_F(ImageArgumentTest, TakesAddresses) {
  EXPECT_EQ(ReadImageArgument("https://example.com/a.jpg")->url(), "https://example.com/a.jpg");
  EXPECT_THAT(std::string(ReadImageArgument("http://example.com/a.jpg").status().message()),
              HasSubstr("only https://"));
}

TEST_F(ImageArgumentTest, SaysWhatIsWrongWithAFile) {
  const auto message = [](const std::string& path) {
    const absl::Status status = ReadImageArgument(path).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << path;
    return std::string(status.message());
  };
  EXPECT_THAT(message(folder_ + "/none.png"), HasSubstr("cannot read"));
  EXPECT_THAT(message(folder_), HasSubstr("is a directory"));
  EXPECT_THAT(message(Write("a.png", "GIF89a")), HasSubstr("is not a JPEG, PNG or WebP"));
  EXPECT_THAT(message(Write("empty.png", "")), HasSubstr("is not a JPEG, PNG or WebP"));
  EXPECT_THAT(message(Write("riff.webp", "RIFF1234WAVE")), HasSubstr("is not a JPEG, PNG or WebP"));
}

TEST_F(ImageArgumentTest, TheLimitIsEightMebibytes) {
  std::string bytes = kPng;
  bytes.resize(8 << 20, 'x');
  EXPECT_TRUE(ReadImageArgument(Write("a.png", bytes)).ok());
  bytes += 'x';
  EXPECT_THAT(std::string(ReadImageArgument(Write("a.png", bytes)).status().message()), HasSubstr("8 MiB"));
}

v1::DownloadHeader Header(const std::string& content_type) {
  v1::DownloadHeader header;
  header.set_content_type(content_type);
  return header;
}

TEST_F(VideoFileTest, AppearsOnceItIsWhole) {
  const std::string path = folder_ + "/a.mp4";
  auto file = *VideoFile::Create(path, /*force=*/false, /*must_be_video=*/true);
  ASSERT_TRUE(file->Begin(Header("video/mp4")).ok());
  ASSERT_TRUE(file->Write("broken").ok());
  // A download that starts over.
  ASSERT_TRUE(file->Begin(Header("video/mp4")).ok());
  const std::string bytes = client::VideoBytes();
  for (char c : bytes) ASSERT_TRUE(file->Write(std::string(1, c)).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(file->Commit().ok());
  file.reset();
  EXPECT_EQ(Read(path), bytes);
  EXPECT_EQ(FileCount(), 1u);
}

TEST_F(VideoFileTest, LeavesNothingBehindUnlessCommitted) {
  auto file = *VideoFile::Create(folder_ + "/a.mp4", false, true);
  ASSERT_TRUE(file->Begin(Header("")).ok());
  ASSERT_TRUE(file->Write(client::VideoBytes()).ok());
  EXPECT_EQ(FileCount(), 1u);
  file.reset();
  EXPECT_EQ(FileCount(), 0u);
}

TEST_F(VideoFileTest, HandsOnWhatCameLast) {
  auto file = *VideoFile::CreateUnnamed(/*must_be_video=*/true);
  ASSERT_TRUE(file->Begin(Header("video/mp4")).ok());
  ASSERT_TRUE(file->Write(client::VideoBytes() + std::string(300'000, 'y')).ok());
  // A download that starts over, with less than before.
  ASSERT_TRUE(file->Begin(Header("video/mp4")).ok());
  const std::string bytes = client::VideoBytes() + std::string(200'000, 'x');
  ASSERT_TRUE(file->Write(bytes).ok());
  std::ostringstream out;
  ASSERT_TRUE(file->PassOn(out).ok());
  EXPECT_EQ(out.str(), bytes);
  ASSERT_TRUE(file->Begin(Header("video/mp4")).ok());
  EXPECT_TRUE(absl::IsDataLoss(file->PassOn(out)));
}

TEST_F(VideoFileTest, RefusesWhatIsNoVideo) {
  auto file = *VideoFile::Create(folder_ + "/a.mp4", false, true);
  EXPECT_TRUE(absl::IsDataLoss(file->Begin(Header("text/html"))));
  EXPECT_TRUE(file->Begin(Header("application/octet-stream")).ok());
  EXPECT_TRUE(absl::IsDataLoss(file->Write("<!DOCTYPE html>")));
  EXPECT_TRUE(file->Begin(Header("video/mp4")).ok());
  EXPECT_TRUE(file->Write("abc").ok());
  EXPECT_TRUE(absl::IsDataLoss(file->Commit()));
  auto thumbnail = *VideoFile::Create(folder_ + "/a.jpg", false, /*must_be_video=*/false);
  EXPECT_TRUE(thumbnail->Begin(Header("image/jpeg")).ok());
  EXPECT_TRUE(thumbnail->Write("\xff\xd8\xff").ok());
  EXPECT_TRUE(thumbnail->Commit().ok());
}

TEST_F(VideoFileTest, NeverReplacesAFileUnlessForced) {
  const std::string path = Write("a.mp4", "old");
  EXPECT_THAT(std::string(VideoFile::CheckPlace(path, false).message()), HasSubstr("--force"));
  EXPECT_TRUE(VideoFile::CheckPlace(path, true).ok());
  const std::string later = folder_ + "/b.mp4";
  auto file = *VideoFile::Create(later, false, true);
  ASSERT_TRUE(file->Begin({}).ok());
  ASSERT_TRUE(file->Write(client::VideoBytes()).ok());
  Write("b.mp4", "came meanwhile");
  EXPECT_THAT(std::string(file->Commit().message()), HasSubstr("--force"));
  EXPECT_EQ(Read(later), "came meanwhile");
  auto forced = *VideoFile::Create(path, true, true);
  ASSERT_TRUE(forced->Begin({}).ok());
  ASSERT_TRUE(forced->Write(client::VideoBytes()).ok());
  EXPECT_TRUE(forced->Commit().ok());
  EXPECT_EQ(Read(path), client::VideoBytes());
}

TEST_F(VideoFileTest, SaysWhereNothingCanBeWritten) {
  EXPECT_TRUE(absl::IsInvalidArgument(VideoFile::CheckPlace(folder_, true)));
  EXPECT_TRUE(absl::IsInvalidArgument(VideoFile::CheckPlace(folder_ + "/none/a.mp4", false)));
}

}  // namespace
}  // namespace zoetrope::cli
