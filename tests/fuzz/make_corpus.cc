// Writes the seeds of all targets: make_corpus FOLDER. The same each time. What a fuzzer found stands beside
// them and is not touched.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "server/api/page_token.h"
#include "server/store/record.h"
#include "tests/fuzz/answer_input.h"
#include "tests/support/random_job.h"
#include "tests/unit/catalogue/small_catalogue.h"
#include "tests/unit/validate/test_images.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::fuzz {
namespace {

class Corpus {
 public:
  Corpus(std::filesystem::path root, const std::string& target) : folder_(std::move(root) / target) {
    std::filesystem::create_directories(folder_);
  }
  void Add(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  // Named by their numbers.
  void AddAll(const std::vector<std::string>& inputs) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) Add("seed" + std::to_string(i), inputs[i]);
  }

 private:
  std::filesystem::path folder_;
};

// Of each dialect's golden cases one for each thing that an answer can mean to each question.
void WriteAnswers(const std::filesystem::path& root) {
  for (const std::string& dialect : golden::SubjectNames()) {
    const Corpus corpus(root, dialect);
    const std::vector<golden::GoldenCase> questions = Questions(dialect);
    std::set<std::string> seen;
    for (const golden::GoldenCase& golden : golden::LoadAll()) {
      if (golden.dialect != dialect || !golden.response) continue;
      const AnswerInput answer{QuestionOf(questions, golden), *golden.response};
      const auto outcome = golden.outcome->begin();
      const nlohmann::json& said = outcome.value();
      std::string meaning = std::to_string(answer.question) + outcome.key();
      if (said.is_object())
        meaning += said.value("reason", "") + said.value("phase", "") + said.value("why", "");
      if (seen.insert(meaning).second) corpus.Add(golden.file.stem(), WriteAnswer(answer));
    }
  }
}

void WriteJson(const std::filesystem::path& root) {
  Corpus(root, "json")
      .AddAll(
          {R"({"id":"x","status":"COMPLETED","output":{"cost":0.8,"urls":["https://cdn.example/v.mp4"]}})",
           R"([0,-0,1e5,-1.25E-7,18446744073709551616,9007199254740993,0.1000000000000000055511151231257827])",
           R"({"a":1,"a":{"b":[true,false,null]},"":2,"a.b":3})", R"("\u0000\ud83c\udf9e\/\b\f\n\r\t\"\\")",
           R"([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]])", " \t\r\n{ } ",
           "\"\xc3\xa4\xe6\xbc\xa2\"", "{\"s\":\"8\",\"t\":\"true\",\"u\":\"8.0\",\"v\":\"-\"}",
           "\xef\xbb\xbf{}", "[1e999]"});
}

void WriteLines(const std::filesystem::path& root) {
  Corpus(root, "url")
      .AddAll({"https://img.example/boat.png?sig=a%2Fb\nhttps://api.example/v1\nfal-ai/sora-2/image-to-video",
               "https://api.example:8443/v2/jobs/1?x=../y\nhttps://api.example:8443/v2\na b/c?d#e%",
               "https://[2606:4700:4700::1111]:443/x\nhttp://[::1]:8080/v2\n..",
               "https://8.8.8.8/\nhttp://127.0.0.1\n//", "https://168.63.129.16/\n\n",
               "https://[2400:cb00::5efe:7f00:1]/\n\n", "https://0x7f.1/\n\n",
               "https://a.svc.cluster.local./x\n\n",
               "https://api.example:8443/v2/%252e%252e/x\nhttps://api.example/v2\n",
               "https://api.example:8443/v2/..;/x\nhttps://api.example\n",
               "http://user:pw@evil.example/\nhttps://a.example?x#y\n",
               "HTTPS://API.example:8443/v2#f\nhttps://API.example.\n\xc3\xa4"});
  Corpus(root, "values")
      .AddAll({"0.8\n\nYour key zk_9f86d081884c7d659a2feaa0c55ad015 is wrong",
               "-3\n\nmoderation\x1b[31m blocked", "1e-9\n\nrate limit\xe2\x80\xae",
               "9223372036.854775807\n\n\xff\xfe", "0.0000000001\n\nmodel not found", "-0.0000000015\n\n",
               "12345678901234567890123456789\n\n", "120\nFri, 20 Nov 2026 10:00:00 GMT\ntimed out",
               "Fri, 20 Nov 2026 10:02:00 GMT\nFri, 20 Nov 2026 10:00:00 GMT\ninsufficient balance",
               "infinite-future\ninfinite-past\n", "5f0c3a52-7d0e-4b6e-9a57-0d6f0f6f2a11\n\ninvalid",
               "1280x720\n\nunsupported", "1e+030\n\n", "-9223372036.854775809\n\n"});
  Corpus(root, "multipart")
      .AddAll({"zoetrope-1\nprompt\nboat.png\nimage/png\na paper boat crosses a puddle",
               "b\ninput_reference\nx.jpg\nimage/jpeg\n--b--\r\n--b-2\r\nContent-Disposition: form-data; "
               "name=\"seconds\"\r\n\r\n12",
               "a\na[]\na.b\na/b\n--a--a-2--a-3\r\n\r\n", "b\nname\"; x=\"\nf\nt/t\nx", "b b\nn\nf\nt\nx"});
}

void WriteTokens(const std::filesystem::path& root) {
  const PageTokens tokens("the key of all replicas");
  std::vector<std::string> inputs = {"\n\n", "call\nAAAA\ncursor"};
  for (const char* cursor : {"a", "ab", "abc", "01890a5d-ac96-774b-bcce-b302099a8057"}) {
    inputs.push_back("call\n" + tokens.Make("call", cursor) + "\n" + cursor);
  }
  Corpus(root, "page_token").AddAll(inputs);
}

void WriteRecords(const std::filesystem::path& root) {
  testing::SeededRandom random(4);
  std::vector<std::string> inputs = {"n" + std::string("\x01\0\0\0\0\0\0\0", 8), "n" + std::string(8, '\xff'),
                                     "c", "s"};
  inputs.push_back("c" + EncodeSpec(testing::SimpleJob(1).spec));
  inputs.push_back("s" + EncodeState(testing::SimpleJob(1).state));
  // Texts of thousands of `x` show nothing more.
  while (inputs.size() < 20) {
    const std::string spec = EncodeSpec(testing::RandomSpec(random));
    const std::string state = EncodeState(testing::RandomState(random));
    if (spec.size() < 2'000) inputs.push_back("c" + spec);
    if (state.size() < 2'000) inputs.push_back("s" + state);
  }
  Corpus(root, "record").AddAll(inputs);
}

void WriteImages(const std::filesystem::path& root) {
  const Corpus corpus(root, "image");
  corpus.Add("baseline.jpg", EncodeJpeg(17, 9));
  corpus.Add("progressive.jpg", EncodeJpeg(17, 9, JpegKind::kProgressive));
  corpus.Add("grey.jpg", EncodeJpeg(9, 17, JpegKind::kGrey));
  corpus.Add("cmyk.jpg", EncodeJpeg(9, 5, JpegKind::kCmyk));
  for (const int orientation : {3, 6}) {
    corpus.Add("turned" + std::to_string(orientation) + ".jpg",
               WithOrientation(EncodeJpeg(9, 5), orientation));
  }
  corpus.Add("rgb.png", EncodePng(7, 5));
  corpus.Add("interlaced.png", EncodePng(9, 7, PngKind::kInterlaced));
  corpus.Add("alpha16.png", EncodePng(5, 3, PngKind::kAlpha16));
  corpus.Add("palette.png", EncodePng(7, 5, PngKind::kPalette));
  corpus.Add("bomb.png", PngBomb(7'071, 7'071));
  corpus.Add("lossy.webp", EncodeWebp(17, 9));
  corpus.Add("lossless.webp", EncodeWebp(9, 5, WebpKind::kLossless));
  corpus.Add("alpha.webp", EncodeWebp(9, 5, WebpKind::kAlpha));
}

v1::SubmitRequest PlainRequest() {
  v1::SubmitRequest request;
  request.set_request_id("r-1");
  request.mutable_generation()->set_model("sora-2");
  request.mutable_generation()->set_prompt("a paper boat crosses a puddle");
  return request;
}

v1::SubmitRequest RequestWithEverything() {
  v1::SubmitRequest request = PlainRequest();
  v1::Generation& generation = *request.mutable_generation();
  generation.set_negative_prompt("rain");
  generation.mutable_first_frame()->set_data(EncodePng(3, 2));
  generation.mutable_first_frame()->set_fit(v1::IMAGE_FIT_COVER);
  generation.mutable_last_frame()->set_url("https://img.example/last.png");
  generation.add_reference_video_urls("https://img.example/v.mp4");
  generation.set_audio_track_url("https://img.example/a.mp3");
  generation.mutable_duration()->set_seconds(8);
  generation.set_resolution("720p");
  generation.set_aspect_ratio("16:9");
  generation.set_audio(true);
  generation.set_seed(7);
  generation.set_count(2);
  v1::Parameter& extra = *generation.add_extras();
  extra.set_name("camera_fixed");
  extra.set_bool_value(true);
  request.mutable_routing()->set_strategy(v1::ROUTING_STRATEGY_FASTEST);
  request.mutable_routing()->add_allowed_providers("one");
  request.mutable_max_cost()->set_currency_code("USD");
  request.mutable_max_cost()->set_units(2);
  request.mutable_deadline()->set_seconds(600);
  (*request.mutable_labels())["team"] = "boats";
  return request;
}

void WriteRequests(const std::filesystem::path& root) {
  const Corpus corpus(root, "request");
  corpus.Add("plain", PlainRequest().SerializeAsString());
  corpus.Add("everything", RequestWithEverything().SerializeAsString());
  v1::SubmitRequest remix = PlainRequest();
  remix.mutable_generation()->mutable_source_video()->set_mode(v1::SOURCE_VIDEO_MODE_REMIX);
  remix.mutable_generation()->mutable_source_video()->set_provider_video_id("video_1");
  remix.mutable_routing()->set_provider("one");
  corpus.Add("remix", remix.SerializeAsString());
  v1::SubmitRequest bad = RequestWithEverything();
  bad.mutable_generation()->mutable_first_frame()->set_url("https://10.0.0.1/");
  bad.mutable_generation()->set_count(9);
  bad.mutable_max_cost()->set_nanos(-1);
  (*bad.mutable_labels())["Ä" + std::string(70, 'k')] = "";
  bad.set_unknown_outcome_policy(v1::UNKNOWN_OUTCOME_POLICY_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND);
  corpus.Add("bad", bad.SerializeAsString());
}

void WriteYaml(const std::filesystem::path& root) {
  Corpus(root, "config")
      .AddAll({"# nothing\n", "listen: 127.0.0.1:0\nmetrics_listen: off\nlog_level: debug\n",
               "providers:\n  - name: fal\n    api_key: {env: KEY}\n    base_url: \"${env:URL}/v1\"\n"
               "    limits: {concurrent_jobs_max: 2, submissions_per_second: 0.5}\n    poll: {first_after: "
               "250ms}\n",
               "providers:\n  - {name: one, dialect: runpod, api_key: {dummy: x}, base_url: "
               "\"http://127.0.0.1:1\", "
               "allow_plain_http: true, allow_private_hosts: true}\n",
               "listen: 0.0.0.0:1\nallow_insecure_listen: true\ncatalogue: {unpriced_reservation: "
               "\"5.00\"}\nwatch: {heartbeat: 1h}\n",
               "providers: [{name: fal, api_key: {file: k}, base_url: \"${env:ODD}\"}]\nlisten: [\n",
               "a: &x [1]\nb: *x\n",
               "providers: [{name: fal, api_key: {env: K}, base_url: \"https://a b\"}]\n",
               "listen: !!str x\n--- {}\n"});
  const std::string offering =
      "{id: \"m/text@x\", dialect: \"x\", provider_model_id: \"x/m\", mode: text_to_video, durations: [4s, "
      "8s], "
      "resolutions: [\"720p\"], aspect_ratios: [\"16:9\"], audio: always, bindings: {prompt: {path: "
      "\"prompt\"}, duration: "
      "{path: \"seconds\", encoding: seconds_string}}, constants: {\"a.flag\": true}, rules: [{when: "
      "{resolution: [\"720p\"]}, "
      "requires: [\"extras.level\"]}], extras: [{name: \"level\", type: integer, default: 3, minimum: 1, "
      "maximum: 5, "
      "description: \"How \\u00e4 much.\"}], prices: [{unit: second, amount: \"0.1\", source: "
      "\"https://x.example/\", "
      "as_of_date: \"2026-01-02\"}], model: \"m\"}";
  const std::string text = kSmall;
  Corpus(root, "catalogue")
      .AddAll(
          {text, offering, "templates:\n  t: {dialect: x, mode: text_to_video, audio: always}\n" + text,
           "models: []\n",
           text + "        rules:\n          - {excludes: [seed], exactly_one_of: [extras.level, prompt]}\n",
           "models: {a: [}\n"});
}

}  // namespace
}  // namespace zoetrope::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "make_corpus FOLDER\n");
    return 2;
  }
  const std::filesystem::path root = argv[1];
  zoetrope::fuzz::WriteAnswers(root);
  zoetrope::fuzz::WriteJson(root);
  zoetrope::fuzz::WriteLines(root);
  zoetrope::fuzz::WriteTokens(root);
  zoetrope::fuzz::WriteRecords(root);
  zoetrope::fuzz::WriteImages(root);
  zoetrope::fuzz::WriteRequests(root);
  zoetrope::fuzz::WriteYaml(root);
  return 0;
}
