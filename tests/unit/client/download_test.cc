#include "client/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/video_client.h"
#include "fake_environment.h"
#include "fake_server.h"

namespace zoetrope::client {
namespace {

using ::testing::HasSubstr;

class StringSink : public DownloadSink {
 public:
  absl::Status Begin(const v1::DownloadHeader&) override {
    ++begun;
    bytes.clear();
    return absl::OkStatus();
  }
  absl::Status Write(std::string_view more) override {
    bytes.append(more);
    return verdict;
  }

  std::string bytes;
  int begun = 0;
  absl::Status verdict;
};

class DownloadTest : public ::testing::Test {
 protected:
  absl::StatusOr<DownloadResult> Download() {
    server_.on_download = [this](const v1::DownloadVideoRequest&, FakeServer::DownloadWriter* writer) {
      ++streams_;
      const size_t count = streams_ == 1 ? first_stream_messages_ : messages_.size();
      for (size_t i = 0; i < std::min(count, messages_.size()); ++i) writer->Write(messages_[i]);
      return streams_ == 1 ? first_stream_end_ : grpc::Status::OK;
    };
    VideoClient client(MakeChannel(server_.address()), {.environment = environment_});
    return client.Download({}, sink_);
  }

  // The message of the DATA_LOSS that the download must end with.
  std::string Loss() {
    const absl::Status status = Download().status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_EQ(streams_, 1);
    return std::string(status.message());
  }

  v1::DownloadTrailer& trailer() { return *messages_.back().mutable_trailer(); }

  std::shared_ptr<FakeEnvironment> environment_ = std::make_shared<FakeEnvironment>();
  StringSink sink_;
  std::vector<v1::DownloadVideoResponse> messages_ = DownloadOf(VideoBytes());
  size_t first_stream_messages_ = SIZE_MAX;
  grpc::Status first_stream_end_;
  int streams_ = 0;
  // Last, so that its handlers have ended before what they use is gone.
  FakeServer server_;
};

TEST_F(DownloadTest, PassesAllBytesOnAndSaysWhatTheyAre) {
  const auto result = Download();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(sink_.bytes, VideoBytes());
  EXPECT_EQ(result->size_bytes, static_cast<int64_t>(VideoBytes().size()));
  EXPECT_EQ(result->content_type, "video/mp4");
  EXPECT_EQ(result->sha256, trailer().sha256());
}

TEST_F(DownloadTest, AnEmptyFileIsAFile) {
  messages_ = DownloadOf("");
  const auto result = Download();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(DownloadTest, RefusesABadDigest) {
  trailer().set_sha256(std::string(64, '0'));
  EXPECT_THAT(Loss(), HasSubstr("damaged"));
}

TEST_F(DownloadTest, RefusesAMissingTrailer) {
  messages_.pop_back();
  EXPECT_THAT(Loss(), HasSubstr("ended before its trailer"));
}

TEST_F(DownloadTest, RefusesAShortFile) {
  messages_.erase(messages_.begin() + 2);
  EXPECT_THAT(Loss(), HasSubstr("not whole"));
}

TEST_F(DownloadTest, RefusesAnotherLengthThanAnnounced) {
  messages_[0].mutable_header()->set_size_bytes(1);
  EXPECT_THAT(Loss(), HasSubstr("announced"));
}

TEST_F(DownloadTest, RefusesBytesBeforeTheHeaderAndBehindTheTrailer) {
  std::swap(messages_[0], messages_[1]);
  EXPECT_THAT(Loss(), HasSubstr("outside"));
  streams_ = 0;
  messages_ = DownloadOf(VideoBytes());
  messages_.emplace_back().set_chunk("more");
  EXPECT_THAT(Loss(), HasSubstr("outside"));
}

TEST_F(DownloadTest, StartsOverAfterABreak) {
  first_stream_messages_ = 3;
  first_stream_end_ =
      RichError{grpc::StatusCode::UNAVAILABLE, "the provider's stream broke", "PROVIDER_UNAVAILABLE"};
  const auto result = Download();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(sink_.begun, 2);
  EXPECT_EQ(sink_.bytes, VideoBytes());
}

TEST_F(DownloadTest, AnErrorOfTheSinkEndsTheDownload) {
  sink_.verdict = absl::UnavailableError("disk is away");
  EXPECT_EQ(Download().status(), sink_.verdict);
  EXPECT_EQ(streams_, 1);
}

TEST_F(DownloadTest, WhatTheServerRefusesIsReturned) {
  first_stream_messages_ = 0;
  first_stream_end_ = RichError{grpc::StatusCode::FAILED_PRECONDITION, "gone", "RESULT_LOST"};
  const absl::Status status = Download().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(GetErrorDetails(status).reason, "RESULT_LOST");
  EXPECT_EQ(sink_.begun, 0);
}

}  // namespace
}  // namespace zoetrope::client
