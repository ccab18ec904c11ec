#include "server/engine/callback_urls.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/crypto.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

// Of the seal's digits: 128 bits.
constexpr std::size_t kSealDigits = 32;
constexpr std::size_t kPathBytes = 1024;

}  // namespace

CallbackUrls::CallbackUrls(std::string base, Secret key) : base_(std::move(base)), key_(std::move(key)) {}

std::string CallbackUrls::SealOf(const AttemptName& attempt) const {
  return HmacSha256Hex(key_, absl::StrCat("callback/", attempt.job_id, "/", attempt.attempt_id))
      .substr(0, kSealDigits);
}

std::string CallbackUrls::For(const AttemptName& attempt) const {
  return absl::StrCat(base_, "/", attempt.job_id, "/", SealOf(attempt), "/", attempt.attempt_id);
}

std::optional<AttemptName> CallbackUrls::Read(std::string_view path) const {
  if (path.size() > kPathBytes) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(ToAbsl(path), '/');
  if (parts.size() < 4) return std::nullopt;
  AttemptName attempt{parts[parts.size() - 3], parts[parts.size() - 1]};
  if (!Secret(SealOf(attempt)).Equals(parts[parts.size() - 2])) return std::nullopt;
  return attempt;
}

}  // namespace zoetrope
