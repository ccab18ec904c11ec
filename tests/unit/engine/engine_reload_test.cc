// What changes for jobs that are under way when the configuration does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/base/strings.h"
#include "server/engine/engine.h"
#include "tests/sim/sim_network.h"
#include "tests/unit/engine/engine_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Notes with which credential each call is made.
class NotingHttp : public HttpClient {
 public:
  explicit NotingHttp(HttpClient* http) : http_(http) {}

  CallId Start(HttpRequest request, CallOptions options, Done done) override {
    for (const HttpHeader& header : request.headers) {
      if (absl::EqualsIgnoreCase(header.name, "Authorization")) credentials.push_back(header.value);
    }
    return http_->Start(std::move(request), std::move(options), std::move(done));
  }
  CallId StartDownload(HttpRequest request, CallOptions options, BodySink* sink) override {
    return http_->StartDownload(std::move(request), std::move(options), sink);
  }
  void Resume(CallId id) override { http_->Resume(id); }
  void Cancel(CallId id) override { http_->Cancel(id); }

  std::vector<std::string> credentials;

 private:
  HttpClient* const http_;
};

class EngineReloadTest : public EngineFixture {
 protected:
  EngineReloadTest() : EngineFixture("runpod", /*seed=*/1) { network_.SetFaults({0, 0, 0}); }

  HttpClient& http() override { return noting_; }

  // As what runs, but for what the test changes.
  // Returns the revision of the offering that jobs run at.
  std::string Reload(const std::function<void(Account&)>& change,
                     const std::vector<std::pair<std::string, std::string>>& words = {}) {
    std::vector<Account> accounts;
    accounts.push_back(AccountAt(provider_, "https://" + provider_ + ".sim/v2"));
    accounts[0].adapter = first_.Find(provider_)->adapter;
    change(accounts[0]);
    std::vector<std::pair<absl::string_view, absl::string_view>> changed(words.begin(), words.end());
    CatalogueResult catalogue =
        ParseCatalogue("changed", absl::StrReplaceAll(ToAbsl(DefaultCatalogueText()), changed));
    if (catalogue.catalogue == nullptr) {
      ADD_FAILURE() << catalogue.problems[0].message;
      return "";
    }
    const std::string revision =
        catalogue.catalogue->FindOffering("sora-2/image-to-video@" + provider_)->revision;
    bool done = false;
    engine_->Reload(
        {std::make_shared<const Accounts>(std::move(accounts)), std::move(catalogue.catalogue), {}},
        [&done] { done = true; });
    world_.RunUntil([&done] { return done; });
    return revision;
  }
  bool IsAcked(const std::string& id) { return StateOf(id).attempts[0].phase == AttemptPhase::kAcked; }

  SimNetwork network_{&world_, other_.get(), &random_, [](const std::string&) {}};
  NotingHttp noting_{&network_};
  const Accounts first_ = OneAccount();
};

TEST_F(EngineReloadTest, WhatIsUnderWayGoesOnWithTheNewCredential) {
  Start(first_);
  const std::string id = Submit();
  world_.RunUntil([&] { return IsAcked(id); });
  EXPECT_THAT(noting_.credentials, Each(Not(HasSubstr("rotated"))));
  Reload([](Account& account) { account.secret = Secret("rotated"); });
  noting_.credentials.clear();
  world_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StateOf(id).phase, JobPhase::kSucceeded);
  EXPECT_THAT(noting_.credentials, Not(IsEmpty()));
  EXPECT_THAT(noting_.credentials, Each(HasSubstr("rotated")));
}

TEST_F(EngineReloadTest, WhoWaitsForAPlaceHasItUnderTheNewLimit) {
  std::vector<Account> accounts;
  accounts.push_back(AccountAt(provider_, "https://" + provider_ + ".sim/v2"));
  accounts[0].lane.concurrent_jobs_max = 1;
  const Accounts narrow(std::move(accounts));
  Start(narrow);
  for (int i = 0; i < 3; ++i) Submit(std::nullopt, absl::Hours(1));
  world_.RunUntil([&] { return network_.total_creations() == 1; });
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(network_.total_creations(), 1);
  EXPECT_EQ(engine_->Lanes().at(provider_).in_flight_max, 1);
  Reload([](Account& account) { account.lane.concurrent_jobs_max = 3; });
  EXPECT_EQ(engine_->Lanes().at(provider_).in_flight_max, 3);
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(network_.total_creations(), 3);
}

// Twice, so that nothing of the catalogue is left that the job was made under but what the job itself keeps.
TEST_F(EngineReloadTest, AJobKeepsTheOfferingThatItWasMadeUnder) {
  Start(first_);
  Reload([](Account&) {});
  NewJob fresh = Fresh();
  const std::string revision = fresh.job.state.attempts[0].offering_revision;
  const std::string id = Submit(std::move(fresh));
  world_.RunUntil([&] { return IsAcked(id); });
  for (const char* other : {"typical_duration: 2", "typical_duration: 3"})
    EXPECT_NE(Reload([](Account&) {}, {{"typical_duration: 1", other}}), revision);
  world_.RunFor(absl::Minutes(10));
  const JobState state = StateOf(id);
  EXPECT_EQ(state.phase, JobPhase::kSucceeded);
  EXPECT_EQ(state.attempts[0].offering_revision, revision);
  EXPECT_EQ(state.attempts[0].settlement, Settlement::kSettled);
}

}  // namespace
}  // namespace zoetrope::testing
