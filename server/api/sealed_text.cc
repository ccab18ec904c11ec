#include "server/api/sealed_text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr std::size_t kDigestBytes = 16;

}  // namespace

std::string SealedTexts::Digest(std::string_view binding, std::string_view text) const {
  // Length first: no binding and text can be read as another pair.
  const std::string whole = absl::StrCat(binding.size(), ":", ToAbsl(binding), ToAbsl(text));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.Reveal().data(), static_cast<int>(key_.Reveal().size()),
       reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kDigestBytes);
}

std::string SealedTexts::Seal(std::string_view binding, std::string_view text) const {
  return absl::WebSafeBase64Escape(absl::StrCat(Digest(binding, text), ToAbsl(text)));
}

std::optional<std::string> SealedTexts::Open(std::string_view binding, std::string_view sealed) const {
  std::string bytes;
  if (sealed.size() > chars_max_ || !absl::WebSafeBase64Unescape(ToAbsl(sealed), &bytes)) return std::nullopt;
  if (bytes.size() <= kDigestBytes) return std::nullopt;
  // Padding, blanks, and bits that stand for nothing would give each text many spellings.
  if (absl::WebSafeBase64Escape(bytes) != sealed) return std::nullopt;
  std::string text = bytes.substr(kDigestBytes);
  const std::string digest = Digest(binding, text);
  if (CRYPTO_memcmp(digest.data(), bytes.data(), kDigestBytes) != 0) return std::nullopt;
  return text;
}

}  // namespace zoetrope
