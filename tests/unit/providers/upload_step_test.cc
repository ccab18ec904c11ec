#include "server/providers/upload_step.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

Image ByValue(const std::string& sha256) { return {BlobRef{sha256, "image/png", 5, 4, 4}, ImageFit::kExact}; }

TEST(UploadStepTest, OnePerPictureByValueInTheOrderOfTheFields) {
  Generation generation;
  EXPECT_TRUE(UploadSteps(generation).empty());
  generation.first_frame = ByValue("a");
  generation.last_frame = Image{std::string("https://img.example/b.png"), ImageFit::kExact};
  generation.reference_images = {ByValue("c"), ByValue("a")};
  EXPECT_EQ(UploadSteps(generation), (std::vector<std::string>{UploadStep("a"), UploadStep("c")}));
}

TEST(UploadStepTest, AStepKnowsItsPicture) {
  const Generation generation;
  const Offering offering;
  const std::map<std::string, MediaBytes> blobs = {{"a", {"image/png", "hello"}}};
  const std::map<std::string, std::string> preparations;
  const SubmitInput input{generation, offering, "attempt", blobs, preparations, ""};
  ASSERT_NE(UploadedPicture(UploadStep("a"), input), nullptr);
  EXPECT_EQ(UploadedPicture(UploadStep("a"), input)->bytes, "hello");
  EXPECT_EQ(UploadedPicture(UploadStep("b"), input), nullptr) << "not among the pictures";
  EXPECT_EQ(UploadedPicture("a", input), nullptr) << "no such step";
}

}  // namespace
}  // namespace zoetrope
