#include "client/request_id.h"

#include "absl/strings/str_format.h"

namespace zoetrope::client {

std::string MakeRequestId(Environment& environment) {
  const uint64_t high = environment.RandomBits();
  const uint64_t low = environment.RandomBits();
  // RFC 9562: version 4 in the upper digit of the third group, variant 10 in the upper bits of the fourth.
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                         ((low >> 48) & 0x3fff) | 0x8000, low & 0xffffffffffff);
}

}  // namespace zoetrope::client
