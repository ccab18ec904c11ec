#ifndef ZOETROPE_TESTS_SANDBOX_PICTURE_H_
#define ZOETROPE_TESTS_SANDBOX_PICTURE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/sandbox/job.h"

namespace zoetrope::sandbox {

// Type and size of a PNG, JPEG or WebP from its header; nothing if it is none of them. Does not decode.
struct PictureInfo {
  std::string content_type;
  int width = 0;
  int height = 0;
};
std::optional<PictureInfo> InspectPicture(std::string_view bytes);

std::optional<std::string> DecodeBase64(std::string_view text);
std::string Sha256Hex(std::string_view bytes);

// What became of a picture named in a request.
struct PictureResult {
  std::shared_ptr<const Picture> picture;
  std::string
      error;  // "" if there is a picture; else one of the fal error types, which are the most precise ones
  // The picture stands for one that is not ours to fetch: its own size says nothing about the request.
  bool stand_in = false;
};

// Uploaded pictures by name, and submitted ones by digest. Bounded in bytes: the oldest go first.
class PictureStore {
 public:
  // The sample is what stands for every picture that is not ours to fetch.
  explicit PictureStore(std::shared_ptr<const Picture> sample, std::size_t max_bytes = 256u << 20);

  // A picture that came with the request itself; an error if the bytes are none.
  PictureResult FromBytes(std::optional<std::string> bytes);

  // Keeps a picture under a name. Nothing if it is no picture.
  std::shared_ptr<const Picture> Put(const std::string& name, std::string bytes);
  std::shared_ptr<const Picture> Find(const std::string& name) const;

  // A picture as requests name it: data: URI; URL on our own host, whichever of its names (answered from
  // memory); any other URL (not fetched: the sample stands for it); and, where a dialect takes them, bare
  // base64 and the UUID of an upload, of which the sample stands for those that are not ours.
  PictureResult Resolve(std::string_view reference, std::string_view own_host, bool allow_base64);

  void Clear();

 private:
  std::shared_ptr<const Picture> Intern(std::string bytes, const PictureInfo& info);

  std::shared_ptr<const Picture> sample_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const Picture>> by_name_;
  std::list<std::string> names_;  // oldest first
  std::unordered_map<std::string, std::weak_ptr<const Picture>> by_digest_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_PICTURE_H_
