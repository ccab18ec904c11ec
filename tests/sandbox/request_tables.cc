#include "tests/sandbox/request_tables.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/sandbox/http_message.h"

namespace zoetrope::sandbox {
namespace {

std::size_t Characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool IsWhole(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::abs(number) < 1e15 && number == std::floor(number);
}

bool HasType(const Json& value, Type type) {
  switch (type) {
    case Type::kString:
      return value.is_string();
    case Type::kInteger:
      return value.is_number_integer();
    case Type::kNumber:
      return value.is_number();
    case Type::kBoolean:
      return value.is_boolean();
    case Type::kIntegerOrDigits:
      return value.is_number_integer() || value.is_string();
    case Type::kArray:
      return value.is_array();
    case Type::kAny:
      return true;
  }
  return false;
}

// 8 and 8.0 are the same duration.
std::string Canonical(const Json& value) {
  if (value.is_number_float() && IsWhole(value)) {
    return std::to_string(static_cast<std::int64_t>(value.get<double>()));
  }
  return AsText(value);
}

void CheckField(const Field& field, const Json& input, std::vector<Violation>* violations) {
  const Json* value = At(input, field.path);
  const std::string path(field.path);
  if (value == nullptr || value->is_null()) {
    const bool spared = !field.unless.empty() && At(input, field.unless) != nullptr;
    if (field.required && !spared) violations->push_back({Wrong::kMissing, &field, path, nullptr});
    return;
  }
  if (!HasType(*value, field.type)) {
    violations->push_back({Wrong::kType, &field, path, *value});
    return;
  }
  if (!field.one_of.empty()) {
    const std::string text = Canonical(*value);
    if (std::find(field.one_of.begin(), field.one_of.end(), text) == field.one_of.end()) {
      violations->push_back({Wrong::kNotAllowed, &field, path, *value});
    }
    return;
  }
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number < field.min || number > field.max)
      violations->push_back({Wrong::kOutOfRange, &field, path, *value});
  } else if (value->is_string()) {
    const std::string& text = value->get_ref<const std::string&>();
    const auto length = static_cast<double>(field.in_bytes ? text.size() : Characters(text));
    if (length < field.min || length > field.max)
      violations->push_back({Wrong::kLength, &field, path, *value});
    if (field.required && length == 0 && !(field.min > 0)) {
      violations->push_back({Wrong::kMissing, &field, path, *value});
    }
  } else if (value->is_array()) {
    const auto items = static_cast<double>(value->size());
    if (items < field.min || items > field.max) violations->push_back({Wrong::kLength, &field, path, *value});
  }
}

bool Contains(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

void CheckRule(const Rule& rule, const Json& input, std::vector<Violation>* violations) {
  const Json* when = At(input, rule.when);
  const Json* then = At(input, rule.then);
  if (when == nullptr || then == nullptr) return;
  if (!rule.is.empty() && !Contains(rule.is, Canonical(*when))) return;
  if (Contains(rule.only, Canonical(*then))) return;
  violations->push_back({Wrong::kConflict, nullptr, std::string(rule.then), *then, &rule});
}

void CheckUnknown(const Endpoint& endpoint, const Json& input, const std::string& prefix,
                  std::vector<Violation>* violations) {
  for (const auto& [key, value] : input.items()) {
    const std::string path = prefix + key;
    const bool known = std::any_of(endpoint.fields.begin(), endpoint.fields.end(),
                                   [&](const Field& field) { return field.path == path; });
    if (known) continue;
    const bool folder =
        value.is_object() && std::any_of(endpoint.fields.begin(), endpoint.fields.end(),
                                         [&](const Field& f) { return StartsWith(f.path, path + "."); });
    if (folder) {
      CheckUnknown(endpoint, value, path + ".", violations);
    } else {
      violations->push_back({Wrong::kUnknown, nullptr, path, value});
    }
  }
}

struct Aspect {
  std::string_view name;
  int width;
  int height;
};

constexpr Aspect kAspects[] = {{"16:9", 16, 9}, {"9:16", 9, 16}, {"1:1", 1, 1}, {"4:3", 4, 3},
                               {"3:4", 3, 4},   {"21:9", 21, 9}, {"3:2", 3, 2}, {"2:3", 2, 3}};
constexpr int kCommonAspects = 6;  // the first ones, which most endpoints have

// "auto" takes the shape nearest to the picture's.
const Aspect& ChooseAspect(const Endpoint& endpoint, std::string_view name, const Picture* picture) {
  for (const Aspect& aspect : kAspects) {
    if (aspect.name == name) return aspect;
  }
  if (picture == nullptr || picture->height == 0) return kAspects[0];
  const bool only_two = endpoint.id.find("sora-2") != std::string_view::npos;
  const double wanted = std::log(static_cast<double>(picture->width) / picture->height);
  const auto distance = [&](const Aspect& a) {
    return std::abs(std::log(static_cast<double>(a.width) / a.height) - wanted);
  };
  return *std::min_element(kAspects, kAspects + (only_two ? 2 : kCommonAspects),
                           [&](const Aspect& a, const Aspect& b) { return distance(a) < distance(b); });
}

// The shorter side of a tier: "720p", "4k".
int SideOf(const std::string& resolution) {
  const int number = std::atoi(resolution.c_str());
  const bool thousands = resolution.find_first_of("kK") != std::string::npos;
  return std::max(16, thousands ? number * 540 : number);
}

// The shorter side has the length that the resolution is named after; sides are even, or the encoder could
// not take them. ByteDance keeps the area instead, and its 480p is a little more than that.
void SetSize(const std::string& resolution, const Aspect& aspect, bool same_area, Wish* wish) {
  const int side = SideOf(resolution);
  const int shorter = std::min(aspect.width, aspect.height);
  wish->width = side * aspect.width / shorter & ~1;
  wish->height = side * aspect.height / shorter & ~1;
  if (!same_area) return;
  const double area = side == 480 ? 864.0 * 496 : side * 16.0 / 9 * side;
  double ratio = 1.0 * aspect.width / aspect.height;
  if (side == 480 && aspect.name == "16:9") ratio = 864.0 / 496;
  if (side == 480 && aspect.name == "9:16") ratio = 496.0 / 864;
  wish->width = static_cast<int>(std::sqrt(area * ratio) + 1e-6) & ~1;
  wish->height = static_cast<int>(area / wish->width + 1e-6) & ~1;
}

std::string TextAt(const Json& input, std::string_view path, std::string_view otherwise) {
  const Json* value = At(input, path);
  return value == nullptr || value->is_null() ? std::string(otherwise) : AsText(*value);
}

std::string ResolutionOfSides(int width, int height) {
  const int shorter = std::min(width, height);
  if (shorter <= 500) return "480p";
  return shorter <= 960 && std::max(width, height) <= 1440 ? "720p" : "1080p";
}

void ReadSize(const Endpoint& endpoint, const Json& input, const Picture* picture, Wish* wish) {
  wish->resolution = TextAt(input, "resolution", endpoint.rates.front().resolution);
  if (wish->resolution == "auto") wish->resolution = endpoint.rates.front().resolution;
  const std::string aspect = TextAt(input, "aspect_ratio", endpoint.default_aspect);
  SetSize(wish->resolution, ChooseAspect(endpoint, aspect, picture), endpoint.same_area, wish);
  if (endpoint.size_style == SizeStyle::kSizeText && input.contains("size")) {
    const std::string size = AsText(input["size"]);
    wish->width = std::atoi(size.c_str());
    wish->height = std::atoi(size.c_str() + size.find_first_of("*x") + 1);
    const bool priced = std::any_of(endpoint.rates.begin(), endpoint.rates.end(),
                                    [&](const Rate& row) { return row.resolution == size; });
    wish->resolution = priced ? size : ResolutionOfSides(wish->width, wish->height);
  }
  if (endpoint.size_style == SizeStyle::kWidthHeight && input.contains("width") && input.contains("height")) {
    wish->width = input["width"].get<int>();
    wish->height = input["height"].get<int>();
    if (endpoint.rates.size() > 1) wish->resolution = ResolutionOfSides(wish->width, wish->height);
  }
}

std::int64_t PriceOf(const Endpoint& endpoint, const Json& input, const Wish& wish) {
  for (const ClipPrice& clip : endpoint.clip_prices) {
    if (clip.seconds == wish.seconds) return clip.nanos;
  }
  if (endpoint.nanos_per_token != 0) {
    const std::int64_t frames = std::int64_t{24} * wish.seconds;
    return wish.width * wish.height * frames / 1024 * endpoint.nanos_per_token;
  }
  const Rate* rate = &endpoint.rates.front();
  for (const Rate& row : endpoint.rates) {
    if (row.resolution == wish.resolution) rate = &row;
  }
  const bool sound = endpoint.audio_key.empty() ||
                     TextAt(input, endpoint.audio_key, endpoint.audio ? "true" : "false") == "true";
  const bool draft = !endpoint.draft_key.empty() && TextAt(input, endpoint.draft_key, "false") == "true";
  const std::int64_t each = sound || rate->silent_nanos < 0 ? rate->nanos_per_second : rate->silent_nanos;
  return each * wish.seconds / (draft ? 4 : 1);
}

}  // namespace

const Json* At(const Json& value, std::string_view path) {
  const Json* node = &value;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!node->is_object()) return nullptr;
    const auto it = node->find(std::string(path.substr(0, dot)));
    if (it == node->end()) return nullptr;
    node = &*it;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return node;
}

void DropNulls(Json* value) {
  if (!value->is_object()) return;
  for (auto it = value->begin(); it != value->end();) {
    if (it->is_null()) {
      it = value->erase(it);
    } else {
      DropNulls(&*it);
      ++it;
    }
  }
}

std::string AsText(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<Violation> CheckFields(const Endpoint& endpoint, const Json& input, bool strict) {
  std::vector<Violation> violations;
  for (const Field& field : endpoint.fields) CheckField(field, input, &violations);
  if (strict || endpoint.rejects_unknown) CheckUnknown(endpoint, input, "", &violations);
  if (!violations.empty()) return violations;
  for (const Rule& rule : endpoint.rules) CheckRule(rule, input, &violations);
  return violations;
}

std::string ConflictWords(const Violation& violation, const Json& input) {
  const Rule& rule = *violation.rule;
  const std::string when = "'" + std::string(rule.when) + "'";
  const bool any = rule.is.empty();
  const std::string condition = any ? when : when + " is " + AsText(*At(input, rule.when));
  if (rule.only.empty()) return "cannot be used " + std::string(any ? "with " : "when ") + condition;
  std::string values;
  for (const std::string_view value : rule.only) values.append(values.empty() ? "" : " or ").append(value);
  return "must be " + values + " " + std::string(any ? "with " : "when ") + condition;
}

std::string PictureOf(const Endpoint& endpoint, const Json& input) {
  if (endpoint.picture_key.empty()) return "";
  const Json* value = At(input, endpoint.picture_key);
  return value == nullptr ? "" : AsText(*value);
}

Wish ReadWish(const Endpoint& endpoint, const Json& input, const Picture* picture) {
  Wish wish;
  wish.prompt = TextAt(input, endpoint.prompt_key, "");
  // "8", 8, "8s"; "auto" and -1 leave it to the model.
  wish.seconds = std::atoi(TextAt(input, endpoint.seconds_key, "").c_str());
  if (wish.seconds <= 0) wish.seconds = endpoint.default_seconds;
  ReadSize(endpoint, input, picture, &wish);
  wish.price_nanos = PriceOf(endpoint, input, wish);
  return wish;
}

}  // namespace zoetrope::sandbox
