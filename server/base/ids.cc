#include "server/base/ids.h"

#include <cstdint>

namespace zoetrope {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string Format(std::uint64_t high, std::uint64_t low) {
  std::string text;
  text.reserve(36);
  for (int digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text += '-';
    const std::uint64_t half = digit < 16 ? high : low;
    text += kHexDigits[(half >> (60 - 4 * (digit % 16))) & 0xf];
  }
  return text;
}

std::uint64_t WithVersion(std::uint64_t high, std::uint64_t version) {
  return (high & ~std::uint64_t{0xf000}) | (version << 12);
}

std::uint64_t WithVariant(std::uint64_t low) { return (low & 0x3fffffffffffffffU) | 0x8000000000000000U; }

}  // namespace

std::string NewJobId(absl::Time now, Random& random) {
  const auto millis = static_cast<std::uint64_t>(absl::ToUnixMillis(now));
  const std::uint64_t high = (millis << 16) | (random.Next() & 0xffff);
  return Format(WithVersion(high, 7), WithVariant(random.Next()));
}

std::string NewAttemptId(Random& random) {
  const std::uint64_t high = random.Next();
  return Format(WithVersion(high, 4), WithVariant(random.Next()));
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return true;
}

}  // namespace zoetrope
