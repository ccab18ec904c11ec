// The wire faults, media, pictures and the control calls: what is the same in every dialect.
#include "tests/sandbox/mangle.h"
#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class SandboxTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  Reply Submit(const std::string& prompt) {
    const Json input{{"input", {{"prompt", prompt}, {"image", "https://x/y.png"}, {"duration", 4}}}};
    return Send("POST", "/runpod/v2/sora-2-i2v/run", input.dump(), {{"authorization", "k"}});
  }
  Reply Status(const std::string& id) {
    return Send("GET", "/runpod/v2/sora-2-i2v/status/" + id, "", {{"authorization", "k"}});
  }
  // Submits, lets the job finish and returns the path of its video.
  std::string Video(const std::string& prompt) {
    const std::string id = Body(Submit(prompt))["id"];
    now_ += 1100;
    return PathOf(Body(Status(id))["output"]["video_url"]);
  }

  // A good submission in this dialect.
  Reply SubmitTo(Provider provider, const std::string& prompt) {
    const Headers bearer = {{"authorization", "Bearer k"}};
    const Json with_picture{{"prompt", prompt}, {"image", "https://x/y.png"}, {"duration", 4}};
    const Json task{{"taskType", "videoInference"},
                    {"taskUUID", DerivedUuid(std::to_string(now_++), 1)},
                    {"model", "openai:3@1"},
                    {"positivePrompt", prompt},
                    {"width", 1280},
                    {"height", 720}};
    switch (provider) {
      case Provider::kRunpod:
        return Send("POST", "/runpod/v2/sora-2-i2v/run", Json{{"input", with_picture}}.dump(), bearer);
      case Provider::kFal:
        return Send("POST", "/fal/queue/fal-ai/sora-2/text-to-video", Json{{"prompt", prompt}}.dump(),
                    {{"authorization", "Key k"}});
      case Provider::kRunware:
        return Send("POST", "/runware/v1", Json::array({task}).dump(), bearer);
      case Provider::kOpenai:
        return Send("POST", "/openai/v1/videos", Json{{"prompt", prompt}}.dump(), bearer);
      case Provider::kWavespeed:
        return Send("POST", "/wavespeed/api/v3/openai/sora-2/image-to-video", with_picture.dump(), bearer);
      case Provider::kVtrix:
        return Send(
            "POST", "/vtrix/model/v1/generation",
            Json{{"model", "sora_2_i2v"}, {"input", Json::array({{{"params", {{"prompt", prompt}}}}})}}
                .dump(),
            bearer);
    }
    return {};
  }

  // A request to the endpoint, right but for this field. The answer does not matter.
  void SendField(const Endpoint& endpoint, const Field& field, const Json& value) {
    Json input{{"prompt", "pp"}, {"image", "http://x/y"}, {"image_url", "http://x/y"}, {"duration", 5}};
    if (endpoint.provider == Provider::kRunware) {
      input = {{"taskType", "videoInference"},
               {"taskUUID", DerivedUuid(std::to_string(now_++), 1)},
               {"model", endpoint.id},
               {"positivePrompt", "pp"},
               {"width", 1280},
               {"height", 720}};
    } else if (endpoint.rejects_unknown || !endpoint.picture_key.starts_with("image")) {
      input = {{"prompt", "pp"}};
      if (!endpoint.picture_key.empty()) input[std::string(endpoint.picture_key)] = "http://x/y";
    }
    std::string path(field.path);
    std::replace(path.begin(), path.end(), '.', '/');
    input[Json::json_pointer("/" + path)] = value;
    const std::string id(endpoint.id);
    const Headers key = {{"authorization", "Bearer k"}, {"x-model", id}};
    switch (endpoint.provider) {
      case Provider::kRunpod:
        Send("POST", "/runpod/v2/" + id + "/runsync", Json{{"input", input}}.dump(), key);
        break;
      case Provider::kFal:
        Send("POST", "/fal/run/" + id, input.dump(), {{"authorization", "Key k"}});
        break;
      case Provider::kRunware:
        Send("POST", "/runware/v1", Json::array({input}).dump(), key);
        break;
      case Provider::kOpenai:
        if (!input.contains("model")) input["model"] = id;
        Send("POST", "/openai/v1/videos", input.dump(), key);
        break;
      case Provider::kWavespeed:
        Send("POST", "/wavespeed/api/v3/" + id, input.dump(), key);
        break;
      case Provider::kVtrix:
        Send("POST", "/vtrix/model/v1/generation", Json{{"input", Json::array({{{"params", input}}})}}.dump(),
             key);
        break;
    }
  }
};

TEST_F(SandboxTest, WireFaultsCreateOrNotAsTheTableSays) {
  struct Case {
    const char* fault;
    bool creates;
    bool answered;
    Delivery delivery;
    int status;
  };
  const Case cases[] = {
      {"lost-request", false, false, Delivery::kClose, 200},
      {"lost-reply", true, false, Delivery::kClose, 200},
      {"reset", true, false, Delivery::kReset, 200},
      {"reset-before", false, false, Delivery::kReset, 200},
      {"slow-drip:5", true, true, Delivery::kDrip, 200},
      {"hang:700", true, true, Delivery::kNormal, 200},
      {"truncated", true, false, Delivery::kTruncated, 200},
      {"half-header", true, false, Delivery::kHalfHeader, 200},
      {"html-200", true, false, Delivery::kNormal, 200},
      {"not-json", true, false, Delivery::kNormal, 200},
      {"empty-200", true, false, Delivery::kNormal, 200},
      {"huge:100000", true, true, Delivery::kNormal, 200},
      {"deep-json:1000", true, false, Delivery::kNormal, 200},
      {"invalid-utf8", true, false, Delivery::kNormal, 200},
      {"no-id", true, false, Delivery::kNormal, 200},
      {"redirect", false, false, Delivery::kNormal, 307},
      {"redirect:301", false, false, Delivery::kNormal, 301},
      {"status:503", false, false, Delivery::kNormal, 503},
      {"status-created:503", true, false, Delivery::kNormal, 503},
  };
  for (const Case& c : cases) {
    Send("POST", "/_sandbox/reset");
    const Reply reply = Submit(std::string("p [[fault:") + c.fault + "]]");
    EXPECT_EQ(reply.delivery, c.delivery) << c.fault;
    EXPECT_EQ(reply.status, c.status) << c.fault;
    const Json ledger = Ledger();
    EXPECT_EQ(ledger["totals"]["creations"], c.creates ? 1 : 0) << c.fault;
    EXPECT_EQ(ledger["posts"]["runpod"], 1) << c.fault;
    EXPECT_NE(ledger["attempts"][0]["fault"], "") << c.fault;
    if (c.creates) {
      EXPECT_EQ(ledger["creations"][0]["answered"], c.answered) << c.fault;
    }
    // It strikes once: the same again gets through.
    EXPECT_TRUE(Body(Submit(std::string("p [[fault:") + c.fault + "]]")).contains("id")) << c.fault;
  }
}

TEST_F(SandboxTest, EveryDialectBreaksInTheSameWays) {
  struct Case {
    const char* fault;
    bool creates;
    Delivery delivery;
    int status;
  };
  const Case cases[] = {
      {"lost-request", false, Delivery::kClose, 200},       {"reset-before", false, Delivery::kReset, 200},
      {"redirect", false, Delivery::kNormal, 307},          {"status:503", false, Delivery::kNormal, 503},
      {"lost-reply", true, Delivery::kClose, 200},          {"reset", true, Delivery::kReset, 200},
      {"truncated", true, Delivery::kTruncated, 200},       {"half-header", true, Delivery::kHalfHeader, 200},
      {"html-200", true, Delivery::kNormal, 200},           {"not-json", true, Delivery::kNormal, 200},
      {"empty-200", true, Delivery::kNormal, 200},          {"no-id", true, Delivery::kNormal, 200},
      {"slow-drip:5", true, Delivery::kDrip, 200},          {"deep-json:1000", true, Delivery::kNormal, 200},
      {"invalid-utf8", true, Delivery::kNormal, 200},       {"huge:100000", true, Delivery::kNormal, 200},
      {"status-created:502", true, Delivery::kNormal, 502},
  };
  for (const Provider provider : kProviders) {
    const std::string name(ProviderName(provider));
    for (const Case& c : cases) {
      Send("POST", "/_sandbox/reset");
      const std::string prompt = "p [[fault:" + name + "/" + c.fault + "]]";
      const Reply reply = SubmitTo(provider, prompt);
      EXPECT_EQ(reply.delivery, c.delivery) << name << c.fault;
      EXPECT_EQ(reply.status, c.status) << name << c.fault;
      EXPECT_EQ(Ledger()["totals"]["creations"], c.creates ? 1 : 0) << name << c.fault;
      EXPECT_EQ(Ledger()["posts"][name], 1) << name << c.fault;
      EXPECT_EQ(SubmitTo(provider, prompt).status, 200) << name << c.fault << ": it strikes once";
    }
  }
}

TEST_F(SandboxTest, EveryStatusWithAndWithoutACreation) {
  for (const int status : {400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 429, 500, 502, 503, 504}) {
    Send("POST", "/_sandbox/reset");
    const std::string number = std::to_string(status);
    EXPECT_EQ(Submit("p [[fault:status:" + number + "]]").status, status);
    EXPECT_EQ(Ledger()["totals"]["creations"], 0);
    EXPECT_EQ(Submit("p [[fault:status-created:" + number + "]]").status, status);
    EXPECT_EQ(Ledger()["totals"]["creations"], 1);
    for (const Provider provider : kProviders) {
      const Reply error = ErrorReply(provider, status);
      EXPECT_EQ(error.status, status);
      EXPECT_FALSE(error.body.empty());
    }
  }
}

TEST_F(SandboxTest, RetryAfterInBothForms) {
  const Reply seconds = Submit("p [[fault:status:429:2]] [[fault:retry-after:7]]");
  EXPECT_EQ(HeaderOf(seconds, "Retry-After"), "7");
  const Reply date = Submit("p [[fault:status:503]] [[fault:retry-after-date:60]]");
  EXPECT_TRUE(HeaderOf(date, "Retry-After").ends_with(" GMT"));
  EXPECT_EQ(Submit("p [[fault:status:429:2]] [[fault:retry-after:7]]").status, 429);
  const Reply through = Submit("p [[fault:status:429:2]] [[fault:retry-after:7]]");
  EXPECT_EQ(through.status, 200);
  EXPECT_EQ(HeaderOf(through, "Retry-After"), "");
}

TEST_F(SandboxTest, FaultsOfOnePromptStrikeInTurn) {
  const std::string prompt = "p [[fault:status:500]] [[fault:lost-reply]]";
  EXPECT_EQ(Submit(prompt).status, 500);
  EXPECT_EQ(Submit(prompt).delivery, Delivery::kClose);
  EXPECT_EQ(Submit(prompt).status, 200);
  EXPECT_EQ(Ledger()["totals"]["creations"], 2);
}

TEST_F(SandboxTest, BodiesAreEditedOnEveryCall) {
  const auto done = [&](const std::string& fault) {
    const Json submitted = Body(Submit("p [[fault:" + fault + "]]"));
    now_ += 1100;
    return Body(Status(submitted["id"]));
  };
  EXPECT_TRUE(done("unknown-fields").contains("zz_unknown"));
  EXPECT_TRUE(done("unknown-fields")["output"].contains("zz_unknown"));
  const Json text = done("numbers-as-strings");
  EXPECT_EQ(text["output"]["cost"], "0.4");
  EXPECT_EQ(text["executionTime"], "1000");
  EXPECT_FALSE(done("missing-cost")["output"].contains("cost"));
  EXPECT_EQ(done("no-video")["status"], "COMPLETED");
  EXPECT_FALSE(done("no-video").contains("output"));
  const Json numbers = Body(Mangle(JsonReply(200, {{"cost", "0.40"}, {"name", "4x"}}),
                                   {*ParseFault("strings-as-numbers")}, Provider::kRunpod));
  EXPECT_EQ(numbers, Json({{"cost", 0.4}, {"name", "4x"}}));
}

TEST_F(SandboxTest, ScriptStrikesTheNthCallOfAKind) {
  Script(R"([{"provider":"runpod","call":"poll","nth":2,"fault":"status","arg":"502"},
             {"provider":"runpod","call":"submit","nth":2,"fault":"fail"}])");
  const std::string first = Body(Submit("one"))["id"];
  const std::string second = Body(Submit("two"))["id"];
  EXPECT_EQ(Status(first).status, 200);
  EXPECT_EQ(Status(first).status, 502);
  now_ += 1100;
  EXPECT_EQ(Body(Status(first))["status"], "COMPLETED");
  EXPECT_EQ(Body(Status(second))["status"], "FAILED");
}

TEST_F(SandboxTest, MediaFaults) {
  EXPECT_EQ(Send("GET", Video("[[fault:media-404]]")).status, 404);
  EXPECT_EQ(Send("GET", Video("[[fault:media-truncated]]")).delivery, Delivery::kTruncated);
  EXPECT_EQ(Send("GET", Video("[[fault:media-wrong-type]]")).content_type, "text/html; charset=utf-8");
  const std::string once = Video("[[fault:media-500:1]]");
  EXPECT_EQ(Send("GET", once).status, 500);
  EXPECT_EQ(Send("GET", once).status, 200);
}

TEST_F(SandboxTest, MediaIsServedInRanges) {
  const std::string path = Video("p");
  const std::string whole = *Send("GET", path).blob;
  const Reply part = Send("GET", path, "", {{"range", "bytes=10-19"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.substr(10, 10));
  EXPECT_EQ(HeaderOf(part, "Content-Range"), "bytes 10-19/" + std::to_string(whole.size()));
  EXPECT_EQ(Send("GET", path, "", {{"range", "bytes=-5"}}).body, whole.substr(whole.size() - 5));
  EXPECT_EQ(Send("GET", path, "", {{"range", "bytes=10-"}}).body, whole.substr(10));
  EXPECT_EQ(Send("GET", path, "", {{"range", "bytes=99999999-"}}).status, 416);
  EXPECT_EQ(Send("GET", path, "", {{"range", "lines=1"}}).status, 200);
  EXPECT_EQ(Ledger()["requests"]["runpod"]["media"], 6);
}

TEST_F(SandboxTest, MediaOfOthersAndOfUnfinishedJobsIsNotThere) {
  const std::string path = Video("p");
  std::string guessed = path;
  guessed[guessed.find(".mp4") - 1] ^= 1;
  EXPECT_EQ(Send("GET", guessed).status, 404);
  for (const char* name : {"/media/", "/media/x.mp4", "/media/1-0-.mp4", "/media/9-9-9.mp4"}) {
    EXPECT_EQ(Send("GET", name).status, 404) << name;
  }
  EXPECT_EQ(Send("POST", path).status, 405);
  Submit("later");
  const Job* job = world_.jobs.FindBySeq(2);
  EXPECT_EQ(Send("GET", PathOf(MediaUrl(Request(), *job, 0))).status, 404);
}

TEST_F(SandboxTest, PicturesCanBeUploadedAndUsed) {
  const std::string png = RenderSamplePng(300, 500);
  const Reply posted = Send("POST", "/pictures", png);
  EXPECT_EQ(posted.status, 201);
  const std::string path = PathOf(Body(posted)["url"]);
  EXPECT_EQ(Send("GET", path).body, png);
  EXPECT_EQ(Send("PUT", "/pictures/tall.png", png).status, 201);
  EXPECT_EQ(Send("GET", "/pictures/tall.png").content_type, "image/png");
  EXPECT_EQ(Send("GET", "/pictures/sample.png").status, 200);
  EXPECT_EQ(Send("GET", "/pictures/none.png").status, 404);
  EXPECT_EQ(Send("POST", "/pictures", "no picture").status, 415);
  EXPECT_EQ(Send("DELETE", "/pictures/tall.png").status, 405);
  const Json input{
      {"input", {{"prompt", "p"}, {"image", "http://127.0.0.1:9/pictures/tall.png"}, {"duration", 4}}}};
  Send("POST", "/runpod/v2/sora-2-i2v/run", input.dump(), {{"authorization", "k"}});
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.width, 720);
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.height, 1280);
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.picture->width, 300);
}

TEST_F(SandboxTest, LedgerFiltersAndSums) {
  Submit("red boat");
  Submit("blue boat");
  Send("POST", "/fal/run/fal-ai/sora-2/text-to-video", R"({"prompt":"red car"})",
       {{"authorization", "Key k"}});
  EXPECT_EQ(Ledger()["creations"].size(), 3u);
  EXPECT_EQ(Ledger("?provider=fal")["creations"].size(), 1u);
  EXPECT_EQ(Ledger("?prompt_contains=red")["creations"].size(), 2u);
  const Json red = Ledger("?prompt_contains=red&provider=runpod");
  EXPECT_EQ(red["posts"], Json({{"runpod", 1}}));
  EXPECT_EQ(red["attempts"][0]["creation"], 1);
  const Json summary = Ledger("?summary=1");
  EXPECT_FALSE(summary.contains("creations"));
  EXPECT_EQ(summary["totals"]["creations"], 3);
  EXPECT_EQ(summary["totals"]["charged_nanos"], "1200000000");
  EXPECT_EQ(summary["totals"]["by_state"]["COMPLETED"], 3);
  EXPECT_EQ(Send("GET", "/_sandbox/ledger?provider=mars").status, 400);
}

TEST_F(SandboxTest, ResetForgetsEverything) {
  const std::string id = Body(Submit("p"))["id"];
  Script(R"([{"fault":"reset","call":"submit"}])");
  EXPECT_EQ(Send("POST", "/_sandbox/reset").status, 200);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
  EXPECT_EQ(Ledger()["posts"]["runpod"], 0);
  EXPECT_EQ(Body(Send("GET", "/_sandbox/faults")), Json::array());
  EXPECT_EQ(Status(id).status, 404);
  EXPECT_NE(Body(Submit("p"))["id"], id);
  EXPECT_EQ(Send("GET", "/_sandbox/reset").status, 405);
}

TEST_F(SandboxTest, ControlAnswers) {
  EXPECT_EQ(Body(Send("GET", "/_sandbox/health"))["status"], "ok");
  EXPECT_EQ(Send("GET", "/_sandbox/nope").status, 404);
  EXPECT_EQ(Send("GET", "/nope").status, 404);
  EXPECT_EQ(Send("PUT", "/_sandbox/faults", "{").status, 400);
  EXPECT_EQ(Send("PUT", "/_sandbox/faults", R"([{"fault":"nope"}])").status, 400);
  EXPECT_EQ(Send("DELETE", "/_sandbox/faults").status, 405);
}

// Whatever stands in a field: an answer, never an exception.
TEST_F(SandboxTest, NoInputThrows) {
  const char* values[] = {"null",
                          "true",
                          "-1",
                          "4",
                          "8.5",
                          "1e300",
                          "99999999999999999999",
                          "\"\"",
                          "\"x\"",
                          "[]",
                          "[[]]",
                          "[{}]",
                          "{}",
                          "{\"a\":{\"b\":null}}",
                          "[{\"image\":null}]",
                          "[{\"image\":\"http://x/y\",\"frame\":null}]"};
  for (const Provider provider : kProviders) {
    for (const Endpoint* endpoint : EndpointsOf(provider)) {
      for (const Field& field : endpoint->fields) {
        for (const char* value : values) SendField(*endpoint, field, Json::parse(value));
      }
    }
  }
}

class KeyedTest : public SandboxTest {
 protected:
  static Options Keyed() {
    Options options = TestOptions();
    options.key = "secret";
    return options;
  }
  KeyedTest() : SandboxTest(Keyed()) {}
};

TEST_F(KeyedTest, OnlyTheExpectedKeyIsAccepted) {
  EXPECT_EQ(Submit("p").status, 401);
  EXPECT_EQ(Send("GET", "/runpod/v2/sora-2-i2v/health", "", {{"authorization", "Bearer secret"}}).status,
            200);
}

class SmallTest : public SandboxTest {
 protected:
  static Options Small() {
    Options options = TestOptions();
    options.max_jobs = 3;
    return options;
  }
  SmallTest() : SandboxTest(Small()) {}
};

TEST_F(SmallTest, EvictedJobsStayInTheLedger) {
  const std::string id = Body(Submit("first"))["id"];
  now_ += 2000;
  for (int i = 0; i < 4; ++i) Submit("p");
  EXPECT_EQ(Status(id).status, 404);
  EXPECT_EQ(Ledger("?prompt_contains=first")["creations"][0]["charged_nanos"], "400000000");
}

TEST(Pace, RealisticMedianIsNear105Seconds) {
  Options options;
  options.pace = Pace::kRealistic;
  options.render = false;
  World world(options, [] { return std::int64_t{1}; });
  std::vector<std::int64_t> runs;
  for (int i = 0; i < 501; ++i) {
    Submission submission = BeginSubmission(&world, Provider::kRunpod, "sora-2-i2v", "p", "");
    Job draft;
    draft.id = std::to_string(i);
    runs.push_back(Create(&world, &submission, std::move(draft)).plan.run_ms);
  }
  std::nth_element(runs.begin(), runs.begin() + 250, runs.end());
  EXPECT_NEAR(static_cast<double>(runs[250]), 105'000, 6'000);
}

}  // namespace
}  // namespace zoetrope::sandbox
