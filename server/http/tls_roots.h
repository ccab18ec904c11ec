// Certificate authorities that are trusted beside the machine's own.
#ifndef ZOETROPE_SERVER_HTTP_TLS_ROOTS_H_
#define ZOETROPE_SERVER_HTTP_TLS_ROOTS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace zoetrope {

// Immutable; copies share the certificates.
class TlsRoots {
 public:
  // None.
  TlsRoots() = default;

  // All certificates of a PEM file; an error names the file when it cannot be read or holds none.
  static absl::StatusOr<TlsRoots> Load(const std::string& path);

  bool empty() const { return certificates_.empty(); }

  // Makes `context` trust them. False when OpenSSL refuses.
  bool AddTo(SSL_CTX* context) const;

 private:
  std::vector<std::shared_ptr<X509>> certificates_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_TLS_ROOTS_H_
