#ifndef ZOETROPE_CLIENT_CLI_EXTRA_ARGUMENT_H_
#define ZOETROPE_CLIENT_CLI_EXTRA_ARGUMENT_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "zoetrope/v1/generation.pb.h"

namespace zoetrope::cli {

// Reads `name=value` as a typed parameter: `true` and `false` are switches, `12` is a whole number, `0.5` and
// `1e3` are numbers, everything else is text. `name:s=value` says that it is text whatever it looks like;
// `:i`, `:n` and `:b` say the other types. INVALID_ARGUMENT where the name is missing or the value is not of
// the type that was said.
absl::StatusOr<v1::Parameter> ParseExtra(std::string_view argument);

// Splits `key=value` at the first `=`. INVALID_ARGUMENT without one, or with an empty key.
absl::StatusOr<std::pair<std::string, std::string>> ParseKeyValue(std::string_view argument);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_EXTRA_ARGUMENT_H_
