#include "server/telemetry/tracing.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "server/base/real_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/unit/telemetry/played_collector.h"

namespace zoetrope::testing {
namespace {

class TracingTest : public ::testing::Test {
 protected:
  ~TracingTest() override {
    tracing_.Shutdown();
    http_loop_.Shutdown();
  }

  RealClock clock_;
  SeededRandom random_{3};
  LoopExecutor http_loop_{&clock_, "http"};
  PlayedCollector collector_{&http_loop_};
  std::atomic<std::size_t> exported_ = 0;
  Tracing tracing_{&collector_,
                   &clock_,
                   &random_,
                   SpanExporterOptions{.url = "http://collector/", .delay = absl::Hours(1)},
                   100,
                   [this](SpanFate fate, std::size_t spans) {
                     if (fate == SpanFate::kExported) exported_ += spans;
                   }};
};

TEST_F(TracingTest, AFlushWaitsUntilTheSpansOfCallsAreGone) {
  const CallTrace call = tracing_.tracer().Begin("");
  ASSERT_NE(call.sink, nullptr);
  call.sink->Add(
      {.context = call.context, .name = "call", .start = clock_.TimeNow(), .end = clock_.TimeNow()});
  EXPECT_EQ(tracing_.depth(), 1u);
  tracing_.Flush(absl::Hours(1));
  EXPECT_EQ(exported_, 1u);
  EXPECT_EQ(tracing_.depth(), 0u);
}

TEST_F(TracingTest, AFlushDoesNotWaitForEver) {
  collector_.silent = true;
  const CallTrace call = tracing_.tracer().Begin("");
  call.sink->Add(
      {.context = call.context, .name = "call", .start = clock_.TimeNow(), .end = clock_.TimeNow()});
  tracing_.Flush(absl::Milliseconds(50));
  EXPECT_EQ(exported_, 0u);
}

}  // namespace
}  // namespace zoetrope::testing
