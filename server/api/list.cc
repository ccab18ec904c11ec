#include "server/api/list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/api/convert.h"
#include "server/base/error.h"
#include "server/base/limits.h"

namespace zoetrope {
namespace {

constexpr int kModelsPageDefault = 100;
constexpr std::size_t kPageBytes = 3u << 20;

// The size to use; adds a violation for a negative one.
int PageSize(int asked, int fallback, std::vector<FieldViolation>& violations) {
  if (asked < 0) violations.push_back({"page_size", "must not be negative"});
  if (asked <= 0) return fallback;
  return std::min(asked, limits::kPageSizeMax);
}

void CheckLength(std::string_view field, const std::string& value, std::size_t max,
                 std::vector<FieldViolation>& violations) {
  if (value.size() > max)
    violations.push_back({std::string(field), absl::StrCat("must have at most ", max, " characters")});
}

void ReadTime(std::string_view field, const google::protobuf::Timestamp& time, std::optional<absl::Time>& out,
              std::vector<FieldViolation>& violations) {
  out = FromProto(time);
  if (!out) violations.push_back({std::string(field), "must be a time between the years 1 and 9999"});
}

std::optional<std::int64_t> ReadPriceDuration(const google::protobuf::Duration& duration,
                                              std::vector<FieldViolation>& violations) {
  // Bounded before it is multiplied.
  const bool in_reach = duration.seconds() >= 0 && duration.seconds() <= limits::kDurationMaxMillis / 1000 &&
                        duration.nanos() >= 0 && duration.nanos() < 1'000'000'000;
  const std::int64_t millis = in_reach ? duration.seconds() * 1000 + duration.nanos() / 1'000'000 : -1;
  if (millis >= limits::kDurationMinMillis && millis <= limits::kDurationMaxMillis) return millis;
  violations.push_back({"price_duration", "must lie from 1 s to 60 s"});
  return std::nullopt;
}

}  // namespace

absl::StatusOr<JobsPage> ReadListJobs(std::string_view tenant, const v1::ListJobsRequest& request,
                                      const Catalogue& catalogue, const PageTokens& tokens) {
  std::vector<FieldViolation> violations;
  JobsPage page;
  page.page_size = PageSize(request.page_size(), limits::kPageSizeDefault, violations);
  ListQuery& query = page.query;
  query.tenant = std::string(tenant);
  query.limit = page.page_size + 1;
  for (int i = 0; i < request.states_size(); ++i) {
    const std::optional<JobPhase> phase = FromProto(request.states(i));
    if (!phase) {
      violations.push_back({absl::StrCat("states[", i, "]"), "is not a state of a job"});
    } else if (std::find(query.phases.begin(), query.phases.end(), *phase) == query.phases.end()) {
      query.phases.push_back(*phase);
    }
  }
  CheckLength("model", request.model(), limits::kModelIdChars, violations);
  CheckLength("provider", request.provider(), limits::kProviderNameChars, violations);
  if (static_cast<std::size_t>(request.labels_size()) > limits::kLabels) {
    violations.push_back({"labels", absl::StrCat("must be at most ", limits::kLabels)});
  }
  if (request.has_create_time_from()) {
    ReadTime("create_time_from", request.create_time_from(), query.create_time_from, violations);
  }
  if (request.has_create_time_before()) {
    ReadTime("create_time_before", request.create_time_before(), query.create_time_before, violations);
  }
  if (!violations.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  const Model* model = catalogue.FindModel(request.model());
  query.model = model != nullptr ? model->id : request.model();  // jobs may be older than the catalogue
  query.provider = request.provider();
  query.labels = {request.labels().begin(), request.labels().end()};

  v1::ListJobsRequest arguments = request;
  arguments.clear_page_size();
  arguments.clear_page_token();
  page.binding = BindingOf(tenant, arguments);
  absl::StatusOr<std::string> cursor = tokens.Read(page.binding, request.page_token());
  if (!cursor.ok()) return cursor.status();
  query.before_id = *std::move(cursor);
  return page;
}

void WriteJobsPage(const std::vector<Job>& jobs, const JobsPage& page, const PageTokens& tokens,
                   v1::ListJobsResponse* out) {
  const std::size_t wanted = std::min(jobs.size(), static_cast<std::size_t>(page.page_size));
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (taken < wanted && (taken == 0 || bytes < kPageBytes)) {
    v1::Job* job = out->add_jobs();
    ToProto(jobs[taken], job);
    bytes += job->ByteSizeLong();
    if (bytes > kPageBytes && taken > 0) {  // it opens the next page
      out->mutable_jobs()->RemoveLast();
      break;
    }
    ++taken;
  }
  if (taken > 0 && taken < jobs.size())
    out->set_next_page_token(tokens.Make(page.binding, jobs[taken - 1].spec.id));
}

absl::StatusOr<ModelsPage> ReadListModels(std::string_view tenant, const v1::ListModelsRequest& request,
                                          const Catalogue& catalogue, const PageTokens& tokens) {
  std::vector<FieldViolation> violations;
  const int page_size = PageSize(request.page_size(), kModelsPageDefault, violations);
  CheckLength("model", request.model(), limits::kModelIdChars, violations);
  ModelsPage page;
  if (request.has_price_duration())
    page.price_duration_ms = ReadPriceDuration(request.price_duration(), violations);
  if (!violations.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  v1::ListModelsRequest arguments = request;
  arguments.clear_page_size();
  arguments.clear_page_token();
  const std::string binding = BindingOf(tenant, arguments);
  absl::StatusOr<std::string> cursor = tokens.Read(binding, request.page_token());
  if (!cursor.ok()) return cursor.status();

  std::vector<const Model*> models;
  if (request.model().empty()) {
    for (const Model& model : catalogue.models()) models.push_back(&model);
  } else if (const Model* model = catalogue.FindModel(request.model())) {
    models.push_back(model);
  }
  std::sort(models.begin(), models.end(), [](const Model* a, const Model* b) { return a->id < b->id; });
  for (const Model* model : models) {
    if (model->id <= *cursor) continue;
    if (page.models.size() == static_cast<std::size_t>(page_size)) {
      page.next_page_token = tokens.Make(binding, page.models.back()->id);
      break;
    }
    page.models.push_back(model);
  }
  return page;
}

}  // namespace zoetrope
