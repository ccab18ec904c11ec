// References to secrets → secrets.
#ifndef ZOETROPE_SERVER_CONFIG_SECRETS_H_
#define ZOETROPE_SERVER_CONFIG_SECRETS_H_

#include "absl/status/statusor.h"
#include "server/base/secret.h"
#include "server/config/config_loader.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// What a secret may be made of: one word, as keys are, or words with spaces between, as the values of
// headers.
enum class SecretForm { kWord, kWords };

// Reads what `reference` names. FAILED_PRECONDITION when it is not there, is empty, or cannot be put into a
// header; the message names the place and never what was found.
absl::StatusOr<Secret> ReadSecret(const config::v1::SecretRef& reference, const Environment& environment,
                                  SecretForm form = SecretForm::kWord);

// The whole of a file of at most `bytes_max` bytes.
absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t bytes_max);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_SECRETS_H_
