#include "tests/sandbox/picture.h"

#include <gtest/gtest.h>

#include "tests/sandbox/renderer.h"

namespace zoetrope::sandbox {
namespace {

constexpr char kHost[] = "127.0.0.1:9";
// A red 1x1 PNG.
constexpr char kPng[] =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

std::shared_ptr<const Picture> Sample() {
  const std::string bytes = RenderSamplePng(320, 200);
  return std::make_shared<const Picture>(Picture{bytes, Sha256Hex(bytes), "image/png", 320, 200});
}

TEST(InspectPicture, ReadsTypeAndSize) {
  const std::optional<PictureInfo> png = InspectPicture(RenderSamplePng(320, 200));
  ASSERT_TRUE(png);
  EXPECT_EQ(png->content_type, "image/png");
  EXPECT_EQ(png->width, 320);
  EXPECT_EQ(png->height, 200);

  ClipSpec spec;
  spec.width = 640;
  spec.height = 320;
  const std::optional<PictureInfo> jpeg = InspectPicture(RenderThumbnail(spec));
  ASSERT_TRUE(jpeg);
  EXPECT_EQ(jpeg->content_type, "image/jpeg");
  EXPECT_EQ(jpeg->width, 160);
  EXPECT_EQ(jpeg->height, 80);

  std::string webp("RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x04\0\xcf\x02\0", 30);
  const std::optional<PictureInfo> extended = InspectPicture(webp);
  ASSERT_TRUE(extended);
  EXPECT_EQ(extended->width, 1280);
  EXPECT_EQ(extended->height, 720);
}

TEST(InspectPicture, RefusesEverythingElse) {
  EXPECT_FALSE(InspectPicture(""));
  EXPECT_FALSE(InspectPicture("<html>"));
  EXPECT_FALSE(InspectPicture("\xff\xd8\xff\xe0"));
  EXPECT_FALSE(InspectPicture("GIF89a..................................."));
}

TEST(DecodeBase64, BothAlphabetsWithAndWithoutPadding) {
  EXPECT_EQ(DecodeBase64("aGVsbG8="), "hello");
  EXPECT_EQ(DecodeBase64("aGVsbG8"), "hello");
  EXPECT_EQ(DecodeBase64("-_-_"), "\xfb\xff\xbf");
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_FALSE(DecodeBase64("a b"));
}

TEST(Sha256Hex, KnownVector) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(PictureStore, ResolvesWhatRequestsName) {
  PictureStore store(Sample());
  ASSERT_NE(store.Put("red.png", *DecodeBase64(kPng)), nullptr);
  const auto resolve = [&](const std::string& reference) { return store.Resolve(reference, kHost, false); };

  EXPECT_EQ(resolve("http://127.0.0.1:9/pictures/red.png?job=1").picture->width, 1);
  EXPECT_EQ(resolve("http://127.0.0.1:9/pictures/sample.png").picture->width, 320);
  EXPECT_EQ(resolve("https://elsewhere.example/boat.png").picture->width, 320);
  EXPECT_EQ(resolve(std::string("data:image/png;base64,") + kPng).picture->width, 1);

  EXPECT_EQ(resolve("http://127.0.0.1:9/pictures/none.png").error, "file_download_error");
  EXPECT_EQ(resolve("http://127.0.0.1:9/_sandbox/ledger").error, "file_download_error");
  EXPECT_EQ(resolve("data:image/png;base64,???").error, "image_load_error");
  EXPECT_EQ(resolve("data:text/plain;base64,aGVsbG8=").error, "unsupported_image_format");
  EXPECT_EQ(resolve("ftp://x/y").error, "file_download_error");
  EXPECT_EQ(store.Resolve(kPng, kHost, true).picture->width, 1);
  EXPECT_EQ(store.Resolve("aac49721-1964-481a-ae78-8a4e29b91402", kHost, true).picture->width, 320);
}

TEST(PictureStore, SamePictureIsSharedAndBytesAreBounded) {
  PictureStore store(Sample(), 200);
  const auto first = store.Put("a", *DecodeBase64(kPng));
  EXPECT_EQ(store.Put("b", *DecodeBase64(kPng)), first);
  store.Put("c", *DecodeBase64(kPng));
  EXPECT_EQ(store.Find("a"), nullptr);
  EXPECT_NE(store.Find("c"), nullptr);
  EXPECT_EQ(store.Put("d", "no picture"), nullptr);
}

}  // namespace
}  // namespace zoetrope::sandbox
