#ifndef ZOETROPE_CLIENT_BEARER_H_
#define ZOETROPE_CLIENT_BEARER_H_

#include <functional>
#include <string>
#include <string_view>

namespace zoetrope::client {

// Gives what a call shows of who makes it: an API key, or a token (RFC 6750); empty: nothing. Asked before
// each try, on the thread of the call, so that one that has been replaced meanwhile is not sent.
using Bearer = std::function<std::string()>;

// What the file `path` holds at the time, without white space at its ends; nothing where it cannot be read,
// is longer than 8 KiB, or holds what is no bearer.
Bearer BearerFromFile(std::string path);

// Whether `text` can be sent as one: visible ASCII characters, and at least one of them.
bool IsBearer(std::string_view text);

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_BEARER_H_
