#include "server/providers/vtrix/vtrix_errors.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

ErrorText Read(const std::string& body, int status = 200) { return VtrixErrorIn(*ParseJson(body), status); }

TEST(VtrixErrorsTest, FindsCodeAndWordsWhereverTheyStand) {
  const struct {
    std::string body;
    std::string code;
    std::string message;
  } kCases[] = {
      {R"({"error":{"code":14001095,"error_message":"m"}})", "014001095", "m"},
      {R"({"error":{"code":"014001095","message":"m"}})", "014001095", "m"},
      {R"({"error":{"code":"14001095"}})", "014001095", ""},
      {R"({"error":"m"})", "", "m"},
      {R"({"message":"m","error":"other"})", "", "m"},
      {R"({"message":"","error":"m"})", "", "m"},
      {R"({"status":{"code":402,"message":"m","error_code":40201},"data":null})", "40201", "m"},
      {R"({"status":{"code":402,"message":"m"}})", "402", "m"},
      {R"({"error_code":40203,"message":"m"})", "40203", "m"},
      {R"({"code":400,"message":"m"})", "400", "m"},
      {R"({"status":"failed","error":null})", "", ""},
      {R"({"error":{"code":"SYNC_TIMEOUT","message":"m"}})", "SYNC_TIMEOUT", "m"},
      {R"({"error":{"code":{},"error_message":[]}})", "", ""},
      {R"([1,2])", "", ""},
      {R"("text")", "", ""},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Read(c.body).code, c.code) << c.body;
    EXPECT_EQ(Read(c.body).message, c.message) << c.body;
  }
}

TEST(VtrixErrorsTest, TheReasonIsTheCodesAndOfWordsWhereTheyTellMore) {
  const auto reason = [](const std::string& code, const std::string& message, int status = 200) {
    return Read(R"({"error":{"code":")" + code + R"(","error_message":")" + message + R"("}})", status)
        .reason;
  };
  for (const char* code : {"014001095", "014001097", "014001098", "014001099"}) {
    EXPECT_EQ(reason(code, ""), FailureReason::kProviderError) << code;
    EXPECT_EQ(reason(code, "content policy"), FailureReason::kContentRejected) << code;
  }
  EXPECT_EQ(reason("014001096", ""), FailureReason::kResultInvalid);
  EXPECT_EQ(reason("014001095", "invalid response"), FailureReason::kProviderError);
  EXPECT_EQ(reason("014001097", "invalid size"), FailureReason::kValidationRejected);
  EXPECT_EQ(reason("002014001", "invalid size"), FailureReason::kValidationRejected);
  EXPECT_EQ(reason("002014001", "no words for it"), std::nullopt);
  EXPECT_EQ(reason("", "invalid path", 404), std::nullopt);
  EXPECT_EQ(reason("014001095", "content policy", 404), FailureReason::kProviderError);
}

TEST(VtrixErrorsTest, EightCodesAreAnEmptyAccount) {
  for (const char* code : {"40201", "40202", "40203", "40204", "40205", "40206", "40207", "40208"}) {
    EXPECT_TRUE(IsVtrixBalance(code)) << code;
    EXPECT_EQ(Read(R"({"error_code":)" + std::string(code) + "}").reason,
              FailureReason::kProviderBalanceExhausted);
  }
  for (const char* code : {"40200", "40209", "402", "4020", "402011", "040201", "", "4020x"})
    EXPECT_FALSE(IsVtrixBalance(code)) << code;
}

TEST(VtrixErrorsTest, OneCodeSaysThatThereIsNoTask) {
  EXPECT_TRUE(IsVtrixCreationError(Read(R"({"error":{"code":14001099}})").code));
  EXPECT_TRUE(IsVtrixCreationError(Read(R"({"error":{"code":"014001099"}})").code));
  EXPECT_FALSE(IsVtrixCreationError(Read(R"({"error":{"code":14001095}})").code));
  EXPECT_FALSE(IsVtrixCreationError(""));
}

// What HTTP leaves open must stay open, whatever the body says of the account.
TEST(VtrixErrorsTest, ABodyClosesNoOpenQuestion) {
  const struct {
    int status;
    std::string body;
    int want;
  } kCases[] = {
      {200, R"({"status":{"code":402,"error_code":40201}})", 402},
      {200, R"({"error_code":40205})", 402},
      {200, R"({"error":{"code":400}})", 400},
      {200, R"({"code":429})", 429},
      {200, R"({"status":{"code":500}})", 500},
      {200, R"({"error":{"code":14001099}})", 200},
      {200, R"({"error":{"code":399}})", 200},
      {200, R"({"error":{"code":600}})", 200},
      {400, R"({"error_code":40201})", 402},
      {403, R"({"error":{"code":40201}})", 402},
      {404, R"({"error":{"code":400}})", 404},
      {408, R"({"error_code":40201})", 408},
      {409, R"({"error_code":40201})", 409},
      {500, R"({"error_code":40201})", 500},
      {302, R"({"error_code":40201})", 302},
  };
  for (const auto& c : kCases) {
    const HttpResponse response{c.status, {}, c.body};
    const JsonValue body = *ParseJson(c.body);
    EXPECT_EQ(VtrixStatusOf(response, body, VtrixErrorIn(body, c.status)), c.want) << c.status << c.body;
  }
}

}  // namespace
}  // namespace zoetrope
