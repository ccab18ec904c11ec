#include "server/providers/fal/fal_errors.h"

#include <gtest/gtest.h>

#include <string>

#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

ErrorText ErrorOf(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  const absl::StatusOr<JsonValue> json = ParseJson(body);
  return FalErrorIn({status, std::move(headers), std::move(body)}, json.ok() ? *json : JsonValue());
}

TEST(FalErrorTest, EveryTypeHasItsReason) {
  const struct {
    int status;
    std::string_view type;
    FailureReason want;
  } kCases[] = {
      {400, "bad_request", FailureReason::kValidationRejected},
      {422, "content_policy_violation", FailureReason::kContentRejected},
      {422, "image_too_small", FailureReason::kValidationRejected},
      {422, "image_too_large", FailureReason::kValidationRejected},
      {422, "image_load_error", FailureReason::kValidationRejected},
      {422, "file_download_error", FailureReason::kValidationRejected},
      {422, "unsupported_image_format", FailureReason::kValidationRejected},
      {422, "face_detection_error", FailureReason::kValidationRejected},
      {422, "no_media_generated", FailureReason::kProviderError},
      {422, "literal_error", FailureReason::kValidationRejected},
      {422, "a_new_type", FailureReason::kValidationRejected},
      {429, "concurrent_requests_limit", FailureReason::kProviderRateLimited},
      {500, "internal_error", FailureReason::kProviderError},
      {500, "runner_server_error", FailureReason::kProviderError},
      {500, "downstream_service_unavailable", FailureReason::kProviderError},
      {502, "runner_incomplete_response", FailureReason::kProviderError},
      {503, "runner_scheduling_failure", FailureReason::kProviderError},
      {503, "runner_connection_timeout", FailureReason::kProviderTimeout},
      {504, "request_timeout", FailureReason::kProviderTimeout},
      {504, "startup_timeout", FailureReason::kProviderTimeout},
      {504, "generation_timeout", FailureReason::kProviderTimeout},
  };
  for (const auto& c : kCases) {
    const ErrorText error =
        ErrorOf(c.status, R"({"detail":"x","error_type":")" + std::string(c.type) + "\"}");
    EXPECT_EQ(error.reason, c.want) << c.type;
    EXPECT_EQ(error.code, c.type);
  }
}

TEST(FalErrorTest, EveryShapeIsRead) {
  EXPECT_EQ(ErrorOf(422, R"({"detail":[{"msg":"m","type":"t"},{"msg":"n","type":"u"}]})").message, "m");
  EXPECT_EQ(ErrorOf(422, R"({"detail":[{"msg":"m","type":"t"}]})").code, "t");
  EXPECT_EQ(ErrorOf(400, R"({"detail":{"msg":"m","type":"t"}})").code, "t");
  EXPECT_EQ(ErrorOf(400, R"({"detail":"m"})").message, "m");
  EXPECT_EQ(ErrorOf(200, R"({"status":"COMPLETED","error":"m","error_type":"t"})").code, "t");
  EXPECT_EQ(ErrorOf(500, "", {{"x-fal-error-type", "t"}}).code, "t");
  EXPECT_EQ(ErrorOf(200, R"({"status":"COMPLETED"})", {{"x-fal-error-type", "t"}}), ErrorText());
  EXPECT_EQ(ErrorOf(200, R"({"detail":[],"error":null})"), ErrorText());
}

TEST(FalErrorTest, AccountsInTheWay) {
  EXPECT_EQ(ErrorOf(403, R"({"detail":"User is locked. Reason: Exhausted balance."})").reason,
            FailureReason::kProviderBalanceExhausted);
  EXPECT_EQ(ErrorOf(403, R"({"detail":"No access"})").reason, std::nullopt);
  EXPECT_EQ(ErrorOf(404, R"({"detail":"Path is invalid"})").reason, std::nullopt);
}

TEST(FalErrorTest, StatusesInWords) {
  const auto reason = [](std::string words) { return ErrorOf(200, R"({"error":")" + words + "\"}").reason; };
  EXPECT_EQ(reason("Invalid status code: 422"), FailureReason::kValidationRejected);
  EXPECT_EQ(reason("Invalid status code: 500"), FailureReason::kProviderError);
  EXPECT_EQ(reason("Invalid status code: 504"), FailureReason::kProviderTimeout);
  EXPECT_EQ(reason("Invalid status code: lots"), FailureReason::kValidationRejected);  // by its words
  EXPECT_EQ(reason("boom"), std::nullopt);
}

TEST(FalErrorTest, WhoseErrorItIs) {
  const auto is_models = [](int status, std::string body, std::vector<HttpHeader> headers = {}) {
    const absl::StatusOr<JsonValue> json = ParseJson(body);
    const HttpResponse response{status, std::move(headers), body};
    return IsFalModelError(response, json.ok() ? *json : JsonValue(),
                           FalErrorIn(response, json.ok() ? *json : JsonValue()));
  };
  EXPECT_TRUE(is_models(422, R"({"detail":"x"})"));
  EXPECT_TRUE(is_models(500, R"({"detail":"x","error_type":"internal_error"})"));
  EXPECT_TRUE(is_models(502, R"({"detail":"x"})", {{"x-fal-request-id", "r"}}));
  EXPECT_FALSE(is_models(502, R"({"detail":"x"})"));
  EXPECT_FALSE(is_models(502, "<html>", {{"x-fal-request-id", "r"}}));
  for (const int status : {401, 402, 403, 404, 408, 429})
    EXPECT_FALSE(is_models(status, R"({"detail":"x"})")) << status;
  EXPECT_FALSE(is_models(422, "{}"));
}

}  // namespace
}  // namespace zoetrope
