#include "tests/sandbox/vtrix.h"

#include "tests/sandbox/test_world.h"
#include "tests/sandbox/vtrix_task.h"

namespace zoetrope::sandbox {
namespace {

class VtrixTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  static Json Params(const std::string& prompt = "a boat") {
    return {{"prompt", prompt}, {"size", "1280x720"}, {"seconds", "8"}};
  }
  static Json Wrapped(const Json& params) {
    return {{"model", "sora_2_i2v"}, {"input", Json::array({{{"params", params}}})}};
  }
  Reply Post(const std::string& call, const Json& body, Headers headers = {}) {
    headers.emplace_back("authorization", "Bearer k");
    return Send("POST", "/vtrix/model/v1/generation" + call, body.dump(), std::move(headers));
  }
  Reply Create(const Json& params) { return Post("", Wrapped(params)); }
  std::string Submit(const std::string& prompt) {
    return Body(Create(Params(prompt)))["id"].get<std::string>();
  }
  Reply Task(const std::string& id) {
    return Send("GET", "/vtrix/model/v1/generation/task/" + id, "", {{"authorization", "Bearer k"}});
  }
  Json Poll(const std::string& id) { return Body(Task(id)); }
  // The failed task's upstream text.
  std::string FailureOf(const Json& params) {
    const Reply reply = Create(params);
    EXPECT_EQ(reply.status, 200) << reply.body;
    now_ += 1100;
    const Json task = Poll(Body(reply)["id"]);
    EXPECT_EQ(task["status"], "failed");
    EXPECT_EQ(task["error"]["code"], 14001097);
    return task["error"]["error_message"];
  }
};

TEST_F(VtrixTest, HappyPath) {
  const Reply submitted = Post("", Wrapped(Params()), {{"x-request-id", "token-5"}});
  ASSERT_EQ(submitted.status, 200) << submitted.body;
  const std::string id = Body(submitted)["id"];
  EXPECT_EQ(id.size(), 20u);
  EXPECT_EQ(Body(submitted), Json({{"id", id},
                                   {"created_at", 1'800'000'000},
                                   {"status", "in_progress"},
                                   {"model", "sora_2_i2v"},
                                   {"progress", 0}}));
  now_ += 600;
  EXPECT_EQ(Poll(id)["status"], "in_progress");
  EXPECT_EQ(Poll(id)["progress"], 0.5);
  now_ += 500;
  const Json done = Poll(id);
  EXPECT_EQ(done["status"], "completed");
  EXPECT_EQ(done["progress"], 1.0);
  const Json content = done["output"][0]["content"][0];
  EXPECT_EQ(content["type"], "video");
  EXPECT_EQ(content["duration"], "8");
  EXPECT_TRUE(content["jobId"].get<std::string>().starts_with("video_"));
  EXPECT_EQ(done["usage"], Json({{"cost", "0.80"},
                                 {"discount", 1},
                                 {"quantity", 1},
                                 {"unit_price", "0.80"},
                                 {"extra_info", Json::object()}}));
  EXPECT_EQ(done["metadata"]["in_queue_at"], 1'800'000'000.0);
  EXPECT_EQ(done["metadata"]["completed_at"], 1'800'000'001.1);
  EXPECT_FALSE(done.contains("error"));
  const Reply video = Send("GET", PathOf(content["url"]));
  EXPECT_EQ(video.status, 200);
  EXPECT_EQ(video.content_type, "video/mp4");
  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["charged_nanos"], "800000000");
  EXPECT_EQ(entry["marker"], "token-5");
}

TEST_F(VtrixTest, FormsOfTheBody) {
  Json wrapped = Wrapped(Params());
  wrapped.erase("model");
  EXPECT_EQ(Post("", wrapped).status, 400);
  EXPECT_EQ(Post("", wrapped, {{"x-model", "sora_2_i2v"}}).status, 200);
  Json flat = Params();
  flat["model"] = "sora_2_i2v";
  EXPECT_EQ(Post("", flat).status, 200);
  EXPECT_EQ(Post("", {{"model", "sora_2_i2v"}, {"input", Params()}}).status, 400);
  EXPECT_EQ(Post("", Json::array()).status, 400);
  EXPECT_EQ(Ledger()["totals"]["creations"], 2);
}

TEST_F(VtrixTest, DefaultsAreFourSecondsUpright) {
  Create({{"prompt", "p"}});
  const Job* job = world_.jobs.FindBySeq(1);
  EXPECT_EQ(job->clip.width, 720);
  EXPECT_EQ(job->clip.height, 1280);
  EXPECT_EQ(job->clip.seconds, 4);
  EXPECT_EQ(job->price_nanos, 400'000'000);
}

TEST_F(VtrixTest, WrongParameters) {
  struct Case {
    const char* params;
    const char* message;
  };
  const Case cases[] = {
      {R"({})", "prompt is required"},
      {R"({"prompt":"p","seconds":"5"})", "invalid seconds '5', must be one of 4, 8, 12"},
      {R"({"prompt":"p","seconds":4})", "invalid seconds: must be a string"},
      {R"({"prompt":"p","size":"1080x1920"})", "invalid size '1080x1920', must be one of 720x1280, 1280x720"},
      {R"({"prompt":"p","remix_video_id":"video_x"})", "remix_video_id names no completed video"},
  };
  for (const Case& c : cases) {
    const Reply reply = Create(Json::parse(c.params));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Body(reply)["error"], Json({{"code", 400}, {"message", c.message}}));
  }
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(VtrixTest, PicturesMustHaveTheSizeAndAType) {
  ASSERT_EQ(Send("PUT", "/pictures/wide.png", RenderSamplePng(1280, 720)).status, 201);
  const auto with = [&](const std::string& picture, const std::string& size) {
    return Json{{"prompt", "p"}, {"size", size}, {"input_reference", picture}};
  };
  const std::string wide = "http://127.0.0.1:9/pictures/wide.png";
  EXPECT_NE(FailureOf(with(wide, "720x1280")).find("must match the requested width and height"),
            std::string::npos);
  EXPECT_NE(FailureOf(with("data:image/gif;base64,aGVsbG8=", "720x1280")).find("image/webp"),
            std::string::npos);
  EXPECT_NE(FailureOf(with("http://127.0.0.1:9/pictures/none.png", "720x1280")).find("downloaded"),
            std::string::npos);
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
  for (const std::string& good : {wide, std::string("https://x.example/y.png")}) {
    const Reply reply = Create(with(good, "1280x720"));
    now_ += 1100;
    EXPECT_EQ(Poll(Body(reply)["id"])["status"], "completed") << good;
  }
}

TEST_F(VtrixTest, RefusalsBeforeTheModel) {
  EXPECT_EQ(Send("POST", "/vtrix/model/v1/generation", Wrapped(Params()).dump()).status, 401);
  EXPECT_EQ(Send("POST", "/vtrix/model/v1/generation", "{}", {{"authorization", "Bearer bad-key"}}).status,
            401);
  Json other = Wrapped(Params());
  other["model"] = "sora_3";
  EXPECT_EQ(Post("", other).status, 404);
  EXPECT_EQ(Create(Params("[[fault:model-gone]]")).status, 404);
  EXPECT_EQ(Create(Params("[[fault:reject:content]]")).status, 400);
  const Reply poor = Create(Params("[[fault:no-credit]]"));
  EXPECT_EQ(poor.status, 402);
  EXPECT_EQ(Body(poor),
            Json({{"status", {{"code", 402}, {"message", "Insufficient credits"}, {"error_code", 40201}}},
                  {"data", nullptr}}));
  EXPECT_EQ(Body(Create(Params("[[fault:no-credit:40207]]")))["status"]["error_code"], 40207);
  EXPECT_EQ(Body(Create(Params("[[fault:status:402]]")))["status"]["error_code"], 40201);
  EXPECT_EQ(Task("nope").status, 404);
  EXPECT_EQ(Send("GET", "/vtrix/model/v1/generation", "", {{"authorization", "Bearer k"}}).status, 405);
  EXPECT_EQ(Post("/task/x", Json::object()).status, 405);
  EXPECT_EQ(Post("/none", Json::object()).status, 404);
  EXPECT_EQ(Send("GET", "/vtrix/other").status, 404);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(VtrixTest, ErrorCodesOfThePage) {
  struct Case {
    const char* fault;
    Json code;
    const char* text;
  };
  for (const Case& c : {Case{"fail", 14001095, "Internal generation error"},
                        Case{"fail:014001096", 14001096, "Result parsing error"},
                        Case{"fail:content", 14001097, "HTTP error response"},
                        Case{"fail:validation", 14001097, "HTTP error response"},
                        Case{"timed-out", 14001098, "Status check error"},
                        Case{"fail:014001099", 14001099, "Task creation error"},
                        Case{"fail:provider:b", "014001095", "Internal generation error"}}) {
    const std::string id = Submit(std::string("p [[fault:") + c.fault + "]]");
    now_ += 1100;
    const Json task = Poll(id);
    EXPECT_EQ(task["status"], "failed") << c.fault;
    EXPECT_EQ(task["error"]["code"], c.code) << c.fault;
    EXPECT_TRUE(task["error"]["error_message"].get<std::string>().starts_with(c.text)) << task;
    EXPECT_FALSE(task.contains("usage"));
  }
  const std::string odd = Submit("[[fault:completed-with-error]]");
  now_ += 1100;
  EXPECT_EQ(Poll(odd)["status"], "completed");
  EXPECT_EQ(Poll(odd)["error"]["code"], 14001096);
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(VtrixTest, CostsAreTextsAndMayBeDiscounted) {
  const std::string id = Submit("[[fault:discount:85]]");
  now_ += 1100;
  EXPECT_EQ(Poll(id)["usage"]["cost"], "0.68");
  EXPECT_EQ(Poll(id)["usage"]["discount"], 0.85);
  EXPECT_EQ(Ledger()["creations"][0]["charged_nanos"], "680000000");
  EXPECT_EQ(VtrixAmount(0), "0.00");
  EXPECT_EQ(VtrixAmount(1'200'000'000), "1.20");
  EXPECT_EQ(VtrixAmount(12'345'000'001), "12.345000001");
}

TEST_F(VtrixTest, RemixStartsFromAnEarlierVideo) {
  const std::string id = Submit("p");
  now_ += 1100;
  Json params = Params("again");
  params["remix_video_id"] = Poll(id)["output"][0]["content"][0]["jobId"];
  EXPECT_EQ(Create(params).status, 200);
  EXPECT_EQ(Ledger()["totals"]["creations"], 2);
}

TEST_F(VtrixTest, SyncWaitsAQuarterOfAnHour) {
  EXPECT_EQ(Body(Post("/sync", Wrapped(Params())))["status"], "completed");
  const Reply late = Post("/sync", Wrapped(Params("[[fault:run-ms:2000000]]")));
  EXPECT_EQ(late.status, 504);
  EXPECT_EQ(Body(late)["error"]["code"], "SYNC_TIMEOUT");
  EXPECT_EQ(Poll(Body(late)["id"])["status"], "in_progress");
}

TEST_F(VtrixTest, PrechargeCreatesNothing) {
  const Json price = Body(Post("/precharge", Wrapped(Params())));
  EXPECT_EQ(price["status"], "success");
  EXPECT_EQ(price["data"]["cost"], "0.80");
  EXPECT_EQ(Body(Post("/precharge", Wrapped(Json::object())))["data"]["reason"], "prompt is required");
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
  EXPECT_EQ(Ledger()["posts"]["vtrix"], 0);
}

TEST_F(VtrixTest, OddStates) {
  const std::string unknown = Submit("[[fault:unknown-status:paused:1]]");
  EXPECT_EQ(Poll(unknown)["status"], "paused");
  EXPECT_EQ(Poll(unknown)["status"], "in_progress");
  const std::string backwards = Submit("[[fault:backwards]]");
  now_ += 200;
  EXPECT_EQ(Poll(backwards)["status"], "in_progress");
  EXPECT_EQ(Poll(backwards)["status"], "in_queue");
  EXPECT_EQ(Poll(backwards)["status"], "in_progress");
  const std::string expired = Submit("[[fault:expired-result]]");
  const std::string silent = Submit("[[fault:missing-cost]]");
  now_ += 1100;
  EXPECT_EQ(Task(expired).status, 404);
  EXPECT_FALSE(Poll(silent)["usage"].contains("cost"));
  EXPECT_FALSE(Body(Create(Params("[[fault:no-id]]"))).contains("id"));
  const std::string polled = Submit("[[fault:poll-404:1]] [[fault:poll-503]]");
  EXPECT_EQ(Task(polled).status, 404);
  EXPECT_EQ(Task(polled).status, 503);
  EXPECT_EQ(Task(polled).status, 200);
}

}  // namespace
}  // namespace zoetrope::sandbox
