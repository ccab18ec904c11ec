#include "server/config/config_loader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "server/catalogue/yaml_reader.h"
#include "server/config/config_check.h"

namespace zoetrope {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365);

// `UNKNOWN_OUTCOME_HOLD` of `UnknownOutcome` is written `hold`. The zero value cannot be written.
std::string WordOf(const EnumDescriptor& type, const EnumValueDescriptor& value) {
  const std::string zero = type.value(0)->name();
  const std::size_t prefix = zero.size() - std::string("UNSPECIFIED").size();
  return absl::AsciiStrToLower(value.name().substr(prefix));
}

void ReadEnum(const YAML::Node& node, const FieldDescriptor& field, Message* out, YamlContext& context) {
  const std::optional<std::string> text = ReadText(node, context);
  if (!text) return;
  const EnumDescriptor& type = *field.enum_type();
  std::vector<std::string> known;
  for (int i = 1; i < type.value_count(); ++i) {
    known.push_back(WordOf(type, *type.value(i)));
    if (known.back() == *text) return out->GetReflection()->SetEnum(out, &field, type.value(i));
  }
  context.Add(node.Mark(), absl::StrCat(field.name(), ": must be one of ", absl::StrJoin(known, ", ")));
}

void ReadDurationField(const YAML::Node& node, const FieldDescriptor& field, Message* out,
                       YamlContext& context) {
  const std::optional<std::string> text = ReadText(node, context);
  if (!text) return;
  absl::Duration duration;
  if (!absl::ParseDuration(*text, &duration) || duration < absl::ZeroDuration() ||
      duration > kLongestDuration) {
    return context.Add(node.Mark(),
                       absl::StrCat(field.name(), ": must be a time such as 250ms, 30s, 15m or 1h"));
  }
  auto* message = static_cast<google::protobuf::Duration*>(out->GetReflection()->MutableMessage(out, &field));
  message->set_seconds(absl::ToInt64Seconds(duration));
  message->set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(duration % absl::Seconds(1))));
}

void ReadTimeField(const YAML::Node& node, const FieldDescriptor& field, Message* out, YamlContext& context) {
  const std::optional<std::string> text = ReadText(node, context);
  if (!text) return;
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, *text, &time, nullptr)) {
    return context.Add(node.Mark(),
                       absl::StrCat(field.name(), ": must be a time such as 2027-01-01T00:00:00Z"));
  }
  auto* message =
      static_cast<google::protobuf::Timestamp*>(out->GetReflection()->MutableMessage(out, &field));
  message->set_seconds(absl::ToUnixSeconds(time));
}

void ReadMessage(YamlMap& map, Message* out);

std::optional<std::int32_t> ReadInt32(const YAML::Node& node, const FieldDescriptor& field,
                                      YamlContext& context) {
  const auto number = ReadInteger(node, context);
  if (!number) return std::nullopt;
  if (*number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    context.Add(node.Mark(), absl::StrCat(field.name(), ": must be a whole number from 0 to 2147483647"));
    return std::nullopt;
  }
  return static_cast<std::int32_t>(*number);
}

void ReadScalar(const YAML::Node& node, const FieldDescriptor& field, Message* out, YamlContext& context) {
  const google::protobuf::Reflection& reflection = *out->GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (auto text = ReadText(node, context)) reflection.SetString(out, &field, *std::move(text));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      if (const auto flag = ReadBool(node, context)) reflection.SetBool(out, &field, *flag);
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (const auto number = ReadNumber(node, context)) reflection.SetDouble(out, &field, *number);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return ReadEnum(node, field, out, context);
    case FieldDescriptor::CPPTYPE_INT32: {
      if (const auto number = ReadInt32(node, field, context)) reflection.SetInt32(out, &field, *number);
      return;
    }
    default:
      return context.Add(node.Mark(), absl::StrCat(field.name(), ": has a type that cannot be configured"));
  }
}

void ReadField(const YAML::Node& node, const std::string& path, const FieldDescriptor& field, Message* out,
               YamlContext& context) {
  if (field.is_repeated()) {  // of messages, whole numbers or texts
    const auto items = ReadList(node, context);
    if (!items) return;
    int index = 0;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      for (const YAML::Node& item : *items) {
        if (const auto number = ReadInt32(item, field, context))
          out->GetReflection()->AddInt32(out, &field, *number);
      }
      return;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      for (const YAML::Node& item : *items) {
        if (auto text = ReadText(item, context))
          out->GetReflection()->AddString(out, &field, *std::move(text));
      }
      return;
    }
    for (const YAML::Node& item : *items) {
      YamlMap map(item, absl::StrCat(path, "[", index++, "]"), context);
      ReadMessage(map, out->GetReflection()->AddMessage(out, &field));
    }
  } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    ReadScalar(node, field, out, context);
  } else if (field.message_type()->full_name() == "google.protobuf.Duration") {
    ReadDurationField(node, field, out, context);
  } else if (field.message_type()->full_name() == "google.protobuf.Timestamp") {
    ReadTimeField(node, field, out, context);
  } else {
    YamlMap map(node, path, context);
    ReadMessage(map, out->GetReflection()->MutableMessage(out, &field));
  }
}

// Every field of the message by its name; every other key is a problem.
void ReadMessage(YamlMap& map, Message* out) {
  const google::protobuf::Descriptor& type = *out->GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::optional<YAML::Node> node = map.Find(field.name(), Presence::kOptional);
    if (!node) continue;
    const auto* oneof = field.real_containing_oneof();
    if (oneof != nullptr && out->GetReflection()->HasOneof(*out, oneof)) {
      map.context().Add(node->Mark(), absl::StrCat(field.name(), ": only one of the ways can be given"));
      continue;
    }
    ReadField(*node, map.PathOf(field.name()), field, out, map.context());
  }
  map.Finish();
}

// Puts variables of the environment in place of `${env:NAME}` and `${env:NAME:-text}`.
void Expand(std::string* text, const std::string& path, const Environment& environment,
            YamlContext& context) {
  constexpr std::string_view kOpen = "${env:";
  std::string expanded;
  std::size_t at = 0;
  for (std::size_t open = text->find(kOpen); open != std::string::npos; open = text->find(kOpen, at)) {
    const std::size_t close = text->find('}', open);
    if (close == std::string::npos) return context.AddAt(path, "`${env:` without `}`");
    const std::string inside = text->substr(open + kOpen.size(), close - open - kOpen.size());
    const std::size_t otherwise = inside.find(":-");
    const std::string name = inside.substr(0, otherwise);
    std::optional<std::string> value = environment(name);
    if (!value && otherwise != std::string::npos) value = inside.substr(otherwise + 2);
    if (!value) context.AddAt(path, absl::StrCat("the environment variable `", name, "` is not set"));
    expanded += text->substr(at, open - at) + value.value_or("");
    at = close + 1;
  }
  *text = expanded + text->substr(at);
}

void ExpandUrls(config::v1::Config& config, const Environment& environment, YamlContext& context) {
  if (config.has_callbacks())
    Expand(config.mutable_callbacks()->mutable_url(), "callbacks.url", environment, context);
  if (config.has_tracing())
    Expand(config.mutable_tracing()->mutable_endpoint(), "tracing.endpoint", environment, context);
  for (int i = 0; i < config.providers_size(); ++i) {
    config::v1::Provider& provider = *config.mutable_providers(i);
    const std::string path = absl::StrCat("providers[", i, "]");
    Expand(provider.mutable_base_url(), path + ".base_url", environment, context);
    for (int j = 0; j < provider.base_urls_size(); ++j) {
      Expand(provider.mutable_base_urls(j)->mutable_url(), absl::StrCat(path, ".base_urls[", j, "].url"),
             environment, context);
    }
  }
}

void Default(std::string* text, std::string_view value) {
  if (text->empty()) *text = std::string(value);
}

void FillDefaults(config::v1::Config& config, const Environment& environment) {
  Default(config.mutable_listen(), "127.0.0.1:7468");
  Default(config.mutable_metrics_listen(), "127.0.0.1:9468");
  Default(config.mutable_health_listen(), "off");
  // Whoever wants a free port runs several servers on one machine.
  const bool free_port = absl::EndsWith(config.listen(), ":0");
  Default(config.mutable_admin()->mutable_listen(), free_port ? "127.0.0.1:0" : "127.0.0.1:7469");
  const std::optional<std::string> state = environment("STATE_DIRECTORY");
  Default(config.mutable_store()->mutable_sqlite()->mutable_path(),
          state && !state->empty() ? *state + "/zoetrope.db" : "zoetrope.db");
  config::v1::Sqlite& sqlite = *config.mutable_store()->mutable_sqlite();
  Default(sqlite.mutable_backup_folder(),
          (std::filesystem::path(sqlite.path()).parent_path() / "backups").string());
  for (config::v1::Provider& provider : *config.mutable_providers()) {
    Default(provider.mutable_dialect(), provider.name());
  }
}

// Whether no line says anything: blank ones and comments only.
bool SaysNothing(std::string_view yaml) {
  while (!yaml.empty()) {
    const std::size_t end = std::min(yaml.find('\n'), yaml.size());
    const std::size_t first = yaml.find_first_not_of(" \t\r");
    if (first < end && yaml[first] != '#') return false;
    yaml.remove_prefix(std::min(end + 1, yaml.size()));
  }
  return true;
}

}  // namespace

std::optional<std::string> ProcessVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Overrides WithEnvironment(Overrides flags, const Environment& environment) {
  if (!flags.listen) flags.listen = environment("ZOETROPE_LISTEN");
  if (!flags.metrics_listen) flags.metrics_listen = environment("ZOETROPE_METRICS_LISTEN");
  if (!flags.admin_listen) flags.admin_listen = environment("ZOETROPE_ADMIN_LISTEN");
  if (!flags.store) flags.store = environment("ZOETROPE_STORE");
  return flags;
}

ConfigResult LoadConfig(std::string_view file, std::string_view yaml, const Overrides& overrides,
                        const Environment& environment) {
  ConfigResult result;
  config::v1::Config& config = result.config;
  YamlContext context(file);
  // A file with nothing but comments is a configuration too.
  if (yaml.size() > YamlLimits{}.bytes || !SaysNothing(yaml)) {
    if (const std::optional<YAML::Node> root = ParseYaml(yaml, context); root) {
      YamlMap map(*root, "", context);
      ReadMessage(map, &config);
    }
  }
  if (overrides.listen) config.set_listen(*overrides.listen);
  if (overrides.metrics_listen) config.set_metrics_listen(*overrides.metrics_listen);
  if (overrides.admin_listen) config.mutable_admin()->set_listen(*overrides.admin_listen);
  if (overrides.store) config.mutable_store()->mutable_sqlite()->set_path(*overrides.store);
  ExpandUrls(config, environment, context);
  FillDefaults(config, environment);
  for (ConfigProblem& problem : CheckConfig(config)) {
    context.AddAt(problem.path, absl::StrCat(problem.path, ": ", problem.message));
  }
  result.problems = context.TakeProblems();
  return result;
}

}  // namespace zoetrope
