#include "tests/sandbox/fal_result.h"

#include <cstdio>

#include "tests/sandbox/mangle.h"

namespace zoetrope::sandbox {
namespace {

std::string Expected(const Field& field) {
  std::string text;
  for (std::size_t i = 0; i < field.one_of.size(); ++i) {
    if (i > 0) text += i + 1 == field.one_of.size() ? " or " : ", ";
    const bool number = field.type == Type::kInteger || field.type == Type::kIntegerOrDigits;
    const char* quote = number ? "" : "'";
    text.append(quote).append(field.one_of[i]).append(quote);
  }
  return text;
}

Json Entry(const std::string& path, const std::string& message, const std::string& type) {
  return {{"loc", {"body", path}},
          {"msg", message},
          {"type", type},
          {"url", "https://docs.fal.ai/errors/#" + type}};
}

std::string TypeName(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "bool";
    case Type::kInteger:
    case Type::kIntegerOrDigits:
      return "int";
    case Type::kNumber:
      return "float";
    case Type::kArray:
      return "list";
    default:
      return "string";
  }
}

Json RangeEntry(const Violation& violation) {
  const double value = violation.value.get<double>();
  const bool below = value < violation.field->min;
  const auto limit = static_cast<std::int64_t>(below ? violation.field->min : violation.field->max);
  Json entry = Entry(violation.path,
                     std::string("Input should be ") + (below ? "greater" : "less") + " than or equal to " +
                         std::to_string(limit),
                     below ? "greater_than_equal" : "less_than_equal");
  entry["ctx"] = {{below ? "ge" : "le", limit}};
  return entry;
}

Json ItemsEntry(const Violation& violation) {
  const bool few = static_cast<double>(violation.value.size()) < violation.field->min;
  const auto limit = static_cast<std::int64_t>(few ? violation.field->min : violation.field->max);
  Json entry = Entry(violation.path,
                     std::string("List should have at ") + (few ? "least " : "most ") +
                         std::to_string(limit) + " item" + (limit == 1 ? "" : "s") + " after validation",
                     few ? "too_short" : "too_long");
  entry["ctx"] = {{few ? "min_length" : "max_length", limit}};
  return entry;
}

Json LengthEntry(const Violation& violation) {
  if (violation.value.is_array()) return ItemsEntry(violation);
  const bool empty = AsText(violation.value).empty();
  const auto limit = static_cast<std::int64_t>(empty ? violation.field->min : violation.field->max);
  Json entry = Entry(violation.path,
                     std::string("String should have at ") + (empty ? "least " : "most ") +
                         std::to_string(limit) + " character" + (limit == 1 ? "" : "s"),
                     empty ? "string_too_short" : "string_too_long");
  entry["ctx"] = {{empty ? "min_length" : "max_length", limit}};
  return entry;
}

Json DetailEntry(const Violation& violation, const Json& input) {
  switch (violation.wrong) {
    case Wrong::kConflict: {
      Json entry =
          Entry(violation.path, "Value error, " + violation.path + " " + ConflictWords(violation, input),
                "value_error");
      entry["input"] = violation.value;
      return entry;
    }
    case Wrong::kMissing:
      return Entry(violation.path, "Field required", "missing");
    case Wrong::kType: {
      const std::string name = TypeName(violation.field->type);
      Json entry = Entry(violation.path, "Input should be a valid " + name, name + "_type");
      entry["input"] = violation.value;
      return entry;
    }
    case Wrong::kNotAllowed: {
      const std::string expected = Expected(*violation.field);
      Json entry = Entry(violation.path, "Input should be " + expected, "literal_error");
      entry["ctx"] = {{"expected", expected}};
      entry["input"] = violation.value;
      return entry;
    }
    case Wrong::kOutOfRange: {
      Json entry = RangeEntry(violation);
      entry["input"] = violation.value;
      return entry;
    }
    case Wrong::kLength: {
      Json entry = LengthEntry(violation);
      entry["input"] = violation.value;
      return entry;
    }
    case Wrong::kUnknown:
      break;
  }
  return Entry(violation.path, "Extra inputs are not permitted", "extra_forbidden");
}

// Units are counted in the price of one: a second at the usual resolution.
std::string BillableUnits(const Job& job) {
  if (job.unit_nanos == 0) return "0";
  char text[32];
  std::snprintf(text, sizeof text, "%.4f",
                static_cast<double>(job.price_nanos) / static_cast<double>(job.unit_nanos));
  std::string units = text;
  while (units.back() == '0') units.pop_back();
  if (units.back() == '.') units.pop_back();
  return units;
}

Reply Success(const Request& request, const Job& job) {
  const std::string video = MediaUrl(request, job, 0);
  Json body;
  body["video"] = {
      {"url", video}, {"content_type", "video/mp4"}, {"file_name", video.substr(video.rfind('/') + 1)}};
  if (job.endpoint.find("sora-2") != std::string::npos) {
    body["video_id"] = VideoId(job, 0);
    body["thumbnail"] = {{"url", MediaUrl(request, job, 0, MediaKind::kThumbnail)},
                         {"content_type", "image/jpeg"}};
    body["spritesheet"] = {{"url", MediaUrl(request, job, 0, MediaKind::kSpritesheet)},
                           {"content_type", "image/jpeg"}};
  }
  const Endpoint* endpoint = FindEndpoint(Provider::kFal, job.endpoint);
  if (endpoint != nullptr && endpoint->returns_seed) body["seed"] = Derive(job.id, 21) % 2147483648u;
  if (job.plan.nsfw) body["has_nsfw_concepts"] = Json::array({true});
  Reply reply = JsonReply(200, body);
  reply.headers.emplace_back("x-fal-billable-units", BillableUnits(job));
  return reply;
}

Reply Typed(int status, const std::string& message, const std::string& type) {
  Reply reply = JsonReply(status, {{"detail", message}, {"error_type", type}});
  reply.headers.emplace_back("X-Fal-Error-Type", type);
  return reply;
}

Reply ModelError(int status, Json detail, bool retry) {
  Reply reply = JsonReply(status, {{"detail", std::move(detail)}});
  reply.headers.emplace_back("X-Fal-Needs-Retry", retry ? "1" : "0");
  return reply;
}

Reply Failed(const Job& job) {
  switch (job.plan.failure) {
    case Failure::kContent: {
      Json entry =
          Entry("prompt",
                "The content could not be processed because it contained material flagged by a content "
                "checker.",
                "content_policy_violation");
      entry["input"] = job.prompt;
      return ModelError(422, Json::array({entry}), false);
    }
    case Failure::kValidation:
    case Failure::kPicture:
      if (!job.plan.detail.is_null()) return ModelError(422, job.plan.detail, false);
      return ModelError(
          422, Json::array({Entry("prompt", "Value error, input was not accepted", "value_error")}), false);
    default:
      return ModelError(
          500, Json::array({Entry("prompt", "Downstream service error", "downstream_service_error")}), true);
  }
}

}  // namespace

Json FalDetail(const std::vector<Violation>& violations, const Json& input) {
  Json detail = Json::array();
  for (const Violation& violation : violations) detail.push_back(DetailEntry(violation, input));
  return detail;
}

Json FalPictureDetail(const std::string& field, const std::string& error_type) {
  const std::string message =
      error_type == "file_download_error"
          ? "Failed to download the file. Please check if the URL is accessible and try again."
          : "Failed to load the image. Please ensure the image file is not corrupted and is in "
            "a supported format.";
  return Json::array({Entry(field, message, error_type)});
}

FalError FalStatusError(const Job& job, JobState state) {
  if (state == JobState::kCancelled) return {"Request was cancelled by the client", "client_cancelled"};
  if (state == JobState::kTimedOut) return {"Request timed out", "request_timeout"};
  if (job.plan.completed_with_error) return {"Downstream service error", "downstream_service_error"};
  switch (job.plan.failure) {
    case Failure::kContent:
      return {"Invalid status code: 422", "content_policy_violation"};
    case Failure::kProvider:
      return {"Downstream service error", "downstream_service_error"};
    default:
      return {};
  }
}

Reply FalResult(const Request& request, const Job& job, JobState state) {
  Reply reply;
  if (state == JobState::kCancelled) {
    reply = Typed(499, "Request was cancelled by the client", "client_cancelled");
  } else if (state == JobState::kTimedOut) {
    reply = Typed(504, "Request timed out", "request_timeout");
    if (job.plan.own_deadline) reply.headers.emplace_back("X-Fal-Request-Timeout-Type", "user");
  } else if (state == JobState::kCompleted && !job.plan.completed_with_error) {
    reply = Success(request, job);
  } else {
    reply = Failed(job);
  }
  if (!job.id.empty()) reply.headers.emplace_back("x-fal-request-id", job.id);
  return reply;
}

}  // namespace zoetrope::sandbox
