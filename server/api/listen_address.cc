#include "server/api/listen_address.h"

namespace zoetrope {

std::string_view ListenHostOf(std::string_view address) {
  if (!address.empty() && address.front() == '[') return address.substr(0, address.find(']') + 1);
  return address.substr(0, address.rfind(':'));
}

bool IsLoopbackListen(std::string_view address) {
  if (address.substr(0, 5) == "unix:") return true;
  const std::string_view host = ListenHostOf(address);
  if (host == "localhost" || host == "[::1]") return true;
  // All of 127/8; only digits and dots, or a name such as 127.0.0.1.example.com would pass.
  return host.substr(0, 4) == "127." && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace zoetrope
