#include "server/http/curl_handle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace zoetrope {
namespace {

std::vector<std::string> Lines(CurlHeaderList& list) {
  std::vector<std::string> lines;
  for (const curl_slist* node = list.Get(); node != nullptr; node = node->next)
    lines.emplace_back(node->data);
  return lines;
}

TEST(CurlOptionsTest, RemembersTheFirstRefusal) {
  InitCurlOnce();
  InitCurlOnce();
  const CurlEasy easy(curl_easy_init());
  CurlOptions options(easy.get());
  options.Set(CURLOPT_TIMEOUT_MS, 5L).Set(CURLOPT_URL, "https://example.com/");
  EXPECT_EQ(options.result(), CURLE_OK);
  options.Set(CURLOPT_HTTP_VERSION, 4711L).Set(CURLOPT_TIMEOUT_MS, 5L);
  EXPECT_NE(options.result(), CURLE_OK);
}

TEST(CurlHeaderListTest, BuildsAndReuses) {
  CurlHeaderList list;
  EXPECT_EQ(list.Get(), nullptr);
  EXPECT_TRUE(list.Add("Authorization", "Key abc"));
  EXPECT_TRUE(list.Add("X-Empty", ""));
  EXPECT_TRUE(list.Add("X-Blank", " \t"));
  list.Suppress("Expect");
  EXPECT_EQ(Lines(list),
            (std::vector<std::string>{"Authorization: Key abc", "X-Empty;", "X-Blank;", "Expect:"}));
  list.Clear();
  EXPECT_EQ(list.Get(), nullptr);
  EXPECT_TRUE(list.Add("A", "b"));
  EXPECT_EQ(Lines(list), (std::vector<std::string>{"A: b"}));
}

TEST(CurlHeaderListTest, RefusesWhatCouldEndAHeader) {
  CurlHeaderList list;
  const std::pair<std::string, std::string> rows[] = {
      {"", "v"},          {"A B", "v"},
      {"A:", "v"},        {"A\r\nB", "v"},
      {"A\n", "v"},       {std::string("A\0", 2), "v"},
      {"A", "v\r\nB: c"}, {"A", "v\n"},
      {"A", "\rv"},       {"A", std::string("v\0w", 3)},
      {"\xc3\xbc", "v"},  {"(A)", "v"},
  };
  for (const auto& [name, value] : rows) EXPECT_FALSE(list.Add(name, value)) << name << ": " << value;
  EXPECT_EQ(list.Get(), nullptr);
}

}  // namespace
}  // namespace zoetrope
