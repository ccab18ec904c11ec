// What a job is told when one provider refuses and the next one serves, with the real programs; and that what
// its caller left open means the same wherever it is made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/png_picture.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<TestAccount> OneOfEach() {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) accounts.push_back({provider});
  return accounts;
}

struct Clip {
  double seconds = 0;
  int width = 0;
  int height = 0;
};

std::uint32_t NumberAt(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4 && i < bytes.size(); ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

// Length and size as the boxes `mvhd` and `tkhd` (ISO/IEC 14496-12, version 0) of an MP4 say.
Clip ReadClip(const std::string& mp4) {
  const std::size_t movie = mp4.find("mvhd");
  const std::size_t track = mp4.find("tkhd");
  if (movie == std::string::npos || track == std::string::npos) return {};
  return {static_cast<double>(NumberAt(mp4, movie + 20)) / NumberAt(mp4, movie + 16),
          static_cast<int>(NumberAt(mp4, track + 80) >> 16),
          static_cast<int>(NumberAt(mp4, track + 84) >> 16)};
}

class Memory : public client::DownloadSink {
 public:
  absl::Status Begin(const v1::DownloadHeader&) override {
    bytes.clear();
    return absl::OkStatus();
  }
  absl::Status Write(std::string_view more) override {
    bytes.append(more);
    return absl::OkStatus();
  }

  std::string bytes;
};

class FailoverTest : public ::testing::Test {
 protected:
  void Start(bool render = false, const std::vector<TestAccount>& accounts = OneOfEach()) {
    world_.emplace(
        WorldOptions{.bin_dir = ZOETROPE_BIN_DIR, .render = render, .config = ConfigWith(accounts)});
    ASSERT_TRUE(world_->Start());
  }

  // Nothing but model, prompt and picture.
  v1::SubmitRequest Plain(const std::string& prompt, const std::vector<std::string>& providers) {
    v1::SubmitRequest request;
    request.mutable_generation()->set_model(kEveryonesModel);
    request.mutable_generation()->set_prompt(prompt);
    request.mutable_generation()->mutable_first_frame()->set_data(WhitePicture());
    for (const std::string& provider : providers) request.mutable_routing()->add_allowed_providers(provider);
    return request;
  }

  v1::Job Run(const v1::SubmitRequest& request) {
    return world_->AwaitEnd(world_->Submit(request).id(), absl::Seconds(60));
  }

  // What was made, not only what was asked for: the simulator draws what each provider was told.
  Clip Watch(const std::string& id) {
    v1::DownloadVideoRequest wanted;
    wanted.set_job_id(id);
    Memory video;
    const auto downloaded = world_->client().Download(wanted, video);
    EXPECT_TRUE(downloaded.ok()) << downloaded.status();
    return downloaded.ok() ? ReadClip(video.bytes) : Clip{};
  }

  std::int64_t Charged() {
    return std::stoll(world_->Ledger()["totals"]["charged_nanos"].get<std::string>());
  }

  std::optional<World> world_;
};

// Provider, state and reason of an attempt.
std::string Tell(const v1::Attempt& attempt) {
  return absl::StrCat(attempt.provider(), " ", v1::AttemptState_Name(attempt.state()).substr(14), " ",
                      v1::FailureReason_Name(attempt.failure().reason()).substr(15));
}

std::vector<std::string> Tell(const v1::Job& job) {
  std::vector<std::string> told;
  for (const v1::Attempt& attempt : job.attempts()) told.push_back(Tell(attempt));
  return told;
}

// The one without a published price comes last.
TEST_F(FailoverTest, AJobGoesOnUntilAProviderTakesIt) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const std::string faults =
      Markers({"runpod/model-gone", "fal/no-credit", "runware/status:401", "openai/status:402"});
  const v1::Job job = Run(Plain("a boat" + faults, {"runpod", "fal", "runware", "openai", "vtrix"}));
  ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
  EXPECT_FALSE(job.has_failure());
  EXPECT_EQ(job.outputs_size(), 1);

  EXPECT_THAT(Tell(job), UnorderedElementsAre(
                             "runpod REFUSED MODEL_UNAVAILABLE", "fal REFUSED PROVIDER_BALANCE_EXHAUSTED",
                             "runware REFUSED PROVIDER_AUTH_FAILED",
                             "openai REFUSED PROVIDER_BALANCE_EXHAUSTED", "vtrix SUCCEEDED UNSPECIFIED"));
  ASSERT_EQ(job.attempts_size(), 5);
  EXPECT_EQ(job.attempts(4).provider(), "vtrix");
  std::map<std::string, v1::Attempt> by_provider;
  for (const v1::Attempt& attempt : job.attempts()) by_provider[attempt.provider()] = attempt;
  EXPECT_EQ(by_provider["fal"].http_status(), 403);
  EXPECT_THAT(by_provider["fal"].failure().message(), ::testing::HasSubstr("Exhausted balance"));
  EXPECT_EQ(by_provider["runware"].failure().provider_code(), "invalidApiKey");
  EXPECT_EQ(by_provider["runware"].failure().provider(), "runware");

  // One charge, of the one that made it; the others have cost nothing.
  EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  EXPECT_GT(Charged(), 0);
  EXPECT_EQ(job.cost().settled().ShortDebugString(), MoneyOf(Charged()).ShortDebugString());
  EXPECT_EQ(job.cost().reserved().units() + job.cost().reserved().nanos(), 0);
  for (const v1::AttemptCost& cost : job.cost().attempts()) {
    EXPECT_EQ(cost.settlement(), v1::SETTLEMENT_STATE_SETTLED) << cost.provider();
    EXPECT_EQ(cost.settled().ShortDebugString(),
              MoneyOf(cost.provider() == "vtrix" ? Charged() : 0).ShortDebugString());
  }
  const nlohmann::json ledger = world_->Ledger();
  EXPECT_EQ(ledger["attempts"].size(), 5u);
  EXPECT_EQ(ledger["creations"].size(), 1u);
}

TEST_F(FailoverTest, AJobLeavesAProviderThatIsDead) {
  // Nothing listens on port 1.
  ASSERT_NO_FATAL_FAILURE(Start(false, {{"fal-dead", "sandbox", "http://127.0.0.1:1/fal/queue"}, {"vtrix"}}));
  const v1::Job job = Run(Plain("a boat", {"fal-dead", "vtrix"}));
  EXPECT_THAT(Tell(job), ElementsAre("fal-dead REFUSED PROVIDER_ERROR", "vtrix SUCCEEDED UNSPECIFIED"));
  EXPECT_EQ(job.attempts(0).failure().message(), "the provider cannot be reached; nothing was sent");
  EXPECT_GT(Charged(), 0);
  EXPECT_EQ(job.cost().settled().ShortDebugString(), MoneyOf(Charged()).ShortDebugString());
  EXPECT_EQ(world_->Ledger()["creations"].size(), 1u);
}

TEST_F(FailoverTest, AVideoThatFailedAndCostNothingIsMadeElsewhereOnRequest) {
  ASSERT_NO_FATAL_FAILURE(Start());
  v1::SubmitRequest request = Plain("a boat" + Markers({"fal/fail"}), {"fal", "vtrix"});
  request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_AFTER_FAILED);
  const v1::Job job = Run(request);
  EXPECT_THAT(Tell(job), ElementsAre("fal FAILED PROVIDER_ERROR", "vtrix SUCCEEDED UNSPECIFIED"));
  EXPECT_EQ(job.attempts(0).failure().provider_code(), "downstream_service_error");
  EXPECT_EQ(job.cost().settled().ShortDebugString(), MoneyOf(Charged()).ShortDebugString());
  EXPECT_EQ(world_->Ledger()["totals"]["by_state"], nlohmann::json({{"COMPLETED", 1}, {"FAILED", 1}}));
}

TEST_F(FailoverTest, AJobThatNobodyTakesTellsWhatTheLastOneSaid) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const v1::Job job = Run(Plain("a boat" + Markers({"fal/no-credit", "vtrix/model-gone"}), {"fal", "vtrix"}));
  EXPECT_EQ(job.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(Tell(job),
              ElementsAre("fal REFUSED PROVIDER_BALANCE_EXHAUSTED", "vtrix REFUSED MODEL_UNAVAILABLE"));
  EXPECT_EQ(job.failure().reason(), v1::FAILURE_REASON_NO_OFFERING_LEFT);
  EXPECT_EQ(job.failure().provider(), "vtrix");
  EXPECT_EQ(job.failure().message(), "model sora_2_i2v not found");
  EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
  EXPECT_EQ(job.cost().settled().ShortDebugString(), MoneyOf(0).ShortDebugString());
}

TEST_F(FailoverTest, WhatMustNotGoElsewhereDoesNot) {
  ASSERT_NO_FATAL_FAILURE(Start());
  const v1::Job moderated = Run(Plain("a boat" + Markers({"runware/reject:content"}), {"runware", "vtrix"}));
  EXPECT_THAT(Tell(moderated), ElementsAre("runware REFUSED CONTENT_REJECTED"));
  EXPECT_EQ(moderated.state(), v1::JOB_STATE_FAILED);
  const v1::Job invalid = Run(Plain("a boat" + Markers({"runware/status:422"}), {"runware", "vtrix"}));
  EXPECT_THAT(Tell(invalid), ElementsAre("runware REFUSED VALIDATION_REJECTED"));
  const v1::Job unknown = Run(Plain("a boat" + Markers({"runpod/lost-reply"}), {"runpod", "vtrix"}));
  EXPECT_THAT(Tell(unknown), ElementsAre("runpod HELD OUTCOME_UNKNOWN"));
  EXPECT_EQ(unknown.state(), v1::JOB_STATE_HELD);
  v1::SubmitRequest request = Plain("a boat" + Markers({"runware/no-credit"}), {"runware", "vtrix"});
  request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
  EXPECT_THAT(Tell(Run(request)), ElementsAre("runware REFUSED PROVIDER_BALANCE_EXHAUSTED"));
  EXPECT_EQ(world_->Ledger()["posts"]["vtrix"], 0);
}

// --- What is left open ---

// The generation without what differs by itself: how its picture came, and the prompt.
v1::Generation Effective(const v1::Job& job) {
  v1::Generation generation = job.generation();
  generation.clear_first_frame();
  generation.clear_prompt();
  return generation;
}

TEST_F(FailoverTest, WhatIsLeftOpenMeansTheSameEverywhere) {
  ASSERT_NO_FATAL_FAILURE(Start(/*render=*/true));
  std::map<std::string, std::string> ids;
  for (const std::string provider : kProviders)
    ids[provider] = world_->Submit(Plain("a boat at " + provider, {provider})).id();
  // This one goes on from a provider that refuses.
  ids["failover"] = world_->Submit(Plain("a boat" + Markers({"fal/no-credit"}), {"fal", "vtrix"})).id();

  v1::Generation want;
  want.set_model(kEveryonesModel);
  want.mutable_duration()->set_seconds(4);
  want.set_resolution("720p");
  want.set_aspect_ratio("auto");
  want.set_audio(true);
  want.set_count(1);
  for (const auto& [name, id] : ids) {
    SCOPED_TRACE(name);
    const v1::Job job = world_->AwaitEnd(id, absl::Seconds(60));
    ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
    EXPECT_EQ(job.attempts_size(), name == "failover" ? 2 : 1);
    EXPECT_EQ(Effective(job).ShortDebugString(), want.ShortDebugString());
    const Clip clip = Watch(id);
    EXPECT_NEAR(clip.seconds, 4, 0.1);
    EXPECT_EQ(clip.width, kWidth);
    EXPECT_EQ(clip.height, kHeight);
  }
}

// A provider that makes one shape of every picture must not serve where the picture's own is left open.
TEST_F(FailoverTest, APictureGivesTheSameShapeAtEveryProviderOfAModel) {
  ASSERT_NO_FATAL_FAILURE(Start(/*render=*/true));
  const auto models = world_->client().ListModels({});
  ASSERT_TRUE(models.ok()) << models.status();
  std::map<std::string, std::map<std::string, std::string>> ids;  // by model, by provider
  for (const v1::Model& model : models->models()) {
    for (const char* provider : kProviders) {
      v1::SubmitRequest request = Plain("a boat", {provider});
      request.mutable_generation()->set_model(model.id());
      request.mutable_generation()->mutable_first_frame()->set_data(WhitePicture(720, 1280));
      if (const auto submitted = world_->client().Submit(request); submitted.ok())
        ids[model.id()][provider] = submitted->job().id();
    }
  }
  int compared = 0;
  for (const auto& [model, by_provider] : ids) {
    std::optional<bool> upright;
    for (const auto& [provider, id] : by_provider) {
      SCOPED_TRACE(model + " at " + provider);
      const v1::Job job = world_->AwaitEnd(id, absl::Seconds(60));
      ASSERT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.ShortDebugString();
      const Clip clip = Watch(id);
      compared += upright.has_value();
      EXPECT_EQ(clip.height > clip.width, upright.value_or(clip.height > clip.width))
          << clip.width << "x" << clip.height;
      upright = clip.height > clip.width;
    }
  }
  std::cout << compared << " videos had the shape of another provider's\n";
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace zoetrope::testing
