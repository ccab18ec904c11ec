// Every rule between the prices of an offering: one change of a good one, one problem.
#include "server/catalogue/price_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/catalogue/good_model.h"

namespace zoetrope {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

Problems Check(const Offering& offering) {
  Problems problems;
  CheckPrices(offering, "o",
              [&](const std::string& path, std::string message) { problems.emplace_back(path, message); });
  return problems;
}

Surcharge GoodSurcharge() {
  return {
      SurchargeUnit::kInputImage, Money::FromNanos(40'000'000), 5, 0, "", "https://x.example/", "2026-01-02"};
}

Offering WithRows(std::size_t count) {
  Offering offering = GoodOffering();
  offering.prices.assign(count, offering.prices[0]);
  return offering;
}

TEST(CheckPrices, PassesGoodOnes) {
  Offering offering = GoodOffering();
  offering.surcharges = {GoodSurcharge()};
  EXPECT_THAT(Check(offering), IsEmpty());
}

TEST(CheckPrices, FindsEachDefect) {
  struct Defect {
    const char* path;
    const char* message;
    std::function<void(Offering&)> change;
  };
  const Defect defects[] = {
      {"o.prices[0].video_input", "no reference videos", [](Offering& o) { o.prices[0].video_input = true; }},
      {"o.prices[0].extra_on", "no extra that is a switch",
       [](Offering& o) { o.prices[0].extra_on = "level"; }},
      {"o.prices[0].extra_on", "no extra that is a switch", [](Offering& o) { o.prices[0].extra_on = "x"; }},
      {"o.prices[0].valid_from_date", "YYYY-MM-DD", [](Offering& o) { o.prices[0].valid_from_date = "now"; }},
      {"o.prices[0].valid_until_date", "YYYY-MM-DD",
       [](Offering& o) { o.prices[0].valid_until_date = "2026-02-30"; }},
      {"o.prices[0].valid_until_date", "before the first day",
       [](Offering& o) {
         o.prices[0].valid_from_date = "2026-02-02", o.prices[0].valid_until_date = "2026-02-01";
       }},
      {"o.prices[0].tokens", "go together",
       [](Offering& o) { o.prices[0].unit = PriceUnit::kMillionTokens; }},
      {"o.prices[0].tokens", "go together",
       [](Offering& o) {
         o.prices[0].tokens = {1280, 720, 24};
       }},
      {"o.surcharges[0].source", "https URL", [](Offering& o) { o.surcharges[0].source = ""; }},
      {"o.surcharges[0].as_of_date", "YYYY-MM-DD", [](Offering& o) { o.surcharges[0].as_of_date = ""; }},
      {"o.surcharges[0].resolution", "not an offered",
       [](Offering& o) { o.surcharges[0].resolution = "4k"; }},
      {"o.surcharges[0].seconds_max", "need their most",
       [](Offering& o) { o.surcharges[0].seconds_max = 15; }},
      {"o.surcharges[0].seconds_max", "need their most",
       [](Offering& o) { o.surcharges[0].unit = SurchargeUnit::kInputVideoSecond; }},
      {"o.surcharges[0].unit", "no such input",
       [](Offering& o) { o.surcharges[0].unit = SurchargeUnit::kInputVideoSecond; }},
      {"o.surcharges[0].unit", "no such input", [](Offering& o) { Unbind(o, Field::kFirstFrame); }},
      {"o.surcharges[1]", "same input", [](Offering& o) { o.surcharges.push_back(o.surcharges[0]); }},
  };
  for (const Defect& defect : defects) {
    Offering offering = GoodOffering();
    offering.surcharges = {GoodSurcharge()};
    defect.change(offering);
    EXPECT_THAT(Check(offering), Contains(Pair(defect.path, HasSubstr(defect.message))))
        << defect.path << " " << defect.message;
  }
}

// A promotion counts more than the row that holds always; two of them must not meet.
TEST(CheckPrices, LetsDatedRowsFollowEachOther) {
  Offering offering = WithRows(3);
  offering.prices[1].valid_until_date = "2026-06-30";
  offering.prices[2].valid_from_date = "2026-07-01";
  EXPECT_THAT(Check(offering), IsEmpty());
  offering.prices[2].valid_from_date = "2026-06-30";
  EXPECT_THAT(Check(offering), Contains(Pair("o.prices[2]", HasSubstr("no telling which counts"))));
}

TEST(CheckPrices, KnowsThatTwoSwitchesCanBeOnTogether) {
  Offering offering = WithRows(2);
  for (const char* const name : {"a", "b"}) {
    ExtraSpec extra;
    extra.name = name;
    extra.type = ParameterType::kBool;
    offering.extras.push_back(extra);
  }
  offering.prices[0].extra_on = "a";
  offering.prices[1].extra_on = "b";
  EXPECT_THAT(Check(offering), Contains(Pair("o.prices[1]", HasSubstr("no telling which counts"))));
}

}  // namespace
}  // namespace zoetrope
