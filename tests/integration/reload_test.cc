// A configuration that changes while the server runs, by the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/admin_client.h"
#include "client/error_details.h"
#include "server/base/strings.h"
#include "server/catalogue/catalogue.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(30);

class ReloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    WriteFile("key", "one-good-key");
    WriteFile("catalogue.yaml", DefaultCatalogueText());
    WriteFile("quotes", std::string(40, 'q'));
    world_ = std::make_unique<World>(
        WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .run_ms = 6000, .config = Config("1")});
    ASSERT_TRUE(world_->Start());
  }

  std::string Config(const std::string& factor, const std::string& more = "") const {
    return absl::StrReplaceAll(
        absl::StrCat("quotes: {key: {file: ", folder_.File("quotes"), "}}\n", more,
                     ConfigWith({{.name = "fal", .more = "price: {factor: \"" + factor + "\"}"}})),
        {{"{dummy: sandbox}", "{file: " + folder_.File("key") + "}"},
         {"catalogue: {", "catalogue: {file: " + folder_.File("catalogue.yaml") + ", "}});
  }
  // In one step, as those who are careful do.
  void WriteFile(const std::string& name, std::string_view text) const {
    std::ofstream(folder_.File(name + ".next")) << text;
    std::filesystem::rename(folder_.File(name + ".next"), folder_.File(name));
  }
  void Hup() const { ASSERT_EQ(kill(world_->server_pid(), SIGHUP), 0); }

  bool AwaitLog(const std::string& text, int times = 1) {
    return Eventually(kPatience, [&] {
      int found = 0;
      const std::string log = world_->ServerLog();
      for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++found;
      return found >= times;
    });
  }
  static std::int64_t NanosOf(const v1::Money& money) {
    return money.units() * 1'000'000'000 + money.nanos();
  }
  // A job that is at its provider.
  v1::Job SubmitAndRun() {
    const v1::Job job = world_->Submit(world_->Request("a boat", "fal"));
    return world_->Await(job.id(), kPatience,
                         [](const v1::Job& now) { return now.state() == v1::JOB_STATE_RUNNING; });
  }
  // What a video costs at fal now, in billionths of a dollar.
  std::int64_t Price() {
    v1::GetCostRequest request;
    *request.mutable_quote()->mutable_generation() = world_->Request("a boat", "fal").generation();
    const auto cost = world_->client().GetCost(request);
    if (!cost.ok()) {
      ADD_FAILURE() << cost.status();
      return 0;
    }
    for (const v1::Quote& quote : cost->quotation().quotes()) {
      if (quote.provider() == "fal") return NanosOf(quote.price());
    }
    ADD_FAILURE() << cost->ShortDebugString();
    return 0;
  }

  TempDir folder_;
  std::unique_ptr<World> world_;
};

TEST_F(ReloadTest, ASignalBringsNewPricesAndBudgets) {
  const std::int64_t before = Price();
  world_->SetConfig(Config("0.5", "budgets: [{name: tiny, limit: \"0.001\", window: total}]\n"));
  Hup();
  ASSERT_TRUE(AwaitLog("config_reloaded")) << world_->ServerLog();
  EXPECT_EQ(Price() * 2, before);
  const auto refused = world_->client().Submit(world_->Request("a boat", "fal"));
  EXPECT_EQ(client::GetErrorDetails(refused.status()).reason, "BUDGET_EXCEEDED") << refused.status();
  client::AdminClient admin(client::MakeChannel(world_->admin_address()));
  const auto budgets = admin.ListBudgets();
  ASSERT_TRUE(budgets.ok());
  ASSERT_EQ(budgets->budgets_size(), 1);
  EXPECT_EQ(budgets->budgets(0).name(), "tiny");
  world_->SetConfig(Config("1"));
  Hup();
  ASSERT_TRUE(AwaitLog("config_reloaded", 2)) << world_->ServerLog();
  EXPECT_EQ(world_->AwaitEnd(world_->Submit(world_->Request("a boat", "fal")).id()).state(),
            v1::JOB_STATE_SUCCEEDED);
}

TEST_F(ReloadTest, AFileThatChangesIsNoticed) {
  const std::int64_t before = Price();
  world_->SetConfig(Config("2"));
  EXPECT_TRUE(Eventually(kPatience, [&] { return Price() == 2 * before; })) << world_->ServerLog();
}

TEST_F(ReloadTest, ACredentialIsReplacedWhileAJobRuns) {
  const v1::Job first = SubmitAndRun();
  WriteFile("key", "another-good-key");
  Hup();
  ASSERT_TRUE(AwaitLog("config_reloaded")) << world_->ServerLog();
  EXPECT_EQ(world_->client().Get(first.id())->state(), v1::JOB_STATE_RUNNING) << "it had no part in this";
  EXPECT_EQ(world_->AwaitEnd(first.id()).state(), v1::JOB_STATE_SUCCEEDED);
  // The simulator refuses this one.
  WriteFile("key", "bad-key");
  ASSERT_TRUE(AwaitLog("config_reloaded", 2)) << world_->ServerLog();
  client::AdminClient admin(client::MakeChannel(world_->admin_address()));
  const auto worst = [&admin] {
    const auto found = admin.Diagnose();
    EXPECT_TRUE(found.ok()) << found.status();
    return found->diagnoses(0).found();
  };
  EXPECT_THAT(worst(), HasSubstr("refuses the credential"));
  WriteFile("key", "one-good-key");
  ASSERT_TRUE(AwaitLog("config_reloaded", 3)) << world_->ServerLog();
  EXPECT_THAT(worst(), HasSubstr("takes the credential"));
  for (const char* key : {"another-good-key", "one-good-key", "bad-key"})
    EXPECT_THAT(world_->ServerLog(), Not(HasSubstr(key)));
}

TEST_F(ReloadTest, ACatalogueIsReplacedWhileAJobRuns) {
  const v1::Job first = SubmitAndRun();
  const std::int64_t before = Price();
  WriteFile("catalogue.yaml",
            absl::StrReplaceAll(ToAbsl(DefaultCatalogueText()), {{"amount: \"0.", "amount: \"1."}}));
  Hup();
  ASSERT_TRUE(AwaitLog("config_reloaded")) << world_->ServerLog();
  EXPECT_EQ(world_->client().Get(first.id())->state(), v1::JOB_STATE_RUNNING) << "it had no part in this";
  EXPECT_GT(Price(), before);
  const v1::Job ended = world_->AwaitEnd(first.id());
  EXPECT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  EXPECT_EQ(NanosOf(ended.cost().settled()), before) << "at the prices that it was made under";
  const v1::Job second = world_->AwaitEnd(world_->Submit(world_->Request("a ship", "fal")).id());
  EXPECT_EQ(second.state(), v1::JOB_STATE_SUCCEEDED);
}

TEST_F(ReloadTest, WhatWasPromisedHoldsUnderAnotherConfiguration) {
  v1::GetCostRequest request;
  *request.mutable_quote()->mutable_generation() = world_->Request("a boat", "fal").generation();
  const auto quoted = world_->client().GetCost(request);
  ASSERT_TRUE(quoted.ok()) << quoted.status();
  world_->SetConfig(Config("3"));
  Hup();
  ASSERT_TRUE(AwaitLog("config_reloaded")) << world_->ServerLog();
  v1::SubmitRequest submit = world_->Request("a boat", "fal");
  submit.set_quote_id(quoted->quotation().quote_id());
  const v1::Job job = world_->AwaitEnd(world_->Submit(submit).id());
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(NanosOf(job.cost().charged()) * 3, Price());
}

// A secret that nothing takes over would be rotated in the belief that it is.
TEST_F(ReloadTest, ASecretThatOnlyARestartTakesOverRefusesTheReloadAndIsMissedByNobody) {
  client::AdminClient admin(client::MakeChannel(world_->admin_address()));
  const auto configuration = [&admin] {
    const auto found = admin.Diagnose();
    EXPECT_TRUE(found.ok()) << found.status();
    for (const auto& diagnosis : found->diagnoses()) {
      if (diagnosis.subject() == "configuration") return diagnosis.found();
    }
    return std::string();
  };
  EXPECT_THAT(configuration(), HasSubstr("in force"));
  WriteFile("quotes", std::string(40, 'r'));
  ASSERT_TRUE(AwaitLog("needs a restart: quotes.key")) << world_->ServerLog();
  EXPECT_THAT(configuration(), HasSubstr("needs a restart: quotes.key"));
  WriteFile("quotes", std::string(40, 'q'));
  ASSERT_TRUE(AwaitLog("config_reloaded")) << world_->ServerLog();
  EXPECT_THAT(configuration(), HasSubstr("in force"));
}

TEST_F(ReloadTest, AFileThatWasMissingIsTakenWhenItComes) {
  const std::int64_t before = Price();
  world_->SetConfig(absl::StrReplaceAll(Config("2"), {{"catalogue.yaml", "later.yaml"}}));
  ASSERT_TRUE(AwaitLog("config_reload_refused")) << world_->ServerLog();
  EXPECT_EQ(Price(), before);
  WriteFile("later.yaml", DefaultCatalogueText());
  EXPECT_TRUE(Eventually(kPatience, [&] { return Price() == 2 * before; })) << world_->ServerLog();
}

TEST_F(ReloadTest, AllOrNothing) {
  const std::int64_t before = Price();
  const std::string budget = "budgets: [{name: tiny, limit: \"0.001\", window: total}]\n";
  world_->SetConfig(Config("-1", budget));
  Hup();
  ASSERT_TRUE(AwaitLog("config_reload_refused")) << world_->ServerLog();
  EXPECT_THAT(world_->ServerLog(), HasSubstr("factor"));
  world_->SetConfig(Config("0.5", "log_level: debug\n" + budget));
  Hup();
  ASSERT_TRUE(AwaitLog("needs a restart: log_level")) << world_->ServerLog();
  world_->SetConfig(Config("0.5", budget));
  WriteFile("catalogue.yaml", "models: [");
  Hup();
  ASSERT_TRUE(AwaitLog("catalogue.yaml:")) << world_->ServerLog();
  EXPECT_EQ(Price(), before);
  EXPECT_EQ(world_->AwaitEnd(world_->Submit(world_->Request("a boat", "fal")).id()).state(),
            v1::JOB_STATE_SUCCEEDED)
      << "there is no budget";
  WriteFile("catalogue.yaml", DefaultCatalogueText());
  ASSERT_TRUE(AwaitLog("config_reloaded")) << "what was mended is taken over by itself";
  EXPECT_EQ(Price() * 2, before);
}

}  // namespace
}  // namespace zoetrope::testing
