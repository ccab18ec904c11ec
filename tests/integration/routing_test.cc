// Where jobs go by what was seen of the providers, with the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/png_picture.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

class RoutingTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  v1::SubmitRequest Plain(const std::string& prompt) {
    v1::SubmitRequest request;
    request.mutable_generation()->set_model(kEveryonesModel);
    request.mutable_generation()->set_prompt(prompt);
    request.mutable_generation()->mutable_first_frame()->set_data(WhitePicture());
    return request;
  }
  v1::Job RunAt(const std::string& provider, const std::string& faults = "") {
    v1::SubmitRequest request = Plain("a boat" + faults);
    request.mutable_routing()->set_provider(provider);
    return world_.AwaitEnd(world_.Submit(request).id());
  }
  v1::Job SubmitBy(v1::RoutingStrategy strategy, const v1::RoutingWeights& weights = {}) {
    v1::SubmitRequest request = Plain("a boat");
    request.mutable_routing()->set_strategy(strategy);
    if (strategy == v1::ROUTING_STRATEGY_WEIGHTED) *request.mutable_routing()->mutable_weights() = weights;
    return world_.Submit(request);
  }
  std::map<std::string, v1::Quote> QuotesByProvider() {
    v1::GetCostRequest request;
    *request.mutable_quote()->mutable_generation() = Plain("a boat").generation();
    const auto response = world_.client().GetCost(request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::map<std::string, v1::Quote> quotes;
    if (!response.ok()) return quotes;
    for (const v1::Quote& quote : response->quotation().quotes()) {
      if (quote.available()) quotes[quote.provider()] = quote;
    }
    return quotes;
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith({{"fal"}, {"runpod"}, {"runware"}})}};
};

TEST_F(RoutingTest, JobsGoWhereTheyWentWell) {
  // For the same price at all three, so that the names decide as long as nothing is known.
  std::map<std::string, v1::Quote> before = QuotesByProvider();
  ASSERT_EQ(before.size(), 3u);
  EXPECT_EQ(before["fal"].success_percent(), 100);
  EXPECT_EQ(SubmitBy(v1::ROUTING_STRATEGY_MOST_RELIABLE).attempts(0).provider(), "fal");

  // More than the job above, which came to a video there.
  for (int i = 0; i < 4; ++i) ASSERT_EQ(RunAt("fal", Markers({"fal/fail"})).state(), v1::JOB_STATE_FAILED);
  ASSERT_EQ(RunAt("runpod", Markers({"runpod/fail"})).state(), v1::JOB_STATE_FAILED);
  // The caller's doing says nothing about a provider.
  ASSERT_EQ(RunAt("runware", Markers({"runware/fail:content"})).failure().reason(),
            v1::FAILURE_REASON_CONTENT_REJECTED);

  const v1::Job job = SubmitBy(v1::ROUTING_STRATEGY_MOST_RELIABLE);
  EXPECT_EQ(job.attempts(0).provider(), "runware") << job.ShortDebugString();
  ASSERT_GE(job.routing_notes_size(), 3);
  EXPECT_THAT(job.routing_notes(0).why(), HasSubstr("the most reliable, at USD 0.40, 100 % come to a video"));
  EXPECT_EQ(job.routing_notes(1).provider(), "runpod");
  EXPECT_EQ(job.routing_notes(2).provider(), "fal");
  std::map<std::string, v1::Quote> after = QuotesByProvider();
  EXPECT_LT(after["fal"].success_percent(), after["runpod"].success_percent());
  EXPECT_LT(after["runpod"].success_percent(), 100);
  EXPECT_EQ(after["runware"].success_percent(), 100);
  // What it costs is the same as ever.
  EXPECT_EQ(SubmitBy(v1::ROUTING_STRATEGY_CHEAPEST).attempts(0).provider(), "fal");
  v1::RoutingWeights weights;
  weights.set_cost(100);
  EXPECT_EQ(SubmitBy(v1::ROUTING_STRATEGY_WEIGHTED, weights).attempts(0).provider(), "fal");
  weights.set_reliability(1);
  EXPECT_EQ(SubmitBy(v1::ROUTING_STRATEGY_WEIGHTED, weights).attempts(0).provider(), "runware");
}

TEST_F(RoutingTest, JobsGoWhereTheyWereFast) {
  const std::int64_t typical = QuotesByProvider()["runware"].expected_duration().seconds();
  ASSERT_GT(typical, 10) << "so that less than a second makes a difference";
  ASSERT_EQ(RunAt("runware").state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_LT(QuotesByProvider()["runware"].expected_duration().seconds(), typical);
  const v1::Job job = SubmitBy(v1::ROUTING_STRATEGY_FASTEST);
  EXPECT_EQ(job.attempts(0).provider(), "runware") << job.ShortDebugString();
  EXPECT_THAT(job.routing_notes(0).why(), HasSubstr("the fastest, at USD 0.40, in about "));
}

}  // namespace
}  // namespace zoetrope::testing
