#include "tests/sandbox/openai.h"

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class OpenaiTest : public WorldTest {
 protected:
  using WorldTest::WorldTest;

  static Json Input(const std::string& prompt = "a boat") {
    return {{"prompt", prompt}, {"model", "sora-2"}, {"seconds", "8"}, {"size", "1280x720"}};
  }
  // A form as the official clients send it: text fields, and bytes for the picture if there are any.
  static std::string Form(const Json& fields, const std::string& picture = "",
                          const std::string& type = "image/png") {
    std::string body;
    for (const auto& [key, value] : fields.items()) {
      body += "--b\r\nContent-Disposition: form-data; name=\"" + key + "\"\r\n\r\n" + AsText(value) + "\r\n";
    }
    if (!picture.empty()) {
      body += "--b\r\nContent-Disposition: form-data; name=\"input_reference\"; filename=\"p.png\"\r\n";
      if (!type.empty()) body += "Content-Type: " + type + "\r\n";
      body += "\r\n" + picture + "\r\n";
    }
    return body + "--b--\r\n";
  }

  Reply Create(const Json& input) { return Send("POST", "/openai/v1/videos", input.dump(), kKey); }
  Reply CreateForm(const std::string& form) {
    Headers headers = kKey;
    headers.emplace_back("content-type", "multipart/form-data; boundary=b");
    return Send("POST", "/openai/v1/videos", form, headers);
  }
  std::string Submit(const std::string& prompt) {
    return Body(Create(Input(prompt)))["id"].get<std::string>();
  }
  Reply Get(const std::string& id, const std::string& more = "") {
    return Send("GET", "/openai/v1/videos/" + id + more, "", kKey);
  }
  Json Poll(const std::string& id) { return Body(Get(id)); }
  static Json Error(const Reply& reply) { return Body(reply)["error"]; }

  const Headers kKey = {{"authorization", "Bearer k"}};
};

TEST_F(OpenaiTest, HappyPath) {
  Headers headers = kKey;
  headers.emplace_back("x-client-request-id", "token-3");
  const Reply submitted = Send("POST", "/openai/v1/videos", Input().dump(), headers);
  ASSERT_EQ(submitted.status, 200) << submitted.body;
  const Json queued = Body(submitted);
  const std::string id = queued["id"];
  EXPECT_EQ(id.size(), 54u) << id;
  EXPECT_TRUE(id.starts_with("video_"));
  EXPECT_EQ(queued["object"], "video");
  EXPECT_EQ(queued["status"], "queued");
  EXPECT_EQ(queued["progress"], 0);
  EXPECT_EQ(queued["created_at"], 1'800'000'000);
  EXPECT_EQ(queued["seconds"], "8");
  EXPECT_EQ(queued["size"], "1280x720");
  EXPECT_EQ(queued["model"], "sora-2");
  for (const char* key : {"completed_at", "expires_at", "error", "remixed_from_video_id"}) {
    EXPECT_TRUE(queued.at(key).is_null()) << key;
  }
  now_ += 600;
  EXPECT_EQ(Poll(id)["status"], "in_progress");
  EXPECT_EQ(Poll(id)["progress"], 50);
  EXPECT_EQ(Get(id, "/content").status, 404);
  now_ += 500;
  const Json done = Poll(id);
  EXPECT_EQ(done["status"], "completed");
  EXPECT_EQ(done["progress"], 100);
  EXPECT_EQ(done["completed_at"], 1'800'000'001);
  EXPECT_EQ(done["expires_at"], 1'800'003'601);

  const Json entry = Ledger()["creations"][0];
  EXPECT_EQ(entry["provider"], "openai");
  EXPECT_EQ(entry["charged_nanos"], "800000000");
  EXPECT_EQ(entry["marker"], "token-3");
}

TEST_F(OpenaiTest, ContentNeedsTheKeyAndExpires) {
  const std::string id = Submit("p");
  now_ += 1100;
  const std::string path = "/openai/v1/videos/" + id + "/content";
  EXPECT_EQ(Send("GET", path).status, 401);
  const Reply video = Get(id, "/content");
  EXPECT_EQ(video.status, 200);
  EXPECT_EQ(video.content_type, "video/mp4");
  EXPECT_EQ(Get(id, "/content?variant=video").blob, video.blob);
  for (const char* variant : {"thumbnail", "spritesheet"}) {
    const Reply picture = Get(id, std::string("/content?variant=") + variant);
    EXPECT_EQ(picture.status, 200);
    EXPECT_EQ(picture.content_type, "image/jpeg");
  }
  EXPECT_EQ(Get(id, "/content?variant=poster").status, 400);
  Headers range = kKey;
  range.emplace_back("range", "bytes=0-9");
  EXPECT_EQ(Send("GET", path, "", range).body.size(), 10u);
  EXPECT_EQ(Ledger()["requests"]["openai"]["media"], 7);
  now_ += 60 * 60'000 - 1;
  EXPECT_EQ(Get(id, "/content").status, 200);
  now_ += 1;
  EXPECT_EQ(Get(id, "/content").status, 404);
  EXPECT_EQ(Get(id).status, 200);
}

TEST_F(OpenaiTest, FormsAreTakenAndPicturesMustHaveTheSize) {
  const std::string fits = RenderSamplePng(1280, 720);
  const Reply taken = CreateForm(Form(Input(), fits));
  ASSERT_EQ(taken.status, 200) << taken.body;
  EXPECT_EQ(world_.jobs.FindBySeq(1)->clip.picture->bytes, fits);
  // Without a size the video is 720x1280, whatever the picture is.
  const Reply turned = CreateForm(Form({{"prompt", "p"}}, fits));
  EXPECT_EQ(turned.status, 400);
  EXPECT_EQ(Error(turned), Json({{"message", "Inpaint image must match the requested width and height"},
                                 {"type", "invalid_request_error"},
                                 {"param", nullptr},
                                 {"code", nullptr}}));
  EXPECT_EQ(CreateForm(Form({{"prompt", "p"}}, RenderSamplePng(720, 1280))).status, 200);
  EXPECT_EQ(Error(CreateForm(Form(Input(), fits, "")))["code"], "unsupported_file_mimetype");
  EXPECT_EQ(Error(CreateForm(Form(Input(), "no picture")))["code"], "invalid_image_file");
  const Reply text = CreateForm(Form({{"prompt", "p"}, {"input_reference", "https://x.example/y.png"}}));
  EXPECT_EQ(Error(text)["message"],
            "Invalid type for 'input_reference': expected a file, but got a string instead.");
  EXPECT_EQ(Error(text)["code"], "invalid_type");
  EXPECT_EQ(CreateForm("--b\r\n").status, 400);
  EXPECT_EQ(Ledger()["totals"]["creations"], 2);
}

TEST_F(OpenaiTest, PicturesByUrl) {
  ASSERT_EQ(Send("PUT", "/pictures/wide.png", RenderSamplePng(1280, 720)).status, 201);
  const auto create = [&](const Json& reference) {
    Json input = Input();
    input["input_reference"] = reference;
    return Create(input);
  };
  const Json own{{"image_url", "http://127.0.0.1:9/pictures/wide.png"}};
  EXPECT_EQ(create(own).status, 200);
  // In a form the official clients spell the member with brackets.
  EXPECT_EQ(CreateForm(Form({{"prompt", "p"},
                             {"size", "1280x720"},
                             {"input_reference[image_url]", "http://127.0.0.1:9/pictures/wide.png"}}))
                .status,
            200);
  // A picture that is not ours to fetch has no known size.
  EXPECT_EQ(create({{"image_url", "https://x.example/y.png"}}).status, 200);
  EXPECT_EQ(create({{"image_url", "http://127.0.0.1:9/pictures/none.png"}}).status, 400);
  EXPECT_EQ(create({{"image_url", "data:image/png;base64,aGVsbG8="}}).status, 400);
  EXPECT_EQ(create({{"image_url", 5}}).status, 400);
  EXPECT_EQ(create({{"file_id", "file-1"}}).status, 404);
  EXPECT_EQ(create(Json::object()).status, 400);
  EXPECT_EQ(create({{"image_url", "https://x.example/y.png"}, {"file_id", "file-1"}}).status, 400);
  EXPECT_EQ(Error(create("https://x.example/y.png"))["message"],
            "Invalid type for 'input_reference': expected an object, but got a string instead.");
  EXPECT_EQ(Ledger()["totals"]["creations"], 3);
}

TEST_F(OpenaiTest, PricesPerModelAndSize) {
  struct Case {
    const char* model;
    const char* size;
    const char* seconds;
    const char* nanos;
  };
  for (const Case& c :
       {Case{"sora-2", "720x1280", "4", "400000000"},
        Case{"sora-2-2025-12-08", "1280x720", "12", "1200000000"},
        Case{"sora-2-pro", "1280x720", "4", "1200000000"}, Case{"sora-2-pro", "1024x1792", "8", "4000000000"},
        Case{"sora-2-pro-2025-10-06", "1920x1080", "4", "2800000000"}}) {
    const Reply reply =
        Create({{"prompt", "p"}, {"model", c.model}, {"size", c.size}, {"seconds", c.seconds}});
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(Body(reply)["size"], c.size);
    EXPECT_EQ(Ledger()["creations"].back()["price_nanos"], c.nanos) << c.model << c.size;
  }
  EXPECT_EQ(Body(Create({{"prompt", "p"}}))["size"], "720x1280");
  EXPECT_EQ(Ledger()["creations"].back()["price_nanos"], "400000000");
}

TEST_F(OpenaiTest, RefusalsInThePlatformsWords) {
  struct Case {
    Json input;
    const char* param;
    const char* code;
    const char* message;
  };
  const Case cases[] = {
      {Json::object(), "prompt", "missing_required_parameter", "Missing required parameter: 'prompt'."},
      {{{"prompt", ""}}, "prompt", "empty_string", "Invalid 'prompt': empty string."},
      {{{"prompt", std::string(32001, 'x')}},
       "prompt",
       "string_above_max_length",
       "Invalid 'prompt': string too long."},
      {{{"prompt", "p"}, {"seconds", 8}},
       "seconds",
       "invalid_type",
       "Invalid type for 'seconds': expected one of '4', '8', or '12', but got an integer instead."},
      {{{"prompt", "p"}, {"seconds", "7"}},
       "seconds",
       "invalid_value",
       "Invalid value: '7'. Supported values are: '4', '8', and '12'."},
      {{{"prompt", "p"}, {"size", "1024x1792"}},
       "size",
       "invalid_value",
       "Invalid value: '1024x1792'. Supported values are: '720x1280' and '1280x720'."},
      {{{"prompt", "p"}, {"model", "sora-3"}}, "model", "invalid_value", "Invalid value: 'sora-3'."},
      {{{"prompt", "p"}, {"n", 2}}, "n", "unknown_parameter", "Unknown parameter: 'n'."},
  };
  for (const Case& c : cases) {
    const Reply reply = Create(c.input);
    EXPECT_EQ(reply.status, 400);
    const Json error = Error(reply);
    EXPECT_EQ(error["type"], "invalid_request_error");
    EXPECT_EQ(error["param"], c.param);
    EXPECT_EQ(error["code"], c.code);
    EXPECT_TRUE(error["message"].get<std::string>().starts_with(c.message)) << error;
  }
  EXPECT_EQ(Send("POST", "/openai/v1/videos", "{", kKey).status, 400);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(OpenaiTest, RefusalsBeforeTheModel) {
  const Reply missing = Send("POST", "/openai/v1/videos", Input().dump());
  EXPECT_EQ(missing.status, 401);
  EXPECT_TRUE(Error(missing)["code"].is_null());
  for (const char* bad : {"Bearer bad-key"}) {
    const Reply refused = Send("POST", "/openai/v1/videos", Input().dump(), {{"authorization", bad}});
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(Error(refused)["code"], "invalid_api_key");
  }
  EXPECT_EQ(Error(Create(Input("[[fault:no-credit]]")))["code"], "insufficient_quota");
  EXPECT_EQ(Create(Input("[[fault:no-credit]]")).status, 429);
  EXPECT_EQ(Create(Input("[[fault:model-gone]]")).status, 404);
  EXPECT_EQ(Error(Create(Input("[[fault:model-gone]]")))["code"], "model_not_found");
  EXPECT_EQ(Error(Create(Input("[[fault:reject:content]]")))["code"], "moderation_blocked");
  EXPECT_EQ(Error(Create(Input("[[fault:status:429]]")))["code"], "rate_limit_exceeded");
  EXPECT_EQ(Error(Create(Input("[[fault:status:500]]")))["type"], "server_error");
  EXPECT_EQ(Get("video_none").status, 404);
  EXPECT_EQ(Send("PUT", "/openai/v1/videos", "", kKey).status, 405);
  EXPECT_EQ(Send("GET", "/openai/v1/videos/x/remix", "", kKey).status, 405);
  EXPECT_EQ(Send("GET", "/openai/v1/models", "", kKey).status, 404);
  EXPECT_EQ(Ledger()["totals"]["creations"], 0);
}

TEST_F(OpenaiTest, FailuresAreVideosWithAnError) {
  struct Case {
    const char* fault;
    const char* code;
  };
  for (const Case& c : {Case{"fail", "video_generation_failed"}, Case{"fail:content", "moderation_blocked"},
                        Case{"fail:server_error", "server_error"}, Case{"timed-out", "timeout"}}) {
    const std::string id = Submit(std::string("p [[fault:") + c.fault + "]]");
    now_ += 1100;
    const Json body = Poll(id);
    EXPECT_EQ(body["status"], "failed");
    EXPECT_EQ(body["error"]["code"], c.code);
    EXPECT_TRUE(body["completed_at"].is_null());
    EXPECT_EQ(Get(id, "/content").status, 404);
  }
  const std::string odd = Submit("[[fault:completed-with-error]]");
  now_ += 1100;
  EXPECT_EQ(Poll(odd)["status"], "completed");
  EXPECT_TRUE(Poll(odd)["error"].is_object());
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "0");
}

TEST_F(OpenaiTest, ListsNewestFirstPageByPage) {
  std::vector<std::string> ids;
  for (const char* prompt : {"one", "two", "three"}) ids.push_back(Submit(prompt));
  Send("POST", "/runpod/v2/sora-2-i2v/run", "{}", kKey);
  const auto list = [&](const std::string& query) {
    return Body(Send("GET", "/openai/v1/videos" + query, "", kKey));
  };
  const Json all = list("");
  EXPECT_EQ(all["object"], "list");
  ASSERT_EQ(all["data"].size(), 3u);
  EXPECT_EQ(all["first_id"], ids[2]);
  EXPECT_EQ(all["last_id"], ids[0]);
  EXPECT_EQ(all["has_more"], false);
  EXPECT_EQ(all["data"][0], Poll(ids[2]));
  const Json first = list("?limit=2");
  EXPECT_EQ(first["has_more"], true);
  const Json rest = list("?limit=2&after=" + first["last_id"].get<std::string>());
  ASSERT_EQ(rest["data"].size(), 1u);
  EXPECT_EQ(rest["data"][0]["id"], ids[0]);
  EXPECT_EQ(list("?order=asc")["first_id"], ids[0]);
  EXPECT_TRUE(list("?limit=0")["first_id"].is_null());
  EXPECT_EQ(Send("GET", "/openai/v1/videos?limit=101", "", kKey).status, 400);
  EXPECT_EQ(Send("GET", "/openai/v1/videos?after=video_x", "", kKey).status, 404);
}

TEST_F(OpenaiTest, OnlyFinishedVideosAreDeleted) {
  const std::string id = Submit("p");
  const auto remove = [&] { return Send("DELETE", "/openai/v1/videos/" + id, "", kKey); };
  EXPECT_EQ(remove().status, 400);
  now_ += 1100;
  EXPECT_EQ(Body(remove()), Json({{"id", id}, {"object", "video.deleted"}, {"deleted", true}}));
  EXPECT_EQ(Get(id).status, 404);
  EXPECT_EQ(Get(id, "/content").status, 404);
  EXPECT_EQ(remove().status, 404);
  EXPECT_EQ(Body(Send("GET", "/openai/v1/videos", "", kKey))["data"].size(), 0u);
  EXPECT_EQ(Ledger()["totals"]["charged_nanos"], "800000000");
  EXPECT_EQ(Ledger()["requests"]["openai"]["cancel"], 3);
}

TEST_F(OpenaiTest, ExtensionsAddToTheirSource) {
  const std::string id = Submit("a boat");
  const auto extend = [&](const Json& body) {
    return Send("POST", "/openai/v1/videos/extensions", body.dump(), kKey);
  };
  const Json wish = {{"prompt", "further"}, {"seconds", "4"}, {"video", {{"id", id}}}};
  EXPECT_EQ(extend(wish).status, 400) << "not completed yet";
  now_ += 2000;
  EXPECT_EQ(extend({{"prompt", "further"}, {"seconds", "4"}}).status, 400);
  EXPECT_EQ(extend({{"prompt", "further"}, {"video", {{"id", "video_none"}}}}).status, 404);
  EXPECT_EQ(extend({{"prompt", "further"}, {"size", "1280x720"}, {"video", {{"id", id}}}}).status, 400);
  EXPECT_EQ(extend({{"prompt", "further"}, {"seconds", 4}, {"video", {{"id", id}}}}).status, 400);
  const Reply reply = extend(wish);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_NE(Body(reply)["id"], id);
  EXPECT_EQ(Body(reply)["seconds"], "12") << "8 s, and 4 more";
  EXPECT_EQ(Ledger()["creations"].back()["price_nanos"], "400000000") << "of what is added";
}

TEST_F(OpenaiTest, RemixesTakeSizeAndLengthOfTheirSource) {
  const std::string id = Submit("p");
  const auto remix = [&](const std::string& source, const std::string& body) {
    return Send("POST", "/openai/v1/videos/" + source + "/remix", body, kKey);
  };
  EXPECT_EQ(remix(id, R"({"prompt":"purple"})").status, 400) << "not completed yet";
  now_ += 1100;
  EXPECT_EQ(remix(id, R"({})").status, 400);
  EXPECT_EQ(remix(id, R"({"prompt":"purple","size":"1280x720"})").status, 400);
  EXPECT_EQ(remix("video_none", R"({"prompt":"purple"})").status, 404);
  const Reply reply = remix(id, R"({"prompt":"purple"})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json video = Body(reply);
  EXPECT_EQ(video["remixed_from_video_id"], id);
  EXPECT_EQ(video["seconds"], "8");
  EXPECT_EQ(video["size"], "1280x720");
  EXPECT_EQ(video["prompt"], "purple");
  EXPECT_EQ(Ledger("?prompt_contains=purple")["creations"][0]["price_nanos"], "800000000");
}

TEST_F(OpenaiTest, OddStates) {
  const std::string unknown = Submit("[[fault:unknown-status:paused:1]]");
  EXPECT_EQ(Poll(unknown)["status"], "paused");
  EXPECT_EQ(Poll(unknown)["status"], "queued");
  const std::string backwards = Submit("[[fault:backwards]]");
  now_ += 200;
  EXPECT_EQ(Poll(backwards)["status"], "in_progress");
  EXPECT_EQ(Poll(backwards)["status"], "queued");
  EXPECT_EQ(Poll(backwards)["status"], "in_progress");
  const std::string expired = Submit("[[fault:expired-result]]");
  const std::string lost = Submit("[[fault:media-404]]");
  now_ += 1100;
  EXPECT_EQ(Poll(expired)["status"], "completed");
  EXPECT_EQ(Get(expired, "/content").status, 404);
  EXPECT_EQ(Get(lost, "/content").status, 404);
  const std::string polled = Submit("[[fault:poll-404:1]] [[fault:poll-429]]");
  EXPECT_EQ(Get(polled).status, 404);
  EXPECT_EQ(Get(polled).status, 429);
  EXPECT_EQ(Get(polled).status, 200);
}

}  // namespace
}  // namespace zoetrope::sandbox
