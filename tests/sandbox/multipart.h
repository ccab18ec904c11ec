#ifndef ZOETROPE_TESTS_SANDBOX_MULTIPART_H_
#define ZOETROPE_TESTS_SANDBOX_MULTIPART_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::sandbox {

// One part of a form (RFC 7578).
struct FormPart {
  std::string name;
  bool is_file = false;      // it came with a file name, be it an empty one
  std::string filename;      // as sent: never a path of this machine
  std::string content_type;  // "" if the part named none
  std::string body;
};

// True for a Content-Type of multipart/form-data.
bool IsForm(std::string_view content_type);

// The parts of a form in their order; nothing if the body is no form with this type's boundary, or has more
// than 100 parts. A body without its closing boundary was cut, and is none.
std::optional<std::vector<FormPart>> ParseForm(std::string_view content_type, std::string_view body);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_MULTIPART_H_
