#include "server/validate/generation_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "server/base/crypto.h"
#include "server/base/limits.h"
#include "tests/unit/validate/test_images.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kUrl[] = "https://img.example/boat.png";
using G = v1::Generation;

G Good() {
  G generation;
  generation.set_model("sora-2");
  generation.set_prompt("A paper boat");
  return generation;
}

struct Read {
  Generation generation;
  std::vector<FieldViolation> violations;
  std::map<std::string, MediaBytes> blobs;

  std::vector<std::string> fields() const {
    std::vector<std::string> fields;
    for (const FieldViolation& violation : violations) fields.push_back(violation.field);
    return fields;
  }
};

Read Check(const G& message, const ValidationRules& rules = {}) {
  Read read;
  Violations violations("");
  read.generation = ReadGeneration(message, rules, violations, read.blobs);
  read.violations = violations.list();
  return read;
}

std::string Repeat(const char* text, std::size_t times) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(ReadGeneration, ReadsEveryField) {
  G message = Good();
  message.set_negative_prompt("rain");
  message.mutable_first_frame()->set_url(kUrl);
  message.mutable_last_frame()->set_url("https://img.example/end.png");
  message.mutable_last_frame()->set_fit(v1::IMAGE_FIT_EXACT);
  message.add_reference_images()->set_url(kUrl);
  message.add_reference_video_urls("https://v.example/a");
  message.add_reference_audio_urls("https://v.example/b");
  message.set_audio_track_url("https://v.example/c");
  message.mutable_duration()->set_seconds(8);
  message.mutable_duration()->set_nanos(500'000'000);
  message.set_resolution("720p");
  message.set_aspect_ratio("16:9");
  message.set_audio(false);
  message.set_seed(0);
  message.set_frame_rate_hertz(24);
  message.set_count(4);
  v1::Parameter* const extra = message.add_extras();
  extra->set_name("quality");
  extra->set_number_value(0.5);
  const Read read = Check(message);
  EXPECT_THAT(read.fields(), IsEmpty());
  Generation expected;
  expected.model = "sora-2";
  expected.prompt = "A paper boat";
  expected.negative_prompt = "rain";
  expected.first_frame = Image{kUrl};
  expected.last_frame = Image{"https://img.example/end.png"};
  expected.reference_images = {Image{kUrl}};
  expected.reference_video_urls = {"https://v.example/a"};
  expected.reference_audio_urls = {"https://v.example/b"};
  expected.audio_track_url = "https://v.example/c";
  expected.duration_ms = 8500;
  expected.resolution = "720p";
  expected.aspect_ratio = "16:9";
  expected.audio = false;
  expected.seed = 0;
  expected.frame_rate_hertz = 24;
  expected.count = 4;
  expected.extras = {{"quality", 0.5}};
  EXPECT_EQ(read.generation, expected);
}

struct Case {
  const char* name;
  std::function<void(G&)> change;
  std::vector<std::string> fields;
};

void SetDuration(G& generation, std::int64_t seconds, std::int32_t nanos) {
  generation.mutable_duration()->set_seconds(seconds);
  generation.mutable_duration()->set_nanos(nanos);
}

v1::Parameter& AddExtra(G& generation, const std::string& name) {
  v1::Parameter& extra = *generation.add_extras();
  extra.set_name(name);
  return extra;
}

v1::SourceVideo& Source(G& generation) {
  v1::SourceVideo& source = *generation.mutable_source_video();
  source.set_mode(v1::SOURCE_VIDEO_MODE_EXTEND);
  source.set_job_id("0194f3a2-7b1c-7c3e-8d2a-1f5b6c7d8e9f");
  return source;
}

void CheckCases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    G message = Good();
    c.change(message);
    EXPECT_EQ(Check(message).fields(), c.fields) << c.name;
  }
}

TEST(ReadGeneration, KeepsTheRulesOfTexts) {
  const std::vector<Case> cases = {
      {"no model", [](G& g) { g.clear_model(); }, {"generation.model"}},
      {"model at its limit", [](G& g) { g.set_model(std::string(100, 'm')); }, {}},
      {"model too long", [](G& g) { g.set_model(std::string(101, 'm')); }, {"generation.model"}},
      {"no prompt", [](G& g) { g.clear_prompt(); }, {"generation.prompt"}},
      {"prompt at its limit", [](G& g) { g.set_prompt(Repeat("漢", 32'000)); }, {}},
      {"prompt too long", [](G& g) { g.set_prompt(Repeat("漢", 32'001)); }, {"generation.prompt"}},
      {"prompt with an end inside",
       [](G& g) { g.set_prompt(std::string("a kite\0 at dusk", 15)); },
       {"generation.prompt"}},
      {"prompt of bytes", [](G& g) { g.set_prompt("\xff\xfe"); }, {"generation.prompt"}},
      {"negative prompt at its limit", [](G& g) { g.set_negative_prompt(std::string(10'000, 'n')); }, {}},
      {"negative prompt too long",
       [](G& g) { g.set_negative_prompt(std::string(10'001, 'n')); },
       {"generation.negative_prompt"}},
      {"choices at their limits",
       [](G& g) { g.set_resolution(std::string(64, 'r')), g.set_aspect_ratio(std::string(64, 'a')); },
       {}},
      {"resolution too long",
       [](G& g) { g.set_resolution(std::string(65, 'r')); },
       {"generation.resolution"}},
      {"aspect ratio too long",
       [](G& g) { g.set_aspect_ratio(std::string(65, 'a')); },
       {"generation.aspect_ratio"}},
  };
  CheckCases(cases);
}

TEST(ReadGeneration, KeepsTheRulesOfPictures) {
  const std::vector<Case> cases = {
      {"a picture of nothing", [](G& g) { g.mutable_first_frame(); }, {"generation.first_frame"}},
      {"a blob",
       [](G& g) { g.mutable_first_frame()->mutable_blob()->set_sha256("x"); },
       {"generation.first_frame.blob"}},
      {"no URL", [](G& g) { g.mutable_first_frame()->set_url(""); }, {"generation.first_frame.url"}},
      {"a private URL",
       [](G& g) { g.mutable_first_frame()->set_url("https://10.0.0.1/"); },
       {"generation.first_frame.url"}},
      {"no bytes", [](G& g) { g.mutable_first_frame()->set_data(""); }, {"generation.first_frame.data"}},
      {"bytes of no picture",
       [](G& g) { g.mutable_first_frame()->set_data("hello"); },
       {"generation.first_frame.data"}},
      {"to cover what is behind a URL",
       [](G& g) {
         g.mutable_first_frame()->set_url(kUrl), g.mutable_first_frame()->set_fit(v1::IMAGE_FIT_COVER);
       },
       {"generation.first_frame.fit"}},
      {"to contain what is behind a URL",
       [](G& g) {
         g.mutable_first_frame()->set_url(kUrl), g.mutable_first_frame()->set_fit(v1::IMAGE_FIT_CONTAIN);
       },
       {"generation.first_frame.fit"}},
      {"an unknown fit",
       [](G& g) {
         g.mutable_first_frame()->set_url(kUrl),
             g.mutable_first_frame()->set_fit(static_cast<v1::ImageFit>(99));
       },
       {"generation.first_frame.fit"}},
      {"an end without a start",
       [](G& g) { g.mutable_last_frame()->set_url(kUrl); },
       {"generation.last_frame"}},
      {"ten references",
       [](G& g) {
         for (int i = 0; i < 10; ++i) g.add_reference_images()->set_url(kUrl);
       },
       {}},
      {"eleven references",
       [](G& g) {
         for (int i = 0; i < 11; ++i) g.add_reference_images()->set_url(kUrl);
       },
       {"generation.reference_images"}},
      {"the third reference",
       [](G& g) {
         for (int i = 0; i < 3; ++i) g.add_reference_images()->set_url(i == 2 ? "http://img.example/" : kUrl);
       },
       {"generation.reference_images[2].url"}},
  };
  CheckCases(cases);
}

TEST(ReadGeneration, KeepsTheRulesOfUrls) {
  const std::vector<Case> cases = {
      {"videos and sounds",
       [](G& g) { g.add_reference_video_urls(""), g.add_reference_audio_urls("ftp://x.example/"); },
       {"generation.reference_video_urls[0]", "generation.reference_audio_urls[0]"}},
      {"eleven videos",
       [](G& g) {
         for (int i = 0; i < 11; ++i) g.add_reference_video_urls(kUrl);
       },
       {"generation.reference_video_urls"}},
      {"eleven sounds",
       [](G& g) {
         for (int i = 0; i < 11; ++i) g.add_reference_audio_urls(kUrl);
       },
       {"generation.reference_audio_urls"}},
      {"sound track",
       [](G& g) { g.set_audio_track_url("https://localhost/"); },
       {"generation.audio_track_url"}},
      {"too long",
       [](G& g) { g.set_audio_track_url("https://x.example/" + std::string(2048, 'x')); },
       {"generation.audio_track_url"}},
  };
  CheckCases(cases);
}

TEST(ReadGeneration, KeepsTheRulesOfEarlierVideos) {
  const std::vector<Case> cases = {
      {"whole", [](G& g) { Source(g); }, {}},
      {"no mode", [](G& g) { Source(g).clear_mode(); }, {"generation.source_video.mode"}},
      {"unknown mode",
       [](G& g) { Source(g).set_mode(static_cast<v1::SourceVideoMode>(99)); },
       {"generation.source_video.mode"}},
      {"no video", [](G& g) { Source(g).clear_job_id(); }, {"generation.source_video"}},
      {"no job", [](G& g) { Source(g).set_job_id(""); }, {"generation.source_video.job_id"}},
      {"no id of a job", [](G& g) { Source(g).set_job_id("42"); }, {"generation.source_video.job_id"}},
      {"no id",
       [](G& g) { Source(g).set_provider_video_id(""); },
       {"generation.source_video.provider_video_id"}},
      {"id at its limit", [](G& g) { Source(g).set_provider_video_id(std::string(200, 'v')); }, {}},
      {"id too long",
       [](G& g) { Source(g).set_provider_video_id(std::string(201, 'v')); },
       {"generation.source_video.provider_video_id"}},
      {"index", [](G& g) { Source(g).set_output_index(-1); }, {"generation.source_video.output_index"}},
      {"with frames",
       [](G& g) { Source(g), g.mutable_first_frame()->set_url(kUrl), g.mutable_last_frame()->set_url(kUrl); },
       {"generation.first_frame", "generation.last_frame"}},
  };
  CheckCases(cases);
  G message = Good();
  Source(message).set_output_index(3);
  EXPECT_EQ(Check(message).generation.source_video,
            (SourceVideo{SourceVideoMode::kExtend, "0194f3a2-7b1c-7c3e-8d2a-1f5b6c7d8e9f", 3, ""}));
}

TEST(ReadGeneration, KeepsTheRulesOfNumbers) {
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  const std::vector<Case> cases = {
      {"shortest", [](G& g) { SetDuration(g, 1, 0); }, {}},
      {"longest", [](G& g) { SetDuration(g, 60, 0); }, {}},
      {"a millisecond", [](G& g) { SetDuration(g, 4, 1'000'000); }, {}},
      {"too short", [](G& g) { SetDuration(g, 0, 999'000'000); }, {"generation.duration"}},
      {"too long", [](G& g) { SetDuration(g, 60, 1'000'000); }, {"generation.duration"}},
      {"half a millisecond", [](G& g) { SetDuration(g, 4, 500'000); }, {"generation.duration"}},
      {"nothing", [](G& g) { g.mutable_duration(); }, {"generation.duration"}},
      {"negative", [](G& g) { SetDuration(g, -4, 0); }, {"generation.duration"}},
      {"malformed", [](G& g) { SetDuration(g, 4, -1'000'000); }, {"generation.duration"}},
      {"malformed otherwise", [](G& g) { SetDuration(g, 4, 1'000'000'000); }, {"generation.duration"}},
      {"for ever", [&](G& g) { SetDuration(g, kHuge, 0); }, {"generation.duration"}},
      {"since ever",
       [](G& g) { SetDuration(g, std::numeric_limits<std::int64_t>::min(), 0); },
       {"generation.duration"}},
      {"largest seed", [](G& g) { g.set_seed(2'147'483'647); }, {}},
      {"seed too large", [](G& g) { g.set_seed(2'147'483'648); }, {"generation.seed"}},
      {"seed of minus one", [](G& g) { g.set_seed(-1); }, {"generation.seed"}},
      {"highest rate", [](G& g) { g.set_frame_rate_hertz(120); }, {}},
      {"rate too high", [](G& g) { g.set_frame_rate_hertz(121); }, {"generation.frame_rate_hertz"}},
      {"negative rate", [](G& g) { g.set_frame_rate_hertz(-1); }, {"generation.frame_rate_hertz"}},
      {"most", [](G& g) { g.set_count(4); }, {}},
      {"too many", [](G& g) { g.set_count(5); }, {"generation.count"}},
      {"less than none", [](G& g) { g.set_count(-1); }, {"generation.count"}},
  };
  CheckCases(cases);
}

TEST(ReadGeneration, KeepsTheRulesOfExtras) {
  const std::vector<Case> cases = {
      {"of each type",
       [](G& g) {
         AddExtra(g, "a").set_string_value("");
         AddExtra(g, "b").set_integer_value(0);
         AddExtra(g, "c").set_number_value(0);
         AddExtra(g, "d").set_bool_value(false);
       },
       {}},
      {"without a value", [](G& g) { AddExtra(g, "a"); }, {"generation.extras[0]"}},
      {"without a name", [](G& g) { AddExtra(g, "").set_bool_value(true); }, {"generation.extras[0].name"}},
      {"name at its limit", [](G& g) { AddExtra(g, std::string(64, 'n')).set_bool_value(true); }, {}},
      {"name too long",
       [](G& g) { AddExtra(g, std::string(65, 'n')).set_bool_value(true); },
       {"generation.extras[0].name"}},
      {"twice",
       [](G& g) { AddExtra(g, "a").set_bool_value(true), AddExtra(g, "a").set_bool_value(true); },
       {"generation.extras[1].name"}},
      {"text at its limit", [](G& g) { AddExtra(g, "a").set_string_value(Repeat("漢", 4096)); }, {}},
      {"text too long",
       [](G& g) { AddExtra(g, "a").set_string_value(Repeat("漢", 4097)); },
       {"generation.extras[0].string_value"}},
      {"no number",
       [](G& g) { AddExtra(g, "a").set_number_value(std::numeric_limits<double>::quiet_NaN()); },
       {"generation.extras[0].number_value"}},
      {"too large a number",
       [](G& g) { AddExtra(g, "a").set_number_value(std::numeric_limits<double>::infinity()); },
       {"generation.extras[0].number_value"}},
      {"32",
       [](G& g) {
         for (int i = 0; i < 32; ++i) AddExtra(g, "n" + std::to_string(i)).set_bool_value(true);
       },
       {}},
      {"33",
       [](G& g) {
         for (int i = 0; i < 33; ++i) AddExtra(g, "");
       },
       {"generation.extras"}},
  };
  CheckCases(cases);
}

TEST(ReadGeneration, KeepsPicturesByValueOncePerContent) {
  const std::string boat = EncodePng(40, 30);
  const std::string other = EncodeJpeg(50, 20);
  G message = Good();
  message.mutable_first_frame()->set_data(boat);
  message.mutable_last_frame()->set_data(boat);
  message.add_reference_images()->set_data(other);
  const Read read = Check(message);
  ASSERT_THAT(read.fields(), IsEmpty());
  const BlobRef expected{Sha256Hex(boat), "image/png", static_cast<std::int64_t>(boat.size()), 40, 30};
  ASSERT_NE(read.generation.first_frame->blob(), nullptr);
  EXPECT_EQ(*read.generation.first_frame->blob(), expected);
  EXPECT_EQ(*read.generation.last_frame->blob(), expected);
  EXPECT_EQ(read.generation.reference_images[0].blob()->content_type, "image/jpeg");
  EXPECT_THAT(read.blobs, SizeIs(2));
  EXPECT_EQ(read.blobs.at(expected.sha256), (MediaBytes{"image/png", boat}));
}

TEST(ReadGeneration, LetsTheSandboxOnLoopbackPass) {
  G message = Good();
  message.mutable_first_frame()->set_url("http://127.0.0.1:8080/boat.png");
  EXPECT_THAT(Check(message).fields(), ElementsAre("generation.first_frame.url"));
  EXPECT_THAT(Check(message, {.allow_private_image_hosts = true}).fields(), IsEmpty());
}

// What the contract marks as sensitive must not come back in an error, which ends in logs.
TEST(ReadGeneration, NeverRepeatsWhatIsSensitive) {
  G message = Good();
  message.set_prompt("SENSITIVE" + std::string(32'000, 'x'));
  message.mutable_first_frame()->set_url("http://SENSITIVE.example/");
  message.set_audio_track_url("https://SENSITIVE@x.example/");
  AddExtra(message, "a").set_string_value("SENSITIVE" + std::string(5'000, 'x'));
  const Read read = Check(message);
  EXPECT_THAT(read.violations, SizeIs(4));
  for (const FieldViolation& violation : read.violations) {
    EXPECT_EQ(violation.description.find("SENSITIVE"), std::string::npos) << violation.field;
  }
}

}  // namespace
}  // namespace zoetrope
