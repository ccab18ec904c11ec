#include "server/http/tls_roots.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace zoetrope {

absl::StatusOr<TlsRoots> TlsRoots::Load(const std::string& path) {
  const std::unique_ptr<BIO, void (*)(BIO*)> file(BIO_new_file(path.c_str(), "r"), BIO_free_all);
  if (file == nullptr) {
    ERR_clear_error();
    return absl::NotFoundError("cannot read the CA file " + path);
  }
  TlsRoots roots;
  while (X509* certificate = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
    roots.certificates_.emplace_back(certificate, X509_free);
  }
  ERR_clear_error();  // the end of the file is an error to OpenSSL, and the queue is the thread's
  if (roots.empty()) return absl::InvalidArgumentError("no certificate in the CA file " + path);
  return roots;
}

bool TlsRoots::AddTo(SSL_CTX* context) const {
  for (const auto& certificate : certificates_) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) return false;
  }
  return true;
}

}  // namespace zoetrope
