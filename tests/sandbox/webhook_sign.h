#ifndef ZOETROPE_TESTS_SANDBOX_WEBHOOK_SIGN_H_
#define ZOETROPE_TESTS_SANDBOX_WEBHOOK_SIGN_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace zoetrope::sandbox {

// How providers sign what they send. Keys here are made up and public: they protect nothing.

// fal (https://docs.fal.ai/model-endpoints/webhooks): Ed25519 over four lines, in hexadecimal. `seed` is the
// private key, 32 bytes; "" if it is not.
std::string FalSignature(std::string_view seed, std::string_view request_id, std::string_view user_id,
                         std::int64_t timestamp_s, std::string_view body);
// The `x` of the JWK that verifies it, base64url without padding.
std::string FalPublicKey(std::string_view seed);
// The seed of this simulator.
std::string FalSandboxSeed();

// WaveSpeed (https://wavespeed.ai/docs/verify-webhooks): "v3," and an HMAC-SHA256 in hexadecimal over
// id.timestamp.body, keyed by the text behind "whsec_" as it stands.
std::string WavespeedSignature(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                               std::string_view body);

// OpenAI (https://platform.openai.com/docs/guides/webhooks, as Standard Webhooks): "v1," and an HMAC-SHA256
// in base64 over id.timestamp.body, keyed by the bytes that the text behind "whsec_" is the base64 of.
std::string OpenaiSignature(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                            std::string_view body);

// With padding.
std::string Base64(std::string_view bytes);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WEBHOOK_SIGN_H_
