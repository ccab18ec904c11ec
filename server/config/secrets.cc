#include "server/config/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
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
  // Whoever opens a pipe waits for its other end, and a running server reads this on the thread that takes
  // its signals.
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return absl::NotFoundError(absl::StrCat("cannot read `", path, "`"));
  const std::unique_ptr<const int, void (*)(const int*)> closed(&descriptor,
                                                                [](const int* it) { close(*it); });
  struct stat found {};
  if (fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode))
    return absl::FailedPreconditionError(absl::StrCat("`", path, "` is no file"));
  std::string text(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(descriptor, text.data() + size, text.size() - size);
    if (got < 0) return absl::FailedPreconditionError(absl::StrCat("cannot read `", path, "`"));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
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
