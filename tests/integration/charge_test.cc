// What a job has cost, where the provider tells it only later, and what its prices are, with the real
// programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/catalogue/catalogue.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ChargeTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  std::string Submit(const std::vector<std::string>& faults) {
    return world_.Submit(world_.Request(absl::StrCat("a boat", Markers(faults)), "wavespeed")).id();
  }
  v1::Job AwaitMade(const std::string& id) {
    return world_.Await(id, absl::Seconds(20),
                        [](const v1::Job& job) { return job.state() == v1::JOB_STATE_SUCCEEDED; });
  }
  static bool Settled(const v1::Job& job) { return job.cost().settlement() == v1::SETTLEMENT_STATE_SETTLED; }
  v1::Job AwaitSettled(const std::string& id) { return world_.Await(id, absl::Seconds(30), Settled); }
  static std::int64_t Nanos(const v1::Money& money) { return money.units() * 1'000'000'000 + money.nanos(); }
  // What the provider has charged for the only job.
  std::int64_t ChargedThere() {
    const nlohmann::json creations = world_.Ledger()["creations"];
    EXPECT_EQ(creations.size(), 1u);
    return std::stoll(creations.at(0)["charged_nanos"].get<std::string>());
  }
  void ExpectAsCharged(const v1::Job& job) {
    EXPECT_EQ(Nanos(job.cost().settled()), ChargedThere()) << job.cost().ShortDebugString();
    EXPECT_EQ(job.attempts(0).cost().source(), v1::COST_SOURCE_PROVIDER);
    EXPECT_EQ(Nanos(job.cost().reserved()), 0);
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_F(ChargeTest, ADiscountIsSeen) {
  const v1::Job job = AwaitSettled(Submit({"discount:50"}));
  ExpectAsCharged(job);
  EXPECT_EQ(Nanos(job.cost().settled()) * 2, Nanos(job.cost().quoted()));
  EXPECT_EQ(Nanos(job.cost().computed()), Nanos(job.cost().quoted())) << "what the catalogue says is kept";
}

TEST_F(ChargeTest, TheVideoComesBeforeItsPrice) {
  const std::string id = Submit({"late-charge:1200", "discount:80"});
  const v1::Job made = AwaitMade(id);
  EXPECT_EQ(made.outputs_size(), 1);
  EXPECT_EQ(made.cost().settlement(), v1::SETTLEMENT_STATE_PENDING);
  EXPECT_GT(Nanos(made.cost().reserved()), 0) << "set aside until it is known";
  const v1::Job settled = AwaitSettled(id);
  ExpectAsCharged(settled);
  EXPECT_EQ(settled.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(settled.revision(), made.revision() + 1);
  EXPECT_EQ(settled.outputs(0).url(), made.outputs(0).url());
}

TEST_F(ChargeTest, AKillDoesNotCostTheAnswer) {
  const std::string id = Submit({"late-charge:1500", "discount:80"});
  AwaitMade(id);
  world_.KillServer();
  ASSERT_TRUE(world_.StartServer());
  ExpectAsCharged(AwaitSettled(id));
}

TEST_F(ChargeTest, WhatNeverComesIsTheCataloguesPrice) {
  const v1::Job job = AwaitSettled(Submit({"late-charge:3600000"}));
  EXPECT_EQ(job.attempts(0).cost().source(), v1::COST_SOURCE_CATALOGUE);
  EXPECT_EQ(Nanos(job.cost().settled()), Nanos(job.cost().quoted()));
  EXPECT_FALSE(job.cost().has_reported());
}

// What the simulator asks is in tables of its own, from the same pages.
class PriceCheckTest : public ::testing::Test {
 protected:
  struct Run {
    int exit_code = -1;
    std::string out;
  };

  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  Run CheckPrices(const std::string& catalogue) {
    std::ofstream(folder_.File("catalogue.yaml")) << catalogue;
    std::ofstream(folder_.File("config.yaml")) << absl::StrCat(
        "catalogue: {allow_retired_models: true, file: catalogue.yaml}\nproviders:\n",
        "  - {name: wavespeed, base_url: \"", world_.sandbox_url(),
        "/wavespeed/api/v3\", api_key: {dummy: x}, allow_plain_http: true, allow_private_hosts: true}\n");
    const std::string file = folder_.File("out");
    ChildProcess process({std::string(ZOETROPE_BIN_DIR) + "/zoetroped", "--check-prices", "--config",
                          folder_.File("config.yaml")},
                         file);
    Run run;
    run.exit_code = process.Wait(absl::Minutes(1)).value_or(-1);
    std::ifstream in(file);
    run.out.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return run;
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
  TempDir folder_;
};

TEST_F(PriceCheckTest, TheCatalogueAgreesWithTheProvider) {
  const Run run = CheckPrices(std::string(DefaultCatalogueText()));
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr(" 0 differ, "));
  EXPECT_THAT(run.out, HasSubstr(" 0 not answered"));
  EXPECT_THAT(run.out, HasSubstr("sora-2/image-to-video@wavespeed"));
  EXPECT_THAT(run.out, Not(HasSubstr("@fal")));
  EXPECT_TRUE(world_.Ledger()["creations"].empty()) << "to ask is no submission";
}

TEST_F(PriceCheckTest, ADifferenceIsAnExitCode) {
  std::string catalogue(DefaultCatalogueText());
  const std::size_t row = catalogue.find("id: sora-2/image-to-video@wavespeed");
  ASSERT_NE(row, std::string::npos);
  const std::size_t price = catalogue.find("0.10", row);
  ASSERT_NE(price, std::string::npos);
  catalogue.replace(price, 4, "0.11");
  const Run run = CheckPrices(catalogue);
  EXPECT_EQ(run.exit_code, 1) << run.out;
  EXPECT_THAT(run.out, HasSubstr("differs"));
}

}  // namespace
}  // namespace zoetrope::testing
