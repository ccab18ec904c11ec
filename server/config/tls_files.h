// The files of TLS, before gRPC reads them.
#ifndef ZOETROPE_SERVER_CONFIG_TLS_FILES_H_
#define ZOETROPE_SERVER_CONFIG_TLS_FILES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// FAILED_PRECONDITION: a file cannot be read, is no PEM of its kind, or the key is another certificate's. A
// certificate whose time is over is one all the same: jobs that are under way need the server more than its
// callers do.
absl::Status CheckTlsFiles(const config::v1::Tls& tls);

// When the certificate in `file` ends; nullopt: it cannot be read.
std::optional<absl::Time> CertificateEnd(const std::string& file);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_TLS_FILES_H_
