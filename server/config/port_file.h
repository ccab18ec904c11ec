// Where the program tells which port it got.
#ifndef ZOETROPE_SERVER_CONFIG_PORT_FILE_H_
#define ZOETROPE_SERVER_CONFIG_PORT_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace zoetrope {

// Writes `port` and the end of a line to `path`, whole or not at all: whoever waits for the file may read it
// as soon as it is there. UNAVAILABLE where it cannot be written.
absl::Status WritePortFile(const std::string& path, int port);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_PORT_FILE_H_
