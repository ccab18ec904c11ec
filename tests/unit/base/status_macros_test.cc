#include "server/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

#include "server/base/strings.h"

namespace zoetrope {
namespace {

absl::StatusOr<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return absl::InvalidArgumentError("odd");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> Quarter(int number) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(number));
  ZOETROPE_ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Half(*half));
  return *quarter;
}

absl::Status CheckQuarter(int number) {
  if (number > 0) ZOETROPE_RETURN_IF_ERROR(Quarter(number).status());
  return absl::OkStatus();
}

TEST(StatusMacros, ReturnEarly) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status(), absl::InvalidArgumentError("odd"));
  EXPECT_TRUE(CheckQuarter(8).ok());
  EXPECT_TRUE(CheckQuarter(-1).ok());
  EXPECT_EQ(CheckQuarter(3).message(), "odd");
}

TEST(Strings, KeepTheBytesOfAView) {
  const std::string text("a\0b", 3);
  EXPECT_EQ(ToStd(ToAbsl(text)), text);
  EXPECT_EQ(ToAbsl("").size(), 0u);
}

}  // namespace
}  // namespace zoetrope
