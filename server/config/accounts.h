// The configured accounts as the engine uses them.
#ifndef ZOETROPE_SERVER_CONFIG_ACCOUNTS_H_
#define ZOETROPE_SERVER_CONFIG_ACCOUNTS_H_

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/secret.h"
#include "server/engine/account.h"
#include "server/providers/registry.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

using SecretReader = std::function<absl::StatusOr<Secret>(const config::v1::SecretRef&)>;

// `config` has passed CheckConfig. The accounts, each of one of `dialects`, or everything that is in the way,
// one line each, as FAILED_PRECONDITION.
absl::StatusOr<std::vector<Account>> MakeAccounts(const config::v1::Config& config,
                                                  const SecretReader& read_secret,
                                                  std::span<const DialectEntry> dialects = Dialects());

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_ACCOUNTS_H_
