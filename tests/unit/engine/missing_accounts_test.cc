#include "server/engine/missing_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

class MissingAccountsTest : public EngineFixture {
 protected:
  MissingAccountsTest() : EngineFixture("runpod") {}
  HttpClient& http() override { return network_; }

  absl::Status Look(const Accounts& accounts) {
    std::optional<absl::Status> answer;
    LookForMissingAccounts(&store_, &accounts, [&](absl::Status status) { answer = std::move(status); });
    world_.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
};

TEST_F(MissingAccountsTest, NothingIsMissedWhereNothingIsLive) {
  EXPECT_TRUE(Look(Accounts(std::vector<Account>())).ok());
}

TEST_F(MissingAccountsTest, AnAccountWithALiveJobIsMissed) {
  Create(Fresh());
  EXPECT_TRUE(Look(OneAccount()).ok());
  const absl::Status missing = Look(Accounts(std::vector<Account>()));
  EXPECT_EQ(missing.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("`runpod` (1 job)"));
  Create(Fresh());
  EXPECT_THAT(std::string(Look(Accounts(std::vector<Account>())).message()), HasSubstr("`runpod` (2 jobs)"));
}

TEST_F(MissingAccountsTest, AStoreThatCannotBeReadIsNoPermission) {
  Fail(StoreOperation::kCountLive, 1);
  EXPECT_EQ(Look(OneAccount()).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace zoetrope::testing
