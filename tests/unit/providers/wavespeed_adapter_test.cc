// What no page shows, and no golden case can: the gateway's own fields.
#include "server/providers/wavespeed/wavespeed_adapter.h"

#include <gtest/gtest.h>

namespace zoetrope {
namespace {

absl::Status Build(const Offering& offering) {
  const WavespeedAdapter adapter({});
  const Generation generation;
  const std::map<std::string, MediaBytes> blobs;
  const std::map<std::string, std::string> preparations;
  const SubmitInput input{generation, offering,     "5f0c3a52-7d0e-4b6e-9a57-0d6f0f6f2a11",
                          blobs,      preparations, ""};
  return adapter.BuildSubmit(input, Secret("key")).status();
}

TEST(WavespeedAdapterTest, NoOfferingCanMakeASubmissionWait) {
  Offering offering;
  offering.provider_model_id = "openai/sora-2/image-to-video";
  EXPECT_TRUE(Build(offering).ok());
  for (const char* owned : {"enable_sync_mode", "enable_base64_output"}) {
    offering.constants = {{owned, "true"}};
    EXPECT_EQ(Build(offering).code(), absl::StatusCode::kFailedPrecondition) << owned;
    offering.constants = {{owned, "false"}};
    EXPECT_EQ(Build(offering).code(), absl::StatusCode::kFailedPrecondition) << owned;
  }
}

TEST(WavespeedAdapterTest, AModelIdThatIsNoPathIsADefect) {
  Offering offering;
  for (const char* id : {"", "openai//sora-2", "../predictions", "openai/sora-2/"}) {
    offering.provider_model_id = id;
    EXPECT_EQ(Build(offering).code(), absl::StatusCode::kFailedPrecondition) << id;
  }
}

}  // namespace
}  // namespace zoetrope
