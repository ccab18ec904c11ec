#ifndef ZOETROPE_CLIENT_MOCK_VIDEO_CLIENT_H_
#define ZOETROPE_CLIENT_MOCK_VIDEO_CLIENT_H_

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "client/video_client_interface.h"

namespace zoetrope::client {

// For the tests of programs that take a VideoClientInterface. Needs GoogleMock, which the library itself does
// not.
class MockVideoClient : public VideoClientInterface {
 public:
  MOCK_METHOD(absl::StatusOr<v1::SubmitResponse>, Submit, (v1::SubmitRequest, const CallOptions&),
              (override));
  MOCK_METHOD(std::unique_ptr<JobWatch>, Watch, (const WatchOptions&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::Job>, Get, (const std::string&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListJobsResponse>, List, (const v1::ListJobsRequest&, const CallOptions&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::Job>, Cancel, (const std::string&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::GetCostResponse>, GetCost, (const v1::GetCostRequest&, const CallOptions&),
              (override));
  MOCK_METHOD(absl::StatusOr<v1::GetSpendResponse>, GetSpend,
              (const v1::GetSpendRequest&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<v1::ListModelsResponse>, ListModels,
              (const v1::ListModelsRequest&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<DownloadResult>, Download,
              (const v1::DownloadVideoRequest&, DownloadSink&, const CallOptions&), (override));
  MOCK_METHOD(absl::StatusOr<HealthState>, Health, (const std::string&, const CallOptions&), (override));
};

// A watch of a MockVideoClient.
class MockJobWatch : public JobWatch {
 public:
  MOCK_METHOD(absl::StatusOr<std::optional<v1::WatchJobResponse>>, Next, (), (override));
  MOCK_METHOD(std::optional<int64_t>, last_revision, (), (const, override));
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_MOCK_VIDEO_CLIENT_H_
