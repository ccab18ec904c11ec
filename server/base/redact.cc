#include "server/base/redact.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"

namespace zoetrope {
namespace {

// Shorter words turn up in sentences: "Key figures", "a token of".
constexpr std::size_t kCredentialChars = 16;

bool IsCredentialChar(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~' || c == '+' || c == '/' ||
         c == '=' || c == ':' || c == '%';
}

std::size_t EndOfCredential(const std::string& text, std::size_t from) {
  while (from < text.size() && IsCredentialChar(text[from])) ++from;
  return from;
}

bool IsAt(const std::string& text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (absl::ascii_tolower(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  }
  return true;
}

// A word begins where no letter or digit stands before it.
bool BeginsWord(const std::string& text, std::size_t at) {
  return at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(text[at - 1]));
}

// Calls `cut` at each place where one of `words`, in lower case, begins a word; it returns how much of the
// text from there is to go on behind.
template <typename Words, typename Cut>
void AtEach(std::string& text, const Words& words, Cut cut) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!BeginsWord(text, at)) continue;
    for (const std::string_view word : words) {
      if (!IsAt(text, at, word)) continue;
      at = cut(at, word);
      break;
    }
  }
}

// Puts kRedacted in the place of a part, and returns where the text goes on behind it, less one.
std::size_t Replace(std::string& text, std::size_t from, std::size_t end) {
  text.replace(from, end - from, kRedacted);
  return from + kRedacted.size() - 1;
}

void RedactSchemes(std::string& text) {
  static constexpr std::string_view kSchemes[] = {"bearer ", "basic ", "token ", "key "};
  AtEach(text, kSchemes, [&text](std::size_t at, std::string_view scheme) {
    const std::size_t from = at + scheme.size();
    const std::size_t end = EndOfCredential(text, from);
    return end - from >= kCredentialChars ? Replace(text, from, end) : at;
  });
}

void RedactPrefixed(std::string& text) {
  static constexpr std::string_view kPrefixes[] = {"sk-"};
  AtEach(text, kPrefixes, [&text](std::size_t at, std::string_view) {
    const std::size_t end = EndOfCredential(text, at);
    return end - at >= kCredentialChars ? Replace(text, at, end) : at;
  });
}

void RedactParameters(std::string& text) {
  static constexpr std::string_view kNames[] = {"api_key=",
                                                "apikey=",
                                                "access_token=",
                                                "token=",
                                                "key=",
                                                "secret=",
                                                "password=",
                                                "signature=",
                                                "x-amz-signature=",
                                                "sig=",
                                                "x-amz-credential=",
                                                "x-amz-security-token=",
                                                "x-goog-signature="};
  AtEach(text, kNames, [&text](std::size_t at, std::string_view name) {
    const std::size_t from = at + name.size();
    const std::size_t end = text.find_first_of("&\"'\\ \t\r\n,;)", from);
    const std::size_t stop = end == std::string::npos ? text.size() : end;
    return stop > from ? Replace(text, from, stop) : at;
  });
}

}  // namespace

void RedactUserInfo(std::string& text) {
  constexpr std::string_view kSlashes = "://";
  for (std::size_t at = text.find(kSlashes); at != std::string::npos; at = text.find(kSlashes, at)) {
    at += kSlashes.size();
    const std::size_t end = std::min(text.find_first_of("/?# \"\\", at), text.size());
    const std::size_t sign = end == 0 ? std::string::npos : text.rfind('@', end - 1);
    if (sign != std::string::npos && sign >= at && sign < end) Replace(text, at, sign);
  }
}

void RedactCredentials(std::string& text) {
  RedactUserInfo(text);
  RedactSchemes(text);
  RedactPrefixed(text);
  RedactParameters(text);
}

}  // namespace zoetrope
