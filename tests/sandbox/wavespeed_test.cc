#include "tests/sandbox/wavespeed.h"

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class WavespeedTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  static constexpr char kModel[] = "openai/sora-2/image-to-video";

  static Json Input(const std::string& prompt = "a boat") {
    return {{"prompt", prompt}, {"image", "https://x.example/y.png"}, {"duration", 8}};
  }
  Reply Create(const Json& input, const std::string& model = kModel) {
    return Send("POST", "/wavespeed/api/v3/" + model, input.dump(), kKey);
  }
  Reply Post(const std::string& call, const Json& body = Json::object()) {
    return Send("POST", "/wavespeed/api/v3/" + call, body.dump(), kKey);
  }
  Reply Fetch(const std::string& call) { return Send("GET", "/wavespeed/api/v3/" + call, "", kKey); }
  std::string Submit(const std::string& prompt) {
    return Body(Create(Input(prompt)))["data"]["id"].get<std::string>();
  }
  Reply Result(const std::string& id) { return Fetch("predictions/" + id + "/result"); }
  Json Poll(const std::string& id) { return Body(Result(id))["data"]; }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(WavespeedTest, HappyPath) {
  const Reply submitted =
      Create(Input(), std::string(kModel) + "?webhook=https%3A%2F%2Fgw.example%2Fhooks%2Ftoken-4");
  ASSERT_EQ(submitted.status, 200) << submitted.body;
  EXPECT_EQ(Body(submitted)["code"], 200);
  EXPECT_EQ(Body(submitted)["message"], "success");
  const Json created = Body(submitted)["data"];
  const std::string id = created["id"];
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(created["status"], "created");
  EXPECT_EQ(created["model"], kModel);
  EXPECT_EQ(created["input"], Input());
  EXPECT_EQ(created["outputs"], Json::array());
  EXPECT_EQ(created["has_nsfw_contents"], Json::array());
  EXPECT_EQ(created["created_at"], "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(created["error"], "");
  const std::string result = PathOf(created["urls"]["get"]);
  EXPECT_EQ(result, "/wavespeed/api/v3/predictions/" + id + "/result");
  now_ += 200;
  EXPECT_EQ(Body(Send("GET", result, "", kKey))["data"]["status"], "processing");
  now_ += 900;
  const Json done = Body(Send("GET", result, "", kKey))["data"];
  EXPECT_EQ(done["status"], "completed");
  EXPECT_EQ(done["has_nsfw_contents"], Json::array({false}));
  EXPECT_EQ(done["executionTime"], 1000);
  EXPECT_EQ(done["timings"]["inference"], 1000);
  EXPECT_EQ(Body(Fetch("predictions/" + id))["data"], done) << "the newer path";
  const Reply video = Send("GET", PathOf(done["outputs"][0]));
  EXPECT_EQ(video.status, 200);
  EXPECT_EQ(video.content_type, "video/mp4");
  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["charged_nanos"], "800000000");
  EXPECT_EQ(entry["marker"], "token-4");
  EXPECT_EQ(entry["endpoint"], kModel);
}

TEST_F(WavespeedTest, PricesPerModel) {
  struct Case {
    const char* model;
    const char* input;
    const char* nanos;
  };
  const Case cases[] = {
      {kModel, R"({"prompt":"p","image":"http://x/y"})", "400000000"},
      {kModel, R"({"prompt":"p","image":"http://x/y","duration":20})", "2000000000"},
      {"openai/sora-2/text-to-video", R"({"prompt":"p","duration":16,"size":"1280*720"})", "1600000000"},
      {"bytedance/seedance-2.0/image-to-video", R"({"prompt":"p","image":"http://x/y"})", "1200000000"},
      {"bytedance/seedance-v1.5-pro/image-to-video", R"({"prompt":"p","image":"http://x/y"})", "260000000"},
      {"bytedance/seedance-v1.5-pro/text-to-video",
       R"({"prompt":"p","resolution":"480p","generate_audio":false})", "60000000"},
      {"alibaba/wan-2.6/image-to-video", R"({"prompt":"p","image":"http://x/y","resolution":"1080p"})",
       "750000000"},
      {"alibaba/wan-2.6/text-to-video", R"({"prompt":"p","size":"1080*1920","duration":15})", "2250000000"},
  };
  for (const Case& c : cases) {
    const Json input = Json::parse(c.input);
    const Reply reply = Create(input, c.model);
    ASSERT_EQ(reply.status, 200) << reply.body;
    const Json price = Ledger()["creations"].back()["price_nanos"];
    EXPECT_EQ(price, c.nanos) << c.model << c.input;
    const Json quoted = Body(Post("model/price", {{"model_id", c.model}, {"inputs", input}}))["data"];
    EXPECT_EQ(quoted["price"], Usd(std::stoll(c.nanos)));
    EXPECT_EQ(quoted["currency"], "USD");
  }
}

TEST_F(WavespeedTest, InputIsHeldAgainstTheSchema) {
  struct Case {
    const char* input;
    const char* message;
  };
  const Case cases[] = {
      {R"({"image":"http://x/y"})", R"(Invalid request body: field "prompt" is required)"},
      {R"({"prompt":"p"})", R"(Invalid request body: field "image" is required)"},
      {R"({"prompt":"p","image":"http://x/y","duration":5})",
       R"(Invalid request body: field "duration" must be one of [4, 8, 12, 16, 20], got number 5)"},
      {R"({"prompt":"p","image":"http://x/y","duration":"4"})",
       R"(Invalid request body: field "duration" has the wrong type, got string 4)"},
      {R"({"prompt":"p","image":"http://x/y","size":"1280x720"})",
       R"(Invalid request body: field "size" is not allowed)"},
      {R"([])", "Invalid request body: not a JSON object"},
  };
  for (const Case& c : cases) {
    const Reply reply = Create(Json::parse(c.input));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Body(reply), Json({{"code", 400}, {"message", c.message}}));
  }
  const Reply longer = Create({{"prompt", "p"}, {"image", "http://x/y"}, {"duration", 16}},
                              "bytedance/seedance-2.0/image-to-video");
  EXPECT_EQ(Body(longer)["message"],
            R"(Invalid request body: field "duration" must be between 4 and 15, got number 16)");
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(WavespeedTest, RefusalsBeforeTheModel) {
  const Reply missing = Send("POST", std::string("/wavespeed/api/v3/") + kModel, Input().dump());
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(Body(missing), Json({{"code", 401}, {"message", "invalid authentication"}}));
  EXPECT_EQ(Send("GET", "/wavespeed/api/v3/balance", "", {{"authorization", "Bearer bad-key"}}).status, 401);
  EXPECT_EQ(Create(Input(), "openai/sora-3").status, 404);
  EXPECT_EQ(Create(Input("[[fault:model-gone]]")).status, 404);
  EXPECT_EQ(Create(Input("[[fault:no-credit]]")).status, 402);
  EXPECT_EQ(Create(Input("[[fault:reject:content]]")).status, 400);
  EXPECT_EQ(Body(Create(Input("[[fault:status:429]]")))["code"], 429);
  EXPECT_EQ(Result("nope").status, 404);
  EXPECT_EQ(Fetch(kModel).status, 405);
  EXPECT_EQ(Post("predictions/x/result").status, 405);
  EXPECT_EQ(Fetch("media/none").status, 404);
  EXPECT_EQ(Send("GET", "/wavespeed/api/v2/x", "", kKey).status, 404);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(WavespeedTest, FailuresAreSuccessesOfTheCall) {
  struct Case {
    const char* fault;
    const char* status;
    const char* part;
  };
  for (const Case& c :
       {Case{"fail", "failed", "upstream"}, Case{"fail:content", "failed", "potentially sensitive"},
        Case{"fail:validation", "failed", "Invalid input"}, Case{"timed-out", "timeout", "timed out"},
        Case{"completed-with-error", "completed", "Generation failed"}}) {
    const std::string id = Submit(std::string("p [[fault:") + c.fault + "]]");
    now_ += 1100;
    const Reply reply = Result(id);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(Body(reply)["code"], 200);
    EXPECT_EQ(Poll(id)["status"], c.status);
    EXPECT_EQ(Poll(id)["outputs"], Json::array());
    EXPECT_NE(Poll(id)["error"].get<std::string>().find(c.part), std::string::npos) << Poll(id)["error"];
  }
  Json lost = Input();
  lost["image"] = "http://127.0.0.1:9/pictures/none.png";
  const std::string id = Body(Create(lost))["data"]["id"];
  now_ += 1100;
  EXPECT_NE(Poll(id)["error"].get<std::string>().find("Failed to load image"), std::string::npos);
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(WavespeedTest, SyncModeWaitsOrSaysThatItGoesOn) {
  Json input = Input();
  input["enable_sync_mode"] = true;
  const Json done = Body(Create(input))["data"];
  EXPECT_EQ(done["status"], "completed");
  EXPECT_EQ(done["outputs"].size(), 1u);
  EXPECT_FALSE(done.contains("code"));
  input["prompt"] = "p [[fault:run-ms:600000]]";
  const Reply late = Create(input);
  EXPECT_EQ(late.status, 200);
  const Json data = Body(late)["data"];
  EXPECT_EQ(data["code"], 5004);
  EXPECT_EQ(data["status"], "processing");
  EXPECT_TRUE(data["error"].get<std::string>().starts_with("Sync mode timed out"));
  now_ += 600'000;
  EXPECT_EQ(Poll(data["id"])["status"], "completed");
}

TEST_F(WavespeedTest, HistoryIsFilteredAndPaged) {
  const std::string first = Submit("one");
  now_ += 2000;
  const std::string second = Submit("two");
  Create({{"prompt", "three"}}, "openai/sora-2/text-to-video");
  const auto ids = [&](const Json& filter) {
    std::vector<std::string> found;
    const Json page = Body(Post("predictions", filter))["data"];
    for (const Json& item : page["items"]) found.push_back(item["id"]);
    return found;
  };
  EXPECT_EQ(ids(Json::object()).size(), 3u);
  EXPECT_EQ(ids({{"model", kModel}}), (std::vector<std::string>{second, first}));
  EXPECT_EQ(ids({{"status", "completed"}}), (std::vector<std::string>{first}));
  EXPECT_EQ(ids({{"model", kModel}, {"page", 2}, {"page_size", 1}}), (std::vector<std::string>{first}));
  EXPECT_EQ(ids({{"model", kModel}, {"created_after", "2027-01-15T08:00:01Z"}}),
            (std::vector<std::string>{second}));
  EXPECT_EQ(ids({{"created_before", "2027-01-15T08:00:00.5Z"}}), (std::vector<std::string>{first}));
  now_ += 7LL * 24 * 60 * 60'000 + 2000;
  EXPECT_TRUE(ids({{"status", "completed"}}).empty()) << "kept a week";
  EXPECT_EQ(Result(first).status, 404);
}

TEST_F(WavespeedTest, DeletesWhatIsFinished) {
  const std::string done = Submit("one");
  now_ += 1100;
  const std::string running = Submit("two");
  EXPECT_EQ(Body(Post("predictions/delete", {{"ids", {done, running, "nope", 5}}}))["data"],
            Json({{"deleted_count", 1}}));
  EXPECT_EQ(Result(done).status, 404);
  EXPECT_EQ(Result(running).status, 200);
  EXPECT_EQ(Post("predictions/delete").status, 400);
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "800000000");
}

TEST_F(WavespeedTest, TheBooksMayBeLate) {
  const std::string id = Submit("[[fault:late-charge:500]][[fault:discount:50]]");
  now_ += 1100;
  EXPECT_EQ(Body(Fetch("predictions/" + id + "/result"))["data"]["status"], "completed");
  EXPECT_EQ(Body(Post("billings/search"))["data"]["items"], Json::array());
  now_ += 500;
  EXPECT_EQ(Body(Post("billings/search"))["data"]["items"][0]["price"], 0.4);
}

TEST_F(WavespeedTest, TheAccountKnowsItsMoney) {
  EXPECT_EQ(Body(Fetch("balance"))["data"]["balance"], 1000.0);
  const std::string id = Submit("one");
  Submit("[[fault:fail]]");
  now_ += 1100;
  EXPECT_EQ(Body(Fetch("balance"))["data"]["balance"], 999.2);
  const Json bills = Body(Post("billings/search"))["data"]["items"];
  ASSERT_EQ(bills.size(), 1u);
  EXPECT_EQ(bills[0]["price"], 0.8);
  EXPECT_EQ(bills[0]["prediction"], Json({{"uuid", id}, {"status", "completed"}}));
  EXPECT_EQ(Body(Post("billings/search", {{"prediction_uuids", {id, "x"}}}))["data"]["items"], bills);
  EXPECT_EQ(Body(Post("billings/search", {{"prediction_uuids", {"x"}}}))["data"]["items"], Json::array());
  EXPECT_EQ(Body(Post("billings/search", {{"billing_type", "refund"}}))["data"]["items"], Json::array());
  EXPECT_EQ(Body(Fetch("models"))["data"][0]["model_id"], kModel);
  EXPECT_EQ(Body(Fetch("models"))["data"][0]["base_price"], 0.4);
  EXPECT_EQ(Post("model/price", {{"model_id", "none"}}).status, 404);
  EXPECT_EQ(Post("model/price", {{"model_id", kModel}, {"inputs", {{"duration", 5}}}}).status, 400);
  EXPECT_TRUE(Body(Fetch("webhook/secret"))["data"]["secret"].get<std::string>().starts_with("whsec_"));
}

TEST_F(WavespeedTest, PicturesAreUploadedInTwoWays) {
  const std::string png = RenderSamplePng(300, 500);
  const Json ticket =
      Body(Post("media/uploads",
                {{"filename", "tall.PNG"}, {"size", png.size()}, {"content_type", "image/png"}}))["data"];
  EXPECT_EQ(ticket["upload"]["method"], "PUT");
  EXPECT_EQ(ticket["upload"]["headers"]["Content-Type"], "image/png");
  EXPECT_EQ(Send("PUT", PathOf(ticket["upload"]["url"]), png).status, 201);
  EXPECT_EQ(Send("GET", PathOf(ticket["download_url"])).body, png);
  EXPECT_TRUE(ticket["download_url"].get<std::string>().ends_with(".png"));
  EXPECT_EQ(Post("media/uploads").status, 400);

  Headers headers = kKey;
  headers.emplace_back("content-type", "multipart/form-data; boundary=b");
  const auto upload = [&](const std::string& field, const std::string& bytes) {
    return Send("POST", "/wavespeed/api/v3/media/upload/binary",
                "--b\r\nContent-Disposition: form-data; name=\"" + field +
                    "\"; filename=\"../x.p?g\"\r\n\r\n" + bytes + "\r\n--b--",
                headers);
  };
  const Json stored = Body(upload("file", png))["data"];
  EXPECT_EQ(stored["type"], "image");
  EXPECT_EQ(stored["size"], png.size());
  Json input = Input();
  input["image"] = stored["download_url"];
  EXPECT_EQ(Create(input).status, 200);
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.height, 1280);
  EXPECT_EQ(upload("file", "no picture").status, 400);
  EXPECT_EQ(upload("other", png).status, 400);
  EXPECT_EQ(Post("media/upload/binary").status, 400);
}

TEST_F(WavespeedTest, OddStates) {
  const std::string unknown = Submit("[[fault:unknown-status:pending:1]]");
  EXPECT_EQ(Poll(unknown)["status"], "pending");
  EXPECT_EQ(Poll(unknown)["status"], "created");
  const std::string backwards = Submit("[[fault:backwards]]");
  now_ += 200;
  EXPECT_EQ(Poll(backwards)["status"], "processing");
  EXPECT_EQ(Poll(backwards)["status"], "created");
  EXPECT_EQ(Poll(backwards)["status"], "processing");
  const std::string nsfw = Submit("[[fault:nsfw]]");
  const std::string expired = Submit("[[fault:expired-result]]");
  now_ += 1100;
  EXPECT_EQ(Poll(nsfw)["has_nsfw_contents"], Json::array({true}));
  EXPECT_EQ(Result(expired).status, 404);
  const std::string polled = Submit("[[fault:poll-404:1]] [[fault:poll-503]]");
  EXPECT_EQ(Result(polled).status, 404);
  EXPECT_EQ(Body(Result(polled))["code"], 503);
  EXPECT_EQ(Result(polled).status, 200);
  EXPECT_FALSE(Body(Create(Input("[[fault:no-id]]")))["data"].contains("id"));
  const Json inline_picture = {{"prompt", "p"}, {"image", "data:image/png;base64," + std::string(4000, 'A')}};
  EXPECT_EQ(Body(Create(inline_picture))["data"]["input"]["image"], "(inline image)");
}

}  // namespace
}  // namespace zoetrope::sandbox
