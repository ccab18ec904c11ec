#include "tests/sandbox/renderer.h"

#include <gtest/gtest.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <ctime>

#include "tests/sandbox/picture.h"

namespace zoetrope::sandbox {
namespace {

// What a player finds in the file.
struct Decoded {
  int width = 0;
  int height = 0;
  double seconds = 0;
  int frames = 0;
  int first_luma = -1;  // in the middle of the first frame
};

struct Source {
  const std::string* bytes;
  std::size_t at = 0;
};

int ReadSome(void* opaque, std::uint8_t* buffer, int size) {
  auto* source = static_cast<Source*>(opaque);
  const std::size_t left = source->bytes->size() - source->at;
  if (left == 0) return AVERROR_EOF;
  const std::size_t count = std::min(left, static_cast<std::size_t>(size));
  std::copy_n(source->bytes->data() + source->at, count, reinterpret_cast<char*>(buffer));
  source->at += count;
  return static_cast<int>(count);
}

std::int64_t SeekTo(void* opaque, std::int64_t offset, int whence) {
  auto* source = static_cast<Source*>(opaque);
  if (whence == AVSEEK_SIZE) return static_cast<std::int64_t>(source->bytes->size());
  if (whence != SEEK_SET) return -1;
  source->at = static_cast<std::size_t>(offset);
  return offset;
}

void DecodeAll(AVFormatContext* format, AVCodecContext* decoder, Decoded* out) {
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  const auto drain = [&] {
    while (avcodec_receive_frame(decoder, frame) >= 0) {
      if (out->frames++ == 0) {
        out->first_luma = frame->data[0][frame->height / 2 * frame->linesize[0] + frame->width / 2];
      }
    }
  };
  while (av_read_frame(format, packet) >= 0) {
    avcodec_send_packet(decoder, packet);
    av_packet_unref(packet);
    drain();
  }
  avcodec_send_packet(decoder, nullptr);
  drain();
  av_frame_free(&frame);
  av_packet_free(&packet);
}

Decoded Decode(const std::string& bytes) {
  Decoded out;
  Source source{&bytes};
  AVFormatContext* format = avformat_alloc_context();
  auto* buffer = static_cast<unsigned char*>(av_malloc(4096));
  AVIOContext* io = avio_alloc_context(buffer, 4096, 0, &source, ReadSome, nullptr, SeekTo);
  format->pb = io;
  if (avformat_open_input(&format, nullptr, nullptr, nullptr) >= 0) {
    avformat_find_stream_info(format, nullptr);
    const AVStream* stream = format->streams[0];
    const AVCodec* codec = avcodec_find_decoder(stream->codecpar->codec_id);
    AVCodecContext* decoder = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(decoder, stream->codecpar);
    avcodec_open2(decoder, codec, nullptr);
    out.width = stream->codecpar->width;
    out.height = stream->codecpar->height;
    out.seconds = static_cast<double>(format->duration) / AV_TIME_BASE;
    DecodeAll(format, decoder, &out);
    avcodec_free_context(&decoder);
    avformat_close_input(&format);
  }
  av_freep(&io->buffer);
  avio_context_free(&io);
  return out;
}

ClipSpec Spec(int width, int height, int seconds) {
  ClipSpec spec;
  const std::string bytes = RenderSamplePng(640, 360);
  spec.picture = std::make_shared<const Picture>(Picture{bytes, Sha256Hex(bytes), "image/png", 640, 360});
  spec.width = width;
  spec.height = height;
  spec.seconds = seconds;
  return spec;
}

TEST(RenderMp4, HasTheAskedSizeAndDuration) {
  struct Case {
    int width, height, seconds;
  };
  for (const Case& c : {Case{1280, 720, 4}, Case{720, 1280, 8}, Case{960, 960, 12}, Case{864, 480, 5}}) {
    const Decoded video = Decode(RenderMp4(Spec(c.width, c.height, c.seconds)));
    EXPECT_EQ(video.width, c.width);
    EXPECT_EQ(video.height, c.height);
    EXPECT_DOUBLE_EQ(video.seconds, c.seconds);
    EXPECT_EQ(video.frames, c.seconds * 8);
  }
}

// CPU time, because the machine may be busy with something else.
TEST(RenderMp4, EightSecondsTakeLessThanOneOfCpu) {
  const std::clock_t start = std::clock();
  ASSERT_FALSE(RenderMp4(Spec(1280, 720, 8)).empty());
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  RecordProperty("cpu_ms", static_cast<int>(seconds * 1000));
#if defined(ZOETROPE_SANITIZED)
  EXPECT_LT(seconds, 20);
#else
  EXPECT_LT(seconds, 1);
#endif
}

TEST(RenderMp4, ShowsTheSubmittedPicture) {
  // A single dark pixel, and the sample, which is bright in the middle.
  ClipSpec dark = Spec(320, 180, 1);
  const std::optional<std::string> pixel = DecodeBase64(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");
  dark.picture = std::make_shared<const Picture>(Picture{*pixel, "x", "image/png", 1, 1});
  const Decoded video = Decode(RenderMp4(dark));
  const Decoded sample = Decode(RenderMp4(Spec(320, 180, 1)));
  EXPECT_EQ(video.frames, 8);
  EXPECT_NE(video.first_luma, sample.first_luma);
}

TEST(RenderMp4, BrokenPictureBecomesAPattern) {
  ClipSpec spec = Spec(320, 180, 1);
  spec.picture = std::make_shared<const Picture>(Picture{"\x89PNG not really", "y", "image/png", 10, 10});
  EXPECT_EQ(Decode(RenderMp4(spec)).frames, 8);
  spec.picture = nullptr;
  EXPECT_EQ(Decode(RenderMp4(spec)).frames, 8);
}

TEST(RenderPictures, ThumbnailAndSheetAreJpegs) {
  const std::optional<PictureInfo> thumbnail = InspectPicture(RenderThumbnail(Spec(1280, 720, 4)));
  ASSERT_TRUE(thumbnail);
  EXPECT_EQ(thumbnail->content_type, "image/jpeg");
  EXPECT_EQ(thumbnail->width, 320);
  const std::optional<PictureInfo> sheet = InspectPicture(RenderSpritesheet(Spec(1280, 720, 4)));
  ASSERT_TRUE(sheet);
  EXPECT_EQ(sheet->width, 640);
  EXPECT_EQ(sheet->height, 160);
}

TEST(MediaCache, RendersOnceAndForgetsTheLeastUsed) {
  const ClipSpec one = Spec(320, 180, 1);
  const ClipSpec two = Spec(320, 180, 2);
  MediaCache cache(true, 1);
  EXPECT_EQ(cache.Find(one, MediaKind::kVideo), nullptr);
  const auto bytes = cache.Get(one, MediaKind::kVideo);
  EXPECT_EQ(cache.Find(one, MediaKind::kVideo), bytes);
  EXPECT_EQ(cache.Get(one, MediaKind::kVideo), bytes);
  cache.Get(two, MediaKind::kVideo);
  EXPECT_EQ(cache.Find(one, MediaKind::kVideo), nullptr);
}

TEST(MediaCache, WithoutRenderingEverythingIsThere) {
  MediaCache cache(false);
  const auto bytes = cache.Find(Spec(1280, 720, 8), MediaKind::kVideo);
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(Decode(*bytes).frames, 8);
}

}  // namespace
}  // namespace zoetrope::sandbox
