#include "tests/sandbox/fal_storage.h"

#include "tests/sandbox/test_world.h"
#include "tests/sandbox/webhook_sign.h"

namespace zoetrope::sandbox {
namespace {

class FalStorageTest : public WorldTest {
 protected:
  Reply Rest(const std::string& path, const std::string& body) {
    return Send("POST", "/fal/rest/storage/" + path, body, {{"authorization", "Key k"}});
  }
  // True if the queue takes the picture of this URL.
  bool Usable(const Json& url) {
    const Reply reply = Send("POST", "/fal/run/fal-ai/sora-2/image-to-video",
                             Json{{"prompt", "p"}, {"image_url", url}}.dump(), {{"authorization", "Key k"}});
    return reply.status == 200;
  }

  const std::string png_ = RenderSamplePng(640, 360);
};

TEST_F(FalStorageTest, UploadsByTicket) {
  const Reply reply =
      Rest("upload/initiate?storage_type=fal-cdn-v3", R"({"content_type":"image/png","file_name":"a.png"})");
  ASSERT_EQ(reply.status, 200);
  const Json ticket = Body(reply);
  EXPECT_FALSE(Usable(ticket["file_url"])) << "nothing is there yet";
  EXPECT_EQ(Send("PUT", PathOf(ticket["upload_url"]), png_, {{"content-type", "image/png"}}).status, 201);
  EXPECT_TRUE(Usable(ticket["file_url"]));
  EXPECT_EQ(Rest("upload/initiate", "{}").status, 422);
  EXPECT_EQ(Rest("upload/initiate", "[").status, 422);
}

TEST_F(FalStorageTest, UploadsWithAToken) {
  const Json token = Body(Rest("auth/token?storage_type=fal-cdn-v3", "{}"));
  EXPECT_EQ(token["expires_at"], "2027-01-15T09:00:00.000+00:00");
  const std::string path = PathOf(token["base_url"]) + "/files/upload";
  const Headers headers = {
      {"authorization", token["token_type"].get<std::string>() + " " + token["token"].get<std::string>()}};
  const Reply uploaded = Send("POST", path, png_, headers);
  ASSERT_EQ(uploaded.status, 200);
  EXPECT_TRUE(Usable(Body(uploaded)["access_url"]));
  EXPECT_EQ(Send("POST", path, "no picture", headers).status, 415);
  EXPECT_EQ(Send("POST", path, png_).status, 401);
}

TEST_F(FalStorageTest, NeedsTheKeyAndShowsItsOwn) {
  EXPECT_EQ(Send("POST", "/fal/rest/storage/upload/initiate", "{}").status, 401);
  EXPECT_EQ(Send("POST", "/fal/rest/storage/auth/token", "{}", {{"authorization", "Key bad-key:x"}}).status,
            401);
  EXPECT_EQ(Send("GET", "/fal/rest/storage/auth/token").status, 404);
  const Json keys = Body(Send("GET", "/fal/rest/.well-known/jwks.json"))["keys"];
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0]["kty"], "OKP");
  EXPECT_EQ(keys[0]["crv"], "Ed25519");
  EXPECT_EQ(keys[0]["x"], FalPublicKey(FalSandboxSeed()));
}

}  // namespace
}  // namespace zoetrope::sandbox
