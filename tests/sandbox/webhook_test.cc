#include "tests/sandbox/webhook.h"

#include "tests/sandbox/test_world.h"
#include "tests/sandbox/wavespeed_account.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

constexpr char kHook[] = "http://127.0.0.1:7/hooks/token-1";

class WebhookTest : public WorldTest {
 protected:
  std::string Runpod(const std::string& prompt) {
    const Json body{{"input", {{"prompt", prompt}, {"image", "https://x/y.png"}, {"duration", 4}}},
                    {"webhook", kHook}};
    return Body(Send("POST", "/runpod/v2/sora-2-i2v/run", body.dump(), kKey))["id"];
  }
  std::string Fal(const std::string& prompt) {
    const Reply reply =
        Send("POST", "/fal/queue/fal-ai/sora-2/text-to-video?fal_webhook=" + std::string(kHook),
             Json{{"prompt", prompt}}.dump(), {{"authorization", "Key k"}});
    return Body(reply)["request_id"];
  }
  std::string Runware(const std::string& prompt, int results = 1) {
    const std::string uuid = DerivedUuid(prompt, 1);
    const Json task{{"taskType", "videoInference"}, {"taskUUID", uuid},   {"model", "openai:3@1"},
                    {"positivePrompt", prompt},     {"width", 1280},      {"height", 720},
                    {"numberResults", results},     {"webhookURL", kHook}};
    EXPECT_EQ(Send("POST", "/runware/v1", Json::array({task}).dump(), kKey).status, 200);
    return uuid;
  }
  std::string Wavespeed(const std::string& prompt) {
    const Reply reply =
        Send("POST", "/wavespeed/api/v3/openai/sora-2/image-to-video?webhook=" + std::string(kHook),
             Json{{"prompt", prompt}, {"image", "https://x/y.png"}}.dump(), kKey);
    return Body(reply)["data"]["id"];
  }
  std::vector<OutgoingWebhook> Due() { return TakeDueWebhooks(&world_, 100); }
  // The messages that a finished job owes.
  std::vector<OutgoingWebhook> AfterTheEnd() {
    now_ += 1100;
    return Due();
  }
  static std::string HeaderOf(const OutgoingWebhook& out, const std::string& name) {
    for (const auto& [key, value] : out.headers) {
      if (key == name) return value;
    }
    return "";
  }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(WebhookTest, RunpodSendsTheJob) {
  const std::string id = Runpod("p");
  now_ += 1099;
  EXPECT_TRUE(Due().empty());
  now_ += 1;
  const auto due = Due();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].webhook.url, kHook);
  EXPECT_EQ(due[0].body, Send("GET", "/runpod/v2/sora-2-i2v/status/" + id, "", kKey).body);
  EXPECT_TRUE(due[0].headers.empty());
  EXPECT_TRUE(Due().empty());
}

TEST_F(WebhookTest, UrlsSayHttpsToWhoeverCameByTls) {
  const Json body{{"input", {{"prompt", "p"}, {"image", "https://x/y.png"}, {"duration", 4}}},
                  {"webhook", kHook}};
  Headers headers = kKey;
  headers.emplace_back("x-forwarded-proto", "https");
  ASSERT_EQ(Send("POST", "/runpod/v2/sora-2-i2v/run", body.dump(), headers).status, 200);
  const auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_TRUE(
      Json::parse(due[0].body)["output"].value("video_url", "").starts_with("https://127.0.0.1:9/media/"))
      << due[0].body;
}

TEST_F(WebhookTest, FalWrapsAndSignsTheResult) {
  const std::string id = Fal("p");
  const std::string failed = Fal("[[fault:fail:content]]");
  auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 2u);
  if (Json::parse(due[0].body)["request_id"] != id) std::swap(due[0], due[1]);
  const Json good = Json::parse(due[0].body);
  EXPECT_EQ(good["gateway_request_id"], id);
  EXPECT_EQ(good["status"], "OK");
  EXPECT_TRUE(good["payload"]["video"]["url"].is_string());
  EXPECT_FALSE(good.contains("error"));
  EXPECT_EQ(HeaderOf(due[0], "X-Fal-Webhook-Request-Id"), id);
  EXPECT_EQ(HeaderOf(due[0], "X-Fal-Webhook-Timestamp"), "1800000001");
  EXPECT_EQ(HeaderOf(due[0], "X-Fal-Webhook-Signature"),
            FalSignature(FalSandboxSeed(), id, HeaderOf(due[0], "X-Fal-Webhook-User-Id"), 1'800'000'001,
                         due[0].body));
  const Json bad = Json::parse(due[1].body);
  EXPECT_EQ(bad["request_id"], failed);
  EXPECT_EQ(bad["status"], "ERROR");
  EXPECT_EQ(bad["error"], "Invalid status code: 422");
  EXPECT_EQ(bad["payload"]["detail"][0]["type"], "content_policy_violation");
}

TEST_F(WebhookTest, RunwareSendsEachResultFlat) {
  const std::string uuid = Runware("two [[fault:partial:1]]", 2);
  const auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 2u);
  const Json first = Json::parse(due[0].body);
  EXPECT_EQ(first["taskUUID"], uuid);
  EXPECT_TRUE(first["videoURL"].is_string());
  EXPECT_FALSE(first.contains("status"));
  const Json second = Json::parse(due[1].body);
  EXPECT_EQ(second["taskUUID"], uuid);
  EXPECT_EQ(second["code"], "inferenceError");
}

TEST_F(WebhookTest, WavespeedSignsTheBarePrediction) {
  const std::string id = Wavespeed("p");
  const auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  const Json message = Json::parse(due[0].body);
  EXPECT_EQ(message["id"], id);
  EXPECT_EQ(message["status"], "completed");
  EXPECT_FALSE(message.contains("code"));
  EXPECT_TRUE(id.starts_with(HeaderOf(due[0], "webhook-id")));
  EXPECT_EQ(HeaderOf(due[0], "webhook-signature"),
            WavespeedSignature(kWavespeedWebhookSecret, HeaderOf(due[0], "webhook-id"), 1'800'000'001,
                               due[0].body));
}

TEST_F(WebhookTest, FaultsDecideWhetherHowOftenAndWhen) {
  Runpod("[[fault:webhook-never]]");
  Runpod("[[fault:never-finishes]]");
  EXPECT_TRUE(AfterTheEnd().empty());
  Runpod("[[fault:webhook-twice]]");
  EXPECT_EQ(AfterTheEnd().size(), 2u);
  // The job that ended first is told last.
  Runpod("first [[fault:webhook-late:5000]]");
  now_ += 1000;
  const std::string second = Runpod("second");
  auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(Json::parse(due[0].body)["id"], second);
  now_ += 4000;
  EXPECT_EQ(Due().size(), 1u);
  const std::string forged = Wavespeed("[[fault:webhook-forged]]");
  due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_NE(
      HeaderOf(due[0], "webhook-signature"),
      WavespeedSignature(kWavespeedWebhookSecret, HeaderOf(due[0], "webhook-id"), now_ / 1000, due[0].body));
}

TEST_F(WebhookTest, WhatIsNotAcceptedIsSentAgain) {
  Runpod("p");
  for (int tried = 1; tried <= 3; ++tried) {
    now_ += tried == 1 ? 1100 : 10'000;
    auto due = Due();
    ASSERT_EQ(due.size(), 1u) << tried;
    EXPECT_EQ(due[0].webhook.tried, tried);
    WebhookAnswered(&world_, std::move(due[0]), tried == 2 ? 0 : 503);
    EXPECT_TRUE(Due().empty());
  }
  now_ += 1'000'000;
  EXPECT_TRUE(Due().empty()) << "two more tries and no third";
  const Json shown = Body(Send("GET", "/_sandbox/webhooks"));
  EXPECT_EQ(shown["owed"], 0);
  ASSERT_EQ(shown["deliveries"].size(), 3u);
  EXPECT_EQ(shown["deliveries"][1]["status"], 0);
  EXPECT_EQ(shown["deliveries"][2]["try"], 3);

  // Runware's pauses double.
  Runware("again");
  std::vector<std::int64_t> pauses;
  now_ += 1100;
  std::int64_t last = now_;
  for (int step = 0; step < 300 && pauses.size() < 7; ++step, now_ += 250) {
    auto due = Due();
    if (due.empty()) continue;
    pauses.push_back(now_ - last);
    last = now_;
    WebhookAnswered(&world_, std::move(due[0]), 500);
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{0, 250, 500, 1000, 2000, 4000, 8000}));
}

TEST_F(WebhookTest, AcceptedOrForbiddenOnesAreNot) {
  for (const int status : {200, 204, -1}) {
    Runpod("p" + std::to_string(status));
    auto due = AfterTheEnd();
    ASSERT_EQ(due.size(), 1u);
    WebhookAnswered(&world_, std::move(due[0]), status);
    now_ += 100'000;
    EXPECT_TRUE(Due().empty()) << status;
  }
}

TEST_F(WebhookTest, CancelAndRetryMoveTheEnd) {
  const std::string id = Runpod("p [[fault:run-ms:60000]]");
  now_ += 200;
  Send("POST", "/runpod/v2/sora-2-i2v/cancel/" + id, "", kKey);
  const auto cancelled = Due();
  ASSERT_EQ(cancelled.size(), 1u);
  EXPECT_EQ(Json::parse(cancelled[0].body)["status"], "CANCELLED");

  const std::string again = Runpod("[[fault:fail]] [[fault:webhook-late:500]]");
  now_ += 1100;
  Send("POST", "/runpod/v2/sora-2-i2v/retry/" + again, "", kKey);
  now_ += 500;
  EXPECT_TRUE(Due().empty()) << "it runs again";
  now_ += 600;
  const auto retried = Due();
  ASSERT_EQ(retried.size(), 1u);
  EXPECT_EQ(Json::parse(retried[0].body)["status"], "COMPLETED");
}

}  // namespace
}  // namespace zoetrope::sandbox
