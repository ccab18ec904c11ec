#include "server/catalogue/model_lookup.h"

#include <gtest/gtest.h>

#include "server/base/error.h"

namespace zoetrope {
namespace {

Catalogue Small() {
  Model sora;
  sora.id = "sora-2";
  sora.aliases = {"openai/sora-2"};
  Model seedance;
  seedance.id = "seedance-1.5-pro";
  return Catalogue({sora, seedance});
}

TEST(LookUpModel, FindsByIdAndAlias) {
  const Catalogue catalogue = Small();
  EXPECT_EQ((*LookUpModel(catalogue, "sora-2"))->id, "sora-2");
  EXPECT_EQ((*LookUpModel(catalogue, "openai/sora-2"))->id, "sora-2");
}

TEST(LookUpModel, SuggestsWhatIsClose) {
  const Catalogue catalogue = Small();
  EXPECT_EQ(SuggestModel(catalogue, "sora2"), "sora-2");
  EXPECT_EQ(SuggestModel(catalogue, "SORA-2"), "sora-2");
  EXPECT_EQ(SuggestModel(catalogue, "openai/sora2"), "sora-2");
  EXPECT_EQ(SuggestModel(catalogue, "seedance-pro"), "seedance-1.5-pro");
  EXPECT_EQ(SuggestModel(catalogue, "kling-3.0"), "");
  EXPECT_EQ(SuggestModel(catalogue, ""), "");
  EXPECT_EQ(SuggestModel(catalogue, std::string(1'000'000, 'x')), "");
}

TEST(LookUpModel, SaysNotFoundWithTheSuggestion) {
  const Catalogue catalogue = Small();
  const absl::Status close = LookUpModel(catalogue, "sora-3").status();
  EXPECT_EQ(close.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(close), v1::ERROR_REASON_MODEL_NOT_FOUND);
  EXPECT_NE(close.message().find("sora-2"), std::string::npos);
  const absl::Status far = LookUpModel(catalogue, "nothing like it").status();
  EXPECT_EQ(ReasonOf(far), v1::ERROR_REASON_MODEL_NOT_FOUND);
  EXPECT_EQ(far.message().find("did you mean"), std::string::npos);
}

}  // namespace
}  // namespace zoetrope
