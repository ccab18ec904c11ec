#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace zoetrope::cli {

Terminal DetectTerminal(bool no_color) {
  const char* const term = std::getenv("TERM");
  const char* const refused = std::getenv("NO_COLOR");
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  const bool color = !no_color && !dumb && (refused == nullptr || *refused == '\0');
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) size.ws_col = 0;
  const bool out_is_terminal = isatty(STDOUT_FILENO) != 0;
  return {.out_is_terminal = out_is_terminal,
          .color_out = color && out_is_terminal,
          .color_err = color && isatty(STDERR_FILENO) != 0,
          .animate = !dumb && isatty(STDERR_FILENO) != 0,
          .columns = size.ws_col};
}

std::string Colored(std::string_view text, std::string_view code, bool enabled) {
  std::string result(text);
  if (enabled) result = "\x1b[" + std::string(code) + "m" + result + "\x1b[0m";
  return result;
}

}  // namespace zoetrope::cli
