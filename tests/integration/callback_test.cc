// Providers that call back, by the real programs: a submission whose answer was lost is found by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/callback_front.h"
#include "tests/support/plain_http.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr const char* kCallers[] = {"runpod", "fal", "runware", "wavespeed"};

class CallbackTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  std::string Config() const {
    std::vector<TestAccount> accounts;
    for (const char* provider : kCallers) {
      // No other way to find out than the callback; polls are rare.
      accounts.push_back({.name = provider,
                          .poll = "{first_after: 10m, interval_max: 10m, lost_after: 2s}",
                          .search = "{first_after: 1h, give_up_after: 2h}"});
    }
    return front_.Config() + ConfigWith(accounts);
  }

  v1::Job SubmitTo(const std::string& provider, const std::vector<std::string>& faults) {
    return world_.Submit(world_.Request(absl::StrCat("a boat", Markers(faults)), provider));
  }
  v1::Job AwaitState(const std::string& id, v1::JobState state) {
    return world_.Await(id, absl::Seconds(30), [state](const v1::Job& job) { return job.state() == state; });
  }

  TempDir folder_;
  CallbackFront front_{folder_.File("callback.port")};
  World world_{{.bin_dir = ZOETROPE_BIN_DIR,
                .run_ms = 1000,
                .config = Config(),
                .server_flags = {"--callback-port-file", front_.port_file()}}};
};

class EachCallbackTest : public CallbackTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(EachCallbackTest, ASubmissionWhoseAnswerWasLostIsFound) {
  const v1::Job job = SubmitTo(GetParam(), {"lost-reply"});
  const v1::Job done = AwaitState(job.id(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(done.state(), v1::JOB_STATE_SUCCEEDED) << done.ShortDebugString();
  const nlohmann::json ledger = world_.Ledger();
  ASSERT_EQ(ledger["creations"].size(), 1u) << ledger.dump(1);
  ASSERT_EQ(done.attempts_size(), 1);
  EXPECT_EQ(done.attempts(0).provider_job_id(), ledger["creations"][0]["id"].get<std::string>());
  EXPECT_EQ(ledger["creations"][0]["marker"].get<std::string>(), done.attempts(0).id());
}

TEST_P(EachCallbackTest, AndAResultIsKnownBeforeItIsAskedFor) {
  const v1::Job job = SubmitTo(GetParam(), {});
  EXPECT_EQ(AwaitState(job.id(), v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED)
      << "the first poll is ten minutes away";
}

INSTANTIATE_TEST_SUITE_P(Dialects, EachCallbackTest,
                         ::testing::ValuesIn(std::vector<std::string>(std::begin(kCallers),
                                                                      std::end(kCallers))),
                         [](const auto& test) { return test.param; });

class FalseCallbackTest : public CallbackTest {};

TEST_F(FalseCallbackTest, WhatAStrangerSaysIsNotHeard) {
  const v1::Job held =
      AwaitState(SubmitTo("runpod", {"lost-reply", "webhook-never"}).id(), v1::JOB_STATE_HELD);
  const std::string attempt = held.attempts(0).id();
  for (const std::string& target :
       {absl::StrCat("/outside/callbacks/", held.id(), "/", std::string(32, '0'), "/", attempt),
        absl::StrCat("/outside/callbacks/", held.id(), "//", attempt), std::string("/outside/callbacks"),
        absl::StrCat("/outside/", attempt)}) {
    EXPECT_EQ(PlainCall("POST", front_.Inside(target), R"({"id":"x"})").status, 404) << target;
  }
  EXPECT_EQ(AwaitState(held.id(), v1::JOB_STATE_HELD).revision(), held.revision());
}

TEST_F(FalseCallbackTest, AnotherJobsIdIsNotTaken) {
  const v1::Job done = AwaitState(SubmitTo("runpod", {}).id(), v1::JOB_STATE_SUCCEEDED);
  const v1::Job held = AwaitState(SubmitTo("runpod", {"lost-reply"}).id(), v1::JOB_STATE_HELD);
  const v1::Job found = AwaitState(held.id(), v1::JOB_STATE_SUCCEEDED);
  ASSERT_EQ(found.state(), v1::JOB_STATE_SUCCEEDED);
  // The provider's own URL, and a body about another job.
  const std::string url = front_.Inside(front_.seen().back());
  EXPECT_EQ(
      PlainCall("POST", url, absl::StrCat(R"({"id":")", done.attempts(0).provider_job_id(), R"("})")).status,
      200);
  EXPECT_EQ(PlainCall("POST", url, "{}").status, 400);
  EXPECT_EQ(world_.client().Get(found.id())->ShortDebugString(), found.ShortDebugString());
}

TEST_F(FalseCallbackTest, TwiceIsOnce) {
  const v1::Job job = SubmitTo("wavespeed", {"lost-reply", "webhook-twice"});
  EXPECT_EQ(AwaitState(job.id(), v1::JOB_STATE_SUCCEEDED).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return front_.seen().size() == 2; }));
  EXPECT_EQ(world_.Ledger()["creations"].size(), 1u);
}

}  // namespace
}  // namespace zoetrope::testing
