// What the real server says to requests that it cannot serve, read as any gRPC client reads it: a code, one
// reason, and the fields.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using Stub = v1::VideoGeneration::Stub;

// As an operator would have it, not as the simulator likes it: private pictures and retired models are
// refused.
constexpr char kConfig[] = R"(
providers:
  - {name: runpod, base_url: "$SANDBOX/runpod/v2", api_key: {dummy: sandbox}, allow_plain_http: true, allow_private_hosts: true}
  - {name: fal, base_url: "$SANDBOX/fal/queue", api_key: {dummy: sandbox}, allow_plain_http: true, allow_private_hosts: true}
)";
constexpr char kModel[] = "wan-2.6";

class BadInputTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  v1::SubmitRequest Good() {
    v1::SubmitRequest request = world_.Request("a boat", "fal");
    request.mutable_generation()->set_model(kModel);
    return request;
  }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    return (world_.stub().*method)(&context, request, response);
  }
  grpc::Status Submit(const v1::SubmitRequest& request, v1::SubmitResponse* response) {
    return Call(&Stub::Submit, request, response);
  }

  // Refused with this code and reason, for this field alone, in words that hold `word`. No field: none is
  // named.
  void ExpectRefused(const grpc::Status& status, grpc::StatusCode code, const std::string& reason,
                     const std::string& field, const std::string& word) {
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    const WireError error = ReadError(status);
    EXPECT_EQ(error.reason, reason);
    EXPECT_EQ(error.violations.size(), field.empty() ? 0u : 1u);
    for (const auto& [path, description] : error.violations) {
      EXPECT_EQ(path, field) << description;
      EXPECT_NE(description.find(word), std::string::npos) << description;
    }
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = kConfig}};
};

struct BadField {
  std::string name;
  std::function<void(v1::Generation&)> spoil;
  std::string reason;
  std::string field;
  std::string word;  // that the description holds: what would do, or what is wrong
};

v1::Parameter& AddExtra(v1::Generation& generation, const std::string& name) {
  v1::Parameter& extra = *generation.add_extras();
  extra.set_name(name);
  return extra;
}

std::vector<BadField> BadFields() {
  const std::string invalid = "INVALID_FIELD";
  const std::string unsupported = "UNSUPPORTED_PARAMETER";
  const std::string url = "generation.first_frame.url";
  const std::string data = "generation.first_frame.data";
  const auto picture_at = [](const std::string& address) {
    return [address](v1::Generation& g) { g.mutable_first_frame()->set_url(address); };
  };
  const auto picture_of = [](const std::string& bytes) {
    return [bytes](v1::Generation& g) { g.mutable_first_frame()->set_data(bytes); };
  };
  const std::string png = "\x89PNG\r\n\x1a\n";
  return {
      {"empty prompt", [](auto& g) { g.set_prompt(""); }, invalid, "generation.prompt", "required"},
      {"long prompt", [](auto& g) { g.set_prompt(std::string(32'001, 'x')); }, invalid, "generation.prompt",
       "32000"},
      {"no model", [](auto& g) { g.set_model(""); }, invalid, "generation.model", "required"},
      {"duration out of range", [](auto& g) { g.mutable_duration()->set_seconds(61); }, invalid,
       "generation.duration", "60 s"},
      {"duration that none has", [](auto& g) { g.mutable_duration()->set_seconds(13); }, unsupported,
       "generation.duration", "5, 10, 15"},
      {"resolution", [](auto& g) { g.set_resolution("2160p"); }, unsupported, "generation.resolution",
       "720p"},
      {"aspect ratio", [](auto& g) { g.set_aspect_ratio("5:7"); }, unsupported, "generation.aspect_ratio",
       "auto"},
      {"unknown extra", [](auto& g) { AddExtra(g, "sparkle").set_bool_value(true); }, unsupported,
       "generation.extras[\"sparkle\"]", "multi_shots"},
      {"ill-typed extra", [](auto& g) { AddExtra(g, "multi_shots").set_string_value("yes"); }, unsupported,
       "generation.extras[\"multi_shots\"]", "bool_value"},
      {"file URL", picture_at("file:///etc/passwd"), invalid, url, "https"},
      {"plain http", picture_at("http://pictures.example.com/a.png"), invalid, url, "https"},
      {"private host", picture_at("https://127.0.0.1/a.png"), invalid, url, "private"},
      {"private network", picture_at("https://10.1.2.3/a.png"), invalid, url, "private"},
      {"local name", picture_at("https://localhost/a.png"), invalid, url, "private"},
      {"picture of another type", picture_of("GIF89a and so on"), invalid, data, "JPEG, PNG or WebP"},
      {"picture that is damaged", picture_of(png + "nothing that belongs here"), invalid, data, ""},
      {"picture that is too large", picture_of(png + std::string(8u << 20, 'x')), invalid, data, "8 MiB"},
      {"no picture", [](auto& g) { g.mutable_first_frame()->clear_source(); }, invalid,
       "generation.first_frame", "url or data"},
      {"seed", [](auto& g) { g.set_seed(-1); }, invalid, "generation.seed", "2147483647"},
  };
}

TEST_F(BadInputTest, EachBadFieldIsNamedWithWhatWouldDo) {
  for (const BadField& bad : BadFields()) {
    SCOPED_TRACE(bad.name);
    v1::SubmitRequest request = Good();
    bad.spoil(*request.mutable_generation());
    v1::SubmitResponse response;
    ExpectRefused(Submit(request, &response), grpc::StatusCode::INVALID_ARGUMENT, bad.reason, bad.field,
                  bad.word);
  }
  EXPECT_TRUE(world_.ServerIsHealthy());
  EXPECT_EQ(world_.Ledger()["attempts"].size(), 0u);
}

TEST_F(BadInputTest, AllViolationsComeAtOnce) {
  v1::SubmitRequest request = Good();
  request.mutable_generation()->set_prompt("");
  request.mutable_generation()->set_seed(-1);
  request.mutable_generation()->mutable_first_frame()->set_url("file:///etc/passwd");
  v1::SubmitResponse response;
  const WireError error = ReadError(Submit(request, &response));
  EXPECT_EQ(error.reason, "INVALID_FIELD");
  EXPECT_EQ(error.violations.size(), 3u);
}

// Some providers must know a picture's shape; of one that cannot be read nothing more is to be said.
TEST(DamagedPictureTest, IsTheOnlyViolation) {
  for (const char* provider : {"openai", "vtrix", "fal"}) {
    SCOPED_TRACE(provider);
    World world({.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith({{provider}})});
    ASSERT_TRUE(world.Start());
    v1::SubmitRequest request = world.Request("a boat", provider);
    request.mutable_generation()->clear_aspect_ratio();
    request.mutable_generation()->mutable_first_frame()->set_data("\x89PNG\r\n\x1a\nno picture");
    v1::SubmitResponse response;
    grpc::ClientContext context;
    const WireError error = ReadError(world.stub().Submit(&context, request, &response));
    EXPECT_EQ(error.reason, "INVALID_FIELD");
    EXPECT_EQ(error.violations.size(), 1u);
    EXPECT_TRUE(error.violations.contains("generation.first_frame.data"));
  }
}

TEST_F(BadInputTest, ModelsAndProvidersThatAreNotThere) {
  v1::SubmitResponse response;
  v1::SubmitRequest request = Good();
  request.mutable_generation()->set_model("wan-2.66");
  const grpc::Status unknown = Submit(request, &response);
  ExpectRefused(unknown, grpc::StatusCode::NOT_FOUND, "MODEL_NOT_FOUND", "", "");
  EXPECT_EQ(ReadError(unknown).metadata["suggestion"], kModel);

  request.mutable_generation()->set_model("sora-2");
  const grpc::Status retired = Submit(request, &response);
  ExpectRefused(retired, grpc::StatusCode::FAILED_PRECONDITION, "MODEL_RETIRED", "", "");
  EXPECT_EQ(ReadError(retired).metadata["replacement"], "seedance-2.0");

  request = Good();
  request.mutable_routing()->set_provider("elsewhere");
  ExpectRefused(Submit(request, &response), grpc::StatusCode::FAILED_PRECONDITION, "NO_PROVIDER", "", "");
}

TEST_F(BadInputTest, ARequestIdStandsForOneContent) {
  v1::SubmitRequest request = Good();
  request.set_request_id("once");
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(request, &response).ok());
  const std::string id = response.job().id();
  ASSERT_TRUE(Submit(request, &response).ok());
  EXPECT_EQ(response.job().id(), id);
  EXPECT_TRUE(response.duplicate());
  request.mutable_generation()->set_prompt("another boat");
  const grpc::Status reused = Submit(request, &response);
  ExpectRefused(reused, grpc::StatusCode::ALREADY_EXISTS, "REQUEST_ID_REUSED", "", "");
  EXPECT_EQ(ReadError(reused).metadata["job_id"], id);
  world_.AwaitEnd(id);
  EXPECT_EQ(world_.Ledger()["attempts"].size(), 1u);
}

TEST_F(BadInputTest, ACeilingBelowThePrice) {
  v1::SubmitRequest request = Good();
  request.mutable_max_cost()->set_currency_code("USD");
  request.mutable_max_cost()->set_nanos(1'000'000);
  v1::SubmitResponse response;
  const grpc::Status status = Submit(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const WireError error = ReadError(status);
  EXPECT_EQ(error.reason, "MAX_COST_EXCEEDED");
  EXPECT_TRUE(error.metadata.contains("price"));
  EXPECT_TRUE(error.metadata.contains("max_cost"));
}

TEST_F(BadInputTest, JobsAndPagesThatAreNotThere) {
  const std::string missing = "01890a5d-ac96-774b-bcce-b302099a8057";
  v1::GetJobRequest get;
  get.set_job_id(missing);
  v1::GetJobResponse got;
  ExpectRefused(Call(&Stub::GetJob, get, &got), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND", "", "");
  v1::CancelJobRequest cancel;
  cancel.set_job_id(missing);
  v1::CancelJobResponse cancelled;
  ExpectRefused(Call(&Stub::CancelJob, cancel, &cancelled), grpc::StatusCode::NOT_FOUND, "JOB_NOT_FOUND", "",
                "");
  v1::ListJobsRequest list;
  list.set_page_token("not one of ours");
  v1::ListJobsResponse listed;
  const grpc::Status page = Call(&Stub::ListJobs, list, &listed);
  EXPECT_EQ(page.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReadError(page).reason, "PAGE_TOKEN_INVALID");
}

// The library that reads messages complains of it at each call, and would do so in a form of its own.
TEST_F(BadInputTest, WhateverACallerSendsTheLogIsLinesOfJson) {
  grpc::GenericStub any(grpc::CreateChannel(world_.address(), grpc::InsecureChannelCredentials()));
  for (int i = 0; i < 100; ++i) {
    grpc::ClientContext context;
    const grpc::Slice bytes(std::string("\x0a\x02\xff\xfe", 4));
    const grpc::ByteBuffer request(&bytes, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> ended;
    any.UnaryCall(&context, "/zoetrope.v1.VideoGeneration/GetJob", {}, &request, &response,
                  [&ended](grpc::Status status) { ended.set_value(std::move(status)); });
    EXPECT_FALSE(ended.get_future().get().ok());
  }
  std::istringstream log(world_.WholeServerLog());
  int about_it = 0;
  for (std::string line; std::getline(log, line);) {
    if (line.empty() || line.find("listening on") != std::string::npos) continue;
    EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded()) << line;
    about_it += line.find("\"name\":\"protobuf\"") != std::string::npos;
  }
  EXPECT_GE(about_it, 1);
  EXPECT_LE(about_it, 50) << "most of a hundred are left out";
}

}  // namespace
}  // namespace zoetrope::testing
