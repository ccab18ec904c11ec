// A form's parts: whatever a caller wrote ends no part and adds no header. The input: a line with the
// boundary that is wished, one with the part's name, one with the file's name, one with its type, and the
// content.
#include <string>

#include "server/providers/multipart.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

std::size_t Count(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Takes what stands before `mark`, and the mark.
std::string_view TakeUntil(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  FUZZ_CHECK(at != std::string_view::npos);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return taken;
}

// Reads the form as a server does, by its boundary alone. A file without a name and a type is a text.
void CheckForm(const MultipartForm::Encoded& form, std::string_view value, bool is_file,
               std::string_view bytes) {
  constexpr std::string_view kType = "multipart/form-data; boundary=";
  FUZZ_CHECK(form.content_type.starts_with(kType));
  const std::string boundary = "--" + form.content_type.substr(kType.size());
  FUZZ_CHECK(form.content_type.find_first_of("\r\n\"") == std::string::npos);
  FUZZ_CHECK(Count(form.body, "\r\n" + boundary) == 2);
  std::string_view rest = form.body;
  FUZZ_CHECK(TakeUntil(rest, boundary + "\r\n").empty());
  FUZZ_CHECK(Count(TakeUntil(rest, "\r\n\r\n"), "\r\n") == 0);
  FUZZ_CHECK(TakeUntil(rest, "\r\n" + boundary + "\r\n") == value);
  FUZZ_CHECK(Count(TakeUntil(rest, "\r\n\r\n"), "\r\n") == (is_file ? 1 : 0));
  FUZZ_CHECK(TakeUntil(rest, "\r\n" + boundary + "--\r\n") == bytes);
  FUZZ_CHECK(rest.empty());
}

}  // namespace
}  // namespace zoetrope::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoetrope::fuzz;
  std::string_view text = TextOf(data, size);
  const std::string_view token = TakeLine(text);
  const std::string name(TakeLine(text));
  const std::string file(TakeLine(text));
  const std::string type(TakeLine(text));
  const std::string_view value = text.substr(0, text.size() / 2);
  const std::string_view bytes = text.substr(value.size());
  zoetrope::MultipartForm form;
  form.AddText(name, value);
  form.AddFile(name, file, type, bytes);
  const auto encoded = form.Encode(token);
  if (encoded.ok()) CheckForm(*encoded, value, !file.empty(), bytes);
  return 0;
}
