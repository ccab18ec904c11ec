#include "server/http/curl_handle.h"

#include <mutex>

#include "absl/strings/ascii.h"

namespace zoetrope {
namespace {

// RFC 9110: a token. Anything else in a name would end it early.
bool IsTokenChar(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || kMarks.find(c) != std::string_view::npos;
}

bool IsName(std::string_view name) {
  for (const char c : name) {
    if (!IsTokenChar(c)) return false;
  }
  return !name.empty();
}

bool IsValue(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

void InitCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

void CurlHeaderList::Clear() {
  // Not clear(): the lines keep their memory. Overwritten, because some of them were credentials.
  for (std::size_t i = 0; i < count_; ++i) lines_[i].assign(lines_[i].size(), '\0');
  count_ = 0;
}

std::string& CurlHeaderList::NextLine() {
  if (count_ == lines_.size()) lines_.emplace_back();
  std::string& line = lines_[count_++];
  line.clear();
  return line;
}

bool CurlHeaderList::Add(std::string_view name, std::string_view value) {
  if (!IsName(name) || !IsValue(value)) return false;
  const bool is_blank = value.find_first_not_of(" \t") == std::string_view::npos;
  std::string& line = NextLine();
  line.append(name);
  // To libcurl "Name:" takes a header back; an empty one is spelled "Name;".
  is_blank ? line.append(";") : line.append(": ").append(value);
  return true;
}

void CurlHeaderList::Suppress(std::string_view name) { NextLine().append(name).append(":"); }

curl_slist* CurlHeaderList::Get() {
  nodes_.resize(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    nodes_[i] = {lines_[i].data(), i + 1 < count_ ? &nodes_[i + 1] : nullptr};
  }
  return count_ == 0 ? nullptr : nodes_.data();
}

}  // namespace zoetrope
