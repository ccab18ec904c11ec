// Whether a URL that a caller gave may be handed to a provider.
//
// Providers fetch these URLs from inside their own networks, and some of ours are fetched from inside ours: a
// caller must not be able to name what only an insider can reach. Names are judged by their spelling alone;
// what they resolve to is for whoever fetches.
#ifndef ZOETROPE_SERVER_VALIDATE_PUBLIC_URL_H_
#define ZOETROPE_SERVER_VALIDATE_PUBLIC_URL_H_

#include <string>
#include <string_view>

namespace zoetrope {

// The rule that `url` breaks, as a sentence; empty where it keeps them all: https, at most limits::kUrlChars,
// no credentials, no address or name that means a private, local or special place, in any spelling. The
// sentence never repeats the URL, which is secret. With `allow_private` http and any host pass.
std::string UrlProblem(std::string_view url, bool allow_private);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_VALIDATE_PUBLIC_URL_H_
