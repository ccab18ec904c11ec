#include "server/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace rpc = internal::v1;

template <typename Detail>
Detail Read(const absl::Status& status, const std::string& name) {
  Detail detail;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc." + name);
  EXPECT_TRUE(payload.has_value()) << name;
  if (payload.has_value()) {
    EXPECT_TRUE(detail.ParseFromString(std::string(*payload)));
  }
  return detail;
}

int CountPayloads(const absl::Status& status) {
  int count = 0;
  status.ForEachPayload([&](auto, auto&) { ++count; });
  return count;
}

// The contract's comment on each reason starts with its code.
TEST(CodeOf, IsWhatTheContractSays) {
  const auto* const reasons = v1::ErrorReason_descriptor();
  const std::map<int, absl::StatusCode> expected = {
      {v1::ERROR_REASON_INVALID_FIELD, absl::StatusCode::kInvalidArgument},
      {v1::ERROR_REASON_UNSUPPORTED_PARAMETER, absl::StatusCode::kInvalidArgument},
      {v1::ERROR_REASON_MODEL_NOT_FOUND, absl::StatusCode::kNotFound},
      {v1::ERROR_REASON_MODEL_RETIRED, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_NO_PROVIDER, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_REQUEST_ID_REUSED, absl::StatusCode::kAlreadyExists},
      {v1::ERROR_REASON_JOB_NOT_FOUND, absl::StatusCode::kNotFound},
      {v1::ERROR_REASON_PAGE_TOKEN_INVALID, absl::StatusCode::kInvalidArgument},
      {v1::ERROR_REASON_MAX_COST_EXCEEDED, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_QUOTE_INVALID, absl::StatusCode::kInvalidArgument},
      {v1::ERROR_REASON_QUOTE_EXPIRED, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_CHARGE_NOT_SETTLED, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_CREDENTIAL_MISSING, absl::StatusCode::kUnauthenticated},
      {v1::ERROR_REASON_CREDENTIAL_INVALID, absl::StatusCode::kUnauthenticated},
      {v1::ERROR_REASON_ROLE_REQUIRED, absl::StatusCode::kPermissionDenied},
      {v1::ERROR_REASON_AUTHENTICATION_UNAVAILABLE, absl::StatusCode::kUnavailable},
      {v1::ERROR_REASON_PRINCIPAL_LIMIT_EXCEEDED, absl::StatusCode::kResourceExhausted},
      {v1::ERROR_REASON_BUDGET_EXCEEDED, absl::StatusCode::kResourceExhausted},
      {v1::ERROR_REASON_PRICE_UNKNOWN, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_QUEUE_FULL, absl::StatusCode::kResourceExhausted},
      {v1::ERROR_REASON_DRAINING, absl::StatusCode::kUnavailable},
      {v1::ERROR_REASON_STORE_UNAVAILABLE, absl::StatusCode::kUnavailable},
      {v1::ERROR_REASON_JOB_TERMINAL, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_OUTPUT_NOT_AVAILABLE, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_PROVIDER_UNAVAILABLE, absl::StatusCode::kUnavailable},
      {v1::ERROR_REASON_RESULT_LOST, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_REVISION_IN_FUTURE, absl::StatusCode::kOutOfRange},
      {v1::ERROR_REASON_INTERNAL, absl::StatusCode::kInternal},
      {v1::ERROR_REASON_STREAM_LIMIT, absl::StatusCode::kResourceExhausted},
      {v1::ERROR_REASON_ATTEMPT_NOT_HELD, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_ATTEMPT_RESOLVED, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_PROVIDER_JOB_TAKEN, absl::StatusCode::kFailedPrecondition},
      {v1::ERROR_REASON_BACKUP_EXISTS, absl::StatusCode::kAlreadyExists},
      {v1::ERROR_REASON_BACKUP_RUNNING, absl::StatusCode::kFailedPrecondition},
  };
  for (int i = 0; i < reasons->value_count(); ++i) {
    const int number = reasons->value(i)->number();
    if (number == v1::ERROR_REASON_UNSPECIFIED) continue;
    ASSERT_TRUE(expected.contains(number)) << "no code stands here for " << reasons->value(i)->name();
    EXPECT_EQ(CodeOf(static_cast<v1::ErrorReason>(number)), expected.at(number)) << reasons->value(i)->name();
  }
}

TEST(ReasonName, LeavesThePrefixOut) {
  EXPECT_EQ(ReasonName(v1::ERROR_REASON_JOB_NOT_FOUND), "JOB_NOT_FOUND");
  EXPECT_EQ(ReasonName(v1::ERROR_REASON_INTERNAL), "INTERNAL");
}

TEST(MakeError, CarriesOneErrorInfo) {
  const absl::Status status = MakeError(v1::ERROR_REASON_MODEL_RETIRED, "gone", {{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "gone");
  EXPECT_EQ(CountPayloads(status), 1);
  const auto info = Read<rpc::ErrorInfo>(status, "ErrorInfo");
  EXPECT_EQ(info.reason(), "MODEL_RETIRED");
  EXPECT_EQ(info.domain(), "zoetrope");
  EXPECT_EQ(info.metadata().at("a"), "1");
  EXPECT_EQ(info.metadata().at("b"), "2");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MODEL_RETIRED);
}

TEST(MakeError, GivesEqualErrorsEqualBytes) {
  Metadata metadata;
  for (int i = 0; i < 20; ++i) metadata.emplace_back("key" + std::to_string(i), "v");
  const absl::Status first = MakeError(v1::ERROR_REASON_INTERNAL, "x", metadata);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(MakeError(v1::ERROR_REASON_INTERNAL, "x", metadata), first);
}

TEST(MakeFieldError, ListsTheViolations) {
  const std::vector<FieldViolation> violations = {{"generation.prompt", "is required"},
                                                  {"labels[\"X\"]", "bad key"}};
  const absl::Status status = MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "generation.prompt: is required; labels[\"X\"]: bad key");
  EXPECT_EQ(CountPayloads(status), 2);
  EXPECT_EQ(ViolationsOf(status), violations);
}

// A client of gRPC loses the whole error when the trailers pass 8 KiB.
TEST(MakeFieldError, FitsIntoTrailers) {
  std::vector<FieldViolation> violations;
  for (int i = 0; i < 500; ++i) {
    violations.push_back(
        {"generation.extras[" + std::to_string(i) + "].string_value", "must have at most 4096 characters"});
  }
  const absl::Status status = MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  EXPECT_GT(ViolationsOf(status).size(), 20u);
  EXPECT_EQ(ViolationsOf(status).front(), violations.front());
  EXPECT_THAT(std::string(status.message()), HasSubstr(" more"));
  std::size_t details = 0;
  status.ForEachPayload([&](auto url, auto& payload) { details += url.size() + payload.size() + 8; });
  EXPECT_LT(status.message().size() * 2 + details * 4 / 3, 6u * 1024);
  const absl::Status huge =
      MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{std::string(100'000, 'x'), "bad"}});
  EXPECT_THAT(ViolationsOf(huge), IsEmpty());
  EXPECT_LT(huge.message().size(), 100u);
}

TEST(WithQuotaViolation, AddsAQuotaFailure) {
  const absl::Status status =
      WithQuotaViolation(MakeError(v1::ERROR_REASON_BUDGET_EXCEEDED, "full"), "tenant:a", "10.00 USD a day");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_BUDGET_EXCEEDED);
  const auto failure = Read<rpc::QuotaFailure>(status, "QuotaFailure");
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).subject(), "tenant:a");
  EXPECT_EQ(failure.violations(0).description(), "10.00 USD a day");
}

TEST(WithRetryDelay, AddsARetryInfo) {
  const absl::Status status = WithRetryDelay(MakeError(v1::ERROR_REASON_QUEUE_FULL, "full"),
                                             absl::Seconds(2) + absl::Milliseconds(500));
  EXPECT_EQ(CountPayloads(status), 2);
  const auto info = Read<rpc::RetryInfo>(status, "RetryInfo");
  EXPECT_EQ(info.retry_delay().seconds(), 2);
  EXPECT_EQ(info.retry_delay().nanos(), 500'000'000);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_QUEUE_FULL);
}

TEST(JobNotFound, NamesTheResource) {
  const absl::Status status = JobNotFound("42");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOB_NOT_FOUND);
  const auto info = Read<rpc::ResourceInfo>(status, "ResourceInfo");
  EXPECT_EQ(info.resource_type(), "zoetrope.v1.Job");
  EXPECT_EQ(info.resource_name(), "42");
  EXPECT_EQ(Read<rpc::ErrorInfo>(status, "ErrorInfo").metadata().at("job_id"), "42");
}

TEST(ReasonOf, KnowsForeignErrors) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), v1::ERROR_REASON_UNSPECIFIED);
  absl::Status garbled = absl::InternalError("x");
  garbled.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\xff\xff"));
  garbled.SetPayload("type.googleapis.com/google.rpc.BadRequest", absl::Cord("\xff\xff"));
  EXPECT_EQ(ReasonOf(garbled), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_THAT(ViolationsOf(garbled), IsEmpty());
  absl::Status other = absl::InternalError("x");
  rpc::ErrorInfo info;
  info.set_reason("NOT_ONE_OF_OURS");
  other.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord(info.SerializeAsString()));
  EXPECT_EQ(ReasonOf(other), v1::ERROR_REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace zoetrope
