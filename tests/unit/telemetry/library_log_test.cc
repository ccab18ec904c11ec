#include "server/telemetry/library_log.h"

#include <gmock/gmock.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

class LibraryLogTest : public ::testing::Test {
 protected:
  LibraryLogTest() {
    auto logger =
        std::make_shared<spdlog::logger>("t", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("{%v}");
    log_.emplace(logger);
  }

  std::ostringstream text_;
  std::optional<Log> log_;
};

TEST_F(LibraryLogTest, WhatGrpcSaysIsALine) {
  const LibraryLog library(&*log_);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // as grpc_init does
  gpr_log(GPR_ERROR, "a \"quoted\" word");
  EXPECT_EQ(text_.str(), "{\"event\":\"library\",\"name\":\"grpc\",\"text\":\"a \\\"quoted\\\" word\"}\n");
}

// Any caller can make Protocol Buffers say this, once for each call.
TEST_F(LibraryLogTest, WhatProtocolBuffersSayOfABadMessageIsALine) {
  const LibraryLog library(&*log_);
  v1::GetJobRequest request;
  EXPECT_FALSE(request.ParseFromString(std::string("\x0a\x02\xff\xfe", 4)));
  EXPECT_THAT(text_.str(), HasSubstr("{\"event\":\"library\",\"name\":\"protobuf\",\"text\":\""));
}

TEST_F(LibraryLogTest, NothingIsSaidToALogThatIsGone) {
  std::optional<LibraryLog> library(&*log_);
  library.reset();
  log_.reset();
  gpr_log(GPR_ERROR, "late");
  EXPECT_EQ(text_.str(), "");
}

}  // namespace
}  // namespace zoetrope
