#include "server/base/redact.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

std::string Redacted(std::string text) {
  RedactCredentials(text);
  return text;
}

TEST(RedactTest, WhatLooksLikeACredentialIsTakenOut) {
  const std::pair<const char*, const char*> rows[] = {
      {"Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [redacted]"},
      {"authorization: bearer abcdefgh12345678, then", "authorization: bearer [redacted], then"},
      {"Key 0123-4567:89ab-cdef-0123", "Key [redacted]"},
      {"Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"},
      {"used sk-proj-0123456789abcdef here", "used [redacted] here"},
      {"https://me:word@example.com/a", "https://[redacted]@example.com/a"},
      {"https://example.com/v.mp4?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=ab12&x=1",
       "https://example.com/v.mp4?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&x=1"},
      {"?token=t&key=k&sig=s", "?token=[redacted]&key=[redacted]&sig=[redacted]"},
      {"{\"url\":\"https://a/?api_key=k\",\"x\":\"y\"}",
       "{\"url\":\"https://a/?api_key=[redacted]\",\"x\":\"y\"}"},
      {"two: https://a:b@c and https://d:e@f", "two: https://[redacted]@c and https://[redacted]@f"},
  };
  for (const auto& [text, wanted] : rows) EXPECT_EQ(Redacted(text), wanted);
}

TEST(RedactTest, SentencesStayAsTheyAre) {
  for (const char* text :
       {"Key figures of the month", "a token of thanks", "the basic idea", "https://example.com/a@b",
        "monkey=1", "the bearer of this", "task-1 and desk-2", "", "sk-1", "://", "a://@", "key="}) {
    const std::string expected = std::string(text) == "a://@" ? "a://[redacted]@" : text;
    EXPECT_EQ(Redacted(text), expected) << text;
  }
}

TEST(RedactTest, TwiceIsOnce) {
  const std::string once = Redacted("Bearer abcdefgh12345678 https://a:b@c?token=x");
  EXPECT_EQ(Redacted(once), once);
}

}  // namespace
}  // namespace zoetrope
