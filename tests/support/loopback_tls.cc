#include "tests/support/loopback_tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace zoetrope::testing {
namespace {

void AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Picks `arg` (one length-prefixed protocol) when the client offers it.
int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                   unsigned in_size, void* arg) {
  const auto* wanted = static_cast<const std::string*>(arg);
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(wanted->data()),
                            static_cast<unsigned>(wanted->size()), in, in_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// The path of a new file with what `write` puts there.
template <typename Write>
std::string WriteFile(const std::string& what, Write write) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/loopback_" + what + "_XXXXXX";
  std::FILE* file = fdopen(mkstemp(path.data()), "w");
  write(file);
  std::fclose(file);
  return path;
}

}  // namespace

LoopbackTls::LoopbackTls(const std::string& names)
    : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
  X509* certificate = certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key_.get());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("loopback"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate, name);
  AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, NID_subject_alt_name, names.c_str());
  X509_sign(certificate, key_.get(), EVP_sha256());

  ca_file_ = WriteFile("ca", [certificate](std::FILE* file) { PEM_write_X509(file, certificate); });
  key_file_ = WriteFile("key", [this](std::FILE* file) {
    PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

LoopbackTls::~LoopbackTls() {
  unlink(ca_file_.c_str());
  unlink(key_file_.c_str());
}

std::shared_ptr<SSL_CTX> LoopbackTls::NewServerContext(const std::string& protocol) const {
  auto wire = std::make_shared<std::string>(1, static_cast<char>(protocol.size()));
  wire->append(protocol);
  // The deleter keeps alive what the callback points to.
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()),
                                   [wire](SSL_CTX* ended) { SSL_CTX_free(ended); });
  SSL_CTX_use_certificate(context.get(), certificate_.get());
  SSL_CTX_use_PrivateKey(context.get(), key_.get());
  SSL_CTX_set_alpn_select_cb(context.get(), ChooseProtocol, wire.get());
  return context;
}

}  // namespace zoetrope::testing
