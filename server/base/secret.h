// A text that must not be seen.
#ifndef ZOETROPE_SERVER_BASE_SECRET_H_
#define ZOETROPE_SERVER_BASE_SECRET_H_

#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace zoetrope {

// Has no printer, no comparison and no conversion: the only way to the text is Reveal(), whose callers can be
// listed. The bytes are wiped on destruction.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  // By value: what was here before is wiped with the argument.
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() {
    // A short text that was moved away still stands in the room that the string keeps inside itself.
    text_.resize(text_.capacity());
    OPENSSL_cleanse(text_.data(), text_.size());
  }

  bool empty() const { return text_.empty(); }

  // For building a request header, and nothing else.
  std::string_view Reveal() const { return text_; }

  // Compares in a time that does not depend on where the texts differ.
  bool Equals(std::string_view other) const {
    return text_.size() == other.size() && CRYPTO_memcmp(text_.data(), other.data(), text_.size()) == 0;
  }

 private:
  std::string text_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_SECRET_H_
