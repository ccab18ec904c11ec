#include "tests/sandbox/webhook_sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/picture.h"

namespace zoetrope::sandbox {
namespace {

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Hex(const unsigned char* bytes, std::size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

std::string Base64Url(const unsigned char* bytes, std::size_t size) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    bits = bits << 8 | bytes[i];
    for (count += 8; count >= 6; count -= 6) out += kLetters[bits >> (count - 6) & 63];
  }
  if (count > 0) out += kLetters[bits << (6 - count) & 63];
  return out;
}

KeyPtr Ed25519(std::string_view seed) {
  return KeyPtr(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
}

// Of id.timestamp.body.
std::string Hmac(std::string_view key, std::string_view id, std::int64_t timestamp_s, std::string_view body) {
  const std::string message = std::string(id) + "." + std::to_string(timestamp_s) + "." + std::string(body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

}  // namespace

std::string FalSignature(std::string_view seed, std::string_view request_id, std::string_view user_id,
                         std::int64_t timestamp_s, std::string_view body) {
  const KeyPtr key = Ed25519(seed);
  const ContextPtr context(EVP_MD_CTX_new());
  if (key == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1)
    return "";
  const std::string message = std::string(request_id) + "\n" + std::string(user_id) + "\n" +
                              std::to_string(timestamp_s) + "\n" + Sha256Hex(body);
  unsigned char signature[64];
  std::size_t size = sizeof signature;
  if (EVP_DigestSign(context.get(), signature, &size, Bytes(message), message.size()) != 1) return "";
  return Hex(signature, size);
}

std::string FalPublicKey(std::string_view seed) {
  const KeyPtr key = Ed25519(seed);
  unsigned char bytes[32];
  std::size_t size = sizeof bytes;
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), bytes, &size) != 1) return "";
  return Base64Url(bytes, size);
}

std::string FalSandboxSeed() { return Sha256Hex("zoetrope-sandbox").substr(0, 32); }

std::string WavespeedSignature(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                               std::string_view body) {
  if (StartsWith(secret, "whsec_")) secret.remove_prefix(6);
  const std::string digest = Hmac(secret, id, timestamp_s, body);
  return "v3," + Hex(Bytes(digest), digest.size());
}

std::string OpenaiSignature(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                            std::string_view body) {
  if (StartsWith(secret, "whsec_")) secret.remove_prefix(6);
  return "v1," + Base64(Hmac(DecodeBase64(secret).value_or(""), id, timestamp_s, body));
}

std::string Base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a zero
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), Bytes(bytes), static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

}  // namespace zoetrope::sandbox
