#ifndef ZOETROPE_CLIENT_CLI_TERMINAL_H_
#define ZOETROPE_CLIENT_CLI_TERMINAL_H_

#include <ostream>
#include <string>
#include <string_view>

namespace zoetrope::cli {

// How the user wants data on standard output.
enum class OutputFormat { kTable, kJson, kJsonl };

// What the two output channels can do.
struct Terminal {
  // Whether data goes to a terminal.
  bool out_is_terminal = false;
  // Whether data may be coloured.
  bool color_out = false;
  // Whether messages may be coloured.
  bool color_err = false;
  // Whether a line of messages may be drawn over.
  bool animate = false;
  // Columns of the terminal that messages go to; a line that is drawn over must not be longer. 0: not known.
  int columns = 0;
};

// Looks at the channels, at NO_COLOR (https://no-color.org) and at TERM. `no_color` is the flag of that name.
Terminal DetectTerminal(bool no_color);

// Where a command writes: data to `out`, everything that is said to a person to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;
  OutputFormat format = OutputFormat::kTable;
  bool quiet = false;

  // A line for a person; nothing where the user wants quiet.
  void Say(std::string_view line) const {
    if (!quiet) err << line << std::endl;
  }
};

// `text` in the colour of an SGR code such as "31", where `enabled`.
std::string Colored(std::string_view text, std::string_view code, bool enabled);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_TERMINAL_H_
