// What the shipped catalogue says that videos cost, against amounts that were computed by hand from the
// providers' pages: unit × seconds × surcharges as the page has them, not as the catalogue does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/catalogue/catalogue.h"
#include "server/route/price.h"
#include "server/route/price_probe.h"

namespace zoetrope {
namespace {

constexpr char kToday[] = "2026-11-20";

enum class Sound { kOn, kOff };

struct Line {
  const char* offering;
  int seconds;
  const char* resolution;
  Sound sound;
  const char* price;
};

// clang-format off
constexpr Line kLines[] = {
    // 0.10 a second, at each of them.
    {"sora-2/image-to-video@runpod",          4, "720p", Sound::kOn, "0.40"},
    {"sora-2/image-to-video@runpod",          8, "720p", Sound::kOn, "0.80"},
    {"sora-2/image-to-video@runpod",         12, "720p", Sound::kOn, "1.20"},
    {"sora-2/image-to-video@fal",             4, "720p", Sound::kOn, "0.40"},
    {"sora-2/image-to-video@fal",             8, "720p", Sound::kOn, "0.80"},
    {"sora-2/image-to-video@fal",            12, "720p", Sound::kOn, "1.20"},
    {"sora-2/text-to-video@fal",              4, "720p", Sound::kOn, "0.40"},
    {"sora-2/text-to-video@fal",              8, "720p", Sound::kOn, "0.80"},
    {"sora-2/text-to-video@fal",             12, "720p", Sound::kOn, "1.20"},
    {"sora-2/text-to-video@fal",             16, "720p", Sound::kOn, "1.60"},
    {"sora-2/text-to-video@fal",             20, "720p", Sound::kOn, "2.00"},
    {"sora-2/image-to-video@runware",         4, "720p", Sound::kOn, "0.40"},
    {"sora-2/image-to-video@runware",         8, "720p", Sound::kOn, "0.80"},
    {"sora-2/image-to-video@runware",        12, "720p", Sound::kOn, "1.20"},
    {"sora-2/image-to-video@runware",        16, "720p", Sound::kOn, "1.60"},
    {"sora-2/image-to-video@runware",        20, "720p", Sound::kOn, "2.00"},
    {"sora-2/image-to-video@wavespeed",       4, "720p", Sound::kOn, "0.40"},
    {"sora-2/image-to-video@wavespeed",       8, "720p", Sound::kOn, "0.80"},
    {"sora-2/image-to-video@wavespeed",      12, "720p", Sound::kOn, "1.20"},
    {"sora-2/image-to-video@wavespeed",      16, "720p", Sound::kOn, "1.60"},
    {"sora-2/image-to-video@wavespeed",      20, "720p", Sound::kOn, "2.00"},
    {"sora-2/image-to-video@openai",          4, "720p", Sound::kOn, "0.40"},
    {"sora-2/image-to-video@openai",          8, "720p", Sound::kOn, "0.80"},
    {"sora-2/image-to-video@openai",         12, "720p", Sound::kOn, "1.20"},
    // 14 dollars for a million tokens of 1024 pixels of a frame, 24 of them a second: 5 s of 1280x720 are 108 000.
    {"seedance-2.0/text-to-video@fal",        5, "720p", Sound::kOn, "1.512"},
    {"seedance-2.0/text-to-video@fal",       10, "1080p", Sound::kOn, "6.804"},
    {"seedance-2.0/text-to-video@fal",        4, "480p", Sound::kOn, "0.562464"},
    {"seedance-2.0/image-to-video@runware",   5, "720p", Sound::kOn, "0.80"},
    {"seedance-2.0/image-to-video@wavespeed", 5, "720p", Sound::kOn, "1.20"},
    {"seedance-2.0/image-to-video@wavespeed", 10, "1080p", Sound::kOn, "6.00"},
    {"seedance-2.0-fast/text-to-video@fal",        5, "720p", Sound::kOn, "1.2096"},
    {"seedance-2.0-fast/text-to-video@runware",   10, "720p", Sound::kOn, "1.30"},
    {"seedance-2.0-fast/image-to-video@wavespeed", 5, "480p", Sound::kOn, "0.40"},
    // The sound doubles it.
    {"seedance-1.5-pro/image-to-video@runpod",    5, "720p", Sound::kOn, "0.26"},
    {"seedance-1.5-pro/image-to-video@runpod",   12, "480p", Sound::kOn, "0.288"},
    {"seedance-1.5-pro/text-to-video@fal",        5, "720p", Sound::kOff, "0.13"},
    {"seedance-1.5-pro/text-to-video@fal",        5, "720p", Sound::kOn, "0.26"},
    {"seedance-1.5-pro/image-to-video@wavespeed", 5, "480p", Sound::kOff, "0.06"},
    {"seedance-1.5-pro/image-to-video@wavespeed", 5, "480p", Sound::kOn, "0.12"},
    {"seedance-1.5-pro/image-to-video@wavespeed", 5, "720p", Sound::kOn, "0.26"},
    // Half as much again for the sound.
    {"kling-3.0/text-to-video-720p@fal",          5, "720p", Sound::kOff, "0.42"},
    {"kling-3.0/text-to-video-720p@fal",          5, "720p", Sound::kOn, "0.63"},
    {"kling-3.0/image-to-video-1080p@runware",   10, "1080p", Sound::kOff, "1.12"},
    {"kling-3.0/image-to-video-720p@wavespeed",  10, "720p", Sound::kOff, "0.84"},
    {"veo-3.1-fast/text-to-video@fal",            8, "720p", Sound::kOff, "0.80"},
    {"veo-3.1-fast/text-to-video@fal",            8, "1080p", Sound::kOn, "1.20"},
    {"veo-3.1-fast/text-to-video@fal",            6, "4k", Sound::kOn, "2.10"},
    {"veo-3.1-fast/image-to-video@runpod",        8, "720p", Sound::kOn, "1.20"},
    {"veo-3.1-fast/image-to-video@runpod",        8, "720p", Sound::kOff, "0.80"},
    {"wan-2.6/text-to-video@fal",                 5, "720p", Sound::kOn, "0.50"},
    {"wan-2.6/text-to-video@fal",                15, "1080p", Sound::kOn, "2.25"},
    {"wan-2.6/image-to-video@wavespeed",         10, "720p", Sound::kOn, "1.00"},
    {"wan-2.6/image-to-video@runpod",             5, "1080p", Sound::kOn, "0.75"},
    // By the clip, not by the second.
    {"hailuo-2.3/image-to-video@fal",             6, "768p", Sound::kOff, "0.28"},
    {"hailuo-2.3/image-to-video@fal",            10, "768p", Sound::kOff, "0.56"},
    {"hailuo-2.3/text-to-video-1080p@fal",        6, "1080p", Sound::kOff, "0.49"},
    {"hailuo-2.3/image-to-video-1080p@wavespeed", 5, "1080p", Sound::kOff, "0.49"},
    {"vidu-q3/image-to-video@runpod",             5, "720p", Sound::kOn, "0.75"},
    {"vidu-q3/image-to-video@fal",                5, "540p", Sound::kOn, "0.35"},
    {"vidu-q3/image-to-video@fal",                5, "1080p", Sound::kOn, "0.77"},
    {"vidu-q3/image-to-video@wavespeed",          8, "720p", Sound::kOn, "1.20"},
    {"ltx-2.3/text-to-video@fal",                 6, "1080p", Sound::kOn, "0.36"},
    {"ltx-2.3/image-to-video@fal",               10, "1080p", Sound::kOn, "0.60"},
    {"ltx-2.3/image-to-video@wavespeed",         20, "480p", Sound::kOn, "0.40"},
    {"ltx-2.3-fast/image-to-video@fal",           8, "1080p", Sound::kOn, "0.48"},
    {"ltx-2.3-fast/image-to-video@fal",          20, "1080p", Sound::kOn, "1.20"},
    {"ltx-2.3-fast/text-to-video@runware",        6, "1080p", Sound::kOn, "0.36"},
    {"pixverse-v6/text-to-video@fal",             5, "720p", Sound::kOn, "0.30"},
    {"pixverse-v6/text-to-video@fal",             5, "720p", Sound::kOff, "0.225"},
    {"pixverse-v6/text-to-video@fal",            15, "1080p", Sound::kOn, "1.725"},
    {"p-video/image-to-video@runpod",             5, "720p", Sound::kOn, "0.10"},
    {"p-video/image-to-video@runpod",            10, "1080p", Sound::kOn, "0.40"},
    {"p-video/text-to-video@runpod",              1, "720p", Sound::kOn, "0.02"},
};
// clang-format on

// What a provider takes and publishes no price for, though it does for the rest.
constexpr const char* kUnpriced[] = {
    "kling-3.0/first-last-frame-720p@wavespeed 720p with sound",
    "kling-3.0/image-to-video-720p@wavespeed 720p with sound",
    "kling-3.0/text-to-video-720p@wavespeed 720p with sound",
    "ltx-2.3-fast/image-to-video@fal 1440p",
    "ltx-2.3-fast/image-to-video@fal 2160p",
    "ltx-2.3-fast/text-to-video@fal 1440p",
    "ltx-2.3-fast/text-to-video@fal 2160p",
    "ltx-2.3/first-last-frame@fal 1440p",
    "ltx-2.3/first-last-frame@fal 2160p",
    "ltx-2.3/image-to-video@fal 1440p",
    "ltx-2.3/image-to-video@fal 2160p",
    "ltx-2.3/text-to-video@fal 1440p",
    "ltx-2.3/text-to-video@fal 2160p",
};

class ShippedPricesTest : public ::testing::Test {
 protected:
  ShippedPricesTest() {
    for (const Model& model : catalogue_->models()) {
      for (const Offering& offering : model.offerings) models_[offering.id] = &model;
    }
  }

  std::vector<Generation> ProbesOf(const std::string& offering) const {
    const auto model = models_.find(offering);
    if (model == models_.end()) return {};
    return PriceProbes(*model->second, *catalogue_->FindOffering(offering));
  }
  // Besides those, with each switch that has a price of its own turned on, with a reference video where that
  // has one, and of videos that are made from others.
  static std::vector<Generation> EveryProbeOf(const Model& model, const Offering& offering) {
    std::vector<Generation> probes = PriceProbes(model, offering);
    if (probes.empty()) {
      for (const std::int64_t duration :
           offering.durations_ms.empty() ? std::vector{model.default_duration_ms} : offering.durations_ms) {
        Generation probe;
        probe.model = model.id;
        probe.prompt = "The boat comes back";
        if (offering.mode == Mode::kReferenceToVideo) {
          probe.reference_images = {Image{std::string("https://example.com/a.png")}};
        } else {
          probe.source_video =
              SourceVideo{offering.mode == Mode::kRemix ? SourceVideoMode::kRemix : SourceVideoMode::kExtend,
                          "", 0, "video_1"};
        }
        probe.duration_ms = duration;
        probe.resolution =
            offering.resolutions.empty() ? model.default_resolution : offering.resolutions.front();
        probe.audio = offering.audio != AudioSupport::kNever;
        probe.count = 1;
        probes.push_back(probe);
        // A remix is as long as what it is made from, which need not be known.
        probe.duration_ms.reset();
        if (offering.mode == Mode::kRemix) probes.push_back(std::move(probe));
      }
    }
    const std::vector<Generation> plain = probes;
    for (const PriceRow& row : offering.prices) {
      for (Generation probe : plain) {
        if (row.extra_on.empty() && !row.video_input.value_or(false)) continue;
        if (!row.extra_on.empty()) probe.extras = {Parameter{row.extra_on, true}};
        if (row.video_input.value_or(false)) probe.reference_video_urls = {"https://example.com/v.mp4"};
        probes.push_back(std::move(probe));
      }
    }
    return probes;
  }
  static std::string Describe(const Generation& g) {
    return absl::StrCat(g.duration_ms.value_or(0), " ms, ", g.resolution, ", ",
                        g.audio.value_or(false) ? "with" : "without", " sound");
  }

  const std::unique_ptr<const Catalogue> catalogue_ =
      ParseCatalogue("default", DefaultCatalogueText()).catalogue;
  std::map<std::string, const Model*> models_;
};

TEST_F(ShippedPricesTest, AreWhatThePagesSay) {
  std::map<std::string, int> of_model;
  for (const Line& line : kLines) {
    const std::string words = absl::StrCat(line.offering, " ", line.seconds, " s ", line.resolution);
    const Offering* const offering = catalogue_->FindOffering(line.offering);
    ASSERT_NE(offering, nullptr) << words;
    const std::vector<Generation> probes = ProbesOf(line.offering);
    const auto probe = std::find_if(probes.begin(), probes.end(), [&line](const Generation& g) {
      return g.duration_ms == line.seconds * 1'000 && g.resolution == line.resolution &&
             g.audio.value_or(false) == (line.sound == Sound::kOn);
    });
    ASSERT_NE(probe, probes.end()) << words << ": it does not take that";
    const auto price = PriceOf({*probe, *offering, kToday});
    ASSERT_TRUE(price.has_value()) << words;
    EXPECT_EQ(FormatMoney(price->amount), line.price) << words;
    ++of_model[models_.at(line.offering)->id];
  }
  for (const Model& model : catalogue_->models())
    EXPECT_GE(of_model[model.id], 3) << model.id << " has too few lines";
}

// Every length, tier and sound of every offering in service: it has a price, which is none but where the
// provider publishes none, and each row of the catalogue is the price of something.
TEST_F(ShippedPricesTest, EverythingThatCanBeAskedForHasAPriceAndEveryRowIsOne) {
  int priced = 0;
  std::map<std::string, std::set<bool>> silent_of;  // by what has no price
  for (const Model& model : catalogue_->models()) {
    for (const Offering& offering : model.offerings) {
      if (offering.lifecycle.state == LifecycleState::kDisabled || offering.prices.empty()) continue;
      std::set<const PriceRow*> met;
      for (const Generation& probe : EveryProbeOf(model, offering)) {
        const auto price = PriceOf({probe, offering, kToday});
        if (!price)
          silent_of[absl::StrCat(offering.id, " ", probe.resolution)].insert(!probe.audio.value_or(false));
        if (!price) continue;
        ++priced;
        met.insert(price->row);
        EXPECT_GT(price->amount, Money()) << offering.id << " " << Describe(probe);
        // Three videos cost three times as much as one, to the billionth, but where each is rounded up.
        Generation three = probe;
        three.count = 3;
        const auto thrice = PriceOf({three, offering, kToday});
        ASSERT_TRUE(thrice.has_value());
        EXPECT_EQ(thrice->amount.nanos(), 3 * price->amount.nanos()) << offering.id << " " << Describe(probe);
      }
      for (const PriceRow& row : offering.prices) {
        const bool of_today = row.valid_from_date.empty() && row.valid_until_date.empty();
        if (!of_today) continue;
        EXPECT_TRUE(met.contains(&row)) << offering.id << ": nothing costs " << FormatMoney(row.amount);
      }
    }
  }
  EXPECT_GT(priced, 500);
  // With the sound where only the one or the other has none.
  std::vector<std::string> unpriced;
  for (const auto& [what, silent] : silent_of) {
    unpriced.push_back(what);
    if (silent.size() == 1) unpriced.back() += silent.contains(true) ? " without sound" : " with sound";
  }
  EXPECT_THAT(unpriced, ::testing::ElementsAreArray(kUnpriced));
}

}  // namespace
}  // namespace zoetrope
