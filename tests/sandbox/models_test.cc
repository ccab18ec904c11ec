// The models of the catalogue of our day: what each endpoint takes, what it refuses, and what it charges. One
// row per fact of a provider's page.
#include "tests/sandbox/request_tables.h"
#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

struct Row {
  Provider provider;
  const char* model;
  const char* input;
  const char* says;  // the price in nanos, or a part of the refusal
};

class ModelsTest : public WorldTest {
 protected:
  ModelsTest() : WorldTest(Strict()) {}

  static Options Strict() {
    Options options = TestOptions();
    options.fal_validates_at_submit = true;
    return options;
  }

  Reply Submit(const Row& row) {
    const std::string input = row.input;
    const std::string model = row.model;
    switch (row.provider) {
      case Provider::kRunpod:
        return Send("POST", "/runpod/v2/" + model + "/run", R"({"input":)" + input + "}",
                    {{"authorization", "Bearer k"}});
      case Provider::kFal:
        return Send("POST", "/fal/queue/" + model, input, {{"authorization", "Key k"}});
      case Provider::kWavespeed:
        return Send("POST", "/wavespeed/api/v3/" + model, input, {{"authorization", "Bearer k"}});
      default:
        return Send("POST", "/runware/v1", Task(model, input).dump(), {{"authorization", "Bearer k"}});
    }
  }

  // The model's own part of a task, with what every task needs.
  Json Task(const std::string& model, const std::string& input) {
    Json task = Json::parse(input);
    task["taskType"] = "videoInference";
    task["taskUUID"] = world_.NewUuid();
    task["model"] = model;
    return Json::array({task});
  }

  void ExpectPrices(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      const Reply reply = Submit(row);
      ASSERT_EQ(reply.status, 200) << row.model << row.input << reply.body;
      EXPECT_EQ(Ledger()["creations"].back()["price_nanos"], row.says) << row.model << row.input;
    }
  }

  void ExpectRefusals(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      const Reply reply = Submit(row);
      EXPECT_EQ(reply.status, row.provider == Provider::kFal ? 422 : 400) << row.model << row.input;
      EXPECT_NE(reply.body.find(row.says), std::string::npos) << row.model << row.input << reply.body;
    }
    EXPECT_EQ(Ledger()["creations"].size(), 0u);
  }
};

constexpr Provider kFal = Provider::kFal;
constexpr Provider kRunpod = Provider::kRunpod;
constexpr Provider kRunware = Provider::kRunware;
constexpr Provider kWavespeed = Provider::kWavespeed;

TEST_F(ModelsTest, FalPrices) {
  ExpectPrices({
      {kFal, "fal-ai/sora-2/text-to-video", R"({"prompt":"p","duration":20})", "2000000000"},
      // 1280 x 720 x 24 x 5 / 1024 = 108000 tokens.
      {kFal, "bytedance/seedance-2.0/text-to-video", R"({"prompt":"p","duration":"5"})", "1512000000"},
      {kFal, "bytedance/seedance-2.0/text-to-video", R"({"prompt":"p"})", "1512000000"},
      {kFal, "bytedance/seedance-2.0/text-to-video",
       R"({"prompt":"p","duration":"auto","generate_audio":false})", "1512000000"},
      {kFal, "bytedance/seedance-2.0/text-to-video",
       R"({"prompt":"p","duration":"4","resolution":"480p","aspect_ratio":"9:16"})", "562464000"},
      {kFal, "bytedance/seedance-2.0/text-to-video",
       R"({"prompt":"p","duration":"15","resolution":"4k","aspect_ratio":"16:9"})", "40824000000"},
      {kFal, "bytedance/seedance-2.0/text-to-video", R"({"prompt":"p","duration":"5","aspect_ratio":"1:1"})",
       "1512000000"},
      {kFal, "bytedance/seedance-2.0/fast/image-to-video",
       R"({"prompt":"p","image_url":"http://x/y","end_image_url":"http://x/z","duration":"5"})",
       "1209600000"},
      {kFal, "fal-ai/kling-video/v3/standard/image-to-video",
       R"({"prompt":"p","start_image_url":"http://x/y"})", "630000000"},
      {kFal, "fal-ai/kling-video/v3/standard/text-to-video",
       R"({"prompt":"p","duration":"3","generate_audio":false})", "252000000"},
      {kFal, "fal-ai/kling-video/v3/pro/text-to-video",
       R"({"multi_prompt":[{"prompt":"p"}],"duration":"15"})", "2520000000"},
      {kFal, "fal-ai/ltx-2.3/image-to-video", R"({"prompt":"p","image_url":"http://x/y"})", "360000000"},
      {kFal, "fal-ai/ltx-2.3/text-to-video/fast",
       R"({"prompt":"p","duration":20,"fps":25,"resolution":"1080p"})", "1200000000"},
      {kFal, "fal-ai/pixverse/v6/text-to-video", R"({"prompt":"p","aspect_ratio":"2:3"})", "225000000"},
      {kFal, "fal-ai/pixverse/v6/transition",
       R"({"prompt":"p","first_image_url":"http://x/y","generate_audio_switch":true,"resolution":"1080p"})",
       "575000000"},
      {kFal, "fal-ai/minimax/hailuo-2.3/standard/text-to-video", R"({"prompt":"p"})", "280000000"},
      {kFal, "fal-ai/minimax/hailuo-2.3/standard/image-to-video",
       R"({"prompt":"p","image_url":"http://x/y","duration":"10"})", "560000000"},
      {kFal, "fal-ai/minimax/hailuo-2.3/pro/text-to-video", R"({"prompt":"p"})", "490000000"},
      {kFal, "fal-ai/veo3.1/fast", R"({"prompt":"p","duration":"4s","generate_audio":false})", "400000000"},
      {kFal, "fal-ai/veo3.1/fast/image-to-video",
       R"({"prompt":"p","image_url":"http://x/y","resolution":"4k"})", "2800000000"},
      {kFal, "fal-ai/bytedance/seedance/v1.5/pro/text-to-video", R"({"prompt":"p","generate_audio":false})",
       "130000000"},
  });
}

TEST_F(ModelsTest, FalRefusals) {
  ExpectRefusals({
      {kFal, "fal-ai/sora-2/image-to-video", R"({"prompt":"p","image_url":"http://x/y","duration":20})",
       "literal_error"},
      {kFal, "bytedance/seedance-2.0/image-to-video",
       R"({"prompt":"p","image_url":"http://x/y","duration":5})", "string_type"},
      {kFal, "bytedance/seedance-2.0/image-to-video", R"({"prompt":"p","image":"http://x/y"})", "missing"},
      {kFal, "bytedance/seedance-2.0/fast/text-to-video", R"({"prompt":"p","resolution":"1080p"})",
       "literal_error"},
      {kFal, "fal-ai/kling-video/v3/pro/image-to-video", R"({"prompt":"p","image_url":"http://x/y"})",
       "missing"},
      {kFal, "fal-ai/kling-video/v3/pro/text-to-video", R"({"duration":"5"})", "missing"},
      {kFal, "fal-ai/kling-video/v3/pro/text-to-video", R"({"prompt":"p","multi_prompt":[{}]})",
       "prompt cannot be used with 'multi_prompt'"},
      {kFal, "fal-ai/kling-video/v3/pro/text-to-video", R"({"multi_prompt":[]})", "too_short"},
      {kFal, "fal-ai/kling-video/v3/pro/text-to-video", R"({"prompt":"p","cfg_scale":1.5})",
       "less_than_equal"},
      {kFal, "fal-ai/ltx-2.3/text-to-video", R"({"prompt":"p","duration":"6"})", "int_type"},
      {kFal, "fal-ai/ltx-2.3/text-to-video", R"({"prompt":"p","duration":12})", "literal_error"},
      {kFal, "fal-ai/ltx-2.3/text-to-video/fast", R"({"prompt":"p","duration":12,"resolution":"1440p"})",
       "resolution must be 1080p when 'duration' is 12"},
      {kFal, "fal-ai/ltx-2.3/text-to-video/fast", R"({"prompt":"p","duration":20,"fps":50})",
       "fps must be 25 when 'duration' is 20"},
      {kFal, "fal-ai/vidu/q3/image-to-video",
       R"({"prompt":"p","image_url":"http://x/y","end_image_url":"http://x/z","resolution":"360p"})",
       "resolution must be 540p or 720p or 1080p with 'end_image_url'"},
      {kFal, "fal-ai/veo3.1/fast", R"({"prompt":"p","duration":"8"})", "literal_error"},
      {kFal, "fal-ai/veo3.1/fast", R"({"prompt":"p","aspect_ratio":"auto"})", "literal_error"},
      {kFal, "fal-ai/minimax/hailuo-2.3/standard/text-to-video", R"({"prompt":"p","duration":"5"})",
       "literal_error"},
  });
}

TEST_F(ModelsTest, PixverseCountsBytes) {
  std::string long_prompt;
  for (int i = 0; i < 1024; ++i) long_prompt += "ä";
  const auto input = [](const std::string& prompt) { return Json{{"prompt", prompt}}.dump(); };
  const auto status = [&](const std::string& prompt) {
    return Submit({kFal, "fal-ai/pixverse/v6/text-to-video", input(prompt).c_str(), ""}).status;
  };
  EXPECT_EQ(status(long_prompt), 200);
  EXPECT_EQ(status(long_prompt + "a"), 422) << "2049 bytes, 1025 characters";
}

TEST_F(ModelsTest, RunpodPrices) {
  ExpectPrices({
      {kRunpod, "p-video", R"({"prompt":"p"})", "100000000"},
      {kRunpod, "p-video", R"({"prompt":"p","image":"http://x/y","duration":10,"resolution":"1080p"})",
       "400000000"},
      {kRunpod, "p-video", R"({"prompt":"p","draft":true,"aspect_ratio":"3:2","fps":48})", "25000000"},
      {kRunpod, "google-veo3-1-fast-i2v", R"({"prompt":"p","image":"http://x/y"})", "1200000000"},
      {kRunpod, "google-veo3-1-fast-i2v",
       R"({"prompt":"p","image":"http://x/y","duration":4,"generate_audio":false})", "400000000"},
  });
}

TEST_F(ModelsTest, RunpodRefusals) {
  ExpectRefusals({
      {kRunpod, "p-video", R"({"prompt":"p","duration":11})",
       "Invalid duration: 11. Must be between 1 and 10 seconds"},
      {kRunpod, "p-video", R"({"prompt":"p","fps":25})", "Invalid fps: must be 24, or 48\""},
      {kRunpod, "google-veo3-1-fast-i2v", R"({"prompt":"p"})", "Missing required parameter: image"},
      {kRunpod, "google-veo3-1-fast-i2v", R"({"prompt":"p","image":"http://x/y","duration":"8"})",
       "Must be an integer"},
  });
}

TEST_F(ModelsTest, WavespeedPrices) {
  ExpectPrices({
      {kWavespeed, "bytedance/seedance-2.0/text-to-video", R"({"prompt":"p"})", "1200000000"},
      {kWavespeed, "bytedance/seedance-2.0-fast/image-to-video",
       R"({"prompt":"p","image":"http://x/y","last_image":"http://x/z"})", "800000000"},
      {kWavespeed, "bytedance/seedance-2.0-fast/text-to-video",
       R"({"prompt":"p","duration":15,"resolution":"480p","generate_audio":true})", "1200000000"},
      {kWavespeed, "bytedance/seedance-v1.5-pro/text-to-video", R"({"prompt":"p","duration":-1})",
       "260000000"},
      {kWavespeed, "kwaivgi/kling-v3.0-std/image-to-video", R"({"prompt":"p","image":"http://x/y"})",
       "420000000"},
      {kWavespeed, "kwaivgi/kling-v3.0-pro/text-to-video",
       R"({"prompt":"p","sound":true,"duration":3,"aspect_ratio":"1:1"})", "504000000"},
      {kWavespeed, "wavespeed-ai/ltx-2.3/image-to-video",
       R"({"prompt":"p","image":"http://x/y","resolution":"1080p","duration":20})", "1200000000"},
      {kWavespeed, "pixverse/pixverse-v6/text-to-video", R"({"prompt":"p","aspect_ratio":"16:9"})",
       "225000000"},
      {kWavespeed, "minimax/hailuo-2.3/i2v-standard", R"({"prompt":"p","image":"http://x/y","duration":10})",
       "560000000"},
      {kWavespeed, "minimax/hailuo-2.3/t2v-standard", R"({"prompt":"p","duration":6})", "230000000"},
      {kWavespeed, "minimax/hailuo-2.3/i2v-pro", R"({"image":"http://x/y"})", "490000000"},
      {kWavespeed, "minimax/hailuo-2.3/t2v-pro", R"({"prompt":"p"})", "490000000"},
      {kWavespeed, "vidu/q3/text-to-video", R"({"prompt":"p","style":"anime","bgm":false})", "750000000"},
      {kWavespeed, "vidu/q3/image-to-video", R"({"prompt":"p","image":"http://x/y","resolution":"540p"})",
       "350000000"},
  });
}

TEST_F(ModelsTest, WavespeedRefusals) {
  ExpectRefusals({
      {kWavespeed, "bytedance/seedance-2.0/image-to-video",
       R"({"prompt":"p","image":"http://x/y","aspect_ratio":"auto"})", "must be one of"},
      {kWavespeed, "bytedance/seedance-2.0/text-to-video", R"({"prompt":"p","last_image":"http://x/y"})",
       R"(field \"last_image\" is not allowed)"},
      {kWavespeed, "bytedance/seedance-v1.5-pro/image-to-video",
       R"({"prompt":"p","image":"http://x/y","duration":-1})", "must be between 4 and 12"},
      {kWavespeed, "kwaivgi/kling-v3.0-std/image-to-video",
       R"({"multi_prompt":[{}],"image":"http://x/y","end_image":"http://x/z"})",
       R"(field \"end_image\" cannot be used with 'multi_prompt')"},
      {kWavespeed, "kwaivgi/kling-v3.0-std/text-to-video", R"({"prompt":"p","duration":2})",
       "must be between 3 and 15"},
      {kWavespeed, "wavespeed-ai/ltx-2.3/image-to-video",
       R"({"prompt":"p","image":"http://x/y","generate_audio":true})", "is not allowed"},
      {kWavespeed, "minimax/hailuo-2.3/i2v-standard", R"({"prompt":"p","image":"http://x/y","duration":8})",
       "must be one of [6, 10]"},
      {kWavespeed, "minimax/hailuo-2.3/t2v-pro", R"({"prompt":"p","duration":6})", "is not allowed"},
      {kWavespeed, "pixverse/pixverse-v6/text-to-video", R"({"prompt":"p","image":"http://x/y"})",
       "is not allowed"},
  });
}

constexpr char kFirst[] = R"("inputs":{"frameImages":[{"image":"http://x/y","frame":"first"}]})";

TEST_F(ModelsTest, RunwarePrices) {
  const std::string tier = std::string(R"({"positivePrompt":"a b","resolution":"720p",)") + kFirst + "}";
  const std::string size =
      std::string(R"({"positivePrompt":"a b","width":1080,"height":1920,)") + kFirst + "}";
  ExpectPrices({
      {kRunware, "bytedance:seedance@2.0", tier.c_str(), "800000000"},
      {kRunware, "bytedance:seedance@2.0", R"({"positivePrompt":"a b","width":864,"height":496})",
       "350000000"},
      {kRunware, "bytedance:seedance@2.0-fast", tier.c_str(), "650000000"},
      {kRunware, "klingai:kling-video@3-standard", tier.c_str(), "420000000"},
      {kRunware, "klingai:kling-video@3-pro",
       R"({"positivePrompt":"a b","width":1440,"height":1440,"providerSettings":{"klingai":{"sound":true}}})",
       "840000000"},
      {kRunware, "lightricks:ltx@2.3-fast", R"({"positivePrompt":"a b","width":1280,"height":720,"fps":25})",
       "180000000"},
      {kRunware, "lightricks:ltx@2.3", size.c_str(), "360000000"},
      {kRunware, "vidu:4@1", R"({"positivePrompt":"a b","width":960,"height":960,"seed":3,"duration":16})",
       "800000000"},
  });
}

TEST_F(ModelsTest, RunwareRefusals) {
  const auto with_frame = [](const std::string& rest) {
    return std::string(R"({"positivePrompt":"a b",)") + rest + kFirst + "}";
  };
  const std::string both = with_frame(R"("width":1280,"height":720,)");
  const std::string references =
      R"({"positivePrompt":"a b","resolution":"720p","inputs":{"frameImages":["http://x/y"],"referenceImages":["http://x/z"]}})";
  const std::string other_tier = with_frame(R"("resolution":"1080p",)");
  const std::string no_size = with_frame("");
  ExpectRefusals({
      {kRunware, "bytedance:seedance@2.0", both.c_str(), "use 'resolution'"},
      {kRunware, "bytedance:seedance@2.0", references.c_str(), "incompatibleParameters"},
      {kRunware, "bytedance:seedance@2.0", R"({"positivePrompt":"a b","width":1280,"height":720,"seed":1})",
       "unknownParameter"},
      {kRunware, "bytedance:seedance@2.0-fast", R"({"positivePrompt":"a b","width":1920,"height":1080})",
       "unsupportedDimensions"},
      {kRunware, "klingai:kling-video@3-standard", other_tier.c_str(), "invalidResolution"},
      {kRunware, "klingai:kling-video@3-pro", R"({"positivePrompt":"a b","width":1080,"height":1080})",
       "unsupportedDimensions"},
      {kRunware, "lightricks:ltx@2.3", no_size.c_str(), "missingWidth"},
      {kRunware, "vidu:4@1", R"({"positivePrompt":"a b","width":1280,"height":720,"duration":17})",
       "invalidDuration"},
  });
}

// A seed comes back from the models that name one, and from no other.
TEST_F(ModelsTest, FalSeeds) {
  const auto result = [this](const char* model) {
    const Json created = Body(Submit({kFal, model, R"({"prompt":"p"})", ""}));
    now_ += 2000;
    return Body(Send("GET", PathOf(created["response_url"]), "", {{"authorization", "Key k"}}));
  };
  EXPECT_TRUE(result("bytedance/seedance-2.0/text-to-video").contains("seed"));
  EXPECT_TRUE(result("wan/v2.6/text-to-video").contains("seed"));
  const Json kling = result("fal-ai/kling-video/v3/pro/text-to-video");
  EXPECT_FALSE(kling.contains("seed"));
  EXPECT_TRUE(kling["video"].contains("url"));
}

class UnknownFieldsTest : public ModelsTest {
 protected:
  UnknownFieldsTest() { world_.options.refuse_unknown_fields = true; }
};

TEST_F(UnknownFieldsTest, AreRefusedOnRequest) {
  const Row fal = {kFal, "fal-ai/vidu/q3/text-to-video", R"({"prompt":"p","generate_audio":true})",
                   "extra_forbidden"};
  const Row runpod = {kRunpod, "p-video", R"({"prompt":"p","size":"720p"})", "Unknown parameter: size"};
  ExpectRefusals({fal, runpod});
  world_.options.refuse_unknown_fields = false;
  EXPECT_EQ(Submit(fal).status, 200);
  EXPECT_EQ(Submit(runpod).status, 200);
}

}  // namespace
}  // namespace zoetrope::sandbox
