#include "server/telemetry/store_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>

namespace zoetrope {
namespace {

struct Counting : StoreObserver {
  void OnOperation(StoreOperation, absl::Duration, StoreOutcome) override { ++operations; }
  void OnTransaction(std::size_t, absl::Duration, const absl::Status&) override { ++transactions; }
  int operations = 0;
  int transactions = 0;
};

TEST(StoreLogTest, WhatWasNotWrittenIsToldWithItsReasonAndAllIsHandedOn) {
  std::ostringstream text;
  auto logger = std::make_shared<spdlog::logger>("t", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  logger->set_pattern("%v");
  Log log(logger);
  Counting next;
  StoreLog observer(&next, &log);
  observer.OnOperation(StoreOperation::kCreate, absl::Seconds(1), StoreOutcome::kFailed);
  observer.OnTransaction(3, absl::Seconds(1), absl::OkStatus());
  EXPECT_EQ(text.str(), "");
  observer.OnTransaction(3, absl::Seconds(1), absl::UnavailableError("disk I/O error"));
  EXPECT_THAT(text.str(), ::testing::HasSubstr(R"("why":"disk I/O error","writes":"3")"));
  EXPECT_EQ(next.operations, 1);
  EXPECT_EQ(next.transactions, 2);
}

}  // namespace
}  // namespace zoetrope
