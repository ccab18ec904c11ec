#include "tests/sandbox/runware_check.h"
#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class RunwareTest : public WorldTest {
 protected:
  static Json Task(const std::string& prompt = "a boat", const Json& more = Json::object()) {
    Json task{{"taskType", "videoInference"},
              {"taskUUID", DerivedUuid(prompt + more.dump(), 1)},
              {"model", "openai:3@1"},
              {"positivePrompt", prompt},
              {"width", 1280},
              {"height", 720},
              {"duration", 8},
              {"includeCost", true}};
    for (const auto& [key, value] : more.items()) {
      if (value.is_null()) {
        task.erase(key);
      } else {
        task[key] = value;
      }
    }
    return task;
  }

  Reply Post(const Json& tasks) {
    return Send("POST", "/runware/v1", (tasks.is_array() ? tasks : Json::array({tasks})).dump(), kKey);
  }
  Json Poll(const std::string& uuid) { return Body(Post({{"taskType", "getResponse"}, {"taskUUID", uuid}})); }
  // Submits and returns the taskUUID.
  std::string Submit(const std::string& prompt, const Json& more = Json::object()) {
    const Json task = Task(prompt, more);
    EXPECT_EQ(Post(task).status, 200) << task;
    return task["taskUUID"];
  }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(RunwareTest, HappyPath) {
  const Json task = Task();
  const Reply submitted = Post(task);
  ASSERT_EQ(submitted.status, 200);
  const std::string uuid = task["taskUUID"];
  EXPECT_EQ(Body(submitted),
            Json({{"data", Json::array({{{"taskType", "videoInference"}, {"taskUUID", uuid}}})}}));
  now_ += 600;
  const Json running = Poll(uuid)["data"][0];
  EXPECT_EQ(running["status"], "processing");
  EXPECT_EQ(running["progress"], 50);
  now_ += 500;
  const Json item = Poll(uuid)["data"][0];
  EXPECT_EQ(item["status"], "success");
  EXPECT_TRUE(IsUuidV4(item["videoUUID"].get<std::string>()));
  EXPECT_EQ(item["cost"].dump(), "0.8");
  EXPECT_TRUE(item["seed"].is_number_unsigned());
  EXPECT_TRUE(item["outputs"]["videoId"].get<std::string>().starts_with("video_"));
  EXPECT_FALSE(item.contains("NSFWContent"));
  EXPECT_EQ(Send("GET", PathOf(item["videoURL"])).status, 200);
  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["marker"], uuid);
  EXPECT_EQ(entry["id"], uuid);
  EXPECT_EQ(entry["charged_nanos"], "800000000");
}

TEST_F(RunwareTest, AUsedUuidIsRefused) {
  const Json task = Task();
  EXPECT_EQ(Post(task).status, 200);
  const Reply again = Post(task);
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(Body(again)["errors"][0]["code"], "conflictTaskUUID");
  EXPECT_EQ(Body(again)["errors"][0]["taskUUID"], task["taskUUID"]);
  // A refused task does not use its name up.
  Json wrong = Task("other");
  wrong["duration"] = 5;
  EXPECT_EQ(Post(wrong).status, 400);
  wrong["duration"] = 4;
  EXPECT_EQ(Post(wrong).status, 200);
  EXPECT_EQ(Ledger()["totals"]["creations"], 2);
  EXPECT_EQ(Ledger()["posts"]["runware"], 4);
}

TEST_F(RunwareTest, ResendAfterALostReplyIsAConflict) {
  const Json task = Task("p [[fault:lost-reply]]");
  EXPECT_EQ(Post(task).delivery, Delivery::kClose);
  EXPECT_EQ(Body(Post(task))["errors"][0]["code"], "conflictTaskUUID");
  EXPECT_EQ(Ledger()["totals"]["creations"], 1);
  const Json before = Task("p [[fault:lost-request]]");
  EXPECT_EQ(Post(before).delivery, Delivery::kClose);
  EXPECT_EQ(Post(before).status, 200);
}

TEST_F(RunwareTest, BatchGrowsAndIsPaidPerResult) {
  const std::string uuid = Submit("pp", {{"numberResults", 3}});
  now_ += 650;
  const Json half = Poll(uuid)["data"];
  ASSERT_EQ(half.size(), 2u);
  EXPECT_EQ(half[0]["status"], "success");
  EXPECT_EQ(half[1]["status"], "processing");
  EXPECT_EQ(Send("GET", PathOf(half[0]["videoURL"])).status, 200);
  now_ += 450;
  const Json all = Poll(uuid)["data"];
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0], half[0]);
  EXPECT_NE(all[1]["seed"], all[0]["seed"]);
  EXPECT_EQ(Ledger()["creations"][0]["charged_nanos"], "2400000000");
}

TEST_F(RunwareTest, PartOfABatchMayFail) {
  const std::string uuid = Submit("p [[fault:partial:1]]", {{"numberResults", 3}});
  now_ += 1100;
  const Json reply = Poll(uuid);
  EXPECT_EQ(reply["data"].size(), 2u);
  EXPECT_EQ(reply["errors"].size(), 1u);
  EXPECT_EQ(Ledger()["creations"][0]["charged_nanos"], "1600000000");
}

TEST_F(RunwareTest, ValidationNamesEveryMistake) {
  struct Case {
    Json more;
    const char* code;
  };
  const Json frame = {{"frameImages", Json::array({"https://x/y.png"})}};
  const Json two = {{"frameImages", Json::array({"https://x/y.png", "https://x/z.png"})}};
  const Json last = {{"frameImages", Json::array({{{"image", "https://x/y.png"}, {"frame", "last"}}})}};
  const Json bad_data = {{"frameImages", Json::array({"data:image/png;base64,aGVsbG8="})}};
  const Json video = {{"videoId", "video_1"}};
  const Case cases[] = {
      {{{"duration", 5}}, "invalidDuration"},
      {{{"duration", "8"}}, "invalidDuration"},
      {{{"positivePrompt", "p"}}, "invalidPositivePrompt"},
      {{{"positivePrompt", nullptr}}, "missingPositivePrompt"},
      {{{"taskUUID", "not-a-uuid"}}, "invalidTaskUUID"},
      {{{"taskUUID", nullptr}}, "missingTaskUUID"},
      {{{"fps", 24}}, "unknownParameter"},
      {{{"inputs", {{"frameImage", "x"}}}}, "unknownParameter"},
      {{{"height", nullptr}}, "incompatibleParameters"},
      {{{"width", nullptr}, {"height", nullptr}}, "incompatibleParameters"},
      {{{"width", 1920}, {"height", 1080}}, "unsupportedDimensions"},
      {{{"inputs", two}}, "invalidFrameImages"},
      {{{"inputs", last}}, "invalidFrameImages"},
      {{{"inputs", bad_data}}, "invalidFrameImages"},
      {{{"inputs", video}}, "incompatibleParameters"},
      {{{"inputs", video}, {"width", nullptr}, {"height", nullptr}}, "invalidVideoId"},
      {{{"outputType", "base64Data"}}, "invalidOutputType"},
      {{{"outputFormat", "GIF"}}, "invalidOutputFormat"},
      {{{"outputQuality", 10}}, "invalidOutputQuality"},
      {{{"deliveryMethod", "sync"}}, "invalidDeliveryMethod"},
      {{{"numberResults", 5}}, "invalidNumberResults"},
      {{{"ttl", 10}}, "invalidTtl"},
      {{{"safety", {{"mode", "max"}}}}, "invalidSafetyMode"},
  };
  for (const Case& c : cases) {
    const Reply reply = Post(Task("prompt", c.more));
    EXPECT_EQ(reply.status, 400) << c.more;
    EXPECT_EQ(Body(reply)["errors"][0]["code"], c.code) << reply.body;
  }
  const Json allowed = Body(Post(Task("prompt", {{"duration", 5}})))["errors"][0];
  EXPECT_EQ(allowed["parameter"], "duration");
  EXPECT_EQ(allowed["type"], "float");
  EXPECT_EQ(allowed["allowedValues"], Json::array({4, 8, 12, 16, 20}));
  EXPECT_EQ(Post(Task("prompt", {{"model", "nope:1@1"}})).status, 404);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
  EXPECT_EQ(Post(Task("frame", {{"inputs", frame}})).status, 200);
  EXPECT_EQ(Post(Task("frame only", {{"inputs", frame}, {"width", nullptr}, {"height", nullptr}})).status,
            200);
  EXPECT_EQ(Post(Task("float", {{"duration", 16.0}})).status, 200);
}

TEST_F(RunwareTest, SeedanceHasItsOwnRules) {
  const Json base = {{"model", "bytedance:seedance@1.5-pro"}, {"duration", 5}};
  const auto with = [&](Json more) {
    Json all = base;
    all.update(more);
    return Post(Task("prompt", all));
  };
  EXPECT_EQ(with({{"width", 960}, {"height", 960}}).status, 200);
  EXPECT_EQ(Ledger()["creations"][0]["price_nanos"], "260000000");
  EXPECT_EQ(with({{"width", 864}, {"height", 496}}).status, 200);
  EXPECT_EQ(Ledger()["creations"][1]["price_nanos"], "120000000");
  EXPECT_EQ(Body(with({{"seed", 5}}))["errors"][0]["code"], "unknownParameter");
  EXPECT_EQ(Body(with({{"duration", 4.5}}))["errors"][0]["code"], "invalidDuration");
  EXPECT_EQ(Body(with({{"resolution", "720p"}}))["errors"][0]["code"], "incompatibleParameters");
}

TEST_F(RunwareTest, RemixTakesTheSourcesPicture) {
  const std::string uuid = Submit("pp");
  now_ += 1100;
  const std::string video = Poll(uuid)["data"][0]["outputs"]["videoId"];
  Submit("again", {{"inputs", {{"videoId", video}}}, {"width", nullptr}, {"height", nullptr}});
}

TEST_F(RunwareTest, CredentialsInHeaderOrFirstTask) {
  const auto send = [&](const Json& tasks, const Headers& headers) {
    return Send("POST", "/runware/v1", tasks.dump(), headers);
  };
  const Json ping = {{"taskType", "ping"}, {"ping", true}};
  const Json login = {{"taskType", "authentication"}, {"apiKey", "k"}};
  const Json wrong = {{"taskType", "authentication"}, {"apiKey", "bad-key"}};
  EXPECT_EQ(Body(send(Json::array({ping}), {}))["errors"][0]["code"], "missingApiKey");
  EXPECT_EQ(Body(send(Json::array({wrong, ping}), {}))["errors"][0]["code"], "invalidApiKey");
  const Reply good = send(Json::array({login, ping}), {});
  EXPECT_EQ(good.status, 200);
  EXPECT_TRUE(Body(good)["data"][0].contains("connectionSessionUUID"));
  EXPECT_EQ(Body(good)["data"][1], Json({{"taskType", "ping"}, {"pong", true}}));
  EXPECT_EQ(send(Json::array({ping}), {{"authorization", "Bearer bad-key"}}).status, 401);
}

TEST_F(RunwareTest, MalformedRequests) {
  for (const char* body : {"", "{}", "[]", "[1]", "not json"}) {
    EXPECT_EQ(Send("POST", "/runware/v1", body, kKey).status, 400) << body;
  }
  EXPECT_EQ(Send("GET", "/runware/v1", "", kKey).status, 405);
  EXPECT_EQ(Send("POST", "/runware/v2", "[]", kKey).status, 404);
  EXPECT_EQ(Body(Post({{"taskType", "dance"}}))["errors"][0]["code"], "invalidTaskType");
  EXPECT_EQ(Body(Post({{"taskType", "getResponse"}}))["errors"][0]["code"], "missingTaskUUID");
}

TEST_F(RunwareTest, UnknownTasks) {
  EXPECT_EQ(Poll(DerivedUuid("none", 1)), Json({{"data", Json::array()}}));
  const Reply details = Post({{"taskType", "getTaskDetails"}, {"taskUUID", DerivedUuid("none", 1)}});
  EXPECT_EQ(details.status, 404);
}

TEST_F(RunwareTest, DetailsHoldRequestAndResponse) {
  const std::string uuid = Submit("pp");
  now_ += 1100;
  const Json item = Body(Post({{"taskType", "getTaskDetails"}, {"taskUUID", uuid}}))["data"][0];
  EXPECT_EQ(item["request"][0]["positivePrompt"], "pp");
  EXPECT_EQ(item["response"]["data"][0]["status"], "success");
}

TEST_F(RunwareTest, SeveralTasksInOneRequest) {
  const Json one = Task("one");
  Json two = Task("two");
  two["duration"] = 5;
  const Reply mixed = Post(Json::array({one, two}));
  EXPECT_EQ(mixed.status, 200);
  EXPECT_EQ(Body(mixed)["data"].size(), 1u);
  EXPECT_EQ(Body(mixed)["errors"].size(), 1u);
  const std::string other = Submit("three");
  const Json polls = Body(Post(Json::array({{{"taskType", "getResponse"}, {"taskUUID", one["taskUUID"]}},
                                            {{"taskType", "getResponse"}, {"taskUUID", other}}})));
  EXPECT_EQ(polls["data"].size(), 2u);
  EXPECT_EQ(Ledger()["requests"]["runware"]["poll"], 2);
}

TEST_F(RunwareTest, BothFormsOfFailure) {
  const std::string in_errors = Submit("p [[fault:fail:content]]");
  const std::string in_data = Submit("p [[fault:fail:content:b]]");
  const std::string timeout = Submit("p [[fault:timed-out]]");
  now_ += 1100;
  const Json first = Poll(in_errors);
  EXPECT_TRUE(first["data"].empty());
  EXPECT_EQ(first["errors"][0]["code"], "contentPolicyViolation");
  EXPECT_EQ(first["errors"][0]["taskUUID"], in_errors);
  const Json second = Poll(in_data);
  EXPECT_FALSE(second.contains("errors"));
  EXPECT_EQ(second["data"][0]["status"], "error");
  EXPECT_EQ(second["data"][0]["error"]["code"], "contentPolicyViolation");
  EXPECT_EQ(Poll(timeout)["data"][0]["error"]["code"], "timeoutProvider");
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(RunwareTest, RejectionsThatStay) {
  const auto code = [&](const std::string& fault) {
    return Body(Post(Task("p [[fault:" + fault + "]]")))["errors"][0]["code"];
  };
  EXPECT_EQ(code("no-credit"), "insufficientCredits");
  EXPECT_EQ(code("model-gone"), "modelUnavailable");
  EXPECT_EQ(code("reject:content"), "contentPolicyViolation");
  EXPECT_EQ(code("reject:content"), "contentPolicyViolation");
}

TEST_F(RunwareTest, OddStates) {
  const std::string nsfw = Submit("p [[fault:nsfw]]");
  const std::string broken = Submit("p [[fault:completed-with-error]]");
  const std::string expired = Submit("p [[fault:expired-result]]");
  const std::string unknown = Submit("p [[fault:unknown-status:dreaming:1]]");
  const std::string backwards = Submit("p [[fault:backwards]]");
  EXPECT_EQ(Poll(unknown)["data"][0]["status"], "dreaming");
  EXPECT_EQ(Poll(unknown)["data"][0]["status"], "processing");
  now_ += 200;
  EXPECT_EQ(Poll(backwards)["data"][0]["status"], "processing");
  EXPECT_EQ(Poll(backwards)["data"][0]["status"], "queued");
  EXPECT_EQ(Poll(backwards)["data"][0]["status"], "processing");
  now_ += 900;
  EXPECT_EQ(Poll(nsfw)["data"][0]["NSFWContent"], true);
  EXPECT_FALSE(Poll(broken)["data"][0].contains("videoURL"));
  EXPECT_EQ(Poll(expired)["errors"][0]["code"], "taskFailedOrNotFound");
}

TEST_F(RunwareTest, TtlEndsTheVideo) {
  const std::string uuid = Submit("pp", {{"ttl", 60}, {"includeCost", false}});
  now_ += 1100;
  const Json item = Poll(uuid)["data"][0];
  EXPECT_FALSE(item.contains("cost"));
  EXPECT_EQ(Send("GET", PathOf(item["videoURL"])).status, 200);
  now_ += 60'000;
  EXPECT_EQ(Send("GET", PathOf(item["videoURL"])).status, 410);
}

TEST_F(RunwareTest, UploadedPicturesHaveAUuid) {
  const std::string png = RenderSamplePng(720, 1280);
  ASSERT_EQ(Send("PUT", "/pictures/tall.png", png).status, 201);
  const Json upload{{"taskType", "imageUpload"},
                    {"taskUUID", DerivedUuid("u", 1)},
                    {"image", "http://127.0.0.1:9/pictures/tall.png"}};
  const Json item = Body(Post(upload))["data"][0];
  EXPECT_EQ(item["taskType"], "imageUpload");
  EXPECT_EQ(item["taskUUID"], upload["taskUUID"]);
  EXPECT_TRUE(IsUuidV4(item["imageUUID"].get<std::string>()));
  EXPECT_EQ(Send("GET", PathOf(item["imageURL"])).body, png);
  Submit("pp", {{"width", nullptr}, {"height", nullptr}, {"inputs", {{"frameImages", {item["imageUUID"]}}}}});
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.picture->bytes, png);

  const Json media = Body(Post({{"taskType", "mediaStorage"},
                                {"taskUUID", DerivedUuid("v", 1)},
                                {"operation", "upload"},
                                {"media", "http://127.0.0.1:9/pictures/tall.png"}}))["data"][0];
  EXPECT_TRUE(IsUuidV4(media["mediaUUID"].get<std::string>()));
  EXPECT_EQ(Post({{"taskType", "imageUpload"}, {"taskUUID", DerivedUuid("w", 1)}}).status, 400);
  EXPECT_EQ(Body(Post({{"taskType", "imageUpload"},
                       {"taskUUID", DerivedUuid("x", 1)},
                       {"image", "!"}}))["errors"][0]["code"],
            "invalidImage");
}

TEST_F(RunwareTest, RefusedAuthenticationNamesItsTask) {
  const Reply reply = Send("POST", "/runware/v1", R"([{"taskType":"authentication","apiKey":"bad-key"}])");
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(Body(reply)["errors"][0]["taskType"], "authentication");
  EXPECT_EQ(Body(reply)["errors"][0]["code"], "invalidApiKey");
}

}  // namespace
}  // namespace zoetrope::sandbox
