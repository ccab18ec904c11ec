#include "tests/sandbox/picture.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "tests/sandbox/host_names.h"
#include "tests/sandbox/http_message.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::size_t kMaxDigests = 10'000;

unsigned Byte(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

int Big16(std::string_view b, std::size_t at) { return static_cast<int>(Byte(b, at) << 8 | Byte(b, at + 1)); }

int Little16(std::string_view b, std::size_t at) {
  return static_cast<int>(Byte(b, at) | Byte(b, at + 1) << 8);
}

std::optional<PictureInfo> InspectPng(std::string_view b) {
  if (b.size() < 24 || b.substr(0, 8) != "\x89PNG\r\n\x1a\n") return std::nullopt;
  return PictureInfo{"image/png", Big16(b, 18), Big16(b, 22)};
}

std::optional<PictureInfo> InspectJpeg(std::string_view b) {
  if (b.size() < 4 || b.substr(0, 2) != "\xff\xd8") return std::nullopt;
  std::size_t at = 2;
  while (at + 9 < b.size() && Byte(b, at) == 0xff) {
    const unsigned marker = Byte(b, at + 1);
    const bool start_of_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (start_of_frame) return PictureInfo{"image/jpeg", Big16(b, at + 7), Big16(b, at + 5)};
    at += 2 + static_cast<std::size_t>(Big16(b, at + 2));
  }
  return std::nullopt;
}

std::optional<PictureInfo> InspectWebp(std::string_view b) {
  if (b.size() < 30 || b.substr(0, 4) != "RIFF" || b.substr(8, 4) != "WEBP") return std::nullopt;
  const std::string_view kind = b.substr(12, 4);
  if (kind == "VP8 ") return PictureInfo{"image/webp", Little16(b, 26) & 0x3fff, Little16(b, 28) & 0x3fff};
  if (kind == "VP8L") {
    const unsigned bits = Byte(b, 21) | Byte(b, 22) << 8 | Byte(b, 23) << 16 | Byte(b, 24) << 24;
    return PictureInfo{"image/webp", static_cast<int>(bits & 0x3fff) + 1,
                       static_cast<int>(bits >> 14 & 0x3fff) + 1};
  }
  if (kind != "VP8X") return std::nullopt;
  return PictureInfo{"image/webp", 1 + (Little16(b, 24) | static_cast<int>(Byte(b, 26)) << 16),
                     1 + (Little16(b, 27) | static_cast<int>(Byte(b, 29)) << 16)};
}

std::array<signed char, 256> Base64Table() {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<signed char, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    table[static_cast<unsigned char>(kLetters[i])] = static_cast<signed char>(i);
  }
  table['-'] = 62;
  table['_'] = 63;
  return table;
}

// The path of a URL on our own host, or nothing.
std::optional<std::string_view> OwnPath(std::string_view url, std::string_view own_host) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || own_host.empty()) return std::nullopt;
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view host = rest.substr(0, slash);
  if (host != own_host && FindHostName(host) == nullptr) return std::nullopt;
  return rest.substr(slash, rest.find_first_of("?#") - slash);
}

}  // namespace

std::optional<PictureInfo> InspectPicture(std::string_view bytes) {
  for (const auto inspect : {InspectPng, InspectJpeg, InspectWebp}) {
    if (std::optional<PictureInfo> info = inspect(bytes); info && info->width > 0 && info->height > 0)
      return info;
  }
  return std::nullopt;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  static const std::array<signed char, 256> kTable = Base64Table();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = kTable[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

PictureStore::PictureStore(std::shared_ptr<const Picture> sample, std::size_t max_bytes)
    : sample_(std::move(sample)), max_bytes_(max_bytes) {}

std::shared_ptr<const Picture> PictureStore::Intern(std::string bytes, const PictureInfo& info) {
  std::string digest = Sha256Hex(bytes);
  if (by_digest_.size() > kMaxDigests) {
    std::erase_if(by_digest_, [](const auto& entry) { return entry.second.expired(); });
  }
  std::weak_ptr<const Picture>& known = by_digest_[digest];
  if (std::shared_ptr<const Picture> picture = known.lock()) return picture;
  auto picture = std::make_shared<const Picture>(
      Picture{std::move(bytes), digest, info.content_type, info.width, info.height});
  known = picture;
  return picture;
}

std::shared_ptr<const Picture> PictureStore::Put(const std::string& name, std::string bytes) {
  const std::optional<PictureInfo> info = InspectPicture(bytes);
  if (!info) return nullptr;
  std::shared_ptr<const Picture> picture = Intern(std::move(bytes), *info);
  std::shared_ptr<const Picture>& slot = by_name_[name];
  if (slot == nullptr) {
    names_.push_back(name);
  } else {
    bytes_ -= slot->bytes.size();
  }
  slot = picture;
  bytes_ += picture->bytes.size();
  while (bytes_ > max_bytes_ && names_.size() > 1) {
    const auto oldest = by_name_.find(names_.front());
    bytes_ -= oldest->second->bytes.size();
    by_name_.erase(oldest);
    names_.pop_front();
  }
  return picture;
}

std::shared_ptr<const Picture> PictureStore::Find(const std::string& name) const {
  const auto it = by_name_.find(name);
  if (it != by_name_.end()) return it->second;
  return name == "sample.png" ? sample_ : nullptr;
}

PictureResult PictureStore::FromBytes(std::optional<std::string> bytes) {
  if (!bytes) return {nullptr, "image_load_error", false};
  const std::optional<PictureInfo> info = InspectPicture(*bytes);
  if (!info) return {nullptr, "unsupported_image_format", false};
  return {Intern(*std::move(bytes), *info), "", false};
}

PictureResult PictureStore::Resolve(std::string_view reference, std::string_view own_host,
                                    bool allow_base64) {
  if (StartsWith(reference, "data:")) {
    const std::size_t comma = reference.find(',');
    if (comma == std::string_view::npos) return {nullptr, "image_load_error", false};
    const bool base64 = reference.substr(0, comma).ends_with(";base64");
    return FromBytes(base64 ? DecodeBase64(reference.substr(comma + 1)) : std::optional<std::string>());
  }
  if (StartsWith(reference, "http://") || StartsWith(reference, "https://")) {
    const std::optional<std::string_view> path = OwnPath(reference, own_host);
    if (!path) return {sample_, "", true};
    if (!StartsWith(*path, "/pictures/")) return {nullptr, "file_download_error", false};
    std::shared_ptr<const Picture> picture = Find(std::string(path->substr(10)));
    return picture == nullptr ? PictureResult{nullptr, "file_download_error", false}
                              : PictureResult{picture, "", false};
  }
  if (allow_base64) {
    const bool uuid = reference.size() == 36 && std::count(reference.begin(), reference.end(), '-') == 4;
    if (std::shared_ptr<const Picture> uploaded = uuid ? Find(std::string(reference)) : nullptr) {
      return {uploaded, "", false};
    }
    return uuid ? PictureResult{sample_, "", true} : FromBytes(DecodeBase64(reference));
  }
  return {nullptr, "file_download_error", false};
}

void PictureStore::Clear() {
  by_name_.clear();
  names_.clear();
  by_digest_.clear();
  bytes_ = 0;
}

}  // namespace zoetrope::sandbox
