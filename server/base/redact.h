// Takes out of a text what looks like a credential. The last defence, for what nobody has named as a secret.
#ifndef ZOETROPE_SERVER_BASE_REDACT_H_
#define ZOETROPE_SERVER_BASE_REDACT_H_

#include <string>
#include <string_view>

namespace zoetrope {

inline constexpr std::string_view kRedacted = "[redacted]";

// Each becomes kRedacted: what follows `Bearer `, `Basic `, `Token ` or `Key ` (RFC 7235, and fal's own),
// where it is as long as a credential; what begins with `sk-`; what stands before the `@` of an address (RFC
// 3986 §3.2.1); and the values of parameters that are named like secrets or signatures, as presigned
// addresses have them (`X-Amz-Signature`, `sig`, `token`, `key`, …). Pure.
void RedactCredentials(std::string& text);

// Of these only what stands before the `@` of an address.
void RedactUserInfo(std::string& text);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_BASE_REDACT_H_
