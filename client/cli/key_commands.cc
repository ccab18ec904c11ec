// Makes API keys. Needs no server: what the server keeps is the digest that this prints.
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/internal/sha256.h"

namespace zoetrope::cli {
namespace {

// 256 bits from the kernel; empty: it gave none.
std::string NewKey() {
  std::array<char, 32> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) return "";
  std::string text;
  absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()), &text);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return absl::StrCat("zk_", text);
}

ExitCode MakeKey(const Context& context, const std::string& expires) {
  const std::string key = NewKey();
  if (key.empty()) {
    context.console.Say("The machine gave no random bytes.");
    return ExitCode::kInternal;
  }
  client::Sha256 digest;
  digest.Add(key);
  const std::string hex = digest.Hex();
  context.console.Say(
      absl::StrCat("Into the principal's `keys`, in the server's configuration:\n  - {sha256: ", hex,
                   expires.empty() ? "" : absl::StrCat(", expire_time: \"", expires, "\""), "}\n",
                   "The key itself is shown this once; give it to the caller, and to nobody else:"));
  context.console.out << key << std::endl;
  return ExitCode::kOk;
}

}  // namespace

void AddKeyCommands(CLI::App& app, Command& chosen) {
  CLI::App& key = *app.add_subcommand("key", "For the operator: keys that callers show");
  key.require_subcommand(1);
  const auto expires = std::make_shared<std::string>();
  CLI::App& make = *key.add_subcommand(
      "new", "Make an API key: the key on standard output, what the server is to know beside it");
  make.add_option("--expires", *expires, "When it ends, as 2027-01-01T00:00:00Z; default: never");
  make.footer(
      HelpFooter("  zoetrope key new > ci.key\n  zoetrope key new --expires 2027-01-01T00:00:00Z > ci.key"));
  make.callback([&chosen, expires] {
    chosen = [expires](const Context& context) { return MakeKey(context, *expires); };
  });
}

}  // namespace zoetrope::cli
