// A body of multipart/form-data (RFC 7578), for dialects that take files.
#ifndef ZOETROPE_SERVER_PROVIDERS_MULTIPART_H_
#define ZOETROPE_SERVER_PROVIDERS_MULTIPART_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace zoetrope {

// A form under construction; its parts stand in the order in which they were added. Values and bytes may be
// anything. What stands in a part's header must be a plain word: anything else is refused, since an escape
// that the other side reads differently would let a caller write headers.
class MultipartForm {
 public:
  // The views must live until Encode.
  void AddText(std::string name, std::string_view value) {
    parts_.push_back({std::move(name), "", "", value});
  }
  void AddFile(std::string name, std::string filename, std::string content_type, std::string_view bytes) {
    parts_.push_back({std::move(name), std::move(filename), std::move(content_type), bytes});
  }

  struct Encoded {
    std::string content_type;  // of the request: names the boundary
    std::string body;
  };
  // Deterministic: the boundary is `token`, which is 1 to 60 letters, digits and hyphens, and has a number
  // behind it where a value or a file has that text in it. FAILED_PRECONDITION for another token; for a name
  // or a file name with other than letters, digits and `_.-[]`; for a content type that is no `type/subtype`;
  // and where every boundary that was tried is in the content.
  absl::StatusOr<Encoded> Encode(std::string_view token) const;

 private:
  struct Part {
    std::string name;
    std::string filename;      // empty: a text
    std::string content_type;  // of a file
    std::string_view content;
  };

  bool Holds(std::string_view text) const;

  std::vector<Part> parts_;
};

// `<stem>.png`: the ending tells a server that does not look at the type. FAILED_PRECONDITION for what is no
// JPEG, PNG or WebP.
absl::StatusOr<std::string> PictureFileName(std::string_view stem, std::string_view content_type);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_MULTIPART_H_
