// Traces by the real programs: what a collector gets, and what callers, errors and the log say.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/loopback_http_server.h"
#include "tests/support/span_collector.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kCallersSpan[] = "00f067aa0ba902b7";
constexpr char kCollectorKey[] = "collector-key-7319";

std::string Traceparent(const std::string& flags = "01") {
  return absl::StrCat("00-", kTraceId, "-", kCallersSpan, "-", flags);
}

class TracingTest : public ::testing::Test {
 protected:
  std::string Config(const std::string& endpoint) {
    const std::string key_file = folder_.File("key");
    std::ofstream(key_file) << kCollectorKey;
    return absl::StrCat("tracing:\n  endpoint: ", endpoint,
                        "\n  headers:\n    - {name: X-Api-Key, value: {file: ", key_file, "}}\n",
                        ConfigWith({{"runpod"}, {"fal"}}));
  }

  // Submits within the trace of a caller; keeps what the answer said of it.
  grpc::Status Submit(World& world, const v1::SubmitRequest& request, v1::SubmitResponse* response,
                      const std::string& traceparent = Traceparent()) {
    grpc::ClientContext context;
    if (!traceparent.empty()) context.AddMetadata("traceparent", traceparent);
    const grpc::Status status = world.stub().Submit(&context, request, response);
    const auto& metadata = context.GetServerInitialMetadata();
    const auto found = metadata.find("traceresponse");
    traceresponse_ = found == metadata.end() ? "" : std::string(found->second.data(), found->second.size());
    return status;
  }

  TempDir folder_;
  SpanCollector collector_{std::string("X-Api-Key: ") + kCollectorKey};
  std::string traceresponse_;
};

TEST_F(TracingTest, AJobIsOneTraceFromTheCallToTheProvider) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response).ok());
  ASSERT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
  const CollectedSpan call = collector_.AwaitOne("zoetrope.v1.VideoGeneration/Submit");
  EXPECT_EQ(call.trace, kTraceId);
  EXPECT_EQ(call.parent, kCallersSpan);
  EXPECT_EQ(traceresponse_, absl::StrCat("00-", kTraceId, "-", call.id, "-01"));
  EXPECT_EQ(call.attributes.at("rpc.grpc.status_code"), "0");
  const CollectedSpan job = collector_.AwaitOne("job");
  EXPECT_EQ(job.trace, kTraceId);
  EXPECT_EQ(job.parent, call.id);
  EXPECT_EQ(job.attributes.at("zoetrope.job.id"), response.job().id());
  EXPECT_EQ(job.attributes.at("zoetrope.outcome"), "succeeded");
  const CollectedSpan attempt = collector_.AwaitOne("attempt");
  EXPECT_EQ(attempt.trace, kTraceId);
  EXPECT_EQ(attempt.parent, job.id);
  EXPECT_EQ(attempt.attributes.at("zoetrope.provider"), "fal");
  EXPECT_GE(attempt.start, job.start);
  EXPECT_LE(attempt.end, job.end);
  const CollectedSpan submission = collector_.AwaitOne("provider submit");
  EXPECT_EQ(submission.parent, attempt.id);
  EXPECT_EQ(submission.attributes.at("http.response.status_code"), "200");
  EXPECT_FALSE(collector_.Named("provider poll").empty());
  for (const CollectedSpan& span : collector_.Named("provider poll")) EXPECT_EQ(span.parent, attempt.id);
  for (const CollectedSpan& span : collector_.spans()) {
    EXPECT_LE(span.start, span.end) << span.name;
    for (const auto& [name, value] : span.attributes) EXPECT_THAT(value, Not(HasSubstr("a boat"))) << name;
  }
  EXPECT_EQ(collector_.services(), (std::set<std::string>{"zoetrope"}));
  EXPECT_THAT(world.ServerLog(), Not(HasSubstr(kCollectorKey)));
}

TEST_F(TracingTest, AJobThatWasInterruptedIsStillOneTrace) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .run_ms = 3000, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response).ok());
  world.Await(response.job().id(), absl::Seconds(20), [](const v1::Job& job) {
    return job.attempts_size() == 1 && job.attempts(0).state() == v1::ATTEMPT_STATE_ACKED;
  });
  world.KillServer();
  ASSERT_TRUE(world.StartServer());
  ASSERT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
  const CollectedSpan job = collector_.AwaitOne("job");
  EXPECT_EQ(job.trace, kTraceId);
  EXPECT_EQ(absl::StrCat("00-", kTraceId, "-", job.parent, "-01"), traceresponse_)
      << "its parent is the call before the end of the first server";
  EXPECT_GT(job.end - job.start, std::int64_t{2'000'000'000}) << "from its acceptance on";
  EXPECT_EQ(collector_.AwaitOne("attempt").parent, job.id);
}

TEST_F(TracingTest, AFailureIsSeenInEachOfItsSpans) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  const std::string prompt = absl::StrCat("a boat", Markers({"fail"}));
  ASSERT_TRUE(Submit(world, world.Request(prompt, "fal"), &response).ok());
  ASSERT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_FAILED);
  for (const char* name : {"job", "attempt"}) {
    const CollectedSpan span = collector_.AwaitOne(name);
    EXPECT_TRUE(span.failed) << name;
    EXPECT_NE(span.attributes.at("error.type"), "") << name;
  }
  EXPECT_FALSE(collector_.AwaitOne("zoetrope.v1.VideoGeneration/Submit").failed) << "the job was accepted";
}

TEST_F(TracingTest, AnErrorNamesItsTrace) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  const grpc::Status status = Submit(world, {}, &response);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(ReadError(status).metadata.at("trace_id"), kTraceId);
  const CollectedSpan call = collector_.AwaitOne("zoetrope.v1.VideoGeneration/Submit");
  EXPECT_EQ(call.attributes.at("rpc.grpc.status_code"), "3");
  EXPECT_FALSE(call.failed) << "it was the caller's fault, which is none of the server's";
}

TEST_F(TracingTest, TwoTracesAreNone) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  grpc::ClientContext context;
  for (const char* flags : {"00", "01"}) context.AddMetadata("traceparent", Traceparent(flags));
  v1::SubmitResponse response;
  EXPECT_FALSE(world.stub().Submit(&context, {}, &response).ok());
  EXPECT_NE(collector_.AwaitOne("zoetrope.v1.VideoGeneration/Submit").trace, kTraceId);
}

TEST_F(TracingTest, WhatItsCallerDoesNotCollectIsNotCollectedHere) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response, Traceparent("00")).ok());
  ASSERT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
  v1::SubmitResponse collected;
  ASSERT_TRUE(Submit(world, world.Request("a ship", "fal"), &collected, "").ok());
  const std::string own_trace = traceresponse_.substr(3, 32);
  EXPECT_NE(own_trace, kTraceId);
  world.AwaitEnd(collected.job().id());
  EXPECT_EQ(collector_.AwaitOne("job").trace, own_trace);
  for (const CollectedSpan& span : collector_.spans()) EXPECT_NE(span.trace, kTraceId) << span.name;
}

TEST_F(TracingTest, WhatWaitsIsSentBeforeTheServerEnds) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(collector_.url())});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response).ok());
  world.StopServer();
  EXPECT_EQ(collector_.Named("zoetrope.v1.VideoGeneration/Submit").size(), 1u);
}

TEST_F(TracingTest, ACollectorThatIsAwayOrSilentIsNobodysConcern) {
  // Takes connections and never answers.
  LoopbackHttpServer silent([](LoopbackPeer& peer) { peer.WaitForEnd(); });
  for (const std::string& endpoint :
       {silent.Url("/v1/traces"), std::string("http://127.0.0.1:1/v1/traces")}) {
    World world({.bin_dir = ZOETROPE_BIN_DIR, .config = Config(endpoint)});
    ASSERT_TRUE(world.Start());
    v1::SubmitResponse response;
    ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response).ok());
    EXPECT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
    world.StopServer();
  }
}

TEST_F(TracingTest, WithoutACollectorErrorsAndTheLogStillNameTheCallersTrace) {
  World world({.bin_dir = ZOETROPE_BIN_DIR, .config = ConfigWith({{"fal"}})});
  ASSERT_TRUE(world.Start());
  v1::SubmitResponse response;
  ASSERT_TRUE(Submit(world, world.Request("a boat", "fal"), &response).ok());
  EXPECT_EQ(traceresponse_, "") << "no span is made here";
  ASSERT_EQ(world.AwaitEnd(response.job().id()).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(Eventually(absl::Seconds(10), [&] {
    const std::string log = world.ServerLog();
    const std::size_t line = log.find(response.job().id());
    return line != std::string::npos && absl::StrContains(log.substr(line), kTraceId);
  })) << world.ServerLog();
  EXPECT_EQ(ReadError(Submit(world, {}, &response)).metadata.at("trace_id"), kTraceId);
  EXPECT_FALSE(ReadError(Submit(world, {}, &response, "nonsense")).metadata.contains("trace_id"));
  EXPECT_EQ(collector_.posts(), 0);
}

}  // namespace
}  // namespace zoetrope::testing
