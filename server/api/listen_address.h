// The addresses that the server listens at, as text: `host:port`, `[v6]:port` or `unix:path`.
#ifndef ZOETROPE_SERVER_API_LISTEN_ADDRESS_H_
#define ZOETROPE_SERVER_API_LISTEN_ADDRESS_H_

#include <string_view>

namespace zoetrope {

// `host` of `host:port`, with the brackets that IPv6 has.
std::string_view ListenHostOf(std::string_view address);

// Whether only this machine reaches `address`.
bool IsLoopbackListen(std::string_view address);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_LISTEN_ADDRESS_H_
