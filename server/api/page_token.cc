#include "server/api/page_token.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr std::size_t kDigestBytes = 16;
constexpr std::size_t kTokenChars = 512;  // longer ones are not ours; nothing is decoded

absl::Status Invalid() {
  return MakeError(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
                   "the page token is not one of ours, or belongs to a call with other arguments");
}

}  // namespace

std::string PageTokens::Digest(std::string_view binding, std::string_view cursor) const {
  // Length first: no binding and cursor can be read as another pair.
  const std::string text = absl::StrCat(binding.size(), ":", ToAbsl(binding), ToAbsl(cursor));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kDigestBytes);
}

std::string PageTokens::Make(std::string_view binding, std::string_view cursor) const {
  return absl::WebSafeBase64Escape(absl::StrCat(Digest(binding, cursor), ToAbsl(cursor)));
}

absl::StatusOr<std::string> PageTokens::Read(std::string_view binding, std::string_view token) const {
  if (token.empty()) return std::string();
  std::string bytes;
  if (token.size() > kTokenChars || !absl::WebSafeBase64Unescape(ToAbsl(token), &bytes)) return Invalid();
  if (bytes.size() <= kDigestBytes) return Invalid();
  // Padding, blanks, and bits that stand for nothing would give each token many spellings.
  if (absl::WebSafeBase64Escape(bytes) != token) return Invalid();
  std::string cursor = bytes.substr(kDigestBytes);
  const std::string digest = Digest(binding, cursor);
  if (CRYPTO_memcmp(digest.data(), bytes.data(), kDigestBytes) != 0) return Invalid();
  return cursor;
}

std::string BindingOf(std::string_view tenant, const google::protobuf::Message& request) {
  std::string text =
      absl::StrCat(request.GetDescriptor()->full_name(), "|", tenant.size(), ":", ToAbsl(tenant));
  {
    google::protobuf::io::StringOutputStream stream(&text);  // appends
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return text;
}

}  // namespace zoetrope
