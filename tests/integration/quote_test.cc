// A quote that is held to after the catalogue has changed and the server was started again, by the real
// programs.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

// One model of the simulator, which charges what it charges, whatever is written here.
std::string CatalogueAt(const std::string& price) {
  return absl::StrCat(R"(models:
  - id: moving-stills
    display_name: Moving Stills
    vendor: Ours
    lifecycle: {state: active}
    defaults: {duration: 2s, resolution: 540p, aspect_ratio: auto, audio: false}
    offerings:
      - id: moving-stills/image-to-video@runpod
        dialect: runpod
        provider_model_id: vidu-q3-i2v
        mode: image_to_video
        durations: {from: 2s, to: 4s}
        resolutions: [540p]
        aspect_ratios: [auto]
        audio: selectable
        bindings:
          prompt: {path: prompt}
          first_frame: {path: image}
          duration: {path: duration}
          resolution: {path: resolution}
          audio: {path: generate_audio}
        prices:
          - {unit: second, amount: ")",
                      price, R"(", source: "https://prices.example", as_of_date: "2026-08-20"}
)");
}

class QuoteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SetPrice("0.10");
    ASSERT_TRUE(world_.Start());
  }
  void SetPrice(const std::string& price) { std::ofstream(catalogue_) << CatalogueAt(price); }

  v1::SubmitRequest Request() const {
    v1::SubmitRequest request = world_.Request("a boat", "runpod");
    request.mutable_generation()->set_model("moving-stills");
    request.mutable_generation()->clear_duration();
    return request;
  }
  v1::Quotation Quote() {
    v1::GetCostRequest request;
    *request.mutable_quote()->mutable_generation() = Request().generation();
    const absl::StatusOr<v1::GetCostResponse> response = world_.client().GetCost(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->quotation() : v1::Quotation();
  }

  std::string Config() const {
    std::string config =
        absl::StrCat("quotes: {key: {dummy: 0123456789abcdef0123456789abcdef}}\n", ConfigWith({{"runpod"}}));
    return absl::StrReplaceAll(config,
                               {{"catalogue: {", absl::StrCat("catalogue: {file: ", catalogue_, ", ")}});
  }

  TempDir folder_;
  const std::string catalogue_ = folder_.File("catalogue.yaml");
  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .config = Config()}};
};

TEST_F(QuoteTest, HoldsAfterARestartUnderAnotherCatalogue) {
  const v1::Quotation quotation = Quote();
  ASSERT_FALSE(quotation.quote_id().empty());
  EXPECT_TRUE(quotation.has_expire_time());
  ASSERT_EQ(quotation.quotes_size(), 1);
  EXPECT_EQ(quotation.quotes(0).price().SerializeAsString(), MoneyOf(200'000'000).SerializeAsString());

  world_.StopServer();
  SetPrice("5.00");
  ASSERT_TRUE(world_.StartServer());
  EXPECT_EQ(Quote().quotes(0).price().units(), 10);

  v1::SubmitRequest request = Request();
  request.set_quote_id(quotation.quote_id());
  const v1::Job done = world_.AwaitEnd(world_.Submit(request).id());
  ASSERT_EQ(done.state(), v1::JOB_STATE_SUCCEEDED) << done.ShortDebugString();
  const v1::Cost& cost = done.cost();
  const std::int64_t billed = std::stoll(world_.Ledger()["totals"]["charged_nanos"].get<std::string>());
  ASSERT_GT(billed, 200'000'000);
  EXPECT_EQ(cost.quoted().SerializeAsString(), MoneyOf(200'000'000).SerializeAsString());
  EXPECT_EQ(done.max_cost().SerializeAsString(), MoneyOf(200'000'000).SerializeAsString());
  // What the provider has billed, and the part of it that is not the caller's.
  EXPECT_EQ(cost.settled().SerializeAsString(), MoneyOf(billed).SerializeAsString());
  EXPECT_EQ(cost.overrun().SerializeAsString(), MoneyOf(billed - 200'000'000).SerializeAsString());
}

}  // namespace
}  // namespace zoetrope::testing
