#include "server/config/tls_files.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstddef>
#include <ctime>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/secret.h"
#include "server/base/status_macros.h"
#include "server/config/secrets.h"

namespace zoetrope {
namespace {

constexpr std::size_t kPemBytes = std::size_t{1} << 20;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* it) const {
    Free(it);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

Bio BioOf(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

absl::Status Bad(const std::string& file, const char* why) {
  return absl::FailedPreconditionError(absl::StrCat("tls: `", file, "` ", why));
}

absl::StatusOr<Certificate> ReadCertificate(const std::string& file) {
  ZOETROPE_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kPemBytes));
  Certificate certificate(PEM_read_bio_X509(BioOf(text).get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return Bad(file, "holds no certificate in PEM");
  return certificate;
}

// A key with a password has no one to type it.
int NoPassword(char*, int, int, void*) { return 0; }

}  // namespace

absl::Status CheckTlsFiles(const config::v1::Tls& tls) {
  ZOETROPE_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(tls.certificate_file()));
  ZOETROPE_ASSIGN_OR_RETURN(std::string text, ReadFile(tls.key_file(), kPemBytes));
  const Secret secret(std::move(text));
  const Key key(PEM_read_bio_PrivateKey(BioOf(secret.Reveal()).get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) return Bad(tls.key_file(), "holds no key in PEM without a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return Bad(tls.key_file(), "is not the key of the certificate");
  if (!tls.client_ca_file().empty()) ZOETROPE_RETURN_IF_ERROR(ReadCertificate(tls.client_ca_file()).status());
  return absl::OkStatus();
}

std::optional<absl::Time> CertificateEnd(const std::string& file) {
  const absl::StatusOr<Certificate> certificate = ReadCertificate(file);
  std::tm end{};
  if (!certificate.ok() || ASN1_TIME_to_tm(X509_get0_notAfter(certificate->get()), &end) != 1)
    return std::nullopt;
  return absl::FromTM(end, absl::UTCTimeZone());
}

}  // namespace zoetrope
