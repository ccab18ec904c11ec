// The data that this build ships.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "server/base/crypto.h"
#include "server/catalogue/catalogue.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Catalogue& Shipped() {
  static const CatalogueResult* const result =
      new CatalogueResult(ParseCatalogue("default", DefaultCatalogueText()));
  for (const FileProblem& problem : result->problems) ADD_FAILURE() << Format(problem);
  return *result->catalogue;
}

const Offering& Find(const std::string& id) {
  const Offering* const offering = Shipped().FindOffering(id);
  EXPECT_NE(offering, nullptr) << id;
  static const Offering* const none = new Offering();
  return offering == nullptr ? *none : *offering;
}

// The templates, then one file per model by name: a file that the build does not know would be missing here.
TEST(DefaultCatalogue, IsTheFilesAsTheyStandInTheRepository) {
  const std::filesystem::path folder = ZOETROPE_SOURCE_DIR "/server/catalogue/default";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename() != "templates.yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  files.insert(files.begin(), folder / "templates.yaml");
  std::stringstream text;
  for (const std::filesystem::path& path : files) text << std::ifstream(path).rdbuf();
  EXPECT_EQ(DefaultCatalogueText(), text.str());
}

TEST(DefaultCatalogue, HasNoProblem) {
  const CatalogueResult result = ParseCatalogue("default", DefaultCatalogueText());
  EXPECT_THAT(result.problems, IsEmpty());
  ASSERT_NE(result.catalogue, nullptr);
}

TEST(DefaultCatalogue, EveryOfferingReadsBackFromItsText) {
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      SCOPED_TRACE(offering.id);
      const absl::StatusOr<Offering> back = ParseOffering(offering.text);
      ASSERT_TRUE(back.ok()) << back.status() << "\n" << offering.text;
      EXPECT_EQ(back->text, offering.text);
      EXPECT_EQ(back->revision, offering.revision);
      EXPECT_EQ(offering.revision, Sha256Hex(offering.text));
      EXPECT_EQ(back->id, offering.id);
      EXPECT_EQ(back->model, model.id);
      EXPECT_EQ(back->dialect, offering.dialect);
      EXPECT_EQ(back->provider_model_id, offering.provider_model_id);
      EXPECT_EQ(back->mode, offering.mode);
      EXPECT_EQ(back->lifecycle, offering.lifecycle);
      EXPECT_EQ(back->durations_ms, offering.durations_ms);
      EXPECT_EQ(back->resolutions, offering.resolutions);
      EXPECT_EQ(back->aspect_ratios, offering.aspect_ratios);
      EXPECT_EQ(back->audio, offering.audio);
      EXPECT_EQ(back->inline_images, offering.inline_images);
      EXPECT_EQ(back->count_max, offering.count_max);
      EXPECT_EQ(back->prompt, offering.prompt);
      EXPECT_EQ(back->bindings, offering.bindings);
      EXPECT_EQ(back->sizes, offering.sizes);
      EXPECT_EQ(back->constants, offering.constants);
      EXPECT_EQ(back->extras, offering.extras);
      EXPECT_EQ(back->refused_extras, offering.refused_extras);
      EXPECT_EQ(back->frame_rates, offering.frame_rates);
      EXPECT_EQ(back->default_frame_rate_hertz, offering.default_frame_rate_hertz);
      EXPECT_EQ(back->rules, offering.rules);
      EXPECT_EQ(back->prices, offering.prices);
      EXPECT_EQ(back->surcharges, offering.surcharges);
      EXPECT_EQ(back->source, offering.source);
      EXPECT_EQ(back->as_of_date, offering.as_of_date);
      EXPECT_EQ(back->unit_price_of_report, offering.unit_price_of_report);
      EXPECT_EQ(back->typical_duration, offering.typical_duration);
      EXPECT_EQ(back->may_substitute, offering.may_substitute);
    }
  }
}

TEST(DefaultCatalogue, RevisionsDiffer) {
  std::set<std::string> revisions;
  std::size_t offerings = 0;
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) revisions.insert(offering.revision);
    offerings += model.offerings.size();
  }
  EXPECT_EQ(revisions.size(), offerings);
}

TEST(DefaultCatalogue, SoraEndsOnItsDayAndNamesItsReplacement) {
  const Model* const sora = Shipped().FindModel("openai/sora-2");
  ASSERT_NE(sora, nullptr);
  EXPECT_EQ(sora->id, "sora-2");
  EXPECT_EQ(StateOn(sora->lifecycle, "2026-09-23"), LifecycleState::kDeprecating);
  EXPECT_EQ(StateOn(sora->lifecycle, "2026-09-24"), LifecycleState::kRetired);
  const Model* const replacement = Shipped().FindModel(sora->lifecycle.replacement);
  ASSERT_NE(replacement, nullptr);
  EXPECT_EQ(StateOn(replacement->lifecycle, "2030-01-01"), LifecycleState::kActive);
}

TEST(DefaultCatalogue, SoraAtRunPodTakesWhatItsPageLists) {
  const Offering& offering = Find("sora-2/image-to-video@runpod");
  EXPECT_EQ(offering.provider_model_id, "sora-2-i2v");
  EXPECT_THAT(offering.durations_ms, ElementsAre(4000, 8000, 12000));
  ASSERT_EQ(offering.bindings.size(), 3u);
  EXPECT_EQ(offering.Find(Field::kFirstFrame)->path, "image");
  EXPECT_EQ(offering.Find(Field::kResolution), nullptr);
  EXPECT_THAT(offering.extras, IsEmpty());
}

TEST(DefaultCatalogue, SoraAtRunwareHasSizesAndFramesWithTags) {
  const Offering& offering = Find("sora-2/image-to-video@runware");
  EXPECT_EQ(offering.provider_model_id, "openai:3@1");
  EXPECT_EQ(offering.prompt.min_chars, 2);
  EXPECT_EQ(offering.prompt.max_chars, 6000);
  EXPECT_EQ(offering.count_max, 4);
  const Binding* const frame = offering.Find(Field::kFirstFrame);
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(frame->encoding, Encoding::kTaggedFrame);
  EXPECT_EQ(frame->tag, "first");
  ASSERT_EQ(offering.sizes.size(), 2u);
  EXPECT_THAT(offering.sizes[1].set,
              ElementsAre(JsonConstant{"width", "720"}, JsonConstant{"height", "1280"}));
}

// What a server sets by itself can never be an extra: a caller who set it could be served twice or get
// another model.
TEST(DefaultCatalogue, NoCallerCanSetWhatTheServerOwns) {
  const std::set<std::string> owned = {"taskType",    "taskUUID",   "deliveryMethod", "webhookURL",
                                       "includeCost", "outputType", "uploadEndpoint", "webhook",
                                       "policy",      "fal_webhook"};
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      for (const ExtraSpec& extra : offering.extras) {
        EXPECT_FALSE(owned.contains(extra.name)) << offering.id << " " << extra.name;
        EXPECT_FALSE(owned.contains(extra.path)) << offering.id << " " << extra.path;
        EXPECT_FALSE(offering.dialect == "runware" && extra.path == "model") << offering.id;
      }
      EXPECT_EQ(offering.refused_extras.contains("uploadEndpoint"), offering.dialect == "runware")
          << offering.id;
    }
  }
}

TEST(DefaultCatalogue, SeedanceSpellsItsDurationAsEachProviderDoes) {
  EXPECT_EQ(Find("seedance-1.5-pro/image-to-video@runpod").Find(Field::kDuration)->encoding,
            Encoding::kNatural);
  EXPECT_EQ(Find("seedance-1.5-pro/image-to-video@fal").Find(Field::kDuration)->encoding,
            Encoding::kDecimalString);
  EXPECT_EQ(Find("seedance-1.5-pro/first-last-frame@runpod").Find(Field::kLastFrame)->path, "last_image");
  EXPECT_EQ(Find("seedance-1.5-pro/first-last-frame@fal").Find(Field::kLastFrame)->path, "end_image_url");
}

// A price without a page and a day cannot be checked by anyone, and another vendor's is no price of this one.
TEST(DefaultCatalogue, EveryPriceIsOnItsProvidersOwnPage) {
  const std::map<std::string, std::string> hosts = {
      {"runpod", "https://docs.runpod.io/"}, {"fal", "https://fal.ai/"},
      {"runware", "https://runware.ai/"},    {"wavespeed", "https://wavespeed.ai/"},
      {"vtrix", "https://doc.vtrix.ai/"},    {"openai", "https://developers.openai.com/"}};
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      for (const PriceRow& row : offering.prices) {
        EXPECT_TRUE(row.source.starts_with("https://")) << offering.id << " " << row.source;
        EXPECT_TRUE(row.source.starts_with(hosts.at(offering.dialect))) << offering.id << " " << row.source;
      }
    }
  }
}

// Those without need an operator who sets something aside; a row that lost its price by accident would too.
TEST(DefaultCatalogue, OnlyTheseHaveNoPrice) {
  std::vector<std::string> unpriced;
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      const bool off = offering.lifecycle.state == LifecycleState::kDisabled;
      if (offering.prices.empty() && !off) unpriced.push_back(offering.id);
    }
  }
  EXPECT_THAT(
      unpriced,
      ElementsAre("kling-3.0/image-to-video-1080p@wavespeed", "kling-3.0/first-last-frame-1080p@wavespeed",
                  "kling-3.0/text-to-video-1080p@wavespeed", "ltx-2.3/text-to-video@runware",
                  "pixverse-v6/text-to-video@wavespeed", "sora-2/image-to-video@vtrix", "sora-2/remix@vtrix",
                  "vidu-q3/text-to-video@runware", "vidu-q3/text-to-video@wavespeed"));
}

TEST(DefaultCatalogue, EveryOfferingCitesItsPage) {
  for (const Model& model : Shipped().models()) {
    for (const Offering& offering : model.offerings) {
      EXPECT_FALSE(offering.source.empty()) << offering.id;
      EXPECT_FALSE(offering.as_of_date.empty()) << offering.id;
      if (offering.lifecycle.state == LifecycleState::kDisabled) {
        EXPECT_FALSE(offering.lifecycle.reason.empty()) << offering.id;
      }
    }
  }
}

TEST(DefaultCatalogue, WhoEndsOrIsOffSaysWhyAndWhatIsThere) {
  for (const Model& model : Shipped().models()) {
    if (model.lifecycle.state == LifecycleState::kActive) continue;
    EXPECT_FALSE(model.lifecycle.reason.empty()) << model.id;
    const Model* const replacement = Shipped().FindModel(model.lifecycle.replacement);
    ASSERT_NE(replacement, nullptr) << model.id;
    EXPECT_EQ(StateOn(replacement->lifecycle, "2030-01-01"), LifecycleState::kActive) << model.id;
  }
}

TEST(DefaultCatalogue, SevenModelsLive) {
  int living = 0;
  for (const Model& model : Shipped().models()) {
    living += StateOn(model.lifecycle, "2026-11-20") == LifecycleState::kActive ? 1 : 0;
  }
  EXPECT_GE(living, 7);
}

}  // namespace
}  // namespace zoetrope
