#include "server/providers/runware/runware_errors.h"

#include <gtest/gtest.h>

#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

TEST(RunwareFamilyTest, SortsCodesAsTheirOwnClientsDo) {
  const struct {
    std::string_view code;
    RunwareFamily want;
  } kCases[] = {
      {"conflictTaskUUID", RunwareFamily::kConflict},
      {"taskCancelled", RunwareFamily::kCancelled},
      {"taskFailedOrNotFound", RunwareFamily::kNotFound},
      {"imageNotFound", RunwareFamily::kNotFound},
      {"resultExpired", RunwareFamily::kNotFound},
      {"contentPolicyViolation", RunwareFamily::kSafety},
      {"providerContentPolicyViolation", RunwareFamily::kSafety},
      {"sensitiveContentDetected", RunwareFamily::kSafety},
      {"unsafeContentDetected", RunwareFamily::kSafety},
      {"nsfwContentDetected", RunwareFamily::kSafety},
      {"invalidProviderContentModeration", RunwareFamily::kSafety},
      {"promptBlocked", RunwareFamily::kSafety},
      {"imageBlocked", RunwareFamily::kSafety},
      {"moderationFailed", RunwareFamily::kSafety},
      {"invalidApiKey", RunwareFamily::kAuth},
      {"missingApiKey", RunwareFamily::kAuth},
      {"unauthorizedAccess", RunwareFamily::kAuth},
      {"insufficientCredits", RunwareFamily::kQuota},
      {"paymentRequired", RunwareFamily::kQuota},
      {"lowBalance", RunwareFamily::kQuota},
      {"exceededQuota", RunwareFamily::kQuota},
      {"rateLimitExceeded", RunwareFamily::kRateLimit},
      {"modelUnavailable", RunwareFamily::kModel},
      {"modelNotFound", RunwareFamily::kModel},
      {"timeoutProvider", RunwareFamily::kTimeout},
      {"inferenceTimeout", RunwareFamily::kTimeout},
      {"providerError", RunwareFamily::kProvider},
      {"inferenceError", RunwareFamily::kProvider},
      {"processingFailed", RunwareFamily::kProvider},
      {"noAvailableServer", RunwareFamily::kProvider},
      {"internalServerError", RunwareFamily::kServer},
      {"serviceUnavailable", RunwareFamily::kServer},
      {"standardError", RunwareFamily::kServer},
      {"invalidDuration", RunwareFamily::kValidation},
      {"missingPrompt", RunwareFamily::kValidation},
      {"conflictingParameters", RunwareFamily::kValidation},
      {"duplicateTask", RunwareFamily::kValidation},
      {"unsupportedParameter", RunwareFamily::kValidation},
      {"maxLength", RunwareFamily::kValidation},
      {"unknownParameter", RunwareFamily::kValidation},
      {"incompatibleParameters", RunwareFamily::kValidation},
      {"INVALIDDURATION", RunwareFamily::kValidation},
      {"somethingElse", RunwareFamily::kUnknown},
      {"", RunwareFamily::kUnknown},
  };
  for (const auto& c : kCases) EXPECT_EQ(RunwareFamilyOf(c.code), c.want) << c.code;
}

TEST(RunwareErrorsTest, KeepsThoseOfTheTaskAndOfNone) {
  const JsonValue reply = *ParseJson(
      R"({"errors":[{"code":"a","taskUUID":"T1"},{"code":"b","taskUUID":"t2"},{"code":"c"},7],"error":{"code":"d"},"taskUUID":"t1"})");
  const std::vector<RunwareError> errors = RunwareErrorsIn(reply, "t1");
  ASSERT_EQ(errors.size(), 4u);
  EXPECT_EQ(errors[0].text.code, "a");
  EXPECT_EQ(errors[1].text.code, "c");
  EXPECT_EQ(errors[2].text.code, "");
  EXPECT_EQ(errors[3].text.code, "d");
}

TEST(RunwareErrorsTest, ASingleErrorOfAnotherTaskIsNotOurs) {
  EXPECT_TRUE(RunwareErrorsIn(*ParseJson(R"({"error":{"code":"d"},"taskUUID":"t2"})"), "t1").empty());
  EXPECT_TRUE(RunwareErrorsIn(*ParseJson(R"({"error":{"code":"d","taskUUID":"t2"}})"), "t1").empty());
  EXPECT_TRUE(RunwareErrorsIn(*ParseJson(R"({"error":null})"), "t1").empty());
  EXPECT_TRUE(RunwareErrorsIn(JsonValue(), "t1").empty());
}

TEST(RunwareErrorsTest, AnErrorAboutThePollIsToldApart) {
  EXPECT_TRUE(ReadRunwareError(*ParseJson(R"({"code":"x","taskType":"getResponse"})")).about_poll);
  EXPECT_FALSE(ReadRunwareError(*ParseJson(R"({"code":"x","taskType":"videoInference"})")).about_poll);
}

}  // namespace
}  // namespace zoetrope
