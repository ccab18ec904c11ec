#include "tests/sandbox/multipart.h"

#include <gtest/gtest.h>

namespace zoetrope::sandbox {
namespace {

constexpr char kType[] = "multipart/form-data; boundary=b0";

TEST(ParseForm, ReadsFieldsAndFiles) {
  const auto parts =
      ParseForm(kType,
                "--b0\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\na boat\r\n"
                "--b0\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"a \\\"b.png\"\r\n"
                "Content-Type: image/png\r\n\r\n\x89\r\n--b\r\n\r\n"
                "--b0\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--b0--\r\n");
  ASSERT_TRUE(parts.has_value());
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].name, "prompt");
  EXPECT_EQ((*parts)[0].body, "a boat");
  EXPECT_FALSE((*parts)[0].is_file);
  EXPECT_EQ((*parts)[1].name, "picture");
  EXPECT_TRUE((*parts)[1].is_file);
  EXPECT_EQ((*parts)[1].filename, "a \"b.png");
  EXPECT_EQ((*parts)[1].content_type, "image/png");
  EXPECT_EQ((*parts)[1].body, "\x89\r\n--b\r\n");
  EXPECT_EQ((*parts)[2].name, "empty");
  EXPECT_EQ((*parts)[2].body, "");
}

TEST(ParseForm, TakesAQuotedBoundaryAndAPreamble) {
  const auto parts =
      ParseForm("Multipart/Form-Data; charset=utf-8; boundary=\"x y\"",
                "for old readers\r\n--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"
                "\r\n--x y--");
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->front().body, "1");
}

TEST(ParseForm, RefusesWhatIsNone) {
  const std::string part = "--b0\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
  EXPECT_TRUE(ParseForm(kType, part + "--b0--").has_value());
  EXPECT_FALSE(ParseForm("application/json", part + "--b0--").has_value());
  EXPECT_FALSE(ParseForm("multipart/form-data", part + "--b0--").has_value());
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=", part + "--b0--").has_value());
  EXPECT_FALSE(ParseForm("multipart/form-data; boundary=other", part + "--b0--").has_value());
  EXPECT_FALSE(ParseForm(kType, "").has_value());
  EXPECT_FALSE(ParseForm(kType, part).has_value()) << "cut before its end";
  EXPECT_FALSE(ParseForm(kType, "--b0\r\nContent-Type: text/plain\r\n\r\n1\r\n--b0--").has_value());
  EXPECT_FALSE(ParseForm(kType, "--b0\r\nno colon\r\n\r\n1\r\n--b0--").has_value());
  std::string many;
  for (int i = 0; i < 101; ++i) many += part;
  EXPECT_FALSE(ParseForm(kType, many + "--b0--").has_value());
}

// Wherever a form is cut: an answer, and never one with a part that was not there.
TEST(ParseForm, SurvivesEveryCut) {
  const std::string whole =
      "--b0\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\\\r\n\r\n1\r\n--b0\r\n"
      "Content-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--b0--";
  for (std::size_t size = 0; size + 2 <= whole.size(); ++size) {
    EXPECT_FALSE(ParseForm(kType, whole.substr(0, size)).has_value()) << size;
  }
  EXPECT_EQ(ParseForm(kType, whole)->size(), 2u);
}

}  // namespace
}  // namespace zoetrope::sandbox
