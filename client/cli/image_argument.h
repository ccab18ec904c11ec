#ifndef ZOETROPE_CLIENT_CLI_IMAGE_ARGUMENT_H_
#define ZOETROPE_CLIENT_CLI_IMAGE_ARGUMENT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "zoetrope/v1/generation.pb.h"

namespace zoetrope::cli {

// Reads the value of --image and its like: an https URL goes to the server as it is; anything else names a
// file whose bytes go with the request. What the server would refuse is refused here, before anything is
// sent: a file above 8 MiB, or one that is no JPEG, PNG or WebP by its first bytes (whatever its name says).
absl::StatusOr<v1::Image> ReadImageArgument(const std::string& argument);

// `image/jpeg`, `image/png`, `image/webp`, or empty.
std::string_view ImageType(std::string_view bytes);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_IMAGE_ARGUMENT_H_
