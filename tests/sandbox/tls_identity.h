#ifndef ZOETROPE_TESTS_SANDBOX_TLS_IDENTITY_H_
#define ZOETROPE_TESTS_SANDBOX_TLS_IDENTITY_H_

#include <string>

namespace zoetrope::sandbox {

// What a TLS server shows and proves, both PEM.
struct TlsIdentity {
  std::string certificate;
  std::string key;
};

// A new key (P-256) and a certificate that it signs itself, for localhost, 127.0.0.1, ::1 and the names of
// the providers' hosts (host_names.h), valid from an hour ago for a day. Clients must be told to trust it.
// Empty texts if OpenSSL fails.
TlsIdentity MakeTlsIdentity();

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_TLS_IDENTITY_H_
