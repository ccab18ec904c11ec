#include "server/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "tests/support/sim_clock.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  static std::shared_ptr<spdlog::logger> MakeLogger(std::ostream& stream) {
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
    logger->set_pattern("{%v}");
    logger->set_level(spdlog::level::debug);
    return logger;
  }

  std::string Text() const { return stream_.str(); }

  std::ostringstream stream_;
  Log log_{MakeLogger(stream_)};
};

TEST_F(LogTest, WritesOneObjectALine) {
  log_.Info("started", {{"port", "7070"}, {"version", "1"}});
  log_.Error("failed");
  EXPECT_EQ(Text(), "{\"event\":\"started\",\"port\":\"7070\",\"version\":\"1\"}\n{\"event\":\"failed\"}\n");
}

TEST_F(LogTest, EscapesWhatWouldBreakTheLine) {
  log_.Warning("a\"b\\c", {{"k\n", std::string("v\r\n\x01\0z", 6)}});
  EXPECT_EQ(Text(), "{\"event\":\"a\\\"b\\\\c\",\"k\\u000a\":\"v\\u000d\\u000a\\u0001\\u0000z\"}\n");
}

TEST_F(LogTest, WhatIsNoTextBecomesOne) {
  log_.Info("x", {{"latin1", "f\xfcr"}, {"cut", "\xe2\x82"}, {"good", "f\xc3\xbcr \xf0\x9f\x8e\xac"}});
  EXPECT_EQ(Text(),
            "{\"event\":\"x\",\"latin1\":\"f\xef\xbf\xbdr\",\"cut\":\"\xef\xbf\xbd\xef\xbf\xbd\","
            "\"good\":\"f\xc3\xbcr \xf0\x9f\x8e\xac\"}\n");
}

// C1, DEL, and what turns a line round: a terminal obeys them.
TEST_F(LogTest, NothingCommandsATerminal) {
  log_.Info("x", {{"a",
                   "\xc2\x9b"
                   "31m"},
                  {"b", "\x7f"},
                  {"c", "\xe2\x80\xae"},
                  {"d", "\xe2\x81\xa6"},
                  {"e", "\xe2\x80\xa8"}});
  EXPECT_EQ(Text(),
            "{\"event\":\"x\",\"a\":\"\\u009b31m\",\"b\":\"\\u007f\",\"c\":\"\\u202e\",\"d\":\"\\u2066\","
            "\"e\":\"\\u2028\"}\n");
}

TEST_F(LogTest, DoesNotReadBracesAsAFormat) {
  log_.Debug("{} %v {0}", {{"x", "{:>99}"}});
  EXPECT_EQ(Text(), "{\"event\":\"{} %v {0}\",\"x\":\"{:>99}\"}\n");
}

TEST_F(LogTest, LeavesOutWhatIsBelowItsLevel) {
  std::ostringstream stream;
  std::shared_ptr<spdlog::logger> logger = MakeLogger(stream);
  logger->set_level(spdlog::level::warn);
  Log log(logger);
  log.Debug("debug");
  log.Info("info");
  log.Warning("warning");
  log.Error("error");
  EXPECT_EQ(stream.str(), "{\"event\":\"warning\"}\n{\"event\":\"error\"}\n");
}

TEST_F(LogTest, RedactsSecretsWhereverTheyStand) {
  log_.Redact(Secret("key-123456"));
  log_.Info("key-123456", {{"key-123456", "Bearer key-123456, key-123456"}});
  EXPECT_EQ(Text(), "{\"event\":\"[redacted]\",\"[redacted]\":\"Bearer [redacted], [redacted]\"}\n");
}

TEST_F(LogTest, RedactsSecretsThatAreEscaped) {
  log_.Redact(Secret("pass\"word\\1\n"));
  log_.Info("login", {{"with", "pass\"word\\1\n"}});
  EXPECT_EQ(Text(), "{\"event\":\"login\",\"with\":\"[redacted]\"}\n");
}

TEST_F(LogTest, RedactsTheLongerOfTwoSecrets) {
  log_.Redact(Secret("abcdef"));
  log_.Redact(Secret("abcdefghij"));
  log_.Info("x", {{"a", "abcdefghij"}, {"b", "abcdef"}});
  EXPECT_THAT(Text(), Not(HasSubstr("ghij")));
  EXPECT_THAT(Text(), Not(HasSubstr("abcdef")));
}

TEST_F(LogTest, EndsWhereASecretIsPartOfItsReplacement) {
  log_.Redact(Secret("redacted"));
  log_.Info("redacted");
  EXPECT_EQ(Text(), "{\"event\":\"[redacted]\"}\n");
}

TEST_F(LogTest, TakesNoShortTextForASecret) {
  log_.Redact(Secret(""));
  log_.Redact(Secret("event"));
  log_.Info("event");
  EXPECT_EQ(Text(), "{\"event\":\"event\"}\n");
}

TEST_F(LogTest, TakesOutWhatLooksLikeACredential) {
  log_.Info("x", {{"header", "Bearer abcdefgh12345678"}, {"url", "https://me:word@example.com/?sig=1"}});
  EXPECT_EQ(Text(),
            "{\"event\":\"x\",\"header\":\"Bearer [redacted]\",\"url\":\"https://[redacted]@example.com/"
            "?sig=[redacted]\"}\n");
}

TEST_F(LogTest, ATerminalHasAPersonBeforeIt) {
  std::ostringstream stream;
  auto logger =
      std::make_shared<spdlog::logger>("t", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
  logger->set_pattern("%v");
  Log log(logger, nullptr, /*for_people=*/true);
  log.Info("job_ended", {{"job_id", "1"}, {"why", "it is over"}, {"empty", ""}, {"quote", "a\"b"}});
  EXPECT_EQ(stream.str(), "job_ended job_id=1 why=\"it is over\" empty=\"\" quote=\"a\\\"b\"\n");
}

TEST_F(LogTest, WhatComesAgainAndAgainIsWrittenAFewTimes) {
  testing::SimClock clock;
  std::ostringstream stream;
  Log log(MakeLogger(stream), &clock);
  for (int i = 0; i < 100; ++i) log.Info("again");
  log.Info("other");
  clock.AdvanceTime(absl::Seconds(11));
  log.Info("again");
  const std::string text = stream.str();
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n';
  EXPECT_EQ(lines, 22u);
  EXPECT_THAT(text, HasSubstr("{\"event\":\"other\"}"));
  EXPECT_THAT(text, HasSubstr("{\"event\":\"again\",\"suppressed\":\"80\"}"));
}

TEST_F(LogTest, WhatHappensOnceToEachOfManyIsWrittenForEach) {
  testing::SimClock clock;
  std::ostringstream stream;
  {
    Log log(MakeLogger(stream), &clock);
    for (int i = 0; i < 100; ++i) log.Record(LogLevel::kInfo, "job_ended", {{"job_id", std::to_string(i)}});
  }
  EXPECT_THAT(stream.str(), HasSubstr("{\"event\":\"job_ended\",\"job_id\":\"99\"}"));
  EXPECT_THAT(stream.str(), Not(HasSubstr("lines_left_out")));
}

TEST_F(LogTest, WhatWasLeftOutIsToldThoughTheEventDoesNotComeAgain) {
  testing::SimClock clock;
  std::ostringstream stream;
  {
    Log log(MakeLogger(stream), &clock);
    for (int i = 0; i < 30; ++i) log.Info("again");
    clock.AdvanceTime(absl::Seconds(11));
    log.Record(LogLevel::kInfo, "other", {});
    EXPECT_THAT(stream.str(), HasSubstr("{\"event\":\"lines_left_out\",\"of\":\"again\",\"lines\":\"10\"}\n"
                                        "{\"event\":\"other\"}"));
    for (int i = 0; i < 25; ++i) log.Info("last");
  }
  EXPECT_THAT(stream.str(), HasSubstr("{\"event\":\"lines_left_out\",\"of\":\"last\",\"lines\":\"5\"}"))
      << "at the end";
}

TEST(Log, HasALoggerOfItsOwn) { Log(LogLevel::kError).Info("not shown"); }

}  // namespace
}  // namespace zoetrope
