#include "tests/sandbox/openai_request.h"

#include <algorithm>
#include <utility>

#include "tests/sandbox/error_reply.h"

namespace zoetrope::sandbox {
namespace {

constexpr std::string_view kInvalid = "invalid_request_error";

Reply Invalid(const std::string& message, std::string_view param, std::string_view code) {
  return OpenaiError(400, kInvalid, message, param, code);
}

// "'4', '8', and '12'".
std::string List(const std::vector<std::string_view>& values, const char* last) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += values.size() == 2 ? " " : ", ";
    if (i > 0 && i + 1 == values.size()) text.append(last).append(" ");
    text.append("'").append(values[i]).append("'");
  }
  return text;
}

std::string TypeWord(const Json& value) {
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a decimal number";
  if (value.is_string()) return "a string";
  if (value.is_boolean()) return "a boolean";
  if (value.is_array()) return "an array";
  return value.is_object() ? "an object" : "null";
}

Reply WrongLength(const Violation& violation) {
  const std::string& name = violation.path;
  if (AsText(violation.value).empty()) {
    return Invalid("Invalid '" + name +
                       "': empty string. Expected a string with minimum length 1, but got an empty string "
                       "instead.",
                   name, "empty_string");
  }
  const auto limit = static_cast<std::int64_t>(violation.field->max);
  return Invalid("Invalid '" + name + "': string too long. Expected a string with maximum length " +
                     std::to_string(limit) + ", but got a longer one instead.",
                 name, "string_above_max_length");
}

Reply Words(const Violation& violation) {
  const std::string& name = violation.path;
  switch (violation.wrong) {
    case Wrong::kMissing:
      return Invalid("Missing required parameter: '" + name + "'.", name, "missing_required_parameter");
    case Wrong::kType: {
      const std::vector<std::string_view>& one_of = violation.field->one_of;
      const std::string expected = one_of.empty() ? "a string" : "one of " + List(one_of, "or");
      return Invalid("Invalid type for '" + name + "': expected " + expected + ", but got " +
                         TypeWord(violation.value) + " instead.",
                     name, "invalid_type");
    }
    case Wrong::kNotAllowed:
      return Invalid("Invalid value: '" + AsText(violation.value) +
                         "'. Supported values are: " + List(violation.field->one_of, "and") + ".",
                     name, "invalid_value");
    case Wrong::kLength:
      return WrongLength(violation);
    default:
      return Invalid("Unknown parameter: '" + name + "'.", name, "unknown_parameter");
  }
}

void AddFormField(FormPart part, OpenaiBody* body) {
  if (part.name == "input_reference" && part.is_file) {
    body->uploaded = std::move(part);
    return;
  }
  const std::size_t open = part.name.find('[');
  if (open == std::string::npos || !part.name.ends_with("]")) {
    body->fields[part.name] = std::move(part.body);
    return;
  }
  Json& parent = body->fields[part.name.substr(0, open)];
  if (!parent.is_object()) parent = Json::object();
  parent[part.name.substr(open + 1, part.name.size() - open - 2)] = std::move(part.body);
}

Reply BadReference(const std::string& message, std::string_view code) {
  return Invalid(message, "input_reference", code);
}

bool IsPictureType(const std::string& type) {
  return type == "image/jpeg" || type == "image/png" || type == "image/webp";
}

// What `input_reference` names: an upload, or an object with one of two keys.
OpenaiPicture Load(World* world, const Request& request, const OpenaiBody& body, PictureResult* found) {
  if (body.uploaded) {
    const std::string type = LowerCase(body.uploaded->content_type);
    if (!IsPictureType(type)) {
      return {nullptr,
              BadReference("Invalid file 'input_reference': unsupported mimetype ('" +
                               (type.empty() ? "application/octet-stream" : type) +
                               "'). Supported file formats are 'image/jpeg', 'image/png', 'image/webp', "
                               "and 'video/mp4'.",
                           "unsupported_file_mimetype")};
    }
    *found = world->pictures.FromBytes(body.uploaded->body);
    return {};
  }
  const auto it = body.fields.find("input_reference");
  if (it == body.fields.end()) return {};
  if (!it->is_object()) {
    return {nullptr, BadReference(std::string("Invalid type for 'input_reference': expected ") +
                                      (body.form ? "a file" : "an object") + ", but got " + TypeWord(*it) +
                                      " instead.",
                                  "invalid_type")};
  }
  const Json* url = At(*it, "image_url");
  if (it->contains("file_id") == (url != nullptr)) {
    return {nullptr,
            BadReference("Invalid 'input_reference': exactly one of 'image_url' and 'file_id' must be "
                         "given.",
                         "invalid_value")};
  }
  if (url == nullptr) {
    return {nullptr, OpenaiError(404, kInvalid, "No such File object.", "input_reference", "not_found")};
  }
  if (!url->is_string()) {
    return {nullptr,
            BadReference("Invalid type for 'input_reference.image_url': expected a string, but got " +
                             TypeWord(*url) + " instead.",
                         "invalid_type")};
  }
  *found = world->pictures.Resolve(url->get<std::string>(), request.Header("host"), false);
  return {};
}

}  // namespace

OpenaiBody ReadOpenaiBody(const Request& request) {
  OpenaiBody body;
  const std::string_view type = request.Header("content-type");
  body.form = IsForm(type);
  if (body.form) {
    std::optional<std::vector<FormPart>> parts = ParseForm(type, request.body);
    body.readable = parts.has_value();
    if (!parts) return body;
    for (FormPart& part : *parts) AddFormField(std::move(part), &body);
    return body;
  }
  body.fields = Json::parse(request.body, nullptr, false);
  body.readable = body.fields.is_object();
  if (!body.readable) body.fields = Json::object();
  DropNulls(&body.fields);
  return body;
}

const Endpoint* OpenaiModel(const OpenaiBody& body) {
  const auto it = body.fields.find("model");
  return FindEndpoint(Provider::kOpenai, it == body.fields.end() ? "sora-2" : AsText(*it));
}

std::optional<Reply> CheckOpenaiFields(const Endpoint& endpoint, const OpenaiBody& body) {
  const std::vector<Violation> violations = CheckFields(endpoint, body.fields);
  if (violations.empty()) return std::nullopt;
  return Words(violations.front());
}

OpenaiPicture ReadOpenaiPicture(World* world, const Request& request, const OpenaiBody& body,
                                const Endpoint& endpoint) {
  PictureResult found;
  OpenaiPicture read = Load(world, request, body, &found);
  if (read.refused) return read;
  if (!found.error.empty()) {
    const bool lost = found.error == "file_download_error";
    return {nullptr, BadReference(lost ? "Invalid 'input_reference': the image could not be downloaded."
                                       : "Invalid file 'input_reference': the image could not be read.",
                                  "invalid_image_file")};
  }
  if (found.picture == nullptr) return read;
  const Wish wish = ReadWish(endpoint, body.fields, nullptr);
  if (!found.stand_in && (found.picture->width != wish.width || found.picture->height != wish.height)) {
    return {nullptr, OpenaiError(400, kInvalid, "Inpaint image must match the requested width and height")};
  }
  read.picture = std::move(found.picture);
  return read;
}

}  // namespace zoetrope::sandbox
