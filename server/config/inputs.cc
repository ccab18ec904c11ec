#include "server/config/inputs.h"

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/base/strings.h"
#include "server/config/dialect_check.h"
#include "server/config/sandbox.h"
#include "server/config/secrets.h"
#include "server/config/tls_files.h"

namespace zoetrope {
namespace {

constexpr std::size_t kConfigBytes = 1u << 20;
constexpr std::size_t kCatalogueBytes = 8u << 20;
constexpr std::size_t kSealKeyBytes = 32;

struct NamedText {
  std::string name;
  std::string text;
};

// Notes a file that is about to be read.
void Note(const std::string& file, FileStamps* files) {
  if (files != nullptr && !file.empty()) files->emplace(file, StampOf(file));
}

bool Report(const std::vector<FileProblem>& found, std::ostream& problems) {
  for (const FileProblem& problem : found) problems << Format(problem) << "\n";
  return found.empty();
}

bool Report(const absl::Status& status, std::ostream& problems) {
  if (!status.ok()) problems << "zoetroped: " << ToStd(status.message()) << "\n";
  return status.ok();
}

// The file that was named, the text for the simulator, or none.
absl::StatusOr<NamedText> ConfigText(const InputSource& source, const Environment& environment,
                                     FileStamps* files) {
  if (!source.sandbox.empty()) {
    if (absl::Status status = CheckSandboxUrl(source.sandbox); !status.ok()) return status;
    return NamedText{"sandbox.yaml", std::string(SandboxConfigText())};
  }
  const std::string file =
      source.config.empty() ? environment("ZOETROPE_CONFIG").value_or("") : source.config;
  if (file.empty()) return NamedText{"defaults", ""};
  Note(file, files);
  absl::StatusOr<std::string> text = ReadFile(file, kConfigBytes);
  if (!text.ok()) return text.status();
  return NamedText{file, *std::move(text)};
}

// Beside the configuration, where it is a relative one; empty: the program's own.
std::string CatalogueFileOf(const config::v1::Config& config, const std::string& config_file) {
  if (config.catalogue().file().empty()) return "";
  return (std::filesystem::path(config_file).parent_path() / config.catalogue().file()).string();
}

std::unique_ptr<const Catalogue> ReadCatalogue(const std::string& file, std::ostream& problems) {
  std::string name = "default catalogue";
  std::string text(DefaultCatalogueText());
  if (!file.empty()) {
    name = file;
    absl::StatusOr<std::string> read = ReadFile(name, kCatalogueBytes);
    if (!Report(read.status(), problems)) return nullptr;
    text = *std::move(read);
  }
  CatalogueResult result = ParseCatalogue(name, text);
  if (result.catalogue != nullptr) result.problems = CheckDialects(name, *result.catalogue);
  return Report(result.problems, problems) ? std::move(result.catalogue) : nullptr;
}

// False: a price is agreed on for what the account has not got.
bool CheckAgreedPrices(const config::v1::Config& config, const Catalogue& catalogue, std::ostream& problems) {
  bool ok = true;
  for (const config::v1::Provider& provider : config.providers()) {
    for (const config::v1::AgreedPrice& price : provider.price().agreed()) {
      const Offering* offering = catalogue.FindOffering(price.offering());
      if (offering != nullptr && offering->dialect == provider.dialect()) continue;
      ok = Report(absl::FailedPreconditionError(
                      absl::StrCat("provider `", provider.name(), "`: price.agreed: `", price.offering(),
                                   "` is no offering of its dialect in the catalogue")),
                  problems);
    }
  }
  return ok;
}

// The key of `field` that something is sealed with. nullopt: it is in the way.
std::optional<Secret> ReadSealKey(std::string_view field, const config::v1::SecretRef& ref,
                                  const Environment& environment, std::ostream& problems) {
  absl::StatusOr<Secret> key = ReadSecret(ref, environment);
  if (key.ok() && key->Reveal().size() < kSealKeyBytes)
    key = absl::FailedPreconditionError(absl::StrCat("must have at least ", kSealKeyBytes, " characters"));
  if (key.ok()) return *std::move(key);
  Report(absl::FailedPreconditionError(absl::StrCat(ToAbsl(field), ": ", key.status().message())), problems);
  return std::nullopt;
}

// False: a key is in the way.
bool ReadKeys(const Environment& environment, Inputs& inputs, std::ostream& problems) {
  bool ok = true;
  if (const config::v1::Callbacks& callbacks = inputs.config.callbacks(); !callbacks.listen().empty()) {
    std::optional<Secret> key = ReadSealKey("callbacks.key", callbacks.key(), environment, problems);
    ok = key.has_value();
    if (key) inputs.Keep("callbacks.key", *key);
    if (key) inputs.callbacks.emplace(callbacks.url(), *std::move(key));
  }
  if (inputs.config.quotes().has_key()) {
    std::optional<Secret> key =
        ReadSealKey("quotes.key", inputs.config.quotes().key(), environment, problems);
    ok = ok && key.has_value();
    if (key) inputs.Keep("quotes.key", *key);
    if (key) inputs.quotes = std::make_shared<const QuoteIds>(*std::move(key));
  }
  for (const config::v1::TracingHeader& header : inputs.config.tracing().headers()) {
    absl::StatusOr<Secret> value = ReadSecret(header.value(), environment, SecretForm::kWords);
    if (!value.ok()) {
      ok = Report(absl::FailedPreconditionError(
                      absl::StrCat("tracing.headers: ", header.name(), ": ", value.status().message())),
                  problems);
      continue;
    }
    inputs.trace_headers.push_back({header.name(), std::string(value->Reveal()), /*secret=*/true});
    inputs.Keep(absl::StrCat("tracing.headers[", header.name(), "]"), *value);
  }
  return ok;
}

// False: an issuer's file, or one of TLS, is in the way. gRPC reads the latter itself, and would say no more
// than that nobody can connect.
bool ReadAuthFiles(FileStamps* files, Inputs& inputs, std::ostream& problems) {
  bool ok = true;
  for (const config::v1::TokenIssuer& issuer : inputs.config.auth().issuers()) {
    if (issuer.jwks_file().empty()) continue;
    Note(issuer.jwks_file(), files);
    absl::StatusOr<std::string> text = ReadFile(issuer.jwks_file(), kJwkSetBytes);
    absl::StatusOr<std::vector<Jwk>> keys = text.ok() ? ParseJwkSet(*text) : text.status();
    if (!keys.ok()) {
      ok = Report(absl::FailedPreconditionError(
                      absl::StrCat("auth.issuers: ", issuer.name(), ": ", keys.status().message())),
                  problems);
      continue;
    }
    inputs.issuer_keys[issuer.name()] = *std::move(keys);
  }
  const bool tls_ok = !inputs.config.has_tls() || Report(CheckTlsFiles(inputs.config.tls()), problems);
  return ok && tls_ok;
}

}  // namespace

std::optional<Inputs> ReadInputs(const InputSource& source, const Environment& environment,
                                 std::ostream& problems, FileStamps* files) {
  if (files != nullptr) files->clear();
  absl::StatusOr<NamedText> config = ConfigText(source, environment, files);
  if (!Report(config.status(), problems)) return std::nullopt;
  const Environment known =
      source.sandbox.empty() ? environment : WithSandboxUrl(environment, source.sandbox);
  ConfigResult read = LoadConfig(config->name, config->text, WithEnvironment(source.overrides, known), known);
  const bool config_ok = Report(read.problems, problems);
  Inputs inputs;
  inputs.config = std::move(read.config);
  // Also when the configuration is wrong elsewhere: whoever mends it sees everything at once.
  const std::string catalogue_file = CatalogueFileOf(inputs.config, config->name);
  Note(catalogue_file, files);
  inputs.catalogue = ReadCatalogue(catalogue_file, problems);
  if (!config_ok) return std::nullopt;
  for (const config::v1::Provider& provider : inputs.config.providers())
    Note(provider.api_key().file(), files);
  Note(inputs.config.callbacks().key().file(), files);
  Note(inputs.config.quotes().key().file(), files);
  for (const config::v1::TracingHeader& header : inputs.config.tracing().headers())
    Note(header.value().file(), files);
  absl::StatusOr<std::vector<Account>> accounts = MakeAccounts(
      inputs.config, [&known](const config::v1::SecretRef& ref) { return ReadSecret(ref, known); });
  const bool accounts_ok = Report(accounts.status(), problems);
  const bool keys_ok = ReadKeys(known, inputs, problems);
  const bool auth_ok = ReadAuthFiles(files, inputs, problems);
  const bool prices_ok =
      inputs.catalogue == nullptr || CheckAgreedPrices(inputs.config, *inputs.catalogue, problems);
  if (inputs.catalogue == nullptr || !accounts_ok || !keys_ok || !auth_ok || !prices_ok) return std::nullopt;
  inputs.accounts = *std::move(accounts);
  for (const Account& account : inputs.accounts) inputs.secrets.push_back(account.secret);
  return inputs;
}

}  // namespace zoetrope
