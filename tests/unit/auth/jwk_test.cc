#include "server/auth/jwk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/token_maker.h"

namespace zoetrope {
namespace {

using testing::EncodeBase64Url;
using ::testing::HasSubstr;
using testing::JwkSetOf;
using testing::SigningKey;

// The examples of RFC 7515 (A.2, A.3) and RFC 8037 (A.4): what others sign.
constexpr char kRsaOfRfc[] =
    R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-y)"
    R"(RT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg66)"
    R"(5xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})";
constexpr char kRsaText[] =
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
    "Ijp0cnVlfQ";
constexpr char kRsaSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9"
    "CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
    "eSN9383LcOL"
    "n6_dO--xi12jzDwusC-"
    "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtV"
    "rBp0igcN_IoypGlUPQGe77Rw";
constexpr char kEcOfRfc[] = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kEcText[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
    "Ijp0cnVlfQ";
constexpr char kEcSignature[] =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr char kOkpOfRfc[] =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
constexpr char kOkpText[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
constexpr char kOkpSignature[] =
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

struct Example {
  const char* jwk;
  const char* text;
  const char* signature;
  SignatureAlgorithm algorithm;
};
constexpr Example kExamples[] = {
    {kRsaOfRfc, kRsaText, kRsaSignature, SignatureAlgorithm::kRs256},
    {kEcOfRfc, kEcText, kEcSignature, SignatureAlgorithm::kEs256},
    {kOkpOfRfc, kOkpText, kOkpSignature, SignatureAlgorithm::kEdDsa},
};

TEST(Jwk, TheExamplesOfTheRfcsAreSigned) {
  for (const Example& example : kExamples) {
    const auto keys = ParseJwkSet(JwkSetOf({example.jwk}));
    ASSERT_TRUE(keys.ok()) << keys.status();
    const Jwk& key = keys->front();
    EXPECT_EQ(key.algorithm, example.algorithm);
    std::string signature = DecodeBase64Url(example.signature).value();
    EXPECT_TRUE(IsSignedBy(key, example.text, signature)) << example.jwk;
    EXPECT_FALSE(IsSignedBy(key, absl::StrCat(example.text, "x"), signature)) << example.jwk;
    signature.front() ^= 1;
    EXPECT_FALSE(IsSignedBy(key, example.text, signature)) << example.jwk;
    for (const std::size_t size : {0, 1, 63, 65})
      EXPECT_FALSE(IsSignedBy(key, example.text, std::string(size, 'x'))) << example.jwk << size;
  }
}

TEST(Jwk, NoKeyTakesAnothersSignature) {
  const SigningKey makers[] = {SigningKey::Rsa("a"), SigningKey::P256("b"), SigningKey::Ed25519("c"),
                               SigningKey::P256("d")};
  const auto keys =
      ParseJwkSet(JwkSetOf({makers[0].Jwk(), makers[1].Jwk(), makers[2].Jwk(), makers[3].Jwk()}));
  ASSERT_TRUE(keys.ok()) << keys.status();
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_EQ(IsSignedBy((*keys)[i], "text", makers[j].SignatureOf("text")), i == j) << i << j;
  }
}

// Zeros for both numbers pass a verifier that forgets to look (CVE-2022-21449).
TEST(Jwk, NothingIsNoEcdsaSignature) {
  const auto keys = ParseJwkSet(JwkSetOf({kEcOfRfc}));
  EXPECT_FALSE(IsSignedBy(keys->front(), "text", std::string(64, '\0')));
}

// RFC 7517 §5: what one does not know is passed over, so that an issuer can add to its set.
TEST(Jwk, KeysForOthersArePassedOver) {
  const SigningKey maker = SigningKey::P256("ours");
  const auto keys = ParseJwkSet(JwkSetOf({
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"})",
      R"({"kty":"EC","crv":"P-384","x":"","y":""})",
      R"({"kty":"OKP","crv":"X25519","x":""})",
      R"("no object")",
      SigningKey::Rsa("to-encrypt").Jwk(R"("use":"enc")"),
      SigningKey::Rsa("other-algorithm").Jwk(R"("alg":"PS256")"),
      SigningKey::Rsa("to-sign").Jwk(R"("key_ops":["sign"])"),
      maker.Jwk(R"("use":"sig","alg":"ES256","key_ops":["verify"])"),
  }));
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().id, "ours");
}

std::string WhyNot(const std::string& json) { return std::string(ParseJwkSet(json).status().message()); }

TEST(Jwk, ASetThatIsNoneIsRefusedAsAWhole) {
  const SigningKey good = SigningKey::Ed25519("good");
  EXPECT_THAT(WhyNot(""), HasSubstr("is no JWK set"));
  EXPECT_THAT(WhyNot("[]"), HasSubstr("is no JWK set"));
  EXPECT_THAT(WhyNot("{}"), HasSubstr("is no JWK set"));
  EXPECT_THAT(WhyNot(R"({"keys":{}})"), HasSubstr("is no JWK set"));
  EXPECT_THAT(WhyNot(JwkSetOf({})), HasSubstr("holds no key"));
  EXPECT_THAT(WhyNot(JwkSetOf({good.Jwk(), good.Jwk()})), HasSubstr("same kid"));
  EXPECT_THAT(WhyNot(JwkSetOf(std::vector<std::string>(101, good.Jwk()))), HasSubstr("more than 100"));
  EXPECT_THAT(WhyNot(std::string(kJwkSetBytes + 1, ' ')), HasSubstr("larger than 256 KiB"));
  const std::string weak[] = {
      SigningKey::Rsa("small", 1'024).Jwk(),
      R"({"kty":"RSA","n":"","e":"AQAB"})",
      R"({"kty":"RSA"})",
      R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
      // No point of the curve.
      absl::StrCat(R"({"kty":"EC","crv":"P-256","x":")", EncodeBase64Url(std::string(32, '\1')), R"(","y":")",
                   EncodeBase64Url(std::string(32, '\1')), R"("})"),
      R"({"kty":"OKP","crv":"Ed25519","x":"AA"})",
      R"({"kty":"OKP","crv":"Ed25519","x":7})",
  };
  for (const std::string& jwk : weak)
    EXPECT_THAT(WhyNot(JwkSetOf({good.Jwk(), jwk})), HasSubstr("broken or too weak")) << jwk;
}

TEST(Jwk, AlgorithmsAreAClosedList) {
  EXPECT_EQ(AlgorithmOf("RS256"), SignatureAlgorithm::kRs256);
  EXPECT_EQ(AlgorithmOf("ES256"), SignatureAlgorithm::kEs256);
  EXPECT_EQ(AlgorithmOf("EdDSA"), SignatureAlgorithm::kEdDsa);
  EXPECT_EQ(AlgorithmOf("Ed25519"), SignatureAlgorithm::kEdDsa);
  for (const char* other :
       {"", "none", "None", "NONE", "HS256", "HS512", "rs256", "RS384", "PS256", "ES384", "Ed448"})
    EXPECT_EQ(AlgorithmOf(other), std::nullopt) << other;
}

TEST(Base64Url, IsWithoutPaddingAndWithoutAnythingElse) {
  EXPECT_EQ(DecodeBase64Url(""), "");
  EXPECT_EQ(DecodeBase64Url("-_8"), "\xfb\xff");
  for (const char* other : {"a", "+/8", "-_8=", " -_8", "-_8\n", "-_ 8", "aaaaa"})
    EXPECT_EQ(DecodeBase64Url(other), std::nullopt) << other;
}

}  // namespace
}  // namespace zoetrope
