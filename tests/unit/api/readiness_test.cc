#include "server/api/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/memory_job_store.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReadinessTest : public ::testing::Test {
 protected:
  ReadinessTest() {
    readiness_ = std::make_unique<Readiness>(
        &store_, executor_.get(), &world_.clock(), [this](bool ready) { told_.push_back(ready); }, nullptr,
        absl::Seconds(5));
    readiness_->Start();
  }

  void Break() {
    store_.SetFaults([](const StoreCall&) { return StoreFault{StoreFault::Kind::kUnknownNotApplied}; });
  }

  SimWorld world_;
  std::unique_ptr<SimExecutor> executor_ = world_.NewExecutor("hub");
  std::unique_ptr<SimExecutor> store_executor_ = world_.NewExecutor("store");
  MemoryJobStore store_{store_executor_.get(), &world_.clock()};
  std::vector<bool> told_;
  std::unique_ptr<Readiness> readiness_;
};

TEST_F(ReadinessTest, AStoreThatAnswersIsNothingToTell) {
  world_.RunFor(absl::Minutes(10));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ReadinessTest, AStoreThatIsAwayIsToldOnceAndSoIsItsReturn) {
  Break();
  world_.RunFor(absl::Seconds(6));
  EXPECT_THAT(told_, IsEmpty()) << "one look may be an instant's";
  world_.RunFor(absl::Seconds(5));
  EXPECT_THAT(told_, ElementsAre(false));
  world_.RunFor(absl::Minutes(5));
  EXPECT_THAT(told_, ElementsAre(false));
  store_.SetFaults(nullptr);
  world_.RunFor(absl::Seconds(6));
  EXPECT_THAT(told_, ElementsAre(false, true));
}

TEST_F(ReadinessTest, AnAnswerThatDoesNotComeIsNone) {
  store_.SetFaults([](const StoreCall&) { return StoreFault{.sync_delay = absl::Minutes(2)}; });
  world_.RunFor(absl::Minutes(1));
  EXPECT_THAT(told_, ElementsAre(false));
  store_.SetFaults(nullptr);
  world_.RunFor(absl::Minutes(3));
  EXPECT_THAT(told_, ElementsAre(false, true));
}

TEST_F(ReadinessTest, ItEndsInTheMiddleOfALook) {
  world_.RunFor(absl::Seconds(5));
  readiness_.reset();
  world_.RunFor(absl::Minutes(1));
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace zoetrope::testing
