// The shipped catalogue against requests that were written by hand from the providers' pages: one case, at
// least, for each offering in service. What is expected is never read from the catalogue.
//
// A file `catalogue/<offering's id, / as __>.json`:
//   shows       what the case is about, in a sentence
//   offering    its id
//   generation  an effective generation: prompt, duration_ms, resolution, aspect_ratio and audio always; the
//   rest as
//               wanted (`source_video` is the provider's id of a video, to be extended with `source_mode`:
//               extend)
//   request     url and body of the one billable call; a form as an object of its texts
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "server/catalogue/catalogue.h"
#include "server/providers/registry.h"
#include "server/route/router.h"

namespace zoetrope {
namespace {

using nlohmann::json;

const Catalogue& Shipped() {
  static const CatalogueResult* const result =
      new CatalogueResult(ParseCatalogue("default", DefaultCatalogueText()));
  return *result->catalogue;
}

std::filesystem::path Folder() {
  return std::filesystem::path(ZOETROPE_SOURCE_DIR) / "tests/golden/catalogue";
}

std::string FileNameOf(std::string offering) {
  if (const std::size_t slash = offering.find('/'); slash != std::string::npos)
    offering.replace(slash, 1, "__");
  return offering + ".json";
}

std::vector<std::filesystem::path> Cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Parameter ReadExtra(const std::string& name, const json& value) {
  if (value.is_boolean()) return {name, value.get<bool>()};
  if (value.is_number_integer()) return {name, value.get<std::int64_t>()};
  if (value.is_number()) return {name, value.get<double>()};
  return {name, value.get<std::string>()};
}

std::optional<Image> ReadFrame(const json& from, const char* key) {
  if (!from.contains(key)) return std::nullopt;
  return Image{from.at(key).at("url").get<std::string>()};
}

Generation ReadGeneration(const json& from, const std::string& model) {
  static const std::set<std::string> kKeys = {"prompt",       "negative_prompt", "first_frame", "last_frame",
                                              "source_video", "source_mode",     "duration_ms", "resolution",
                                              "aspect_ratio", "audio",           "seed",        "frame_rate",
                                              "count",        "extras"};
  for (const auto& member : from.items()) EXPECT_TRUE(kKeys.contains(member.key())) << member.key();
  Generation g;
  g.model = model;
  g.prompt = from.at("prompt");
  g.negative_prompt = from.value("negative_prompt", "");
  g.first_frame = ReadFrame(from, "first_frame");
  g.last_frame = ReadFrame(from, "last_frame");
  if (from.contains("source_video")) {
    const bool extend = from.value("source_mode", "") == "extend";
    g.source_video = SourceVideo{extend ? SourceVideoMode::kExtend : SourceVideoMode::kRemix, "", 0,
                                 from.at("source_video").get<std::string>()};
  }
  g.duration_ms = from.at("duration_ms").get<std::int64_t>();
  g.resolution = from.at("resolution");
  g.aspect_ratio = from.at("aspect_ratio");
  g.audio = from.at("audio").get<bool>();
  if (from.contains("seed")) g.seed = from.at("seed").get<std::int64_t>();
  g.frame_rate_hertz = from.value("frame_rate", 0);
  g.count = from.value("count", 1);
  const json extras = from.value("extras", json::object());
  for (const auto& extra : extras.items()) g.extras.push_back(ReadExtra(extra.key(), extra.value()));
  return g;
}

// A form as an object of its texts; of anything else its JSON.
json BodyOf(const HttpRequest& request) {
  const std::size_t end = request.body.find("\r\n");
  if (!request.body.starts_with("--") || end == std::string::npos)
    return json::parse(request.body, nullptr, /*allow_exceptions=*/false);
  const std::string boundary = request.body.substr(0, end);
  json fields = json::object();
  for (std::size_t at = 0; (at = request.body.find("name=\"", at)) != std::string::npos;) {
    const std::size_t name = at + std::string_view("name=\"").size();
    const std::size_t text = request.body.find("\r\n\r\n", name) + 4;
    at = request.body.find("\r\n" + boundary, text);
    fields[request.body.substr(name, request.body.find('"', name) - name)] =
        request.body.substr(text, at - text);
  }
  return fields;
}

class ShippedOffering : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ShippedOffering, AsksAsItsProvidersPageSays) {
  std::ifstream stream(GetParam());
  const json root = json::parse(stream, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(root.is_object());
  SCOPED_TRACE(root.at("shows").get<std::string>());
  const std::string id = root.at("offering");
  EXPECT_EQ(GetParam().filename(), FileNameOf(id));
  const Offering* const offering = Shipped().FindOffering(id);
  ASSERT_NE(offering, nullptr);
  const DialectEntry* const dialect = FindDialect(offering->dialect);
  ASSERT_NE(dialect, nullptr) << offering->dialect;
  const std::unique_ptr<Adapter> adapter = dialect->make({});
  const Generation generation = ReadGeneration(root.at("generation"), offering->model);
  for (const Unsuitability& mismatch : Mismatches(generation, *offering)) {
    ADD_FAILURE() << mismatch.field << " " << mismatch.description;
  }
  EXPECT_TRUE(adapter->Check(generation, *offering).ok());
  const std::map<std::string, MediaBytes> blobs;
  const std::map<std::string, std::string> preparations;
  const SubmitInput input{generation, *offering,    "5f0c3a52-7d0e-4b6e-9a57-0d6f0f6f2a11",
                          blobs,      preparations, ""};
  const absl::StatusOr<HttpRequest> request = adapter->BuildSubmit(input, Secret("zk_0123"));
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->url, root.at("request").at("url").get<std::string>());
  EXPECT_EQ(BodyOf(*request).dump(2), root.at("request").at("body").dump(2));
}

std::string NameOf(const testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ShippedOffering, testing::ValuesIn(Cases()), NameOf);

TEST(ShippedOfferings, EachInServiceHasACase) {
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      const bool off = model.lifecycle.state == LifecycleState::kDisabled ||
                       offering.lifecycle.state == LifecycleState::kDisabled;
      EXPECT_TRUE(off || std::filesystem::exists(Folder() / FileNameOf(offering.id))) << offering.id;
    }
  }
}

// A row with a slip in the dialect's name would never be served.
TEST(ShippedOfferings, AreOfDialectsThatThereAre) {
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      EXPECT_NE(FindDialect(offering.dialect), nullptr) << offering.id;
    }
  }
}

}  // namespace
}  // namespace zoetrope
