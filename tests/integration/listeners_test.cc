// What each listener of the real program serves, and what it does not.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "client/channel.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

class ListenersTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // How a call of the method ends, with a request that says nothing.
  static grpc::StatusCode Call(const std::string& address, const std::string& method) {
    grpc::GenericStub stub(client::MakeChannel(address));
    grpc::ClientContext context;
    context.set_deadline(gpr_time_from_seconds(20, GPR_TIMESPAN));
    grpc::CompletionQueue queue;
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, &status);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return status.error_code();
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
};

TEST_F(ListenersTest, OnlyTheOperatorsTellsOfConnections) {
  constexpr char kMethod[] = "/grpc.channelz.v1.Channelz/GetServers";
  EXPECT_EQ(Call(world_.admin_address(), kMethod), grpc::OK);
  EXPECT_EQ(Call(world_.address(), kMethod), grpc::UNIMPLEMENTED);
}

TEST_F(ListenersTest, NeitherServesTheOthersCalls) {
  EXPECT_EQ(Call(world_.address(), "/zoetrope.admin.v1.AdminService/ListBudgets"), grpc::UNIMPLEMENTED);
  EXPECT_EQ(Call(world_.admin_address(), "/zoetrope.admin.v1.AdminService/ListBudgets"), grpc::OK);
  EXPECT_EQ(Call(world_.admin_address(), "/zoetrope.v1.VideoGeneration/ListModels"), grpc::UNIMPLEMENTED);
  EXPECT_EQ(Call(world_.address(), "/zoetrope.v1.VideoGeneration/ListModels"), grpc::OK);
}

TEST_F(ListenersTest, BothTellHowTheyAre) {
  for (const std::string& address : {world_.address(), world_.admin_address()})
    EXPECT_EQ(Call(address, "/grpc.health.v1.Health/Check"), grpc::OK) << address;
}

}  // namespace
}  // namespace zoetrope::testing
