// A new model at a known dialect is data: the programs make a video with one that no line of code knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

// The simulator's endpoint is real; the model's name, its defaults and its price are not in the shipped
// catalogue.
constexpr char kCatalogue[] = R"(templates:
  mine:
    dialect: runpod
    audio: selectable
    bindings:
      prompt: {path: prompt}
      first_frame: {path: image}
      duration: {path: duration}
      resolution: {path: resolution}
      audio: {path: generate_audio}
models:
  - id: moving-stills
    display_name: Moving Stills
    vendor: Ours
    lifecycle: {state: active}
    defaults: {duration: 3s, resolution: 540p, aspect_ratio: auto, audio: false}
    offerings:
      - id: moving-stills/image-to-video@runpod
        template: mine
        provider_model_id: vidu-q3-i2v
        mode: image_to_video
        durations: {from: 2s, to: 4s}
        resolutions: [540p, 720p]
        aspect_ratios: [auto]
        rules:
          - when: {resolution: [720p]}
            only: {duration: [2s]}
        prices:
          - {unit: second, amount: "0.15", source: "https://docs.runpod.io/public-endpoints/models/vidu-q3-i2v", as_of_date: "2026-08-20"}
)";

constexpr char kConfig[] = R"(metrics_listen: 127.0.0.1:0
providers:
  - name: runpod
    base_url: "$SANDBOX/runpod/v2"
    api_key: {dummy: sandbox}
    allow_plain_http: true
    allow_private_hosts: true
    poll: {first_after: 100ms, interval_max: 200ms}
catalogue: {file: "$FILE"}
)";

class NewOfferingTest : public ::testing::Test {
 protected:
  NewOfferingTest() {
    const std::string file = folder_.File("catalogue.yaml");
    std::ofstream(file) << kCatalogue;
    std::string config = kConfig;
    config.replace(config.find("$FILE"), 5, file);
    world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .config = config});
  }

  TempDir folder_;
  std::optional<World> world_;
};

TEST_F(NewOfferingTest, MakesAVideoFromAFileAlone) {
  ASSERT_TRUE(world_->Start());
  v1::SubmitRequest request = world_->Request("a boat made of data", "runpod");
  request.mutable_generation()->set_model("moving-stills");
  const v1::Job job = world_->AwaitEnd(world_->Submit(request).id());
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
  ASSERT_EQ(job.attempts_size(), 1);
  EXPECT_EQ(job.attempts(0).offering(), "moving-stills/image-to-video@runpod");
  EXPECT_EQ(job.cost().quoted().nanos(), 450'000'000);
  const nlohmann::json ledger = world_->Ledger("a boat made of data");
  EXPECT_EQ(ledger["creations"].size(), 1u);

  request.mutable_generation()->set_resolution("720p");
  v1::SubmitResponse response;
  grpc::ClientContext context;
  const WireError error = ReadError(world_->stub().Submit(&context, request, &response));
  EXPECT_EQ(error.reason, "UNSUPPORTED_PARAMETER");
  EXPECT_EQ(error.violations.at("generation.duration"),
            "must be one of 2 seconds with resolution among 720p");
}

}  // namespace
}  // namespace zoetrope::testing
