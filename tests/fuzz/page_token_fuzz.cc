// Page tokens. The input: a line with the call that a token is made for, one with the token; what follows is
// a cursor.
#include <string>

#include "server/api/page_token.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope;
  constexpr std::size_t kCursorBytes = 256;  // the longest there is names a job or a model
  static const auto* const tokens = new PageTokens("the key of all replicas");
  std::string_view cursor = fuzz::TextOf(data, size);
  const std::string_view binding = fuzz::TakeLine(cursor);
  const std::string_view token = fuzz::TakeLine(cursor);
  // A token that is taken is the one that we make: there is no other spelling of it.
  if (const auto read = tokens->Read(binding, token); read.ok() && !token.empty()) {
    FUZZ_CHECK(tokens->Make(binding, *read) == token);
  }
  cursor = cursor.substr(0, kCursorBytes);
  if (cursor.empty()) return 0;
  const std::string made = tokens->Make(binding, cursor);
  const auto read = tokens->Read(binding, made);
  FUZZ_CHECK(read.ok() && *read == cursor);
  const std::string other = std::string(binding) + "x";
  FUZZ_CHECK(!tokens->Read(other, made).ok());
  return 0;
}
