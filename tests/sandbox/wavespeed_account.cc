#include "tests/sandbox/wavespeed_account.h"

#include <algorithm>

#include "tests/sandbox/mangle.h"
#include "tests/sandbox/multipart.h"
#include "tests/sandbox/wavespeed_prediction.h"

namespace zoetrope::sandbox {
namespace {

constexpr Provider kSelf = Provider::kWavespeed;
constexpr std::int64_t kLargestPage = 100;
constexpr std::int64_t kHistoryMs = 7LL * 24 * 60 * 60'000;
constexpr std::int64_t kFirstBalanceNanos = 1000LL * 1'000'000'000;

std::string TextAt(const Json& body, std::string_view key) {
  const Json* value = At(body, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::int64_t NumberAt(const Json& body, std::string_view key, std::int64_t otherwise) {
  const Json* value = At(body, key);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : otherwise;
}

// One page of what passes, newest first. `show` makes an item of a job.
template <typename Passes, typename Show>
Json Page(World* world, const Json& body, Passes passes, Show show) {
  const std::int64_t size = std::clamp<std::int64_t>(NumberAt(body, "page_size", 20), 1, kLargestPage);
  const std::int64_t page = std::clamp<std::int64_t>(NumberAt(body, "page", 1), 1, 1'000'000);
  std::int64_t skip = (page - 1) * size;
  Json items = Json::array();
  const std::deque<Job>& jobs = world->jobs.all();
  for (auto it = jobs.rbegin(); it != jobs.rend() && static_cast<std::int64_t>(items.size()) < size; ++it) {
    if (it->provider != kSelf || !passes(*it)) continue;
    if (skip-- > 0) continue;
    items.push_back(show(*it));
  }
  return {{"page", page}, {"items", std::move(items)}};
}

Reply History(World* world, const Request& request, const Json& body) {
  const std::int64_t now = world->now_ms();
  const std::string model = TextAt(body, "model");
  const std::string status = TextAt(body, "status");
  const std::optional<std::int64_t> after = ParseIsoTime(TextAt(body, "created_after"));
  const std::optional<std::int64_t> before = ParseIsoTime(TextAt(body, "created_before"));
  const auto passes = [&](const Job& job) {
    if (IsGone(job, now) || job.created_ms < now - kHistoryMs) return false;
    if (!model.empty() && job.endpoint != model) return false;
    if (!status.empty() && WavespeedStatus(StateAt(job, now)) != status) return false;
    return (!after || job.created_ms >= *after) && (!before || job.created_ms <= *before);
  };
  return WavespeedData(Page(world, body, passes, [&](const Job& job) {
    return WavespeedPrediction(request, job, StateAt(job, now));
  }));
}

Reply Billings(World* world, const Json& body) {
  const std::int64_t now = world->now_ms();
  const std::string type = TextAt(body, "billing_type");
  const Json* wanted = At(body, "prediction_uuids");
  const auto passes = [&](const Job& job) {
    if (ChargedNanos(job, now) <= 0 || now < EndsAt(job) + job.plan.books_lag_ms) return false;
    if (!type.empty() && type != "deduct") return false;
    return wanted == nullptr || std::find(wanted->begin(), wanted->end(), Json(job.id)) != wanted->end();
  };
  const auto show = [&](const Job& job) {
    return Json{{"uuid", DerivedUuid(job.id, 31)},
                {"billing_type", "deduct"},
                {"price", Usd(ChargedNanos(job, now))},
                {"created_at", IsoTime(EndsAt(job))},
                {"prediction", {{"uuid", job.id}, {"status", WavespeedStatus(StateAt(job, now))}}}};
  };
  return WavespeedData(Page(world, body, passes, show));
}

Reply Delete(World* world, const Json& body) {
  const Json* ids = At(body, "ids");
  if (ids == nullptr || !ids->is_array()) {
    return WavespeedError(400, "Invalid request body: field \"ids\" is required");
  }
  const std::int64_t now = world->now_ms();
  int deleted = 0;
  for (const Json& id : *ids) {
    Job* job = id.is_string() ? world->jobs.Find(kSelf, id.get<std::string>()) : nullptr;
    if (job == nullptr || IsGone(*job, now) || !IsFinal(StateAt(*job, now))) continue;
    job->deleted_at_ms = now;
    ++deleted;
  }
  return WavespeedData({{"deleted_count", deleted}});
}

Reply Price(const Json& body) {
  const std::string model = TextAt(body, "model_id");
  const Endpoint* endpoint = FindEndpoint(kSelf, model);
  if (endpoint == nullptr) return WavespeedError(404, "model not found: " + model);
  const Json* inputs = At(body, "inputs");
  const Json input = inputs != nullptr && inputs->is_object() ? *inputs : Json::object();
  // Only what is there must be right: a price may be asked for before there is a prompt or a picture.
  for (const Violation& violation : CheckFields(*endpoint, input)) {
    if (violation.wrong != Wrong::kMissing) return WavespeedError(400, WavespeedInputError(*endpoint, input));
  }
  const Json price = Usd(ReadWish(*endpoint, input, nullptr).price_nanos);
  return WavespeedData({{"model_id", model},
                        {"price", price},
                        {"discounted_price", price},
                        {"discount_rate", 1},
                        {"currency", "USD"}});
}

Reply Models() {
  Json models = Json::array();
  for (const Endpoint* endpoint : EndpointsOf(kSelf)) {
    models.push_back(
        {{"model_id", endpoint->id},
         {"name", endpoint->id},
         {"type", endpoint->picture_key.empty() ? "text-to-video" : "image-to-video"},
         {"base_price", Usd(endpoint->rates.front().nanos_per_second * endpoint->default_seconds)}});
  }
  return WavespeedData(std::move(models));
}

Reply Balance(World* world) {
  std::int64_t left = kFirstBalanceNanos;
  for (const Job& job : world->jobs.all()) {
    if (job.provider == kSelf) left -= ChargedNanos(job, world->now_ms());
  }
  return WavespeedData({{"balance", Usd(left)}});
}

std::string Ending(const std::string& filename) {
  const std::size_t dot = filename.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : LowerCase(filename.substr(dot));
  const bool plain = ending.size() <= 6 && std::all_of(ending.begin(), ending.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
                     });
  return plain ? ending : "";
}

Reply UploadTicket(World* world, const Request& request, const Json& body) {
  if (TextAt(body, "filename").empty()) {
    return WavespeedError(400, "Invalid request body: field \"filename\" is required");
  }
  const std::string url =
      BaseUrl(request) + "/pictures/" + world->NewUuid() + Ending(TextAt(body, "filename"));
  const std::string type = TextAt(body, "content_type");
  Json headers = Json::object();
  if (!type.empty()) headers["Content-Type"] = type;
  return WavespeedData({{"download_url", url},
                        {"upload", {{"url", url}, {"method", "PUT"}, {"headers", std::move(headers)}}}});
}

Reply UploadBinary(World* world, const Request& request) {
  std::optional<std::vector<FormPart>> parts = ParseForm(request.Header("content-type"), request.body);
  if (!parts) return WavespeedError(400, "Invalid request body: not a form");
  const auto file = std::find_if(parts->begin(), parts->end(),
                                 [](const FormPart& part) { return part.name == "file" && part.is_file; });
  if (file == parts->end()) return WavespeedError(400, "Invalid request body: field \"file\" is required");
  const std::string name = world->NewUuid() + Ending(file->filename);
  const std::size_t size = file->body.size();
  if (world->pictures.Put(name, std::move(file->body)) == nullptr) {
    return WavespeedError(400, "Invalid request body: unsupported file type");
  }
  return WavespeedData({{"type", "image"},
                        {"download_url", BaseUrl(request) + "/pictures/" + name},
                        {"filename", name},
                        {"size", size}});
}

// Calls that are counted, and that a script's faults may strike: they show what became of a submission.
std::optional<Call> Counted(const std::string& op) {
  if (op == "POST predictions" || op == "POST billings/search") return Call::kResult;
  if (op == "POST predictions/delete") return Call::kCancel;
  return std::nullopt;
}

std::optional<Reply> Answer(World* world, const Request& request, const std::string& op) {
  if (op == "GET balance" || op == "GET account/balance") return Balance(world);
  if (op == "GET models") return Models();
  if (op == "GET webhook/secret") return WavespeedData({{"secret", kWavespeedWebhookSecret}});
  if (op == "POST media/upload/binary") return UploadBinary(world, request);
  Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) body = Json::object();
  if (op == "POST predictions") return History(world, request, body);
  if (op == "POST predictions/delete") return Delete(world, body);
  if (op == "POST billings/search") return Billings(world, body);
  if (op == "POST model/price") return Price(body);
  if (op == "POST media/uploads") return UploadTicket(world, request, body);
  return std::nullopt;
}

}  // namespace

std::optional<Reply> HandleWavespeedAccount(World* world, const Request& request,
                                            const std::vector<std::string>& parts) {
  static constexpr std::string_view kFolders[] = {"predictions", "billings", "model", "models",
                                                  "balance",     "account",  "media", "webhook"};
  if (std::find(std::begin(kFolders), std::end(kFolders), parts[3]) == std::end(kFolders))
    return std::nullopt;
  std::string op = request.method + " " + parts[3];
  for (std::size_t i = 4; i < parts.size(); ++i) op += "/" + parts[i];
  const std::optional<Call> call = Counted(op);
  if (call) world->ledger.Count(kSelf, *call);
  if (CheckCredential(world->options, BearerKey(request)) != Credential::kGood) {
    return WavespeedError(401, "invalid authentication");
  }
  std::vector<Fault> faults;
  if (call) faults = StrikeJobCall(world, kSelf, *call, nullptr);
  if (std::optional<Reply> stopped = StopBefore(faults, kSelf)) return stopped;
  std::optional<Reply> reply = Answer(world, request, op);
  if (!reply) return WavespeedError(404, "not found");
  return Mangle(*std::move(reply), faults, kSelf);
}

}  // namespace zoetrope::sandbox
