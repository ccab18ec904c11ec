#include "server/engine/callback_urls.h"

#include <gtest/gtest.h>

#include <string>

namespace zoetrope {
namespace {

const AttemptName kAttempt{"01a1fa7d-74b3-74ad-aa57-db7f6d8dc630", "3087ae09-2812-4446-98b9-72d40ceb7bfb"};
constexpr char kBase[] = "https://video.example.com/callbacks";

CallbackUrls UrlsOf(const std::string& key) { return {kBase, Secret(key)}; }
const CallbackUrls kUrls = UrlsOf("0123456789abcdef0123456789abcdef");

std::string PathOf(const AttemptName& attempt) {
  return kUrls.For(attempt).substr(std::string("https://video.example.com").size());
}

TEST(CallbackUrlsTest, WhatIsGivenOutIsRead) {
  const std::string url = kUrls.For(kAttempt);
  EXPECT_EQ(url.find(kBase), 0u);
  EXPECT_EQ(url.substr(url.rfind('/') + 1), kAttempt.attempt_id);
  EXPECT_EQ(kUrls.Read(PathOf(kAttempt)), kAttempt);
  EXPECT_EQ(UrlsOf("0123456789abcdef0123456789abcdef").For(kAttempt), url) << "the same after a restart";
}

TEST(CallbackUrlsTest, AProxyMayAddOrDropParts) {
  const std::string path = PathOf(kAttempt);
  EXPECT_EQ(kUrls.Read("/a/b" + path), kAttempt);
  EXPECT_EQ(kUrls.Read(path.substr(std::string("/callbacks").size())), kAttempt);
}

TEST(CallbackUrlsTest, NoOtherIsRead) {
  const std::string path = PathOf(kAttempt);
  EXPECT_FALSE(UrlsOf("another key, that is as long as it").Read(path).has_value());
  for (std::size_t i = path.find('/', 1) + 1; i < path.size(); ++i) {
    std::string other = path;
    other[i] = other[i] == 'f' ? '0' : 'f';
    EXPECT_FALSE(kUrls.Read(other).has_value()) << other;
  }
  for (const std::string& other :
       {std::string(), std::string("/"), std::string("///"), path + "/", path.substr(0, path.size() - 1),
        "/" + kAttempt.job_id + "//" + kAttempt.attempt_id,
        path + path.substr(0, 2000) + std::string(2000, 'a')}) {
    EXPECT_FALSE(kUrls.Read(other).has_value()) << other;
  }
}

TEST(CallbackUrlsTest, ASealIsForOneAttemptOfOneJob) {
  const std::string path = PathOf(kAttempt);
  const std::string seal = path.substr(path.find(kAttempt.job_id) + kAttempt.job_id.size() + 1, 32);
  const std::string other_job = "01a1fa7d-74b3-74ad-aa57-db7f6d8dc631";
  EXPECT_FALSE(kUrls.Read("/" + other_job + "/" + seal + "/" + kAttempt.attempt_id).has_value());
  EXPECT_TRUE(kUrls.Read("/" + kAttempt.job_id + "/" + seal + "/" + kAttempt.attempt_id).has_value());
}

}  // namespace
}  // namespace zoetrope
