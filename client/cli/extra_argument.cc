#include "client/cli/extra_argument.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"

namespace zoetrope::cli {
namespace {

// The whole of `text` as a number, or nothing.
template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool LooksLikeNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

bool LooksWhole(std::string_view text) {
  if (text.front() == '-') text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The type that the value looks like.
char GuessType(std::string_view value) {
  if (value == "true" || value == "false") return 'b';
  if (!LooksLikeNumber(value)) return 's';
  if (LooksWhole(value)) return 'i';
  return Number<double>(value) ? 'n' : 's';
}

bool SetValue(char type, std::string_view value, v1::Parameter& parameter) {
  switch (type) {
    case 's':
      parameter.set_string_value(std::string(value));
      return true;
    case 'b':
      parameter.set_bool_value(value == "true");
      return value == "true" || value == "false";
    case 'i': {
      const auto number = Number<int64_t>(value);
      if (number) parameter.set_integer_value(*number);
      return number.has_value();
    }
    case 'n': {
      const auto number = Number<double>(value);
      if (number) parameter.set_number_value(*number);
      return number && std::isfinite(*number);
    }
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<std::pair<std::string, std::string>> ParseKeyValue(std::string_view argument) {
  const size_t equals = argument.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(argument), "' is not of the form name=value"));
  }
  return std::pair(std::string(argument.substr(0, equals)), std::string(argument.substr(equals + 1)));
}

absl::StatusOr<v1::Parameter> ParseExtra(std::string_view argument) {
  auto split = ParseKeyValue(argument);
  if (!split.ok()) return split.status();
  auto& [name, value] = *split;
  char type = GuessType(value);
  if (name.size() > 2 && name[name.size() - 2] == ':') {
    type = name.back();
    name.resize(name.size() - 2);
  }
  v1::Parameter parameter;
  parameter.set_name(name);
  if (SetValue(type, value, parameter)) return parameter;
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(argument),
                   "': the value is not of its type; types are :s text, :i whole number, :n number, :b ",
                   "true or false"));
}

}  // namespace zoetrope::cli
