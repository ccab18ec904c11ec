// URLs that a provider gives are hostile input: they decide where a credential would go.
#ifndef ZOETROPE_SERVER_PROVIDERS_PROVIDER_URL_H_
#define ZOETROPE_SERVER_PROVIDERS_PROVIDER_URL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace zoetrope {

// Whether a call with the account's credential may go to `url`: same scheme, host and port as `base`, the
// path of `base` itself or beneath it, and nothing that clients and servers are known to read differently
// (user info, fragments, `..`, encoded dots and slashes, backslashes, blanks, control characters, other than
// ASCII). At most limits::kUrlChars.
bool IsBeneath(std::string_view url, std::string_view base);

// Whether `url` can be the address of a result: http or https, a host, no user info, printable ASCII, at most
// limits::kUrlChars. Which hosts are allowed is decided where it is fetched.
bool IsMediaUrl(std::string_view url);

// `video/mp4` and the like by the ending of the path of `url`; empty where it tells nothing.
std::string MediaTypeOf(std::string_view url);

// Whether `id` can name a job in a path: printable ASCII without blanks, at most limits::kProviderIdChars,
// and not `.` or `..`.
bool IsUsableId(std::string_view id);

// `text` with all but RFC 3986's unreserved characters percent-encoded.
std::string EscapeUrl(std::string_view text);

// `base`, a slash and the segments of `path` (`fal-ai/sora-2/image-to-video`), each escaped.
// FAILED_PRECONDITION where a segment is empty, `.` or `..`: a defect of the catalogue.
absl::StatusOr<std::string> JoinUrl(std::string_view base, std::string_view path);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_PROVIDER_URL_H_
