#include "server/engine/wishes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

Command CommandAt(std::int64_t sequence) {
  Command command;
  command.sequence = sequence;
  command.time = kNow;
  return command;
}

TEST(WishesTest, ACommandIsTheEventThatCarriesItsSequence) {
  EXPECT_TRUE(IsWish(WishOf(CommandAt(7))));
  EXPECT_EQ(CommandOf(WishOf(CommandAt(7))), 7);
  EXPECT_EQ(CommandOf(JobEvent(CancelAsked{kNow, 0})), 0) << "the server's own wish";
}

// A job gets its second command while the revision that answers the first one is being written.
TEST(WishesTest, ARevisionAnswersNoCommandWhoseTurnComesLater) {
  std::vector<Command> commands = {CommandAt(7), CommandAt(8)};
  const std::vector<JobEvent> queued = {WishOf(commands[1])};
  KeepQueued(queued, commands);
  EXPECT_THAT(commands, ElementsAre(Field(&Command::sequence, 8)));
  KeepQueued({}, commands);
  EXPECT_THAT(commands, IsEmpty());
}

}  // namespace
}  // namespace zoetrope
