#include "tests/golden/golden_case.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

#include "server/base/crypto.h"

namespace zoetrope::golden {
namespace {

using nlohmann::json;

[[noreturn]] void Die(const std::filesystem::path& file, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", file.c_str(), what.c_str());
  std::abort();
}

void AllowOnly(const std::filesystem::path& file, const json& object, const std::set<std::string>& keys) {
  for (const auto& member : object.items()) {
    if (!keys.contains(member.key())) Die(file, "unknown key " + member.key());
  }
}

std::optional<absl::Duration> Millis(const json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return absl::Milliseconds(object.at(key).get<double>());
}

// {"url": …}, or {"blob": {"content_type", "bytes", "width", "height"}}, whose bytes go into the case's
// blobs.
Image ReadImage(const json& from, GoldenCase& golden) {
  if (from.contains("url")) return {from.at("url").get<std::string>(), ImageFit::kExact};
  const json& blob = from.at("blob");
  MediaBytes media{blob.value("content_type", "image/png"), blob.value("bytes", "")};
  if (blob.contains("repeat")) {
    std::string bytes;
    for (int i = blob.at("repeat"); i > 0; --i) bytes += media.bytes;
    media.bytes = std::move(bytes);
  }
  BlobRef ref{Sha256Hex(media.bytes), media.content_type, static_cast<std::int64_t>(media.bytes.size()),
              blob.value("width", 0), blob.value("height", 0)};
  golden.blobs[ref.sha256] = std::move(media);
  return {std::move(ref), ImageFit::kExact};
}

ParameterValue ReadValue(const json& from) {
  if (from.is_string()) return from.get<std::string>();
  if (from.is_boolean()) return from.get<bool>();
  if (from.is_number_integer()) return from.get<std::int64_t>();
  return from.get<double>();
}

Generation ReadGeneration(const json& from, GoldenCase& golden) {
  AllowOnly(golden.file, from,
            {"prompt", "negative_prompt", "first_frame", "last_frame", "source_video", "duration_ms",
             "resolution", "aspect_ratio", "audio", "seed", "count", "extras"});
  Generation g;
  g.model = golden.offering.model;
  g.prompt = from.value("prompt", "");
  g.negative_prompt = from.value("negative_prompt", "");
  if (from.contains("first_frame")) g.first_frame = ReadImage(from.at("first_frame"), golden);
  if (from.contains("last_frame")) g.last_frame = ReadImage(from.at("last_frame"), golden);
  if (from.contains("source_video"))
    g.source_video = SourceVideo{SourceVideoMode::kRemix, "", 0, from.at("source_video")};
  g.duration_ms = from.value("duration_ms", std::int64_t{4000});
  g.resolution = from.value("resolution", "720p");
  g.aspect_ratio = from.value("aspect_ratio", "16:9");
  g.audio = from.value("audio", true);
  if (from.contains("seed")) g.seed = from.at("seed").get<std::int64_t>();
  g.count = from.value("count", 1);
  const json extras = from.value("extras", json::object());
  for (const auto& extra : extras.items()) g.extras.push_back({extra.key(), ReadValue(extra.value())});
  return g;
}

HttpResponse ReadResponse(const std::filesystem::path& file, const json& from) {
  AllowOnly(file, from, {"status", "headers", "body", "body_text"});
  HttpResponse response;
  response.status = from.at("status");
  const json headers = from.value("headers", json::object());
  for (const auto& header : headers.items()) response.headers.push_back({header.key(), header.value()});
  if (from.contains("body")) response.body = from.at("body").dump();
  if (from.contains("body_text")) response.body = from.at("body_text");
  return response;
}

Call ReadCall(const std::filesystem::path& file, const std::string& name) {
  if (name == "check") return Call::kCheck;
  if (name == "prepare") return Call::kPrepare;
  if (name == "submit") return Call::kSubmit;
  if (name == "poll") return Call::kPoll;
  if (name == "cancel") return Call::kCancel;
  if (name == "lookup") return Call::kLookup;
  if (name == "charge") return Call::kCharge;
  if (name == "price") return Call::kPrice;
  Die(file, "unknown call " + name);
}

GoldenCase Load(const Subject& subject, const std::filesystem::path& file) {
  std::ifstream stream(file);
  const json root = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object()) Die(file, "no JSON object");
  AllowOnly(
      file, root,
      {"shows", "call", "account", "offering", "generation", "job", "stage", "count", "fruitless", "timings",
       "prepared", "sent_at", "page", "callback_url", "request", "error", "response", "outcome"});
  GoldenCase golden;
  golden.file = file;
  golden.dialect = subject.dialect;
  golden.shows = root.at("shows");
  golden.call = ReadCall(file, root.at("call"));
  const json account = root.value("account", json::object());
  golden.account.base_url = account.value("base_url", "");
  golden.account.base_urls = account.value("base_urls", std::map<std::string, std::string>());
  golden.account.synchronous = account.value("synchronous", false);
  golden.offering = subject.find_offering(root.at("offering").get<std::string>());
  golden.generation = ReadGeneration(root.value("generation", json::object()), golden);
  for (const json& value : root.value("prepared", json::array())) {
    const std::string step = golden.NextStep(*golden.MakeAdapter());
    if (step.empty()) Die(file, "more steps are done than there are");
    golden.preparations[step] = value;
  }
  const json job = root.value("job", json::object());
  golden.job.id = job.value("id", "");
  golden.job.urls = job.value("urls", std::map<std::string, std::string>());
  golden.stage = root.value("stage", "");
  golden.count = root.value("count", 1);
  golden.fruitless = root.value("fruitless", 0);
  const json timings = root.value("timings", json::object());
  golden.timings = {Millis(timings, "queue_ms"), Millis(timings, "run_ms"), timings.value("worker_id", "")};
  golden.sent_at = absl::FromUnixSeconds(root.value("sent_at", std::int64_t{0}));
  golden.page = root.value("page", "");
  golden.callback_url = root.value("callback_url", "");
  if (root.contains("request")) golden.request = root.at("request");
  if (root.contains("error")) golden.error = root.at("error").get<std::string>();
  if (root.contains("response")) golden.response = ReadResponse(file, root.at("response"));
  if (root.contains("outcome")) golden.outcome = root.at("outcome");
  if (golden.response.has_value() != golden.outcome.has_value())
    Die(file, "a response and its outcome belong together");
  if (!golden.request && !golden.error && !golden.outcome && golden.call != Call::kCheck)
    Die(file, "expects nothing");
  return golden;
}

}  // namespace

std::vector<std::string> SubjectNames() {
  std::vector<std::string> names;
  for (const Subject& subject : Subjects()) names.push_back(subject.dialect);
  return names;
}

std::unique_ptr<Adapter> MakeAdapter(std::string_view dialect, const AccountEndpoints& endpoints) {
  for (const Subject& subject : Subjects()) {
    if (subject.dialect == dialect) return subject.make(endpoints);
  }
  Die(std::string(dialect), "no such dialect");
}

std::unique_ptr<Adapter> GoldenCase::MakeAdapter() const { return golden::MakeAdapter(dialect, account); }

std::string GoldenCase::NextStep(const Adapter& adapter) const {
  for (std::string& step : adapter.PrepareSteps(submit_input())) {
    if (!preparations.contains(step)) return std::move(step);
  }
  return "";
}

absl::StatusOr<HttpRequest> GoldenCase::Build(const Adapter& adapter, const Secret& secret) const {
  switch (call) {
    case Call::kPrepare:
      return adapter.BuildPrepare(NextStep(adapter), submit_input(), secret);
    case Call::kSubmit:
      return adapter.BuildSubmit(submit_input(), secret);
    case Call::kPoll:
      return adapter.BuildPoll(job_input(), secret);
    case Call::kCancel:
      return adapter.BuildCancel(job_input(), secret);
    case Call::kLookup:
      return adapter.BuildLookup({submit_input(), sent_at, page}, secret);
    case Call::kCharge:
      return adapter.BuildCharge(job_input(), secret);
    case Call::kPrice:
      return adapter.BuildPrice(submit_input(), secret);
    case Call::kCheck:
      break;
  }
  return adapter.Check(generation, offering);
}

AnyOutcome Read(const GoldenCase& golden, const Adapter& adapter, const HttpResponse& response) {
  switch (golden.call) {
    case Call::kPrepare:
      return adapter.ReadPrepare(golden.NextStep(adapter), response);
    case Call::kPoll:
      return adapter.ReadPoll(golden.job_input(), response);
    case Call::kCancel:
      return adapter.ReadCancel(golden.job_input(), response);
    case Call::kLookup:
      return adapter.ReadLookup({golden.submit_input(), golden.sent_at, golden.page}, response);
    case Call::kCharge:
      return adapter.ReadCharge(golden.job_input(), response);
    case Call::kPrice:
      return adapter.ReadPrice(response);
    case Call::kSubmit:
    case Call::kCheck:
      break;
  }
  return adapter.ReadSubmit(golden.submit_input(), response);
}

std::vector<GoldenCase> LoadAll() {
  std::vector<GoldenCase> cases;
  for (const Subject& subject : Subjects()) {
    for (const auto& entry : std::filesystem::directory_iterator(subject.folder)) {
      if (entry.path().extension() == ".json") cases.push_back(Load(subject, entry.path()));
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const GoldenCase& a, const GoldenCase& b) { return a.file < b.file; });
  return cases;
}

}  // namespace zoetrope::golden
