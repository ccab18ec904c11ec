#include "server/config/dialect_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/catalogue/catalogue.h"

namespace zoetrope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(DialectCheckTest, WhatIsShippedIsSpoken) {
  const CatalogueResult shipped = ParseCatalogue("shipped", DefaultCatalogueText());
  ASSERT_NE(shipped.catalogue, nullptr);
  EXPECT_THAT(CheckDialects("shipped", *shipped.catalogue), IsEmpty());
}

TEST(DialectCheckTest, AnOfferingThatNoOneSpeaksIsNamed) {
  const CatalogueResult shipped = ParseCatalogue("shipped", DefaultCatalogueText());
  ASSERT_NE(shipped.catalogue, nullptr);
  std::size_t offerings = 0;
  for (const Model& model : shipped.catalogue->models()) offerings += model.offerings.size();
  const auto problems = CheckDialects("mine.yaml", *shipped.catalogue, {});
  ASSERT_THAT(problems, SizeIs(offerings));
  const Offering& first = shipped.catalogue->models().front().offerings.front();
  EXPECT_EQ(problems[0].file, "mine.yaml");
  EXPECT_THAT(problems[0].message,
              AllOf(HasSubstr(first.id), HasSubstr("`" + first.dialect + "` is no dialect")));
}

}  // namespace
}  // namespace zoetrope
