#include "server/base/secret.h"

#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace zoetrope {
namespace {

template <typename T>
concept Printable = requires(std::ostream& stream, const T& value) {
  stream << value;
};

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::equality_comparable<Secret>);

TEST(Secret, RevealsWhatItWasGiven) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("key").Reveal(), "key");
  EXPECT_FALSE(Secret("key").empty());
}

TEST(Secret, ComparesWholeTexts) {
  const Secret secret("key");
  EXPECT_TRUE(secret.Equals("key"));
  EXPECT_FALSE(secret.Equals("kez"));
  EXPECT_FALSE(secret.Equals("ke"));
  EXPECT_FALSE(secret.Equals("keys"));
  EXPECT_TRUE(Secret().Equals(""));
}

TEST(Secret, CopiesAndMoves) {
  for (const std::string& text : {std::string("short"), std::string(100, 'x')}) {
    Secret original(text);
    const Secret copy = original;
    EXPECT_EQ(original.Reveal(), text);
    const Secret moved = std::move(original);
    EXPECT_EQ(moved.Reveal(), text);
    EXPECT_EQ(copy.Reveal(), text);
    Secret assigned("before");
    assigned = copy;
    EXPECT_EQ(assigned.Reveal(), text);
    assigned = Secret("after");
    EXPECT_EQ(assigned.Reveal(), "after");
    EXPECT_EQ(copy.Reveal(), text);
  }
}

// The bytes stand in this object as long as the text is short.
TEST(Secret, WipesItsBytes) {
  alignas(Secret) unsigned char room[sizeof(Secret)];
  Secret* const secret = new (room) Secret("hunter2");
  const auto holds = [&] {
    return std::string_view(reinterpret_cast<char*>(room), sizeof(room)).find("hunter2") !=
           std::string_view::npos;
  };
  ASSERT_TRUE(holds());
  const Secret moved = std::move(*secret);
  secret->~Secret();
  EXPECT_FALSE(holds());
}

}  // namespace
}  // namespace zoetrope
