#include "server/api/video_generation_service.h"

#include <atomic>
#include <memory>
#include <utility>

#include "server/api/convert.h"
#include "server/api/convert_model.h"
#include "server/api/cost.h"
#include "server/api/download_reactor.h"
#include "server/api/list.h"
#include "server/api/spend.h"
#include "server/api/watch_reactor.h"
#include "server/base/error.h"
#include "server/base/limits.h"

namespace zoetrope {
namespace {

// Not a secret; see PageTokens.
constexpr char kPageTokenKey[] = "zoetrope.v1 page token";
constexpr absl::Duration kCancelWait =
    absl::Seconds(5);  // for the engine to carry a wish out; it goes on after that
constexpr std::size_t kJobIdChars = 64;

// INVALID_FIELD for none, JOB_NOT_FOUND for what cannot be one of ours and is not worth a look.
absl::Status CheckJobId(const std::string& job_id) {
  if (job_id.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"job_id", "is required"}});
  if (job_id.size() > kJobIdChars) return JobNotFound(job_id.substr(0, kJobIdChars));
  return absl::OkStatus();
}

template <typename Message>
bool Parse(const grpc::ByteBuffer& bytes, Message* message) {
  grpc::ByteBuffer copy = bytes;  // shares the slices
  return grpc::SerializationTraits<Message>::Deserialize(&copy, message).ok();
}

absl::StatusOr<WatchRequest> ReadWatch(std::string tenant, const grpc::ByteBuffer& bytes) {
  v1::WatchJobRequest message;
  if (!Parse(bytes, &message)) {
    return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"", "the message cannot be read"}});
  }
  std::vector<FieldViolation> violations;
  if (message.job_id().empty()) violations.push_back({"job_id", "is required"});
  if (message.has_after_revision() && message.after_revision() < 0) {
    violations.push_back({"after_revision", "must not be negative"});
  }
  if (!v1::WatchUntil_IsValid(message.until())) violations.push_back({"until", "is not known here"});
  if (!violations.empty()) return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
  if (absl::Status status = CheckJobId(message.job_id()); !status.ok()) return status;
  WatchRequest request;
  request.tenant = std::move(tenant);
  request.job_id = message.job_id();
  if (message.has_after_revision()) request.after_revision = message.after_revision();
  request.until_settled = message.until() == v1::WATCH_UNTIL_SETTLED;
  return request;
}

// Ends a call of someone who may not make it.
bool IsRefused(const Admission::Allowed& caller, const UnaryReply& reply) {
  if (!caller.ok()) reply(caller.status());
  return !caller.ok();
}

// Ends a stream before it has begun.
class RefusedWatch : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  RefusedWatch(grpc::Status status, CallScope scope) : code_(status.error_code()), scope_(scope) {
    Finish(std::move(status));
  }
  void OnDone() override {
    scope_.Ended(code_);
    delete this;
  }

 private:
  const grpc::StatusCode code_;
  CallScope scope_;
};

absl::Status CheckDownload(const v1::DownloadVideoRequest& request) {
  if (absl::Status status = CheckJobId(request.job_id()); !status.ok()) return status;
  std::vector<FieldViolation> violations;
  if (request.output_index() < 0) violations.push_back({"output_index", "must not be negative"});
  if (!v1::OutputVariant_IsValid(request.variant())) violations.push_back({"variant", "is not known here"});
  if (violations.empty()) return absl::OkStatus();
  return MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, violations);
}

}  // namespace

VideoGenerationService::VideoGenerationService(ServiceParts parts)
    : parts_(parts),
      tokens_(kPageTokenKey),
      statuses_(parts.submit.log, parts.submit.random),
      submitter_(parts.submit) {}

VideoGenerationService::Reply VideoGenerationService::ReplyTo(Rpc rpc, grpc::CallbackServerContext* context,
                                                              grpc::ServerUnaryReactor* reactor) {
  return MakeUnaryReply(rpc, ScopeOf(rpc, context), &statuses_, context, reactor);
}

grpc::ServerUnaryReactor* VideoGenerationService::Submit(grpc::CallbackServerContext* context,
                                                         const v1::SubmitRequest* request,
                                                         v1::SubmitResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool check = request->validate_only();
  const CallScope scope = ScopeOf(Rpc::kSubmit, context);
  Reply reply = MakeUnaryReply(Rpc::kSubmit, scope, &statuses_, context, reactor);
  const Admission::Allowed caller = parts_.admission->Submitter(*context);
  if (IsRefused(caller, reply)) return reactor;
  submitter_.Submit(
      **caller, request,
      [this, check, response, reply = std::move(reply)](absl::StatusOr<Submitted> result) mutable {
        if (!result.ok()) return reply(result.status());
        const Job& job = result->job;
        ToProto(job, response->mutable_job());
        response->set_duplicate(result->duplicate);
        if (!check && !result->duplicate) {
          parts_.observer->OnAccepted(job.state.attempts.front().provider, job.spec.generation.model,
                                      ModeOf(job.spec.generation));
        }
        if (!check && result->duplicate) parts_.observer->OnRepeated();
        reply(absl::OkStatus());
      },
      scope.trace());
  return reactor;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* VideoGenerationService::WatchJob(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  CallScope scope = ScopeOf(Rpc::kWatchJob, context);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  absl::StatusOr<std::shared_ptr<void>> open =
      caller.ok() ? parts_.admission->OpenStream(**caller) : caller.status();
  absl::StatusOr<WatchRequest> watch = open.ok() ? ReadWatch((*caller)->tenant, *request) : open.status();
  if (open.ok()) scope.Keep(*std::move(open));
  if (!watch.ok())
    return new RefusedWatch(statuses_.ToGrpc("WatchJob", watch.status(), scope.trace()), scope);
  return WatchReactor::Start(context, parts_.watch, &statuses_, scope, *std::move(watch));
}

grpc::ServerUnaryReactor* VideoGenerationService::GetCost(grpc::CallbackServerContext* context,
                                                          const v1::GetCostRequest* request,
                                                          v1::GetCostResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kGetCost, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  if (request->subject_case() == v1::GetCostRequest::kQuote) {
    QuoteCost((*caller)->tenant, request->quote(), response, std::move(reply));
    return reactor;
  }
  if (request->subject_case() != v1::GetCostRequest::kJobId) {
    reply(MakeFieldError(v1::ERROR_REASON_INVALID_FIELD, {{"subject", "name a job or a generation"}}));
    return reactor;
  }
  if (absl::Status status = CheckJobId(request->job_id()); !status.ok()) {
    reply(status);
    return reactor;
  }
  parts_.submit.store->Read((*caller)->tenant, request->job_id(),
                            [response, id = request->job_id(), reply](absl::StatusOr<StoredJob> found) {
                              if (!found.ok()) return reply(FromStore(found.status(), id));
                              CostOf(found->job.state, response->mutable_cost());
                              reply(absl::OkStatus());
                            });
  return reactor;
}

void VideoGenerationService::QuoteCost(std::string tenant, const v1::QuoteSubject& subject,
                                       v1::GetCostResponse* response, Reply reply) {
  submitter_.Quote(std::move(tenant), &subject, [response, reply](absl::StatusOr<Quoted> quoted) {
    if (!quoted.ok()) return reply(quoted.status());
    v1::Quotation* quotation = response->mutable_quotation();
    ToProto(quoted->time, quotation->mutable_quote_time());
    ToProto(quoted->generation, quotation->mutable_generation());
    for (const Evaluation& evaluation : quoted->evaluations) ToProto(evaluation, quotation->add_quotes());
    quotation->set_quote_id(quoted->id);
    if (!quoted->id.empty()) ToProto(quoted->expire_time, quotation->mutable_expire_time());
    reply(absl::OkStatus());
  });
}

grpc::ServerUnaryReactor* VideoGenerationService::GetSpend(grpc::CallbackServerContext* context,
                                                           const v1::GetSpendRequest* request,
                                                           v1::GetSpendResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kGetSpend, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  absl::StatusOr<SpendQuery> query = ReadSpendQuery(request->query(), SpendAudience::kTenant);
  if (!query.ok()) {
    reply(query.status());
    return reactor;
  }
  query->tenant = (*caller)->tenant;
  parts_.submit.store->ReadSpend(*query, [this, query = *query, response,
                                          reply](absl::StatusOr<std::vector<SpendRow>> rows) {
    if (!rows.ok()) return reply(FromStore(rows.status(), ""));
    WriteSpend(*rows, query, response);
    if (const auto since = LabelsCompleteSince(query, parts_.submit.clock->TimeNow(), parts_.ended_jobs_kept))
      ToProto(*since, response->mutable_labels_complete_since());
    reply(CheckSums(*rows));
  });
  return reactor;
}

grpc::ServerUnaryReactor* VideoGenerationService::GetJob(grpc::CallbackServerContext* context,
                                                         const v1::GetJobRequest* request,
                                                         v1::GetJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kGetJob, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  if (absl::Status status = CheckJobId(request->job_id()); !status.ok()) {
    reply(status);
    return reactor;
  }
  parts_.submit.store->Read((*caller)->tenant, request->job_id(),
                            [response, id = request->job_id(), reply](absl::StatusOr<StoredJob> found) {
                              if (!found.ok()) return reply(FromStore(found.status(), id));
                              ToProto(found->job, response->mutable_job());
                              reply(absl::OkStatus());
                            });
  return reactor;
}

grpc::ServerUnaryReactor* VideoGenerationService::ListJobs(grpc::CallbackServerContext* context,
                                                           const v1::ListJobsRequest* request,
                                                           v1::ListJobsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kListJobs, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  const std::shared_ptr<const Supply> supply = parts_.submit.supply->Get();
  absl::StatusOr<JobsPage> page = ReadListJobs((*caller)->tenant, *request, *supply->catalogue, tokens_);
  if (!page.ok()) {
    reply(page.status());
    return reactor;
  }
  ListQuery query = page->query;
  parts_.submit.store->List(std::move(query), [this, response, page = *std::move(page),
                                               reply](absl::StatusOr<std::vector<Job>> jobs) {
    if (!jobs.ok()) return reply(FromStore(jobs.status(), ""));
    WriteJobsPage(*jobs, page, tokens_, response);
    reply(absl::OkStatus());
  });
  return reactor;
}

grpc::ServerUnaryReactor* VideoGenerationService::CancelJob(grpc::CallbackServerContext* context,
                                                            const v1::CancelJobRequest* request,
                                                            v1::CancelJobResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kCancelJob, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  if (absl::Status status = CheckJobId(request->job_id()); !status.ok()) {
    reply(status);
    return reactor;
  }
  const std::string& tenant = (*caller)->tenant;
  const std::string& id = request->job_id();
  const SubmitParts& parts = parts_.submit;
  parts.store->Read(tenant, id, [this, tenant, id, response, reply](absl::StatusOr<StoredJob> found) {
    if (!found.ok()) return reply(FromStore(found.status(), id));
    if (IsTerminal(found->job.state.phase)) {
      ToProto(found->job, response->mutable_job());
      return reply(absl::OkStatus());
    }
    const absl::Time now = parts_.submit.clock->TimeNow();
    parts_.submit.store->PutCommand(tenant, id, CommandKind::kCancel, now,
                                    [this, tenant, id, now, response, reply](absl::Status put) {
                                      if (!put.ok()) return reply(FromStore(put, id));
                                      // Whichever comes first: the engine has carried the wish out, or the
                                      // caller has waited long enough.
                                      auto answered = std::make_shared<std::atomic<bool>>(false);
                                      auto answer = [this, tenant, id, response, reply, answered] {
                                        if (!answered->exchange(true))
                                          ReadCancelled(tenant, id, response, reply);
                                      };
                                      parts_.submit.executor->PostAt(now + kCancelWait, answer);
                                      parts_.submit.engine->WhenCommandsDone(id, answer);
                                    });
  });
  return reactor;
}

void VideoGenerationService::ReadCancelled(const std::string& tenant, const std::string& job_id,
                                           v1::CancelJobResponse* response, Reply reply) {
  parts_.submit.store->Read(tenant, job_id, [response, job_id, reply](absl::StatusOr<StoredJob> found) {
    if (!found.ok()) return reply(FromStore(found.status(), job_id));
    ToProto(found->job, response->mutable_job());
    reply(absl::OkStatus());
  });
}

grpc::ServerUnaryReactor* VideoGenerationService::ListModels(grpc::CallbackServerContext* context,
                                                             const v1::ListModelsRequest* request,
                                                             v1::ListModelsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Reply reply = ReplyTo(Rpc::kListModels, context, reactor);
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  if (IsRefused(caller, reply)) return reactor;
  const std::shared_ptr<const Supply> supply = parts_.submit.supply->Get();
  absl::StatusOr<ModelsPage> page = ReadListModels((*caller)->tenant, *request, *supply->catalogue, tokens_);
  if (!page.ok()) {
    reply(page.status());
    return reactor;
  }
  const std::map<std::string, LaneHealth> lanes = parts_.submit.engine->Lanes();
  const std::string today = DayOf(parts_.submit.clock->TimeNow());
  for (const Model* model : page->models) {
    ToProto(*model,
            {.accounts = *supply->accounts,
             .lanes = lanes,
             .today = today,
             .price_duration_ms = page->price_duration_ms},
            response->add_models());
  }
  response->set_next_page_token(page->next_page_token);
  reply(absl::OkStatus());
  return reactor;
}

grpc::ServerWriteReactor<v1::DownloadVideoResponse>* VideoGenerationService::DownloadVideo(
    grpc::CallbackServerContext* context, const v1::DownloadVideoRequest* request) {
  const bool counts = parts_.saved != nullptr && request->variant() <= v1::OUTPUT_VARIANT_VIDEO;
  auto saved = [this, counts, id = request->job_id(),
                index = request->output_index()](absl::Time expire_time) {
    if (counts) parts_.saved(id, index, expire_time);
  };
  const Admission::Allowed caller = parts_.admission->Caller(*context);
  absl::StatusOr<std::shared_ptr<void>> open =
      caller.ok() ? parts_.admission->OpenStream(**caller) : caller.status();
  CallScope scope = ScopeOf(Rpc::kDownloadVideo, context);
  absl::Status status = open.ok() ? CheckDownload(*request) : open.status();
  if (open.ok()) scope.Keep(*std::move(open));
  std::shared_ptr<DownloadReactor> reactor =
      DownloadReactor::Make(parts_.http, parts_.submit.clock, &statuses_, scope, std::move(saved));
  if (!status.ok()) {
    reactor->Fail(status);
    return reactor.get();
  }
  parts_.submit.store->Read((*caller)->tenant, request->job_id(),
                            [this, reactor, id = request->job_id(), index = request->output_index(),
                             variant = request->variant()](absl::StatusOr<StoredJob> found) {
                              if (!found.ok()) return reactor->Fail(FromStore(found.status(), id));
                              const std::shared_ptr<const Supply> supply = parts_.submit.supply->Get();
                              absl::StatusOr<DownloadPlan> plan = PlanDownload(
                                  found->job, index, variant, *supply->accounts, *supply->catalogue);
                              if (!plan.ok()) return reactor->Fail(plan.status());
                              reactor->Begin(*std::move(plan));
                            });
  return reactor.get();
}

}  // namespace zoetrope
