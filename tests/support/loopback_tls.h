// A TLS identity made on the spot, for servers on loopback.
#ifndef ZOETROPE_TESTS_SUPPORT_LOOPBACK_TLS_H_
#define ZOETROPE_TESTS_SUPPORT_LOOPBACK_TLS_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace zoetrope::testing {

// A fresh key and a self-signed certificate, which is its own authority.
class LoopbackTls {
 public:
  // For `localhost`, 127.0.0.1 and ::1, or for these names, as OpenSSL writes them (`URI:spiffe://a/b`).
  explicit LoopbackTls(const std::string& names = "DNS:localhost,IP:127.0.0.1,IP:::1");
  ~LoopbackTls();  // removes the files
  LoopbackTls(const LoopbackTls&) = delete;

  // PEM file of the certificate: what a client must trust.
  const std::string& ca_file() const { return ca_file_; }
  // PEM file of its key.
  const std::string& key_file() const { return key_file_; }

  // For a server that offers `protocol` ("h2", "http/1.1") by ALPN when the client does.
  std::shared_ptr<SSL_CTX> NewServerContext(const std::string& protocol) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string ca_file_;
  std::string key_file_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_LOOPBACK_TLS_H_
