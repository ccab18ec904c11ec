#include "tests/sandbox/openai_webhook.h"

#include "tests/sandbox/test_world.h"
#include "tests/sandbox/webhook.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

constexpr char kHook[] = "http://127.0.0.1:7/hooks";
constexpr char kEndpoints[] = "/openai/v1/webhook_endpoints";

class OpenaiWebhookTest : public WorldTest {
 protected:
  Reply Call(const std::string& method, const std::string& more, const Json& body = nullptr) {
    return Send(method, kEndpoints + more, body.is_null() ? "" : body.dump(), kKey);
  }
  Json Add(const std::string& name, const Json& types = {"video.completed", "video.failed"}) {
    return Body(Call("POST", "", {{"name", name}, {"url", kHook}, {"event_types", types}}));
  }
  std::string Submit(const std::string& prompt) {
    return Body(Send("POST", "/openai/v1/videos", Json{{"prompt", prompt}}.dump(), kKey))["id"];
  }
  std::vector<OutgoingWebhook> AfterTheEnd() {
    now_ += 1100;
    return TakeDueWebhooks(&world_, 100);
  }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(OpenaiWebhookTest, ShowsTheSecretOnceAndThenAHint) {
  const Json made = Add("first");
  const std::string id = made["id"];
  const std::string secret = made["signing_secret"];
  EXPECT_EQ(made["object"], "webhook_endpoint");
  EXPECT_EQ(made["created_at"], 1'800'000'000);
  EXPECT_TRUE(secret.starts_with("whsec_")) << secret;
  EXPECT_EQ(secret.size(), 6u + 44);
  const Json shown = Body(Call("GET", "/" + id));
  EXPECT_FALSE(shown.contains("signing_secret"));
  EXPECT_EQ(shown["signing_secret_hint"], "whsec_..." + secret.substr(secret.size() - 4));
  const Json rotated = Body(Call("POST", "/" + id + "/rotate_secret"));
  EXPECT_NE(rotated["signing_secret"], secret);
  EXPECT_EQ(rotated["id"], id);
}

TEST_F(OpenaiWebhookTest, ChangesListsAndDeletes) {
  const std::string first = Add("first")["id"];
  const std::string second = Add("second")["id"];
  now_ += 5000;
  const Json changed = Body(Call("POST", "/" + first, {{"name", "new"}, {"event_types", {"video.failed"}}}));
  EXPECT_EQ(changed["name"], "new");
  EXPECT_EQ(changed["url"], kHook);
  EXPECT_EQ(changed["event_types"], Json({"video.failed"}));
  EXPECT_EQ(changed["updated_at"], 1'800'000'005);
  const Json page = Body(Call("GET", "?limit=1"));
  EXPECT_EQ(page["data"][0]["id"], second);
  EXPECT_EQ(page["has_more"], true);
  const Json rest = Body(Call("GET", "?after=" + second));
  EXPECT_EQ(rest["data"][0]["id"], first);
  EXPECT_EQ(rest["has_more"], false);
  EXPECT_EQ(Call("GET", "?after=none").status, 400);
  EXPECT_EQ(Call("GET", "?limit=many").status, 400);
  EXPECT_EQ(Body(Call("DELETE", "/" + first))["deleted"], true);
  EXPECT_EQ(Call("DELETE", "/" + first).status, 404);
  EXPECT_EQ(Call("PUT", "/" + second).status, 405);
  EXPECT_EQ(Call("GET", "/" + second + "/other").status, 404);
  EXPECT_EQ(Send("POST", "/_sandbox/reset").status, 200);
  EXPECT_TRUE(Body(Call("GET", ""))["data"].empty());
}

TEST_F(OpenaiWebhookTest, RefusesWhatIsWrong) {
  EXPECT_EQ(Send("GET", kEndpoints).status, 401);
  EXPECT_EQ(Send("POST", kEndpoints, "[", kKey).status, 400);
  const Json good{{"name", "n"}, {"url", kHook}, {"event_types", {"video.failed"}}};
  const std::pair<const char*, Json> cases[] = {{"name", 1},
                                                {"url", ""},
                                                {"event_types", "video.failed"},
                                                {"event_types", Json::array()},
                                                {"other", 1}};
  for (const auto& [key, value] : cases) {
    Json body = good;
    body[key] = value;
    const Reply reply = Call("POST", "", body);
    EXPECT_EQ(reply.status, 400) << key;
    EXPECT_EQ(Body(reply)["error"]["param"], key);
  }
  for (const char* key : {"name", "url", "event_types"}) {
    Json body = good;
    body.erase(key);
    EXPECT_EQ(Body(Call("POST", "", body))["error"]["code"], "missing_required_parameter") << key;
  }
}

TEST_F(OpenaiWebhookTest, TellsEachEndpointWhatItAskedFor) {
  const Json both = Add("both");
  Add("failures", {"video.failed"});
  const std::string good = Submit("p");
  auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].webhook.url, kHook);
  const Json event = Json::parse(due[0].body);
  EXPECT_EQ(event["object"], "event");
  EXPECT_EQ(event["type"], "video.completed");
  EXPECT_EQ(event["data"], Json({{"id", good}}));
  EXPECT_EQ(event["created_at"], 1'800'000'001);
  ASSERT_EQ(due[0].headers.size(), 3u);
  const std::string id = due[0].headers[0].second;
  EXPECT_EQ(due[0].headers[1].second, "1800000001");
  EXPECT_EQ(due[0].headers[2].second,
            OpenaiSignature(both["signing_secret"].get<std::string>(), id, 1'800'000'001, due[0].body));
  Submit("[[fault:fail:content]]");
  due = AfterTheEnd();
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(Json::parse(due[1].body)["type"], "video.failed");
  EXPECT_NE(due[0].headers[2].second, due[1].headers[2].second) << "each endpoint has its own secret";
}

TEST_F(OpenaiWebhookTest, IsSentAgainUntilItIsAccepted) {
  Add("first");
  Submit("p");
  Submit("[[fault:never-finishes]]");
  auto due = AfterTheEnd();
  ASSERT_EQ(due.size(), 1u);
  const std::string id = due[0].headers[0].second;
  WebhookAnswered(&world_, due[0], 500);
  now_ += 1000;
  due = TakeDueWebhooks(&world_, 100);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].headers[0].second, id);
  WebhookAnswered(&world_, due[0], 200);
  now_ += 100'000'000;
  EXPECT_TRUE(TakeDueWebhooks(&world_, 100).empty());
}

}  // namespace
}  // namespace zoetrope::sandbox
