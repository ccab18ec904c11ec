#include "client/bearer.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"

namespace zoetrope::client {
namespace {

constexpr size_t kBytesMax = 8 << 10;

}  // namespace

bool IsBearer(std::string_view text) {
  return !text.empty() && text.size() <= kBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Bearer BearerFromFile(std::string path) {
  return [path = std::move(path)]() -> std::string {
    std::ifstream file(path, std::ios::binary);
    std::string text(kBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    const auto bearer = std::string(absl::StripAsciiWhitespace(text));
    return IsBearer(bearer) ? bearer : std::string();
  };
}

}  // namespace zoetrope::client
