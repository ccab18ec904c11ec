// The real server while its disk takes nothing: new work is refused, what was accepted is kept, and all goes
// on when there is room again.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "client/admin_client.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kAccount[] = "fal";

class StoreFullTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  grpc::Status Submit(const std::string& request_id, v1::SubmitResponse* response = nullptr) {
    v1::SubmitRequest request = world_.Request(request_id, kAccount);
    request.set_request_id(request_id);
    grpc::ClientContext context;
    v1::SubmitResponse ignored;
    return world_.stub().Submit(&context, request, response == nullptr ? &ignored : response);
  }

  std::string StateThere(const std::string& prompt) {
    const nlohmann::json creations = world_.Ledger(prompt)["creations"];
    return creations.empty() ? "" : creations[0]["state"].get<std::string>();
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .run_ms = 1'000, .config = ""}};
};

TEST_F(StoreFullTest, NewWorkIsRefusedAndOldWorkIsKept) {
  const std::string old = world_.Submit(world_.Request("old", kAccount)).id();
  world_.Await(old, absl::Seconds(30), [](const v1::Job& job) {
    return job.attempts_size() > 0 && job.attempts(0).state() == v1::ATTEMPT_STATE_ACKED;
  });
  world_.FillDisk();
  for (int i = 0; i < 5; ++i) {
    const grpc::Status refused = Submit("new");
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE) << refused.error_message();
    EXPECT_EQ(ReadError(refused).reason, "STORE_UNAVAILABLE");
  }
  // Its log stands on the same disk, and is silent too.
  client::AdminClient admin(client::MakeChannel(world_.admin_address()));
  const auto diagnosed = admin.Diagnose();
  ASSERT_TRUE(diagnosed.ok()) << diagnosed.status();
  EXPECT_THAT(diagnosed->ShortDebugString(), HasSubstr("its folder takes nothing"));
  // The provider finishes, and the server cannot write it down.
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return StateThere("old") == "COMPLETED"; }));
  const auto meanwhile = world_.client().Get(old);
  ASSERT_TRUE(meanwhile.ok()) << meanwhile.status();
  EXPECT_EQ(meanwhile->state(), v1::JOB_STATE_RUNNING);
  EXPECT_TRUE(world_.ServerIsHealthy()) << "it still answers, and knows its jobs";

  world_.EmptyDisk();
  v1::SubmitResponse made;
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return Submit("new", &made).ok(); }));
  EXPECT_EQ(world_.AwaitEnd(old).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(world_.AwaitEnd(made.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(world_.Ledger()["creations"].size(), 2u);
  EXPECT_EQ(world_.Ledger()["attempts"].size(), 2u);

  // The file has taken no harm: it is read through after a kill.
  world_.KillServer();
  ASSERT_TRUE(world_.StartServer());
  EXPECT_EQ(world_.AwaitEnd(old).state(), v1::JOB_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace zoetrope::testing
