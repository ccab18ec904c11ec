#include "tests/sandbox/host_names.h"

#include <algorithm>
#include <iterator>

namespace zoetrope::sandbox {

const HostName* FindHostName(std::string_view host) {
  const std::string_view name = host.substr(0, host.find(':'));
  const auto* const row = std::find_if(std::begin(kHostNames), std::end(kHostNames),
                                       [&](const HostName& known) { return known.name == name; });
  return row == std::end(kHostNames) ? nullptr : row;
}

}  // namespace zoetrope::sandbox
