#include "server/api/status.h"

#include <gtest/gtest.h>

#include "grpcpp/support/status.h"
#include "server/base/error.h"
#include "server/base/ids.h"
#include "tests/support/seeded_random.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

namespace rpc = internal::v1;

constexpr char kPrefix[] = "type.googleapis.com/google.rpc.";

rpc::RpcStatus DetailsOf(const grpc::Status& status) {
  rpc::RpcStatus details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

template <typename Detail>
std::vector<Detail> All(const rpc::RpcStatus& details, const std::string& name) {
  std::vector<Detail> found;
  for (const auto& any : details.details()) {
    if (any.type_url() == kPrefix + name) found.emplace_back().ParseFromString(any.value());
  }
  return found;
}

class StatusTest : public ::testing::Test {
 protected:
  testing::SeededRandom random_{1};
  StatusWriter writer_{nullptr, &random_};
};

TEST_F(StatusTest, OkIsOk) { EXPECT_TRUE(writer_.ToGrpc("GetJob", absl::OkStatus()).ok()); }

TEST_F(StatusTest, EveryReasonHasItsCodeAndOneErrorInfo) {
  for (int number = 1; number <= v1::ErrorReason_MAX; ++number) {
    const auto reason = static_cast<v1::ErrorReason>(number);
    const absl::Status error = MakeError(reason, "a sentence", {{"key", "value"}});
    const grpc::Status status = writer_.ToGrpc("Submit", error);
    const rpc::RpcStatus details = DetailsOf(status);
    EXPECT_EQ(static_cast<int>(status.error_code()), static_cast<int>(CodeOf(reason)));
    EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
    EXPECT_EQ(details.message(), status.error_message());
    const auto infos = All<rpc::ErrorInfo>(details, "ErrorInfo");
    ASSERT_EQ(infos.size(), 1u);
    EXPECT_EQ(infos[0].reason(), ReasonName(reason));
    EXPECT_EQ(infos[0].domain(), "zoetrope");
    EXPECT_EQ(infos[0].metadata().at("key"), "value");
  }
}

TEST_F(StatusTest, CarriesEveryOtherDetailOnce) {
  const absl::Status error =
      WithRetryDelay(MakeFieldError(v1::ERROR_REASON_INVALID_FIELD,
                                    {{"generation.prompt", "is required"}, {"labels", "too many"}}),
                     absl::Milliseconds(1'500));
  const rpc::RpcStatus details = DetailsOf(writer_.ToGrpc("Submit", error));
  ASSERT_EQ(All<rpc::BadRequest>(details, "BadRequest").size(), 1u);
  EXPECT_EQ(All<rpc::BadRequest>(details, "BadRequest")[0].field_violations_size(), 2);
  ASSERT_EQ(All<rpc::RetryInfo>(details, "RetryInfo").size(), 1u);
  EXPECT_EQ(All<rpc::RetryInfo>(details, "RetryInfo")[0].retry_delay().nanos(), 500'000'000);
  EXPECT_EQ(RetryDelayOf(error), absl::Milliseconds(1'500));
}

TEST_F(StatusTest, ADefectShowsAnIncidentAndNothingElse) {
  const grpc::Status status = writer_.ToGrpc("Submit", absl::DataLossError("the key is hunter2"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("hunter2"), std::string::npos);
  const auto infos = All<rpc::ErrorInfo>(DetailsOf(status), "ErrorInfo");
  ASSERT_EQ(infos.size(), 1u);
  EXPECT_EQ(infos[0].reason(), "INTERNAL");
  EXPECT_TRUE(IsUuid(infos[0].metadata().at("incident")));
}

TEST_F(StatusTest, TheStoresWordsAreTranslated) {
  EXPECT_TRUE(FromStore(absl::OkStatus(), "j").ok());
  EXPECT_EQ(ReasonOf(FromStore(absl::NotFoundError("no row"), "j")), v1::ERROR_REASON_JOB_NOT_FOUND);
  const absl::Status away = FromStore(absl::UnavailableError("disk full"), "j");
  EXPECT_EQ(ReasonOf(away), v1::ERROR_REASON_STORE_UNAVAILABLE);
  EXPECT_TRUE(RetryDelayOf(away).has_value());
  EXPECT_EQ(std::string(away.message()).find("disk"), std::string::npos);
  EXPECT_EQ(ReasonOf(FromStore(absl::DataLossError("damaged"), "j")), v1::ERROR_REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace zoetrope
