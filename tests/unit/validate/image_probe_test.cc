#include "server/validate/image_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "server/base/limits.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

struct Sample {
  const char* name;
  const char* content_type;
  std::string bytes;
};

const std::vector<Sample>& Samples() {
  static const auto* const samples = new std::vector<Sample>{
      {"jpeg", "image/jpeg", EncodeJpeg(67, 45)},
      {"progressive jpeg", "image/jpeg", EncodeJpeg(67, 45, JpegKind::kProgressive)},
      {"grey jpeg", "image/jpeg", EncodeJpeg(67, 45, JpegKind::kGrey)},
      {"cmyk jpeg", "image/jpeg", EncodeJpeg(67, 45, JpegKind::kCmyk)},
      {"png", "image/png", EncodePng(67, 45)},
      {"interlaced png", "image/png", EncodePng(67, 45, PngKind::kInterlaced)},
      {"16-bit png", "image/png", EncodePng(67, 45, PngKind::kAlpha16)},
      {"palette png", "image/png", EncodePng(67, 45, PngKind::kPalette)},
      {"webp", "image/webp", EncodeWebp(67, 45)},
      {"lossless webp", "image/webp", EncodeWebp(67, 45, WebpKind::kLossless)},
      {"alpha webp", "image/webp", EncodeWebp(67, 45, WebpKind::kAlpha)},
  };
  return *samples;
}

std::string Refusal(std::string_view bytes) {
  const absl::StatusOr<ImageInfo> info = ProbeImage(bytes);
  EXPECT_EQ(info.status().code(), absl::StatusCode::kInvalidArgument) << info.status();
  return std::string(info.status().message());
}

TEST(ProbeImage, DescribesWholePictures) {
  for (const Sample& sample : Samples()) {
    const absl::StatusOr<ImageInfo> info = ProbeImage(sample.bytes);
    ASSERT_TRUE(info.ok()) << sample.name << " " << info.status();
    EXPECT_EQ(info->content_type, sample.content_type) << sample.name;
    EXPECT_EQ(info->width_px, 67) << sample.name;
    EXPECT_EQ(info->height_px, 45) << sample.name;
  }
}

TEST(ProbeImage, TakesOnePixelAndALongRow) {
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(1, 3000), std::pair(3000, 1)}) {
    for (const std::string& bytes :
         {EncodeJpeg(width, height), EncodePng(width, height), EncodeWebp(width, height)}) {
      const absl::StatusOr<ImageInfo> info = ProbeImage(bytes);
      ASSERT_TRUE(info.ok()) << info.status();
      EXPECT_EQ(info->width_px, width);
      EXPECT_EQ(info->height_px, height);
    }
  }
}

TEST(ProbeImage, RefusesOtherThings) {
  EXPECT_EQ(Refusal(""), "must not be empty");
  for (const char* const bytes :
       {"x", "GIF89a", "<svg/>", "BM", "RIFF1234WAVE", "RIFF", "\xff\xd8", "%PDF-1.7", "\x89PNG"}) {
    EXPECT_EQ(Refusal(bytes), "must be a JPEG, PNG or WebP picture") << bytes;
  }
}

TEST(ProbeImage, RefusesEveryTruncation) {
  for (const Sample& sample : Samples()) {
    // A decoder may have all pixels before the very last bytes; those are a checksum, a marker, or padding.
    const std::size_t spare = std::string_view(sample.content_type) == "image/webp" ? 2 : 1;
    for (std::size_t length = 0; length + spare <= sample.bytes.size(); ++length) {
      const absl::StatusOr<ImageInfo> info = ProbeImage(std::string_view(sample.bytes).substr(0, length));
      ASSERT_FALSE(info.ok()) << sample.name << " cut to " << length << " of " << sample.bytes.size();
    }
  }
}

// Damage may go unseen where a format has no checksum, but it never does harm. Run under AddressSanitizer
// this is the real test.
TEST(ProbeImage, SurvivesDamage) {
  const unsigned seed = 20261120;
  testing::SeededRandom random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const Sample& sample : Samples()) {
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      std::string bytes = sample.bytes;
      for (unsigned i = 0; i < 1 + random.Next() % 8; ++i)
        bytes[random.Next() % bytes.size()] = static_cast<char>(random.Next());
      const absl::StatusOr<ImageInfo> info = ProbeImage(bytes);
      if (!info.ok()) {
        ++refused;
        EXPECT_EQ(info.status().code(), absl::StatusCode::kInvalidArgument) << sample.name;
      } else {
        EXPECT_LE(std::int64_t{info->width_px} * info->height_px, limits::kImagePixels) << sample.name;
      }
    }
    EXPECT_GT(refused, 0) << sample.name;
  }
}

std::int64_t PeakKilobytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(ProbeImage, RefusesPixelBombsWithoutAllocatingThem) {
  const std::int64_t before = PeakKilobytes();
  EXPECT_EQ(Refusal(PngBomb(60'000, 60'000)), "must have at most 50 megapixels");
  EXPECT_EQ(Refusal(PngBomb(0x7fffffff, 0x7fffffff)), "must have at most 65535 pixels a side");
  EXPECT_EQ(Refusal(PngBomb(50'000'000, 1)), "must have at most 65535 pixels a side");
  EXPECT_EQ(Refusal(PngBomb(0, 10)), "is a damaged PNG picture");
  EXPECT_EQ(Refusal(PngBomb(0xffffffff, 10)), "is a damaged PNG picture");
  // Declares little enough, has next to nothing.
  EXPECT_EQ(Refusal(PngBomb(7'000, 7'000)), "is a damaged PNG picture");

  std::string jpeg = EncodeJpeg(16, 16);
  const std::size_t frame = jpeg.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xf0\x00\xf0\x01", 4);  // height and width in the frame header
  EXPECT_EQ(Refusal(jpeg), "must have at most 50 megapixels");

  std::string webp = EncodeWebp(16, 16, WebpKind::kLossless);
  webp.replace(21, 4, "\xff\xff\xff\x0f", 4);  // 16 384 × 16 384
  EXPECT_EQ(Refusal(webp), "must have at most 50 megapixels");
  EXPECT_LT(PeakKilobytes() - before, 100 * 1024);
}

TEST(ProbeImage, RefusesTooManyBytesBeforeLooking) {
  EXPECT_EQ(Refusal(std::string(limits::kImageBytes + 1, 'x')), "must have at most 8 MiB");
  std::string padded = EncodeJpeg(16, 16);
  padded.resize(limits::kImageBytes, '\0');
  EXPECT_TRUE(ProbeImage(padded).ok()) << "bytes after the end are no harm";
}

}  // namespace
}  // namespace zoetrope
