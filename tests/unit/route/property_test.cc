// What holds for any generation, tried on many.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/seeded_random.h"
#include "tests/unit/route/route_fixture.h"

namespace zoetrope {
namespace {

constexpr unsigned kSeed = 20261120;
constexpr int kRounds = 2'000;

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int Roll(int sides) { return static_cast<int>(random_.Below(static_cast<std::uint64_t>(sides))); }
  bool OneIn(int sides) { return Roll(sides) == 0; }
  template <typename T>
  T Pick(std::initializer_list<T> items) {
    return items.begin()[Roll(static_cast<int>(items.size()))];
  }

 private:
  testing::SeededRandom random_;
};

Generation RandomGeneration(const Model& model, Dice& dice) {
  Generation generation = TextGeneration(model);
  switch (dice.Roll(4)) {
    case 0:
      break;
    case 1:
      generation = ImageGeneration(model);
      break;
    case 2:
      generation = ImageGeneration(model);
      generation.last_frame = generation.first_frame;
      break;
    default:
      generation.source_video =
          SourceVideo{dice.OneIn(2) ? SourceVideoMode::kRemix : SourceVideoMode::kExtend, "", 0, "v"};
      generation.aspect_ratio = "auto";
  }
  if (generation.first_frame && dice.OneIn(4)) generation.first_frame->source = BlobRef{};
  if (dice.OneIn(2))
    generation.duration_ms = dice.Pick<std::int64_t>({4000, 5000, 8000, 12000, 16000, 20000, 4500});
  if (dice.OneIn(3)) generation.resolution = dice.Pick<const char*>({"480p", "720p", "1080p", "auto"});
  if (dice.OneIn(3)) generation.aspect_ratio = dice.Pick<const char*>({"16:9", "9:16", "1:1", "auto"});
  if (dice.OneIn(3)) generation.audio = dice.OneIn(2);
  if (dice.OneIn(6)) generation.seed = dice.Roll(100);
  if (dice.OneIn(10)) generation.negative_prompt = "rain";
  if (dice.OneIn(4)) generation.count = 1 + dice.Roll(4);
  if (dice.OneIn(10)) generation.prompt = "x";
  if (dice.OneIn(4)) {
    generation.extras = {
        {dice.Pick<const char*>({"delete_video", "camera_fixed", "nothing", "ttl"}),
         dice.OneIn(2) ? ParameterValue(dice.OneIn(2)) : ParameterValue(std::int64_t{dice.Roll(200)})}};
  }
  return generation;
}

Scene RandomScene(Dice& dice) {
  const Model& model = dice.OneIn(2) ? Sora() : Seedance();
  Scene scene(model, RandomGeneration(model, dice));
  if (dice.OneIn(4)) scene.routing.strategy = RoutingStrategy::kFastest;
  if (scene.generation.source_video || dice.OneIn(5))
    scene.routing.provider = dice.Pick<const char*>({"fal", "runware", "nobody"});
  if (dice.OneIn(4)) scene.max_cost = Money::FromNanos(1 + std::int64_t{dice.Roll(3'000)} * 1'000'000);
  if (dice.OneIn(6)) scene.today = "2026-12-01";
  return scene;
}

void ForEachScene(void (*check)(Scene&)) {
  Dice dice(kSeed);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    Scene scene = RandomScene(dice);
    // The adapter lives inside of the value that was moved here.
    for (Provider& provider : scene.providers) provider.adapter = &scene.adapter;
    check(scene);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Properties, RouteIsEvaluateWithoutTheUnsuitable) {
  ForEachScene([](Scene& scene) {
    const std::vector<Evaluation> evaluations = Evaluate(scene.Input());
    const absl::StatusOr<std::vector<Candidate>> candidates = Route(scene.Input());
    std::vector<Candidate> expected;
    bool seen_unsuitable = false;
    for (const Evaluation& evaluation : evaluations) {
      if (!evaluation.suitable()) {
        seen_unsuitable = true;
        continue;
      }
      EXPECT_FALSE(seen_unsuitable) << "those that can serve stand first";
      expected.push_back({evaluation.provider, evaluation.offering->id,
                          evaluation.price ? std::optional<Money>(evaluation.price->amount) : std::nullopt});
    }
    ASSERT_EQ(candidates.ok(), !expected.empty());
    if (candidates.ok()) {
      EXPECT_EQ(*candidates, expected);
    }
  });
}

TEST(Properties, TheFirstIsTheCheapestOrTheFastest) {
  ForEachScene([](Scene& scene) {
    const absl::StatusOr<std::vector<Candidate>> candidates = Route(scene.Input());
    if (!candidates.ok()) return;
    const Candidate& first = candidates->front();
    for (const Candidate& candidate : *candidates) {
      if (scene.routing.strategy == RoutingStrategy::kFastest) {
        EXPECT_LE(Find(first.offering).typical_duration, Find(candidate.offering).typical_duration);
      } else {
        EXPECT_LE(*first.price, *candidate.price);
      }
      if (scene.max_cost) {
        EXPECT_LE(*candidate.price, *scene.max_cost);
      }
    }
  });
}

TEST(Properties, MismatchesAreWhatEvaluateFindsInTheData) {
  ForEachScene([](Scene& scene) {
    for (const Evaluation& evaluation : Evaluate(scene.Input())) {
      const std::vector<Unsuitability> mismatches = Mismatches(scene.generation, *evaluation.offering);
      const bool unsupported =
          std::any_of(evaluation.reasons.begin(), evaluation.reasons.end(), [](const Unsuitability& reason) {
            return reason.reason == v1::ERROR_REASON_UNSUPPORTED_PARAMETER;
          });
      EXPECT_EQ(mismatches.empty(), !unsupported) << evaluation.offering->id;
      if (evaluation.suitable()) {
        EXPECT_TRUE(mismatches.empty()) << evaluation.offering->id;
      }
    }
  });
}

TEST(Properties, EachOfferingStandsOncePerProvider) {
  ForEachScene([](Scene& scene) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const Evaluation& evaluation : Evaluate(scene.Input())) {
      EXPECT_TRUE(seen.emplace(evaluation.provider, evaluation.offering->id).second);
    }
    EXPECT_EQ(seen.size(), scene.model.offerings.size());
  });
}

TEST(Properties, TheOrderOfProvidersDoesNotMatter) {
  ForEachScene([](Scene& scene) {
    const auto before = Route(scene.Input());
    std::reverse(scene.providers.begin(), scene.providers.end());
    const auto after = Route(scene.Input());
    ASSERT_EQ(before.ok(), after.ok());
    if (before.ok()) {
      EXPECT_EQ(*before, *after);
    }
    if (!before.ok()) {
      EXPECT_EQ(before.status(), after.status());
    }
  });
}

TEST(Properties, EveryErrorHasAReasonAndItsFields) {
  ForEachScene([](Scene& scene) {
    const absl::Status status = Route(scene.Input()).status();
    if (status.ok()) return;
    const v1::ErrorReason reason = ReasonOf(status);
    EXPECT_TRUE(reason == v1::ERROR_REASON_MODEL_RETIRED || reason == v1::ERROR_REASON_NO_PROVIDER ||
                reason == v1::ERROR_REASON_UNSUPPORTED_PARAMETER ||
                reason == v1::ERROR_REASON_MAX_COST_EXCEEDED)
        << status;
    EXPECT_EQ(ViolationsOf(status).empty(), reason != v1::ERROR_REASON_UNSUPPORTED_PARAMETER) << status;
    for (const FieldViolation& violation : ViolationsOf(status)) {
      EXPECT_TRUE(violation.field.starts_with("generation")) << violation.field;
      EXPECT_FALSE(violation.description.empty()) << violation.field;
    }
  });
}

TEST(Properties, ThePriceRisesWithLengthAndCountAndAddsUp) {
  Dice dice(kSeed);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    const Model& model = dice.OneIn(2) ? Sora() : Seedance();
    Generation generation = RandomGeneration(model, dice);
    generation.duration_ms = 1000 + dice.Roll(59'001);
    for (const Offering& offering : model.offerings) {
      const std::optional<Price> price = PriceOf({generation, offering, "2026-11-20"});
      if (!price) continue;
      EXPECT_EQ(PriceOfVideos({generation, offering, "2026-11-20"}, generation.count), price->amount);
      Money of_lines;
      for (const PriceLine& line : BreakdownOf({generation, offering, "2026-11-20"}))
        of_lines = *Add(of_lines, line.amount);
      EXPECT_EQ(of_lines, price->amount);
      Money sum;
      for (int i = 0; i < generation.count; ++i)
        sum = *Add(sum, *PriceOfVideos({generation, offering, "2026-11-20"}, 1));
      EXPECT_EQ(sum, price->amount) << "a batch costs what its videos cost";
      Generation longer = generation;
      *longer.duration_ms += 1 + dice.Roll(1000);
      EXPECT_GE(PriceOf({longer, offering, "2026-11-20"})->amount, price->amount);
      Generation more = generation;
      ++more.count;
      EXPECT_GT(PriceOf({more, offering, "2026-11-20"})->amount, price->amount);
    }
  }
}

}  // namespace
}  // namespace zoetrope
