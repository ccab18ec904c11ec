#include "tests/sandbox/runware_check.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace zoetrope::sandbox {
namespace {

// "positivePrompt" -> "PositivePrompt", "safety.mode" -> "SafetyMode": how the codes are built.
std::string InCode(std::string_view path) {
  std::string out;
  bool upper = true;
  for (const char c : path) {
    if (c == '.') {
      upper = true;
      continue;
    }
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return out;
}

std::string TypeName(Type type) {
  switch (type) {
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "float";
    case Type::kBoolean:
      return "boolean";
    case Type::kArray:
      return "array";
    default:
      return "string";
  }
}

Json AllowedValues(const Field& field) {
  Json values = Json::array();
  for (const std::string_view text : field.one_of) {
    const bool number = field.type == Type::kInteger || field.type == Type::kNumber;
    values.push_back(number ? Json::parse(text) : Json(text));
  }
  return values;
}

std::string Limit(double value) { return std::to_string(static_cast<std::int64_t>(value)); }

Json ShowViolation(const Json& task, const Violation& violation) {
  const std::string& path = violation.path;
  if (violation.wrong == Wrong::kUnknown) {
    return RunwareError(task, "unknownParameter",
                        "The parameter '" + path + "' is not supported by this model.", path);
  }
  if (violation.wrong == Wrong::kConflict) {
    Json error = RunwareError(task, "incompatibleParameters",
                              "'" + path + "' " + ConflictWords(violation, task) + ".");
    error["parameter"] = {path, violation.rule->when};
    return error;
  }
  if (violation.wrong == Wrong::kMissing) {
    return RunwareError(task, "missing" + InCode(path), "Missing required parameter '" + path + "'.", path);
  }
  const Field& field = *violation.field;
  std::string message = "Invalid value for '" + path + "'.";
  if (violation.wrong == Wrong::kNotAllowed) {
    std::string values;
    for (const std::string_view text : field.one_of) values.append(values.empty() ? "" : ", ").append(text);
    message += " Allowed: " + values + ".";
  } else if (violation.wrong == Wrong::kOutOfRange) {
    message += field.max > 1e15
                   ? " It must be at least " + Limit(field.min) + "."
                   : " It must be between " + Limit(field.min) + " and " + Limit(field.max) + ".";
  } else if (violation.wrong == Wrong::kLength) {
    message += " It must have " + Limit(field.min) + " to " + Limit(field.max) + " characters.";
  } else {
    message += " Expected a value of type " + TypeName(field.type) + ".";
  }
  Json error = RunwareError(task, "invalid" + InCode(path), message, path);
  error["type"] = TypeName(field.type);
  if (!field.one_of.empty()) error["allowedValues"] = AllowedValues(field);
  return error;
}

// One item or more: a string, or {"image", "frame"}; some models animate the first frame only.
void CheckFrames(const Endpoint& endpoint, const Json& task, Json* errors) {
  const Json* frames = At(task, "inputs.frameImages");
  if (frames == nullptr) return;
  const auto wrong = [&](const std::string& message) {
    errors->push_back(RunwareError(task, "invalidFrameImages", message, "inputs.frameImages"));
  };
  const std::size_t limit = endpoint.max_frames;
  if (!frames->is_array() || frames->empty() || frames->size() > limit) {
    return wrong("'frameImages' must be an array of 1" + std::string(limit > 1 ? " or 2" : "") + " item(s).");
  }
  for (const Json& item : *frames) {
    if (item.is_string()) continue;
    if (!item.is_object() || !item.contains("image") || !item["image"].is_string()) {
      return wrong("Each item of 'frameImages' must be an image or an object with 'image'.");
    }
    for (const auto& [key, value] : item.items()) {
      if (key != "image" && key != "frame") {
        const std::string path = "inputs.frameImages." + key;
        errors->push_back(
            RunwareError(task, "unknownParameter", "The parameter '" + path + "' is not supported.", path));
      }
    }
    if (!item.contains("frame")) continue;
    const bool first = item["frame"] == "first" || item["frame"] == 0;
    const bool last = limit > 1 && (item["frame"] == "last" || item["frame"] == -1);
    if (!first && !last)
      return wrong("Invalid 'frame': this model supports " +
                   std::string(limit == 1 ? "the first frame only." : "first and last."));
  }
}

bool AllowedSize(const Endpoint& endpoint, int width, int height) {
  return std::any_of(endpoint.sizes.begin(), endpoint.sizes.end(),
                     [&](const Size& size) { return size.width == width && size.height == height; });
}

void CheckSize(const Endpoint& endpoint, const Json& task, Json* errors) {
  const bool width = task.contains("width");
  const bool height = task.contains("height");
  const bool frames = At(task, "inputs.frameImages") != nullptr;
  const auto conflict = [&](std::string_view message, Json parameters) {
    Json error = RunwareError(task, "incompatibleParameters", message);
    error["parameter"] = std::move(parameters);
    errors->push_back(std::move(error));
  };
  if (width != height) {
    return conflict("'width' and 'height' must be used together.", {"width", "height"});
  }
  if (At(task, "inputs.videoId") != nullptr) {
    if (width)
      conflict("'width' and 'height' cannot be used with 'inputs.videoId'.",
               {"inputs.videoId", "width", "height"});
    if (frames)
      conflict("'inputs.frameImages' cannot be used with 'inputs.videoId'.",
               {"inputs.videoId", "inputs.frameImages"});
    return;
  }
  if (task.contains("resolution")) {
    if (width)
      conflict("'resolution' cannot be used with 'width' and 'height'.", {"resolution", "width", "height"});
    if (!frames) conflict("'resolution' needs 'inputs.frameImages'.", {"resolution", "inputs.frameImages"});
    return;
  }
  if (width && frames && endpoint.dimensions == Dimensions::kNoFrames) {
    return conflict("'width' and 'height' cannot be used with 'inputs.frameImages'; use 'resolution'.",
                    {"inputs.frameImages", "width", "height"});
  }
  if (!width && endpoint.dimensions == Dimensions::kAlways) {
    errors->push_back(RunwareError(task, "missingWidth", "Missing required parameter 'width'.", "width"));
    return;
  }
  if (!width && !frames) {
    return conflict("Either provide 'inputs.frameImages', or specify 'width' and 'height'.",
                    {"inputs.frameImages", "width", "height"});
  }
  if (width && !AllowedSize(endpoint, task["width"].get<int>(), task["height"].get<int>())) {
    Json error = RunwareError(task, "unsupportedDimensions",
                              "The combination of 'width' and 'height' is not supported.");
    error["parameter"] = {"width", "height"};
    errors->push_back(std::move(error));
  }
}

}  // namespace

Json RunwareError(const Json& task, std::string_view code, std::string_view message,
                  std::string_view parameter) {
  Json error{{"code", code}, {"message", message}};
  if (!parameter.empty()) error["parameter"] = parameter;
  for (const char* key : {"taskType", "taskUUID"}) {
    if (task.is_object() && task.contains(key)) error[key] = task[key];
  }
  error["documentation"] = "https://runware.ai/docs/platform/errors";
  return error;
}

Json CheckRunwareTask(const Endpoint& endpoint, const Json& task) {
  Json errors = Json::array();
  for (const Violation& violation : CheckFields(endpoint, task))
    errors.push_back(ShowViolation(task, violation));
  if (task.contains("taskUUID") && task["taskUUID"].is_string() &&
      !IsUuidV4(task["taskUUID"].get<std::string>())) {
    errors.push_back(RunwareError(task, "invalidTaskUUID", "'taskUUID' must be a UUID v4.", "taskUUID"));
  }
  const Json* output = At(task, "outputType");
  if (output != nullptr && *output != "URL" && *output != Json::array({"URL"})) {
    errors.push_back(RunwareError(task, "invalidOutputType", "Invalid value for 'outputType'. Allowed: URL.",
                                  "outputType"));
  }
  // The rules between fields make no sense on fields that are wrong by themselves.
  if (!errors.empty()) return errors;
  CheckFrames(endpoint, task, &errors);
  CheckSize(endpoint, task, &errors);
  return errors;
}

bool IsUuidV4(std::string_view text) {
  if (text.size() != 36 || text[14] != '4') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return std::string_view("89abAB").find(text[19]) != std::string_view::npos;
}

std::string FirstFrame(const Json& task) {
  const Json* frames = At(task, "inputs.frameImages");
  if (frames == nullptr || !frames->is_array()) return "";
  for (const Json& item : *frames) {
    if (item.is_string()) return item.get<std::string>();
    const bool last = item.contains("frame") && (item["frame"] == "last" || item["frame"] == -1);
    if (!last && item.contains("image")) return item["image"].get<std::string>();
  }
  return "";
}

}  // namespace zoetrope::sandbox
