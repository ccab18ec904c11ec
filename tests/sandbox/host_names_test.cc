// Providers by the names of their hosts: what a client sees that knows no other URLs than the provider's own.
#include "tests/sandbox/host_names.h"

#include <set>

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class HostNamesTest : public WorldTest {
 protected:
  Reply By(const std::string& host, const std::string& method, const std::string& target,
           const std::string& body = "", Headers headers = {}) {
    headers.emplace_back("x-forwarded-proto", "https");
    return SendTo(host, method, target, body, std::move(headers));
  }
};

TEST_F(HostNamesTest, EachNameIsItsMount) {
  std::set<std::string_view> names;
  for (const auto& [name, mount] : kHostNames) {
    EXPECT_TRUE(names.insert(name).second) << name;
    ASSERT_NE(FindHostName(name), nullptr);
    EXPECT_EQ(FindHostName(name)->mount, mount);
    EXPECT_EQ(FindHostName(std::string(name) + ":443"), FindHostName(name));
    EXPECT_EQ(FindHostName("x" + std::string(name)), nullptr);
    const Reply by_name = By(std::string(name), "GET", "/nothing");
    const Reply by_path = Send("GET", std::string(mount) + "/nothing");
    EXPECT_EQ(by_name.status, by_path.status) << name;
    EXPECT_EQ(by_name.body, by_path.body) << name;
  }
  EXPECT_EQ(FindHostName(""), nullptr);
}

TEST_F(HostNamesTest, TheUrlsOfAQueueAreThoseOfItsName) {
  const Headers key = {{"authorization", "Key k"}};
  const Json body{{"prompt", "p"}};
  const Json submitted = Body(By("queue.fal.run", "POST", "/fal-ai/sora-2/text-to-video", body.dump(), key));
  const std::string base =
      "https://queue.fal.run/fal-ai/sora-2/requests/" + submitted.value("request_id", "");
  EXPECT_EQ(submitted["response_url"], base);
  EXPECT_EQ(submitted["status_url"], base + "/status");
  EXPECT_EQ(submitted["cancel_url"], base + "/cancel");
  EXPECT_EQ(By("queue.fal.run", "GET", PathOf(submitted["status_url"]), "", key).status, 202);
  now_ += 2000;
  const Json result = Body(By("queue.fal.run", "GET", PathOf(submitted["response_url"]), "", key));
  const std::string video = result["video"].value("url", "");
  EXPECT_TRUE(video.starts_with("https://queue.fal.run/media/")) << video;
  EXPECT_EQ(By("queue.fal.run", "GET", PathOf(video)).status, 200);
}

TEST_F(HostNamesTest, ASpareNameLeadsToTheFirst) {
  const Json submitted = Body(By("queue.falrun.com", "POST", "/fal-ai/sora-2/text-to-video",
                                 R"({"prompt":"p"})", {{"authorization", "Key k"}}));
  EXPECT_TRUE(submitted.value("status_url", "").starts_with("https://queue.fal.run/fal-ai/sora-2/"));
}

TEST_F(HostNamesTest, AnUploadUnderOneNameIsKnownUnderAnother) {
  const Headers key = {{"authorization", "Key k"}};
  const Json token = Body(By("rest.fal.ai", "POST", "/storage/auth/token", "{}", key));
  EXPECT_EQ(token["base_url"], "https://v3.fal.media");
  const Reply uploaded = By("v3.fal.media", "POST", "/files/upload", RenderSamplePng(640, 360),
                            {{"authorization", "Bearer " + token.value("token", "")}});
  const std::string url = Body(uploaded).value("access_url", "");
  EXPECT_TRUE(url.starts_with("https://v3.fal.media/pictures/")) << url;
  const auto submit = [&](const std::string& picture) {
    return By("fal.run", "POST", "/fal-ai/sora-2/image-to-video",
              Json{{"prompt", "p"}, {"image_url", picture}}.dump(), key)
        .status;
  };
  EXPECT_EQ(submit(url), 200);
  EXPECT_EQ(submit("https://v3.fal.media/pictures/none"), 422);
  EXPECT_EQ(submit("https://example.com/pictures/none"), 200) << "not ours to fetch";
}

TEST_F(HostNamesTest, WavespeedPollsWhereItWasAsked) {
  const Json submitted = Body(By("api.wavespeed.ai", "POST", "/api/v3/openai/sora-2/text-to-video",
                                 R"({"prompt":"p","duration":4})", {{"authorization", "Bearer k"}}));
  EXPECT_EQ(submitted["data"]["urls"]["get"],
            "https://api.wavespeed.ai/api/v3/predictions/" + submitted["data"].value("id", "") + "/result");
}

TEST_F(HostNamesTest, ControlIsTheSameUnderAnyName) {
  EXPECT_EQ(By("api.openai.com", "GET", "/_sandbox/health").status, 200);
  EXPECT_EQ(By("api.openai.com", "GET", "/pictures/sample.png").status, 200);
}

}  // namespace
}  // namespace zoetrope::sandbox
