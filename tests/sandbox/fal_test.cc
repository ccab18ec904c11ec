#include <algorithm>

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class FalTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  static constexpr char kImageToVideo[] = "fal-ai/sora-2/image-to-video";

  static std::string Input(const std::string& prompt = "a boat") {
    return Json{{"prompt", prompt}, {"image_url", "https://x.example/y.png"}, {"duration", 8}}.dump();
  }

  Reply Queue(const std::string& body, const std::string& model = kImageToVideo) {
    return Send("POST", "/fal/queue/" + model, body, kKey);
  }
  Reply RunSync(const std::string& body, const std::string& model = kImageToVideo) {
    return Send("POST", "/fal/run/" + model, body, kKey);
  }
  // The base URL path of a new request.
  std::string Submit(const std::string& prompt) { return PathOf(Body(Queue(Input(prompt)))["response_url"]); }
  Reply Status(const std::string& base) { return Send("GET", base + "/status", "", kKey); }
  Reply Result(const std::string& base) { return Send("GET", base, "", kKey); }

  const Headers kKey = {{"authorization", "Key k"}};
};

TEST_F(FalTest, HappyPath) {
  const Reply submitted =
      Send("POST", "/fal/queue/fal-ai/sora-2/image-to-video?fal_webhook=https%3A%2F%2Fgw%2Fh%2Ftoken-2",
           Input(), kKey);
  ASSERT_EQ(submitted.status, 200);
  const Json body = Body(submitted);
  const std::string id = body["request_id"];
  EXPECT_EQ(body["status"], "IN_QUEUE");
  EXPECT_EQ(body["gateway_request_id"], id);
  EXPECT_EQ(HeaderOf(submitted, "x-fal-request-id"), id);
  // Only owner and app: the rest of the model id is dropped.
  const std::string base = "http://127.0.0.1:9/fal/queue/fal-ai/sora-2/requests/" + id;
  EXPECT_EQ(body["response_url"], base);
  EXPECT_EQ(body["status_url"], base + "/status");
  EXPECT_EQ(body["cancel_url"], base + "/cancel");

  const std::string path = PathOf(body["response_url"]);
  const Reply queued = Status(path);
  EXPECT_EQ(queued.status, 202);
  EXPECT_EQ(Body(queued)["queue_position"], 2);
  EXPECT_FALSE(Body(queued).contains("logs"));
  now_ += 500;
  const Reply running = Status(path);
  EXPECT_EQ(running.status, 202);
  EXPECT_EQ(Body(running)["status"], "IN_PROGRESS");
  EXPECT_TRUE(Body(running)["logs"].is_null());
  EXPECT_EQ(Body(Send("GET", path + "/status?logs=1", "", kKey))["logs"].size(), 2u);
  EXPECT_EQ(Result(path).status, 400);
  now_ += 600;
  const Reply done = Status(path);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(Body(done)["status"], "COMPLETED");
  EXPECT_EQ(Body(done)["metrics"]["inference_time"], 1.0);
  EXPECT_FALSE(Body(done).contains("error"));

  const Reply result = Result(path);
  ASSERT_EQ(result.status, 200);
  EXPECT_EQ(HeaderOf(result, "x-fal-request-id"), id);
  EXPECT_EQ(HeaderOf(result, "x-fal-billable-units"), "8");
  for (const char* file : {"video", "thumbnail", "spritesheet"}) {
    const Json entry = Body(result)[file];
    const Reply media = Send("GET", PathOf(entry["url"]));
    EXPECT_EQ(media.status, 200) << file;
    EXPECT_EQ(media.content_type, entry["content_type"]) << file;
  }
  EXPECT_TRUE(Body(result)["video_id"].get<std::string>().starts_with("video_"));
  EXPECT_EQ(Send("GET", path + "/response", "", kKey).body, result.body);

  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["charged_nanos"], "800000000");
  EXPECT_EQ(entry["marker"], "token-2");
  EXPECT_EQ(entry["endpoint"], kImageToVideo);
}

TEST_F(FalTest, PricesAndUnits) {
  struct Case {
    const char* model;
    const char* input;
    const char* nanos;
    const char* units;
  };
  const Case cases[] = {
      {"fal-ai/sora-2/text-to-video", R"({"prompt":"p"})", "400000000", "4"},
      {"fal-ai/sora-2/image-to-video", R"({"prompt":"p","image_url":"http://x/y","duration":"12"})",
       "1200000000", "12"},
      {"fal-ai/bytedance/seedance/v1.5/pro/image-to-video", R"({"prompt":"p","image_url":"http://x/y"})",
       "260000000", "5"},
      {"fal-ai/bytedance/seedance/v1.5/pro/text-to-video",
       R"({"prompt":"p","duration":"10","aspect_ratio":"auto"})", "520000000", "10"},
      {"wan/v2.6/image-to-video", R"({"prompt":"p","image_url":"http://x/y","duration":"5"})", "750000000",
       "5"},
      {"wan/v2.6/text-to-video", R"({"prompt":"p","duration":"15","resolution":"720p"})", "1500000000", "10"},
      {"fal-ai/vidu/q3/image-to-video", R"({"image_url":"http://x/y","duration":5})", "770000000", "5"},
      {"fal-ai/vidu/q3/text-to-video", R"({"prompt":"p","duration":4,"resolution":"540p"})", "280000000",
       "1.8182"},
  };
  for (const Case& c : cases) {
    const Reply reply = RunSync(c.input, c.model);
    ASSERT_EQ(reply.status, 200) << c.model << reply.body;
    EXPECT_EQ(HeaderOf(reply, "x-fal-billable-units"), c.units) << c.model;
    EXPECT_EQ(Ledger()["creations"].back()["charged_nanos"], c.nanos) << c.model;
  }
}

TEST_F(FalTest, InvalidInputIsAcceptedByTheQueueAndFailsInTheResult) {
  const Reply reply = Queue(R"({"image_url":"http://x/y","duration":7})");
  ASSERT_EQ(reply.status, 200);
  const std::string path = PathOf(Body(reply)["response_url"]);
  now_ += 1100;
  EXPECT_EQ(Status(path).status, 200);
  EXPECT_FALSE(Body(Status(path)).contains("error"));
  const Reply result = Result(path);
  EXPECT_EQ(result.status, 422);
  const Json detail = Body(result)["detail"];
  ASSERT_EQ(detail.size(), 2u);
  EXPECT_EQ(detail[0]["loc"], Json::array({"body", "prompt"}));
  EXPECT_EQ(detail[0]["type"], "missing");
  EXPECT_EQ(detail[1]["type"], "literal_error");
  EXPECT_EQ(detail[1]["msg"], "Input should be 4, 8 or 12");
  EXPECT_EQ(detail[1]["input"], 7);
  EXPECT_EQ(Ledger()["creations"][0]["charged_nanos"], "0");
}

TEST_F(FalTest, EveryKindOfViolation) {
  struct Case {
    const char* model;
    const char* input;
    const char* type;
  };
  const Case cases[] = {
      {kImageToVideo, R"({"prompt":"","image_url":"http://x/y"})", "string_too_short"},
      {kImageToVideo, R"({"prompt":"p","image_url":5})", "string_type"},
      {kImageToVideo, R"({"prompt":"p","image_url":"http://x/y","delete_video":"yes"})", "bool_type"},
      {kImageToVideo, R"({"prompt":"p","image_url":"http://x/y","resolution":"1080p"})", "literal_error"},
      {kImageToVideo, R"({"prompt":"p","image_url":"http://127.0.0.1:9/pictures/none"})",
       "file_download_error"},
      {kImageToVideo, R"({"prompt":"p","image_url":"data:image/png;base64,aGVsbG8="})",
       "unsupported_image_format"},
      {"fal-ai/bytedance/seedance/v1.5/pro/text-to-video", R"({"prompt":"p","duration":5})", "string_type"},
      {"fal-ai/bytedance/seedance/v1.5/pro/text-to-video", R"({"prompt":"p","seed":-2})",
       "greater_than_equal"},
      {"fal-ai/vidu/q3/text-to-video", R"({"prompt":"p","duration":17})", "less_than_equal"},
      {"fal-ai/sora-2/video-to-video/remix", R"({"prompt":"p","video_id":"video_123"})", "value_error"},
  };
  for (const Case& c : cases) {
    const Reply reply = RunSync(c.input, c.model);
    EXPECT_EQ(reply.status, 422) << c.input;
    EXPECT_EQ(Body(reply)["detail"][0]["type"], c.type) << c.input;
  }
  const Reply lengthy = RunSync(Json{{"prompt", std::string(1501, 'x')}}.dump(), "wan/v2.6/text-to-video");
  EXPECT_EQ(Body(lengthy)["detail"][0]["type"], "string_too_long");
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(FalTest, RefusalsOfThePlatform) {
  const Reply missing = Send("POST", "/fal/queue/fal-ai/sora-2/image-to-video", Input());
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(Body(missing)["detail"], "Authorization header is required");
  for (const char* bad : {"Key bad-key", "Bearer k", "Key bad-key:secret"}) {
    EXPECT_EQ(
        Send("POST", "/fal/queue/fal-ai/sora-2/image-to-video", Input(), {{"authorization", bad}}).status,
        401);
  }
  EXPECT_EQ(Queue("{").status, 422);
  EXPECT_EQ(Body(Queue(Input(), "fal-ai/nope/x"))["detail"], "Application \"fal-ai/nope\" not found");
  EXPECT_EQ(Body(Queue(Input(), "fal-ai/sora-2/nope"))["detail"], "Path /nope not found");
  EXPECT_EQ(Queue(Input("[[fault:no-credit]]")).status, 403);
  EXPECT_EQ(Queue(Input("[[fault:model-gone]]")).status, 404);
  EXPECT_EQ(Send("GET", "/fal/queue/fal-ai/sora-2/image-to-video", "", kKey).status, 405);
}

TEST_F(FalTest, CallsAboutARequestUseTheShortPath) {
  const std::string path = Submit("p");
  const std::string id = path.substr(path.rfind('/') + 1);
  const Reply wrong =
      Send("GET", "/fal/queue/fal-ai/sora-2/image-to-video/requests/" + id + "/status", "", kKey);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(HeaderOf(wrong, "Allow"), "POST");
  EXPECT_EQ(Status("/fal/queue/fal-ai/vidu/requests/" + id).status, 404);
  EXPECT_EQ(Status("/fal/queue/fal-ai/sora-2/requests/nope").body, R"({"status":"NOT_FOUND"})");
  EXPECT_EQ(Result("/fal/queue/fal-ai/sora-2/requests/nope").status, 404);
  EXPECT_EQ(Send("GET", path + "/status").status, 401);
}

TEST_F(FalTest, FailuresAreCompletedWithAnError) {
  struct Case {
    const char* fault;
    const char* error_type;
    int result;
    const char* detail_type;
  };
  const Case cases[] = {
      {"fail", "downstream_service_error", 500, "downstream_service_error"},
      {"fail:content", "content_policy_violation", 422, "content_policy_violation"},
      {"reject:content", "content_policy_violation", 422, "content_policy_violation"},
      {"timed-out", "request_timeout", 504, ""},
      {"completed-with-error", "downstream_service_error", 500, "downstream_service_error"},
      {"fail:validation", "", 422, "value_error"},
  };
  for (const Case& c : cases) {
    const std::string path = Submit(std::string("p [[fault:") + c.fault + "]]");
    now_ += 1100;
    const Reply status = Status(path);
    EXPECT_EQ(status.status, 200);
    EXPECT_EQ(Body(status)["status"], "COMPLETED");
    EXPECT_EQ(Body(status).value("error_type", ""), c.error_type) << c.fault;
    EXPECT_EQ(Result(path).status, c.result) << c.fault;
    if (*c.detail_type != '\0') {
      EXPECT_EQ(Body(Result(path))["detail"][0]["type"], c.detail_type);
    }
  }
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(FalTest, CancelIsARequest) {
  const auto cancel = [&](const std::string& path) { return Send("PUT", path + "/cancel", "", kKey); };
  const std::string queued = Submit("one");
  EXPECT_EQ(cancel(queued).status, 200);
  const std::string running = Submit("two");
  now_ += 200;
  const Reply requested = cancel(running);
  EXPECT_EQ(requested.status, 202);
  EXPECT_EQ(Body(requested)["status"], "CANCELLATION_REQUESTED");
  EXPECT_EQ(Body(Status(running))["error_type"], "client_cancelled");
  EXPECT_EQ(Result(running).status, 499);
  const Reply late = cancel(running);
  EXPECT_EQ(late.status, 400);
  EXPECT_EQ(Body(late)["status"], "ALREADY_COMPLETED");
  EXPECT_EQ(cancel("/fal/queue/fal-ai/sora-2/requests/nope").status, 404);
  const std::string too_late = Submit("three [[fault:cancel-too-late]]");
  EXPECT_EQ(cancel(too_late).status, 400);
  EXPECT_EQ(Result(too_late).status, 200);
}

TEST_F(FalTest, RemixNeedsAVideoThatWasKept) {
  const auto video_id = [&](bool deleted) {
    Json input = Json::parse(Input());
    input["delete_video"] = deleted;
    return Body(RunSync(input.dump()))["video_id"].get<std::string>();
  };
  const auto remix = [&](const std::string& id) {
    return RunSync(Json{{"prompt", "purple"}, {"video_id", id}}.dump(), "fal-ai/sora-2/video-to-video/remix");
  };
  EXPECT_EQ(remix(video_id(true)).status, 422);
  const Reply remixed = remix(video_id(false));
  EXPECT_EQ(remixed.status, 200);
  EXPECT_EQ(HeaderOf(remixed, "x-fal-billable-units"), "8");
}

TEST_F(FalTest, HeadersOfThePlatform) {
  Headers headers = kKey;
  headers.emplace_back("x-fal-request-timeout", "0.05");
  headers.emplace_back("x-fal-object-lifecycle-preference", R"({"expiration_duration_seconds":5})");
  const std::string path =
      PathOf(Body(Send("POST", "/fal/queue/fal-ai/sora-2/image-to-video", Input(), headers))["response_url"]);
  now_ += 60;
  EXPECT_EQ(Body(Status(path))["error_type"], "request_timeout");
  EXPECT_EQ(HeaderOf(Result(path), "X-Fal-Request-Timeout-Type"), "user");
  headers[1].second = "10";
  const Json kept = Body(Send("POST", "/fal/run/fal-ai/sora-2/image-to-video", Input(), headers));
  EXPECT_EQ(Send("GET", PathOf(kept["video"]["url"])).status, 200);
  now_ += 5000;
  EXPECT_EQ(Send("GET", PathOf(kept["video"]["url"])).status, 410);
  Submit("waiting");
  EXPECT_EQ(
      Send("POST", "/fal/queue/fal-ai/sora-2/image-to-video?fal_max_queue_length=0", Input(), kKey).status,
      429);
}

TEST_F(FalTest, ResultsExpire) {
  const std::string path = Submit("[[fault:expired-result]]");
  const std::string kept = Submit("p");
  now_ += 1100;
  EXPECT_EQ(Status(path).status, 200);
  EXPECT_EQ(Result(path).status, 404);
  EXPECT_EQ(Result(kept).status, 200);
  now_ += 60 * 60'000;
  EXPECT_EQ(Result(kept).status, 404);
  EXPECT_EQ(Status(kept).status, 404);
  // It was made and it was paid for.
  EXPECT_EQ(Ledger()["creations"][0]["charged_nanos"], "800000000");
}

TEST_F(FalTest, StreamTellsEveryChangeAndEnds) {
  const std::string path = Submit("p");
  Reply reply = Send("GET", path + "/status/stream", "", kKey);
  ASSERT_EQ(reply.delivery, Delivery::kStream);
  EXPECT_EQ(reply.content_type, "text/event-stream");
  std::vector<std::string> states;
  for (int i = 0; i < 100; ++i) {
    if (reply.body.starts_with("data: ")) states.push_back(Json::parse(reply.body.substr(6))["status"]);
    if (!reply.next) break;
    now_ += reply.delay_ms;
    reply = reply.next();
  }
  states.erase(std::unique(states.begin(), states.end()), states.end());
  EXPECT_EQ(states, (std::vector<std::string>{"IN_QUEUE", "IN_PROGRESS", "COMPLETED"}));
}

TEST_F(FalTest, OddStates) {
  const std::string unknown = Submit("[[fault:unknown-status:PAUSED:1]]");
  EXPECT_EQ(Body(Status(unknown))["status"], "PAUSED");
  EXPECT_EQ(Body(Status(unknown))["status"], "IN_QUEUE");
  const std::string backwards = Submit("[[fault:backwards]]");
  now_ += 200;
  EXPECT_EQ(Body(Status(backwards))["status"], "IN_PROGRESS");
  EXPECT_EQ(Body(Status(backwards))["status"], "IN_QUEUE");
  EXPECT_EQ(Body(Status(backwards))["status"], "IN_PROGRESS");
  const std::string result = Submit("[[fault:result-503]]");
  now_ += 1100;
  EXPECT_EQ(Result(result).status, 503);
  EXPECT_EQ(Result(result).status, 200);
}

class FalStrictSubmitTest : public FalTest {
 protected:
  static Options Strict() {
    Options options = TestOptions();
    options.fal_validates_at_submit = true;
    return options;
  }
  FalStrictSubmitTest() : FalTest(Strict()) {}
};

TEST_F(FalStrictSubmitTest, AnswersTheSubmitWith422) {
  EXPECT_EQ(Queue(R"({"prompt":"p"})").status, 422);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

}  // namespace
}  // namespace zoetrope::sandbox
