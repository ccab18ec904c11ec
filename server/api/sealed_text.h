// Texts that go to a caller and come back: opaque, URL-safe, and good only where they were made for.
#ifndef ZOETROPE_SERVER_API_SEALED_TEXT_H_
#define ZOETROPE_SERVER_API_SEALED_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/secret.h"

namespace zoetrope {

// Nobody without the key can make or change one. What is in it can be read by whoever takes the trouble.
// Thread-safe.
class SealedTexts {
 public:
  // Whatever is longer than `chars_max` is not opened, nor decoded.
  SealedTexts(Secret key, std::size_t chars_max) : key_(std::move(key)), chars_max_(chars_max) {}

  // `binding`: what the text is for; it is needed again to open it. `text` is not empty.
  std::string Seal(std::string_view binding, std::string_view text) const;

  // nullopt: not one of ours, changed, or made for something else. Each has one spelling.
  std::optional<std::string> Open(std::string_view binding, std::string_view sealed) const;

 private:
  std::string Digest(std::string_view binding, std::string_view text) const;

  const Secret key_;
  const std::size_t chars_max_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_SEALED_TEXT_H_
