#include <algorithm>

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class RunpodTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  static std::string Input(const std::string& prompt = "a boat", int duration = 8) {
    return Json{{"input", {{"prompt", prompt}, {"image", "https://x.example/y.png"}, {"duration", duration}}},
                {"webhook", "https://gw.example/hooks/runpod/token-1?x=1"}}
        .dump();
  }

  Reply Run(const std::string& body, const std::string& endpoint = "sora-2-i2v",
            const std::string& op = "run") {
    return Send("POST", "/runpod/v2/" + endpoint + "/" + op, body, kKey);
  }
  Reply Status(const std::string& id) { return Send("GET", "/runpod/v2/sora-2-i2v/status/" + id, "", kKey); }
  std::string Submit(const std::string& prompt) { return Body(Run(Input(prompt)))["id"].get<std::string>(); }
  Json StatusBody(const std::string& id) { return Body(Status(id)); }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(RunpodTest, HappyPath) {
  const Reply submitted = Run(Input());
  ASSERT_EQ(submitted.status, 200);
  const std::string id = Body(submitted)["id"];
  EXPECT_TRUE(id.ends_with("-u1")) << id;
  EXPECT_EQ(submitted.body, Json({{"id", id}, {"status", "IN_QUEUE"}}).dump());
  EXPECT_EQ(Status(id).body, submitted.body);

  now_ += 100;
  const Json running = StatusBody(id);
  EXPECT_EQ(running["status"], "IN_PROGRESS");
  EXPECT_EQ(running["delayTime"], 100);
  EXPECT_FALSE(running.contains("executionTime"));

  now_ += 1000;
  const Json done = StatusBody(id);
  EXPECT_EQ(done["status"], "COMPLETED");
  EXPECT_EQ(done["executionTime"], 1000);
  EXPECT_EQ(done["workerId"], running["workerId"]);
  EXPECT_EQ(done["output"]["cost"].dump(), "0.8");
  const Reply video = Send("GET", PathOf(done["output"]["video_url"]));
  EXPECT_EQ(video.status, 200);
  EXPECT_EQ(video.content_type, "video/mp4");
  EXPECT_FALSE(video.blob->empty());

  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["charged_nanos"], "800000000");
  EXPECT_EQ(entry["marker"], "token-1");
  EXPECT_EQ(entry["state"], "COMPLETED");
  EXPECT_EQ(entry["answered"], true);
}

TEST_F(RunpodTest, PricesPerEndpoint) {
  struct Case {
    const char* endpoint;
    const char* input;
    const char* nanos;
  };
  const Case cases[] = {
      {"sora-2-i2v", R"({"prompt":"p","image":"http://x/y","duration":4})", "400000000"},
      {"sora-2-i2v", R"({"prompt":"p","image":"http://x/y","duration":12})", "1200000000"},
      {"seedance-v1-5-pro-i2v", R"({"prompt":"p","image":"http://x/y"})", "260000000"},
      {"seedance-v1-5-pro-i2v", R"({"prompt":"p","image":"http://x/y","duration":12,"resolution":"480p"})",
       "288000000"},
      {"wan-2-6-i2v", R"({"prompt":"p","image":"http://x/y","duration":10})", "1000000000"},
      {"wan-2-6-t2v", R"({"prompt":"p","size":"1920*1080","duration":15})", "2250000000"},
      {"vidu-q3-i2v", R"({"prompt":"p","image":"http://x/y","duration":16,"resolution":"1080p"})",
       "2400000000"},
      {"vidu-q3-t2v", R"({"prompt":"p","duration":1,"resolution":"540p"})", "150000000"},
  };
  for (const Case& c : cases) {
    ASSERT_EQ(Run(std::string(R"({"input":)") + c.input + "}", c.endpoint).status, 200) << c.endpoint;
    const Json creations = Ledger()["creations"];
    EXPECT_EQ(creations.back()["price_nanos"], c.nanos) << c.endpoint << " " << c.input;
  }
}

TEST_F(RunpodTest, ValidationFailuresInTheProvidersWords) {
  struct Case {
    const char* endpoint;
    const char* input;
    const char* error;
  };
  const Case cases[] = {
      {"sora-2-i2v", R"({"prompt":"p","image":"http://x/y","duration":7})",
       "Invalid duration: must be 4, 8, or 12 seconds"},
      {"sora-2-i2v", R"({"prompt":"p","duration":4})", "Missing required parameter: image"},
      {"sora-2-i2v", R"({"prompt":"","image":"http://x/y","duration":4})",
       "Missing required parameter: prompt"},
      {"sora-2-i2v", R"({"prompt":"p","image":"http://x/y","duration":"4"})",
       "Invalid duration: '4'. Must be an integer"},
      {"wan-2-6-i2v", R"({"prompt":"p","image":"http://x/y","duration":4})",
       R"(field "duration" must be one of [5, 10, 15], got number 4)"},
      {"seedance-v1-5-pro-i2v", R"({"prompt":"p","image":"http://x/y","duration":3})",
       "Invalid duration: 3. Must be between 4 and 12 seconds"},
      {"seedance-v1-5-pro-i2v", R"({"prompt":"p","image":"http://x/y","resolution":"1080p"})",
       "Invalid resolution: '1080p'. Must be '480p' or '720p'"},
  };
  for (const Case& c : cases) {
    const Reply reply = Run(std::string(R"({"input":)") + c.input + "}", c.endpoint);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Body(reply)["status"], "FAILED");
    EXPECT_EQ(Body(reply)["error"], c.error);
  }
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
  EXPECT_EQ(Ledger()["posts"]["runpod"], std::size(cases));
}

TEST_F(RunpodTest, UnknownInputKeysAreIgnored) {
  EXPECT_EQ(Run(R"({"input":{"prompt":"p","image":"http://x/y","duration":4,"fps":24}})").status, 200);
}

TEST_F(RunpodTest, RefusalsBeforeTheModel) {
  EXPECT_EQ(Send("POST", "/runpod/v2/sora-2-i2v/run", Input()).status, 401);
  EXPECT_EQ(Send("POST", "/runpod/v2/sora-2-i2v/run", Input(), {{"authorization", "Bearer bad-key"}}).status,
            401);
  EXPECT_EQ(Send("POST", "/runpod/v2/sora-2-i2v/run", Input(), {{"authorization", "bare"}}).status, 200);
  EXPECT_EQ(Run("{").status, 400);
  EXPECT_EQ(Run("{}").status, 400);
  EXPECT_EQ(Run("{\"x\":\"" + std::string(11u << 20, 'x') + "\"}").status, 413);
  const Reply unknown = Run(Input(), "sora-3");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Body(unknown)["status"], 404);  // a number
  EXPECT_EQ(Send("GET", "/runpod/v2/sora-2-i2v/run", "", kKey).status, 405);
  EXPECT_EQ(Status("nope").status, 404);
}

TEST_F(RunpodTest, HealthTellsWhichEndpointsExist) {
  EXPECT_EQ(Send("GET", "/runpod/v2/sora-2-i2v/health").status, 401);
  EXPECT_EQ(Send("GET", "/runpod/v2/kling-v2-1/health").status, 404);
  Run(Input());
  EXPECT_EQ(Body(Send("GET", "/runpod/v2/sora-2-i2v/health", "", kKey))["jobs"]["inQueue"], 1);
}

TEST_F(RunpodTest, RunsyncWaitsOrReturnsUnfinished) {
  const Json done = Body(Run(Input(), "sora-2-i2v", "runsync"));
  EXPECT_EQ(done["status"], "COMPLETED");
  EXPECT_TRUE(done["id"].get<std::string>().starts_with("sync-"));
  now_ += 60'000;
  EXPECT_EQ(Status(done["id"]).status, 404);  // kept one minute

  const Json unfinished = Body(Run(Input("x [[fault:run-ms:5000]]"), "sora-2-i2v", "runsync?wait=1000"));
  EXPECT_EQ(unfinished["status"], "IN_PROGRESS");
  EXPECT_EQ(Body(Send("GET", "/runpod/v2/sora-2-i2v/status-sync/" + unfinished["id"].get<std::string>(), "",
                      kKey))["status"],
            "COMPLETED");
}

TEST_F(RunpodTest, ResultsAreKeptHalfAnHour) {
  const std::string id = Submit("p");
  now_ += 1100 + 30 * 60'000 - 1;
  EXPECT_EQ(Status(id).status, 200);
  now_ += 1;
  EXPECT_EQ(Status(id).status, 404);
}

TEST_F(RunpodTest, PolicyBoundsTheJob) {
  const auto with_policy = [&](const std::string& policy, const std::string& prompt) {
    Json body = Json::parse(Input(prompt));
    body["policy"] = Json::parse(policy);
    return Run(body.dump());
  };
  EXPECT_EQ(with_policy(R"({"executionTimeout":100})", "p").status, 400);
  EXPECT_EQ(with_policy(R"({"ttl":1})", "p").status, 400);
  const std::string slow = Body(with_policy(R"({"executionTimeout":5000})", "[[fault:run-ms:90000]]"))["id"];
  const std::string gone = Body(with_policy(R"({"ttl":10000})", "[[fault:run-ms:90000]]"))["id"];
  now_ += 9999;
  EXPECT_EQ(StatusBody(slow)["status"], "TIMED_OUT");
  EXPECT_EQ(StatusBody(gone)["status"], "IN_PROGRESS");
  now_ += 1;
  EXPECT_EQ(Status(gone).status, 404);
  now_ += 100'000;
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(RunpodTest, CancelQueuedIsFreeAndRunningIsCharged) {
  const auto cancel = [&](const std::string& id) {
    return Body(Send("POST", "/runpod/v2/sora-2-i2v/cancel/" + id, "", kKey))["status"];
  };
  const std::string queued = Submit("one");
  EXPECT_EQ(cancel(queued), "CANCELLED");
  const std::string running = Submit("two");
  now_ += 200;
  EXPECT_EQ(cancel(running), "CANCELLED");
  EXPECT_EQ(StatusBody(running), Json({{"id", running}, {"status", "CANCELLED"}}));
  const std::string late = Submit("three [[fault:cancel-too-late]]");
  now_ += 200;
  EXPECT_EQ(cancel(late), "COMPLETED");
  const Json creations = Ledger()["creations"];
  EXPECT_EQ(creations[0]["charged_nanos"], "0");
  EXPECT_EQ(creations[1]["charged_nanos"], "800000000");
  EXPECT_EQ(creations[2]["charged_nanos"], "800000000");
  EXPECT_EQ(Ledger()["requests"]["runpod"]["cancel"], 3);
}

TEST_F(RunpodTest, FailuresCarryJsonInAString) {
  struct Case {
    const char* fault;
    const char* part;
  };
  for (const Case& c : {Case{"fail", "500, {\"code\":500"}, Case{"fail:content", "content policy"},
                        Case{"fail:validation", "Invalid request body"}}) {
    const std::string id = Submit(std::string("p [[fault:") + c.fault + "]]");
    now_ += 1100;
    const Json body = StatusBody(id);
    EXPECT_EQ(body["status"], "FAILED");
    EXPECT_NE(body["error"].get<std::string>().find(c.part), std::string::npos) << body["error"];
    EXPECT_EQ(body["output"]["status"], "error");
  }
  const std::string slow = Submit("p [[fault:timed-out]]");
  now_ += 1100;
  EXPECT_EQ(StatusBody(slow)["status"], "TIMED_OUT");
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(RunpodTest, RetryRunsAFailedJobAgainUnderItsId) {
  const std::string id = Submit("p [[fault:fail]]");
  EXPECT_EQ(Send("POST", "/runpod/v2/sora-2-i2v/retry/" + id, "", kKey).status, 400);
  now_ += 1100;
  EXPECT_EQ(Body(Send("POST", "/runpod/v2/sora-2-i2v/retry/" + id, "", kKey))["status"], "IN_QUEUE");
  now_ += 1100;
  EXPECT_EQ(StatusBody(id)["status"], "COMPLETED");
}

TEST_F(RunpodTest, StreamHandsTheVideoOutOnce) {
  const std::string id = Submit("p");
  const auto stream = [&] { return Body(Send("GET", "/runpod/v2/sora-2-i2v/stream/" + id, "", kKey)); };
  EXPECT_EQ(stream(), Json({{"status", "IN_QUEUE"}, {"stream", Json::array()}}));
  now_ += 1100;
  const Json done = stream();
  EXPECT_EQ(done["status"], "COMPLETED");
  ASSERT_EQ(done["stream"].size(), 1u);
  EXPECT_EQ(done["stream"][0]["output"], StatusBody(id)["output"]);
  EXPECT_EQ(stream()["stream"].size(), 0u);
}

TEST_F(RunpodTest, PurgeTakesBackWhatWaits) {
  const std::string running = Submit("one");
  now_ += 200;
  const std::string queued = Submit("two");
  Run(R"({"input":{"prompt":"p","image":"http://x/y"}})", "seedance-v1-5-pro-i2v");
  const auto purge = [&](const Headers& headers) {
    return Send("POST", "/runpod/v2/sora-2-i2v/purge-queue", "", headers);
  };
  EXPECT_EQ(purge({}).status, 401);
  EXPECT_EQ(Body(purge(kKey)), Json({{"removed", 1}, {"status", "completed"}}));
  EXPECT_EQ(StatusBody(queued)["status"], "CANCELLED");
  EXPECT_EQ(StatusBody(running)["status"], "IN_PROGRESS");
  EXPECT_EQ(Ledger()["totals"]["by_state"]["QUEUED"], 1) << "another endpoint's";
}

TEST_F(RunpodTest, OddStates) {
  const std::string unknown = Submit("[[fault:unknown-status:WARMING:2]]");
  EXPECT_EQ(StatusBody(unknown)["status"], "WARMING");
  EXPECT_EQ(StatusBody(unknown)["status"], "WARMING");
  EXPECT_EQ(StatusBody(unknown)["status"], "IN_QUEUE");

  const std::string backwards = Submit("[[fault:backwards]]");
  now_ += 200;
  EXPECT_EQ(StatusBody(backwards)["status"], "IN_PROGRESS");
  EXPECT_EQ(StatusBody(backwards)["status"], "IN_QUEUE");
  EXPECT_EQ(StatusBody(backwards)["status"], "IN_PROGRESS");

  const std::string never = Submit("[[fault:never-finishes]]");
  const std::string broken = Submit("[[fault:completed-with-error]]");
  const std::string expired = Submit("[[fault:expired-result]]");
  now_ += 10'000'000'000;
  EXPECT_EQ(StatusBody(never)["status"], "IN_PROGRESS");
  EXPECT_EQ(Status(expired).status, 404);
  now_ = world_.jobs.Find(Provider::kRunpod, broken)->created_ms + 2000;
  EXPECT_EQ(StatusBody(broken)["status"], "COMPLETED");
  EXPECT_FALSE(StatusBody(broken)["output"].contains("video_url"));
}

TEST_F(RunpodTest, PollFaultsBelongToTheirJob) {
  const std::string id = Submit("[[fault:poll-404:2]] [[fault:poll-status:503]]");
  const std::string other = Submit("p");
  EXPECT_EQ(Status(other).status, 200);
  EXPECT_EQ(Status(id).status, 404);
  EXPECT_EQ(Status(id).status, 404);
  EXPECT_EQ(Status(id).status, 503);
  EXPECT_EQ(Status(id).status, 200);
}

TEST_F(RunpodTest, PicturesThatDoNotLoadFailTheJob) {
  const std::string body =
      R"({"input":{"prompt":"p","duration":4,"image":"http://127.0.0.1:9/pictures/none.png"}})";
  const std::string id = Body(Run(body))["id"];
  now_ += 1100;
  EXPECT_NE(StatusBody(id)["error"].get<std::string>().find("Failed to load image"), std::string::npos);
}

TEST_F(RunpodTest, RejectionsThatStay) {
  EXPECT_EQ(Run(Input("[[fault:no-credit]]")).status, 402);
  EXPECT_EQ(Run(Input("[[fault:no-credit]]")).status, 402);
  EXPECT_EQ(Run(Input("[[fault:model-gone]]")).status, 404);
  EXPECT_EQ(Body(Run(Input("[[fault:reject:content]]")))["status"], "FAILED");
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

class RunpodLateValidationTest : public RunpodTest {
 protected:
  static Options Late() {
    Options options = TestOptions();
    options.runpod_validates_at_submit = false;
    return options;
  }
  RunpodLateValidationTest() : RunpodTest(Late()) {}
};

TEST_F(RunpodLateValidationTest, AcceptsAndFails) {
  const Reply reply = Run(Input("p", 7));
  ASSERT_EQ(reply.status, 200);
  now_ += 1100;
  EXPECT_EQ(StatusBody(Body(reply)["id"])["status"], "FAILED");
}

}  // namespace
}  // namespace zoetrope::sandbox
