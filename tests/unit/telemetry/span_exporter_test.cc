// Batches, repetitions and what is dropped, in virtual time.
#include "server/telemetry/span_exporter.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"
#include "tests/unit/telemetry/played_collector.h"

namespace zoetrope::testing {
namespace {

class SpanExporterTest : public ::testing::Test {
 protected:
  ~SpanExporterTest() override { executor_->Stop(); }

  SpanExporter& Make(SpanExporterOptions options = {}) {
    options.url = "http://collector:4318/v1/traces";
    options.headers = {{"Authorization", "Bearer abc", true}};
    exporter_.emplace(&collector_, executor_.get(), &world_.clock(), &random_, std::move(options),
                      [this](SpanFate fate, std::size_t spans) { fates_[fate] += spans; });
    return *exporter_;
  }
  void Add(int spans) {
    for (int i = 0; i < spans; ++i) {
      exporter_->Add({.context = {1, 2, static_cast<std::uint64_t>(++added_), true},
                      .name = "span-" + std::to_string(added_),
                      .start = world_.clock().TimeNow(),
                      .end = world_.clock().TimeNow()});
    }
  }
  // Of the post, by its place from 0.
  std::size_t SpansOf(std::size_t post) const {
    return nlohmann::json::parse(collector_.posts.at(post).body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
        .size();
  }

  SimWorld world_;
  SeededRandom random_{1};
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("traces");
  PlayedCollector collector_{executor_.get()};
  std::optional<SpanExporter> exporter_;
  std::map<SpanFate, std::size_t> fates_;
  int added_ = 0;
};

TEST_F(SpanExporterTest, SpansGoTogetherAfterAMoment) {
  Make({.delay = absl::Seconds(2)});
  Add(1);
  world_.RunFor(absl::Seconds(1));
  Add(2);
  EXPECT_EQ(collector_.posts.size(), 0u);
  EXPECT_EQ(exporter_->depth(), 3u);
  world_.RunFor(absl::Seconds(1));
  ASSERT_EQ(collector_.posts.size(), 1u);
  EXPECT_EQ(SpansOf(0), 3u);
  EXPECT_EQ(exporter_->depth(), 0u);
  EXPECT_EQ(fates_, (std::map<SpanFate, std::size_t>{{SpanFate::kExported, 3}}));
  const HttpRequest& post = collector_.posts[0];
  EXPECT_EQ(post.url, "http://collector:4318/v1/traces");
  ASSERT_EQ(post.headers.size(), 2u);
  EXPECT_EQ(post.headers[0].value, "Bearer abc");
  EXPECT_EQ(post.headers[1].value, "application/json");
}

TEST_F(SpanExporterTest, AFullBatchDoesNotWait) {
  Make({.batch_max = 4, .delay = absl::Seconds(2)});
  Add(9);
  world_.RunFor(absl::ZeroDuration());
  ASSERT_EQ(collector_.posts.size(), 2u) << "the ninth waits for others";
  EXPECT_EQ(SpansOf(0), 4u);
  EXPECT_EQ(SpansOf(1), 4u);
  world_.RunFor(absl::Seconds(5));
  ASSERT_EQ(collector_.posts.size(), 3u);
  EXPECT_EQ(SpansOf(2), 1u);
  EXPECT_EQ(fates_[SpanFate::kExported], 9u);
}

TEST_F(SpanExporterTest, OneRequestAtATimeAndNoMoreSpansThanThereIsRoomFor) {
  collector_.silent = true;
  Make({.queue_max = 10, .batch_max = 4});
  Add(4);
  world_.RunFor(absl::Seconds(10));
  Add(25);
  world_.RunFor(absl::Seconds(60));
  EXPECT_EQ(collector_.posts.size(), 1u);
  EXPECT_EQ(exporter_->depth(), 10u);
  EXPECT_EQ(fates_, (std::map<SpanFate, std::size_t>{{SpanFate::kQueueFull, 15}}));
}

// Each pause is up to half as long again.
TEST_F(SpanExporterTest, WhatMayPassIsTriedAgainWithPauses) {
  collector_.answers = {503, 0, 429};
  Make();
  Add(2);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(collector_.posts.size(), 1u);
  world_.RunFor(absl::Milliseconds(999));
  EXPECT_EQ(collector_.posts.size(), 1u);
  world_.RunFor(absl::Milliseconds(501));
  EXPECT_EQ(collector_.posts.size(), 2u);
  world_.RunFor(absl::Seconds(3));
  EXPECT_EQ(collector_.posts.size(), 3u);
  world_.RunFor(absl::Seconds(6));
  ASSERT_EQ(collector_.posts.size(), 4u);
  EXPECT_EQ(collector_.posts[0].body, collector_.posts[3].body);
  EXPECT_EQ(fates_, (std::map<SpanFate, std::size_t>{{SpanFate::kExported, 2}}));
}

TEST_F(SpanExporterTest, APauseIsAsLongAsTheCollectorAsks) {
  collector_.answers = {429};
  collector_.headers = {{"retry-after", "20"}};
  Make();
  Add(1);
  world_.RunFor(absl::Seconds(2));
  world_.RunFor(absl::Milliseconds(19'999));
  EXPECT_EQ(collector_.posts.size(), 1u);
  world_.RunFor(absl::Seconds(11));
  EXPECT_EQ(collector_.posts.size(), 2u);
}

TEST_F(SpanExporterTest, WhatACollectorTakesInPartIsRefusedInPart) {
  for (const char* body : {R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"old"}})",
                           R"({"partialSuccess":{"rejectedSpans":2}})", "nonsense",
                           R"({"partialSuccess":{"rejectedSpans":"many"}})"}) {
    collector_.body = body;
    Make();
    fates_.clear();
    Add(3);
    world_.RunFor(absl::Seconds(2));
    const bool in_part = std::string(body).find('2') != std::string::npos;
    EXPECT_EQ(fates_[SpanFate::kExported], in_part ? 1u : 3u) << body;
    EXPECT_EQ(fates_[SpanFate::kRefused], in_part ? 2u : 0u) << body;
  }
}

TEST_F(SpanExporterTest, AFlushWaitsForNoPause) {
  collector_.answers = {503};
  Make();
  Add(2);
  world_.RunFor(absl::Seconds(2));
  ASSERT_EQ(collector_.posts.size(), 1u);
  Add(3);
  int done = 0;
  exporter_->Flush([&done] { ++done; });
  world_.RunFor(absl::ZeroDuration());
  EXPECT_EQ(done, 1);
  EXPECT_EQ(fates_[SpanFate::kExported], 5u);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(collector_.posts.size(), 3u) << "the end of the pause sends nothing again";
}

TEST_F(SpanExporterTest, InTheEndItIsDroppedAndTheNextOnesGo) {
  collector_.answers = {500, 502, 503, 504, 0, 0};
  Make({.tries = 5});
  Add(1);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(fates_[SpanFate::kRefused], 1u) << "500 is no answer to come again after";
  Add(3);
  world_.RunFor(absl::Seconds(60));
  EXPECT_EQ(fates_[SpanFate::kUndelivered], 3u);
  Add(1);
  world_.RunFor(absl::Seconds(2));
  EXPECT_EQ(fates_[SpanFate::kExported], 1u);
}

TEST_F(SpanExporterTest, AFlushSendsWhatThereIsAndSaysWhenItIsGone) {
  Make({.batch_max = 4, .delay = absl::Hours(1)});
  Add(6);
  int done = 0;
  world_.RunFor(absl::ZeroDuration());
  exporter_->Flush([&done] { ++done; });
  world_.RunFor(absl::ZeroDuration());
  EXPECT_EQ(done, 1);
  EXPECT_EQ(fates_[SpanFate::kExported], 6u);
  exporter_->Flush([&done] { ++done; });
  world_.RunFor(absl::ZeroDuration());
  EXPECT_EQ(done, 2) << "there is nothing to send";
}

TEST_F(SpanExporterTest, AFlushTriesOnce) {
  collector_.answers = {503};
  Make();
  Add(2);
  int done = 0;
  exporter_->Flush([&done] { ++done; });
  world_.RunFor(absl::ZeroDuration());
  EXPECT_EQ(done, 1);
  EXPECT_EQ(collector_.posts.size(), 1u);
  EXPECT_EQ(fates_[SpanFate::kUndelivered], 2u);
}

TEST_F(SpanExporterTest, AnAnswerAfterItsEndIsNobodys) {
  Make({.batch_max = 1});
  Add(1);
  ASSERT_TRUE(world_.Step());  // sent, not answered
  ASSERT_EQ(collector_.posts.size(), 1u);
  exporter_.reset();
  world_.RunUntilIdle();
  EXPECT_TRUE(fates_.empty());
}

}  // namespace
}  // namespace zoetrope::testing
