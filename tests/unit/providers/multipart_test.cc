#include "server/providers/multipart.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

TEST(MultipartTest, IsAsTheRfcHasIt) {
  MultipartForm form;
  form.AddText("model", "m-1");
  form.AddFile("input", "input.png", "image/png", std::string_view("\x89PNG\r\n\0x", 8));
  const absl::StatusOr<MultipartForm::Encoded> encoded = form.Encode("token-1");
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->content_type, "multipart/form-data; boundary=token-1");
  const std::string head =
      "--token-1\r\n"
      "Content-Disposition: form-data; name=\"model\"\r\n"
      "\r\n"
      "m-1\r\n"
      "--token-1\r\n"
      "Content-Disposition: form-data; name=\"input\"; filename=\"input.png\"\r\n"
      "Content-Type: image/png\r\n"
      "\r\n";
  EXPECT_EQ(encoded->body, head + std::string("\x89PNG\r\n\0x", 8) + "\r\n--token-1--\r\n");
}

TEST(MultipartTest, IsTheSameEachTime) {
  MultipartForm form;
  form.AddText("a", "token-1");
  EXPECT_EQ(form.Encode("token-1")->body, form.Encode("token-1")->body);
  EXPECT_EQ(MultipartForm().Encode("t")->body, "--t--\r\n");
}

// Whatever a caller writes into a prompt or a picture, it does not end its part.
TEST(MultipartTest, TheBoundaryIsNotInTheContent) {
  const std::string hostile = "x\r\n--token-1\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother";
  MultipartForm form;
  form.AddText("prompt", hostile);
  form.AddText("more", "--token-1-2--");
  form.AddFile("file", "f.png", "image/png", "token-1-3");
  const absl::StatusOr<MultipartForm::Encoded> encoded = form.Encode("token-1");
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->content_type, "multipart/form-data; boundary=token-1-4");
  EXPECT_NE(encoded->body.find(hostile), std::string::npos);
}

TEST(MultipartTest, ContentWithEveryBoundaryIsRefused) {
  std::string all = "t";
  for (int i = 2; i <= 16; ++i) all += " t-" + std::to_string(i);
  MultipartForm form;
  form.AddText("prompt", all);
  EXPECT_EQ(form.Encode("t").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(MultipartTest, HeadersCannotBeWritten) {
  for (const std::string& bad :
       {std::string("a\"b"), std::string("a\r\nx: y"), std::string("a\nb"), std::string("a;b"),
        std::string("a b"), std::string("\xC3\xA4"), std::string("a\0b", 3), std::string("")}) {
    MultipartForm name;
    name.AddText(bad, "x");
    EXPECT_FALSE(name.Encode("t").ok()) << bad;
    MultipartForm filename;
    filename.AddFile("a", bad, "image/png", "x");
    EXPECT_FALSE(filename.Encode("t").ok()) << bad;
    MultipartForm type;
    type.AddFile("a", "b", bad, "x");
    EXPECT_FALSE(type.Encode("t").ok()) << bad;
    MultipartForm subtype;
    subtype.AddFile("a", "b", "image/" + bad, "x");
    EXPECT_FALSE(subtype.Encode("t").ok()) << bad;
    EXPECT_FALSE(MultipartForm().Encode(bad).ok()) << bad;
  }
  EXPECT_FALSE(MultipartForm().Encode(std::string(61, 'x')).ok());
  EXPECT_TRUE(MultipartForm().Encode(std::string(60, 'x')).ok());
}

}  // namespace
}  // namespace zoetrope
