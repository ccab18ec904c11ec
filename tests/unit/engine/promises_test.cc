// The tables of promises in server/README.md against the program: how each dialect's submissions are searched
// for, and when.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/engine/account.h"
#include "server/providers/registry.h"

namespace zoetrope::testing {
namespace {

// The rest of the row that begins with this cell; empty: there is none.
std::string RowOf(const std::string& cell) {
  std::ifstream page(std::string(ZOETROPE_SOURCE_DIR) + "/server/README.md");
  const std::string start = absl::StrCat("| ", cell, " |");
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return "";
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(PromisesTest, EachDialectIsSearchedForAsThePageSays) {
  for (const DialectEntry& entry : Dialects()) {
    SCOPED_TRACE(entry.name);
    const std::string row = RowOf(absl::StrCat("`", std::string(entry.name), "`"));
    ASSERT_FALSE(row.empty()) << "the page does not tell of it";
    const Capabilities capabilities = entry.make({})->capabilities();
    EXPECT_EQ(Has(row, "sent again"), capabilities.deduplicates_by_id);
    EXPECT_EQ(Has(row, "nothing can be asked"),
              !capabilities.can_look_up && !capabilities.deduplicates_by_id);
    EXPECT_EQ(Has(row, "history") || Has(row, "list of") || Has(row, "asked for by our id"),
              capabilities.can_look_up);
    if (capabilities.deduplicates_by_id) {
      EXPECT_TRUE(
          Has(row, absl::StrCat("within ", absl::ToInt64Minutes(capabilities.deduplicates_for), " minutes")));
    }
  }
}

TEST(PromisesTest, TheTimesAreTheProgramsOwn) {
  const SearchLimits limits;
  EXPECT_TRUE(Has(RowOf("first look"), absl::StrCat(absl::ToInt64Seconds(limits.first_after), " s")));
  EXPECT_TRUE(Has(RowOf("further looks"), absl::StrCat(absl::ToInt64Minutes(limits.give_up_after), " min")));
}

}  // namespace
}  // namespace zoetrope::testing
