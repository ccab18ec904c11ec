#include "server/providers/first_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/error.h"

namespace zoetrope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Demands 64x32, or nothing.
class Demanding : public Adapter {
 public:
  explicit Demanding(bool demands = true) : demands_(demands) {}

  const Capabilities& capabilities() const override { return capabilities_; }
  absl::Status Check(const Generation&, const Offering&) const override { return absl::OkStatus(); }
  std::optional<PixelSize> FirstFrameSize(const Generation&, const Offering&) const override {
    return demands_ ? std::optional(PixelSize{64, 32}) : std::nullopt;
  }
  absl::StatusOr<HttpRequest> BuildSubmit(const SubmitInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  SubmitOutcome ReadSubmit(const SubmitInput&, const HttpResponse&) const override { return Unrecognized{}; }
  absl::StatusOr<HttpRequest> BuildPoll(const JobInput&, const Secret&) const override {
    return absl::UnimplementedError("");
  }
  PollOutcome ReadPoll(const JobInput&, const HttpResponse&) const override { return Unrecognized{}; }

 private:
  const bool demands_;
  const Capabilities capabilities_;
};

Generation With(std::int32_t width, std::int32_t height, ImageFit fit) {
  Generation generation;
  generation.first_frame = Image{BlobRef{"original", "image/png", 5, width, height}, fit, {}};
  return generation;
}

const Offering kOffering;

TEST(FirstFrameTest, ASizeIsTwoNumbers) {
  EXPECT_EQ(ParsePixelSize("1280x720"), (PixelSize{1280, 720}));
  EXPECT_EQ(ParsePixelSize("16384x1"), (PixelSize{16384, 1}));
  for (const char* none : {"", "x", "1280", "1280x", "x720", "1280X720", "0x720", "-1x720", "1280x720x1",
                           " 1280x720", "1280 x720", "16385x1", "99999999999x1", "auto"}) {
    EXPECT_EQ(ParsePixelSize(none), std::nullopt) << none;
  }
}

TEST(FirstFrameTest, ARowOfATableSaysItsSize) {
  const SizeRow row{"720p", "16:9", {{"seconds", "8"}, {"size", "\"1280x720\""}, {"wrong", "1280"}}};
  EXPECT_EQ(PixelSizeAt(row, "size"), (PixelSize{1280, 720}));
  EXPECT_EQ(PixelSizeAt(row, "wrong"), std::nullopt);
  EXPECT_EQ(PixelSizeAt(row, "other"), std::nullopt);
}

TEST(FirstFrameTest, APictureThatMustStayAsItIsIsRefusedWithWhatIsNeeded) {
  const absl::Status status = CheckFirstFrame(With(640, 480, ImageFit::kExact), kOffering, Demanding());
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSUPPORTED_PARAMETER);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].field, "generation.first_frame");
  EXPECT_THAT(violations[0].description, AllOf(HasSubstr("64x32"), HasSubstr("640x480")));
  EXPECT_EQ(SizeToFit(With(640, 480, ImageFit::kExact), kOffering, Demanding()), std::nullopt);
}

TEST(FirstFrameTest, APictureThatMayBeFittedIsWelcome) {
  for (const ImageFit fit : {ImageFit::kCover, ImageFit::kContain}) {
    EXPECT_TRUE(CheckFirstFrame(With(640, 480, fit), kOffering, Demanding()).ok());
    EXPECT_EQ(SizeToFit(With(640, 480, fit), kOffering, Demanding()), (PixelSize{64, 32}));
  }
}

TEST(FirstFrameTest, NothingIsDoneWhereNothingIsInTheWay) {
  Generation by_url;
  by_url.first_frame = Image{"https://pictures.example/a.png", ImageFit::kExact, {}};
  struct Row {
    const char* what;
    Generation generation;
    Demanding adapter;
  };
  const Row rows[] = {
      {"no picture", Generation(), Demanding()},
      {"a URL, which cannot be looked at", by_url, Demanding()},
      {"the very size", With(64, 32, ImageFit::kCover), Demanding()},
      {"any size will do", With(640, 480, ImageFit::kExact), Demanding(false)},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(CheckFirstFrame(row.generation, kOffering, row.adapter).ok()) << row.what;
    EXPECT_EQ(SizeToFit(row.generation, kOffering, row.adapter), std::nullopt) << row.what;
    Generation used = row.generation;
    UseFittedFrame(kOffering, row.adapter, used);
    EXPECT_EQ(used, row.generation) << row.what;
  }
}

TEST(FirstFrameTest, TheCopyOfTheSizeTakesThePicturesPlace) {
  Generation generation = With(640, 480, ImageFit::kCover);
  const BlobRef other{"other", "image/jpeg", 7, 32, 64};
  const BlobRef copy{"copy", "image/jpeg", 7, 64, 32};
  generation.first_frame->fitted = {other};
  Generation without = generation;
  UseFittedFrame(kOffering, Demanding(), without);
  EXPECT_EQ(without, generation) << "there is no copy of the size";
  generation.first_frame->fitted.push_back(copy);
  UseFittedFrame(kOffering, Demanding(), generation);
  EXPECT_EQ(*generation.first_frame->blob(), copy);
}

}  // namespace
}  // namespace zoetrope
