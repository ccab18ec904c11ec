#include "server/providers/openai/openai_errors.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "server/base/limits.h"
#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

ErrorText ErrorOf(int status, std::string_view body) {
  const absl::StatusOr<JsonValue> json = ParseJson(body);
  return OpenaiErrorIn(status, json.ok() ? *json : JsonValue());
}

std::string Envelope(std::string_view code, std::string_view message = "x", std::string_view type = "t") {
  return R"({"error":{"message":")" + std::string(message) + R"(","type":")" + std::string(type) +
         R"(","param":null,"code":")" + std::string(code) + "\"}}";
}

TEST(OpenaiErrorsTest, EveryCodeHasItsReason) {
  const struct {
    std::string_view code;
    FailureReason want;
  } kCases[] = {
      {"moderation_blocked", FailureReason::kContentRejected},
      {"sentinel_block", FailureReason::kContentRejected},
      {"content_policy_violation", FailureReason::kContentRejected},
      {"insufficient_quota", FailureReason::kProviderBalanceExhausted},
      {"billing_hard_limit_reached", FailureReason::kProviderBalanceExhausted},
      {"billing_not_active", FailureReason::kProviderBalanceExhausted},
      {"credit_balance_exhausted", FailureReason::kProviderBalanceExhausted},
      {"rate_limit_exceeded", FailureReason::kProviderRateLimited},
      {"slow_down", FailureReason::kProviderRateLimited},
      {"invalid_api_key", FailureReason::kProviderAuthFailed},
      {"account_deactivated", FailureReason::kProviderAuthFailed},
      {"model_not_found", FailureReason::kModelUnavailable},
      {"invalid_value", FailureReason::kValidationRejected},
      {"missing_required_parameter", FailureReason::kValidationRejected},
      {"processing_error", FailureReason::kProviderError},
      {"server_is_overloaded", FailureReason::kProviderError},
  };
  for (const auto& c : kCases) {
    for (const int status : {200, 400, 404, 429, 500}) {
      const ErrorText error = ErrorOf(status, Envelope(c.code));
      EXPECT_EQ(error.reason, c.want) << c.code;
      EXPECT_EQ(error.code, c.code);
    }
  }
  EXPECT_EQ(ErrorOf(429, Envelope("new", "x", "insufficient_quota")).reason,
            FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(ErrorOf(400, Envelope("new")).reason, std::nullopt);
}

TEST(OpenaiErrorsTest, EveryShapeIsRead) {
  EXPECT_EQ(ErrorOf(400, R"({"error":{"message":"m","type":"t","code":null}})").code, "t");
  EXPECT_EQ(ErrorOf(400, R"({"error":{"message":"m","type":"t","code":null}})").message, "m");
  EXPECT_EQ(ErrorOf(200, R"({"error":{"code":"c","message":"m"}})").code, "c");
  EXPECT_EQ(ErrorOf(400, R"({"error":"m"})").message, "m");
  for (const char* none : {"", "[]", "null", R"({"error":null})", R"({"error":{}})", R"({"error":[1]})",
                           R"({"message":"m"})", R"({"error":{"message":{},"code":[]}})"}) {
    EXPECT_EQ(ErrorOf(400, none), ErrorText()) << none;
  }
}

TEST(OpenaiErrorsTest, WordsCountWhereNothingElseTells) {
  for (const int status : {200, 400, 422}) {
    EXPECT_EQ(ErrorOf(status, Envelope("", "blocked by our moderation system")).reason,
              FailureReason::kContentRejected);
  }
  for (const int status : {404, 409, 429, 500}) {
    EXPECT_EQ(ErrorOf(status, Envelope("", "blocked by our moderation system")).reason, std::nullopt);
  }
  EXPECT_EQ(ErrorOf(404, Envelope("", "Invalid URL (POST /v1/videos)")).reason,
            FailureReason::kModelUnavailable);
}

TEST(OpenaiErrorsTest, TheFinerDelayCounts) {
  const auto delay = [](std::vector<HttpHeader> headers) {
    return OpenaiRetryAfter({429, std::move(headers), ""});
  };
  EXPECT_EQ(delay({{"retry-after-ms", "250"}, {"retry-after", "9"}}), absl::Milliseconds(250));
  EXPECT_EQ(delay({{"retry-after", "9"}}), absl::Seconds(9));
  EXPECT_EQ(delay({}), std::nullopt);
  EXPECT_EQ(delay({{"retry-after-ms", "9999999999999"}}), limits::kDeadlineMax);
  for (const char* none : {"-1", "soon", "", "1e3"}) {
    EXPECT_EQ(delay({{"retry-after-ms", none}, {"retry-after", "9"}}), absl::Seconds(9)) << none;
  }
}

TEST(OpenaiErrorsTest, OnlyAWholeRefusalForMoneyEndsTheQuestion) {
  const ErrorText error{"insufficient_quota", "m", FailureReason::kProviderBalanceExhausted};
  const HttpResponse response{429, {}, ""};
  EXPECT_TRUE(std::holds_alternative<Refused>(ReadOpenaiRefusal(response, {Body::Form::kJson, {}}, error)));
  EXPECT_TRUE(std::holds_alternative<Throttled>(ReadOpenaiRefusal(response, {Body::Form::kText, {}}, error)));
  EXPECT_TRUE(
      std::holds_alternative<Unrecognized>(ReadOpenaiRefusal(response, {Body::Form::kBroken, {}}, error)));
  EXPECT_TRUE(
      std::holds_alternative<Unrecognized>(ReadOpenaiRefusal({503, {}, ""}, {Body::Form::kJson, {}}, error)));
}

}  // namespace
}  // namespace zoetrope
