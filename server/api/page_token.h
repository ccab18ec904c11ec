// Page tokens: opaque, URL-safe, and good only with the arguments of the call that made them (AIP-158).
#ifndef ZOETROPE_SERVER_API_PAGE_TOKEN_H_
#define ZOETROPE_SERVER_API_PAGE_TOKEN_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/api/sealed_text.h"

namespace zoetrope {

// A token holds nothing secret and grants nothing: every page is read again in the caller's own name. The key
// only keeps tokens from being made up; it is the same at every replica and after a restart, or pages would
// end there. Thread-safe.
class PageTokens {
 public:
  explicit PageTokens(std::string key);

  // A token for the page after `cursor` of the call that `binding` describes.
  std::string Make(std::string_view binding, std::string_view cursor) const;

  // The cursor of `token`; empty for an empty token. PAGE_TOKEN_INVALID when the token is not ours or was
  // made for another call.
  absl::StatusOr<std::string> Read(std::string_view binding, std::string_view token) const;

 private:
  const SealedTexts texts_;
};

// The text that stands for `request` in a binding: the same for equal messages, whatever the order of their
// maps. The request must have had its page_size and page_token cleared.
std::string BindingOf(std::string_view tenant, const google::protobuf::Message& request);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_PAGE_TOKEN_H_
