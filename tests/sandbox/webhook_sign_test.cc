#include "tests/sandbox/webhook_sign.h"

#include <gtest/gtest.h>

#include "tests/sandbox/picture.h"

namespace zoetrope::sandbox {
namespace {

// The first key of RFC 8032, section 7.1; the signature was computed apart from this code.
TEST(FalSignature, SignsTheFourLines) {
  const std::string seed = *DecodeBase64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=");
  EXPECT_EQ(FalPublicKey(seed), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(FalSignature(seed, "req-0001", "user_0001", 1790000000,
                         R"({"request_id":"req-0001","gateway_request_id":"req-0001","status":"OK",)"
                         R"("payload":{"video":{"url":"https://cdn.example/v.mp4"}}})"),
            "cf8badc11427fcd48400370c1300e79b0402f9bfa67992cefd088165c21daae6"
            "499e85b8ca14e06f1449391d340fff2326d2ab649a60992b47d8d6755e5a1b05");
}

TEST(FalSignature, RefusesWhatIsNoKey) {
  EXPECT_EQ(FalSignature("short", "r", "u", 1, "b"), "");
  EXPECT_EQ(FalPublicKey("short"), "");
  EXPECT_EQ(FalPublicKey(FalSandboxSeed()).size(), 43u);
}

TEST(WavespeedSignature, TakesTheSecretAsItStands) {
  const std::string body =
      R"({"id":"0f1e2d3c4b5a69788796a5b4c3d2e1f0","status":"completed","outputs":["https://cdn.example/v.mp4"],"error":""})";
  EXPECT_EQ(WavespeedSignature("whsec_emulatorSecret0001", "wh_0001", 1790000000, body),
            "v3,067b5c59a7f236e7e734081b3bf0e0c37e04eadacac77ed34ca8fa44f4d4a77d");
  EXPECT_NE(WavespeedSignature("whsec_emulatorSecret0002", "wh_0001", 1790000000, body),
            WavespeedSignature("whsec_emulatorSecret0001", "wh_0001", 1790000000, body));
}

TEST(OpenaiSignature, DecodesTheSecret) {
  const std::string body =
      R"({"id":"evt_0001","object":"event","created_at":1790000000,"type":"video.completed","data":{"id":"video_0001"}})";
  const std::string secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  const std::string signature = OpenaiSignature(secret, "wh_0001", 1790000000, body);
  EXPECT_EQ(signature, "v1,h9/ZER0BShsjNmaIfPFUoqyl+oN7IFKom5VslmWhKgQ=");
  EXPECT_NE(OpenaiSignature(secret, "wh_0002", 1790000000, body), signature);
}

TEST(Base64, IsWhatDecodesAgain) {
  for (const char* text : {"", "a", "ab", "abc", "abcd"}) EXPECT_EQ(DecodeBase64(Base64(text)), text);
  EXPECT_EQ(Base64("a"), "YQ==");
}

}  // namespace
}  // namespace zoetrope::sandbox
