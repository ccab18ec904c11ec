#include "server/config/secrets.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

constexpr std::size_t kSecretBytes = 8u << 10;

absl::StatusOr<Secret> Clean(std::string text, const std::string& place, SecretForm form) {
  absl::StripTrailingAsciiWhitespace(&text);
  Secret secret(std::move(text));
  if (secret.empty()) return absl::FailedPreconditionError(absl::StrCat(place, " holds nothing"));
  const std::string_view bytes = secret.Reveal();
  // A line break in it would end the header and begin another.
  const char least = form == SecretForm::kWords ? ' ' : '!';
  if (!std::all_of(bytes.begin(), bytes.end(), [least](char c) { return c >= least && c < 0x7f; })) {
    return absl::FailedPreconditionError(absl::StrCat(place, " holds something that is no credential"));
  }
  return secret;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return absl::FailedPreconditionError(absl::StrCat("cannot read `", path, "`"));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) {
    return absl::FailedPreconditionError(absl::StrCat("`", path, "` is longer than ", bytes_max, " bytes"));
  }
  return text;
}

absl::StatusOr<Secret> ReadSecret(const config::v1::SecretRef& reference, const Environment& environment,
                                  SecretForm form) {
  using config::v1::SecretRef;
  switch (reference.source_case()) {
    case SecretRef::kFile: {
      absl::StatusOr<std::string> text = ReadFile(reference.file(), kSecretBytes);
      if (!text.ok()) return text.status();
      return Clean(*std::move(text), absl::StrCat("the file `", reference.file(), "`"), form);
    }
    case SecretRef::kEnv: {
      std::optional<std::string> text = environment(reference.env());
      if (!text) {
        return absl::FailedPreconditionError(
            absl::StrCat("the environment variable `", reference.env(), "` is not set"));
      }
      return Clean(*std::move(text), absl::StrCat("the environment variable `", reference.env(), "`"), form);
    }
    case SecretRef::kDummy:
      return Clean(reference.dummy(), "the dummy", form);
    case SecretRef::SOURCE_NOT_SET:
      break;
  }
  return absl::FailedPreconditionError("no credential is named");
}

}  // namespace zoetrope
