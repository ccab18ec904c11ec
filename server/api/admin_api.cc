#include "server/api/admin_api.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/convert.h"
#include "server/base/error.h"

namespace zoetrope {
namespace {

// Not a secret; see PageTokens.
constexpr char kPageTokenKey[] = "zoetrope.admin.v1 page token";
constexpr absl::Duration kDecisionWait =
    absl::Seconds(5);  // for the engine to carry a decision out; it goes on after that

}  // namespace

// Each step ends the call or makes the next one: what is there → whether it can be → the inbox → what became
// of it.
class AdminApi::Resolving : public std::enable_shared_from_this<AdminApi::Resolving> {
 public:
  Resolving(const AdminParts& parts, std::string job_id, AttemptDecision decision,
            admin::v1::ResolveAttemptResponse* response, UnaryReply reply)
      : parts_(parts),
        job_id_(std::move(job_id)),
        decision_(std::move(decision)),
        response_(response),
        reply_(std::move(reply)) {}

  void Start() {
    Read([](Resolving& self, const StoredJob& stored) {
      if (self.decision_.attempt_id.empty()) self.decision_.attempt_id = stored.job.state.attempts.back().id;
      const absl::StatusOr<Standing> standing = StandingOf(stored.job.state, self.decision_);
      if (!standing.ok()) return self.reply_(standing.status());
      if (*standing == Standing::kMade) return self.Answer(stored.job);
      if (self.decision_.kind != ResolutionKind::kAdopted) return self.Put();
      self.provider_ = stored.job.state.attempts.back().provider;
      if (self.parts_.supply->Get()->accounts->Find(self.provider_) == nullptr) {
        return self.reply_(MakeError(v1::ERROR_REASON_NO_PROVIDER,
                                     "the provider's account is not configured: nobody could ask for the job",
                                     {{"provider", self.provider_}}));
      }
      self.LookForHolder([](Resolving& still) { still.Put(); });
    });
  }

 private:
  // Goes on with the job as it is; ends the call where it cannot be read.
  void Read(void (*then)(Resolving&, const StoredJob&)) {
    parts_.store->Read("", job_id_, [self = shared_from_this(), then](absl::StatusOr<StoredJob> stored) {
      if (!stored.ok()) return self->reply_(FromStore(stored.status(), self->job_id_));
      then(*self, *stored);
    });
  }

  // Goes on where no other attempt has what is to be adopted.
  void LookForHolder(void (*then)(Resolving&)) {
    parts_.store->FindProviderJob(
        decision_.provider_job_id, decision_.attempt_id,
        [self = shared_from_this(), then](absl::StatusOr<std::optional<AttemptName>> holder) {
          if (!holder.ok()) return self->reply_(FromStore(holder.status(), self->job_id_));
          if (*holder) return self->reply_(ProviderJobTaken(**holder));
          then(*self);
        });
  }

  void Put() {
    const absl::Time now = parts_.clock->TimeNow();
    parts_.store->PutDecision(job_id_, decision_, now, [self = shared_from_this(), now](absl::Status put) {
      if (absl::IsAlreadyExists(put)) return self->reply_(AnotherWaits());
      if (!put.ok()) return self->reply_(FromStore(put, self->job_id_));
      // Whichever comes first: the engine has carried it out, or the caller has waited long enough.
      auto answered = std::make_shared<std::atomic<bool>>(false);
      auto answer = [self, answered] {
        if (!answered->exchange(true)) self->ReadDecided();
      };
      self->parts_.executor->PostAt(now + kDecisionWait, answer);
      self->parts_.engine->WhenCommandsDone(self->job_id_, answer);
    });
  }

  void ReadDecided() {
    Read([](Resolving& self, const StoredJob& stored) {
      const absl::StatusOr<Standing> standing = StandingOf(stored.job.state, self.decision_);
      if (!standing.ok()) return self.reply_(standing.status());
      const bool waits =
          std::any_of(stored.commands.begin(), stored.commands.end(), [&self](const Command& command) {
            return command.decision && IsSameDecision(*command.decision, self.decision_);
          });
      if (*standing == Standing::kMade || waits || self.decision_.kind != ResolutionKind::kAdopted) {
        return self.Answer(stored.job);
      }
      // Held as before, and out of the inbox: another attempt got there first.
      self.job_ = stored.job;
      self.LookForHolder([](Resolving& still) { still.Answer(still.job_); });
    });
  }

  void Answer(const Job& job) {
    ToProto(job, response_->mutable_job());
    reply_(absl::OkStatus());
  }

  const AdminParts& parts_;
  const std::string job_id_;
  AttemptDecision decision_;
  std::string provider_;
  Job job_;
  admin::v1::ResolveAttemptResponse* const response_;
  const UnaryReply reply_;
};

AdminApi::AdminApi(AdminParts parts)
    : parts_(parts), tokens_(kPageTokenKey), statuses_(parts.log, parts.random) {}

UnaryReply AdminApi::ReplyTo(Rpc rpc, grpc::CallbackServerContext* context,
                             grpc::ServerUnaryReactor* reactor) {
  const CallScope scope(rpc, parts_.observer, parts_.clock, TraceOf(parts_.tracer, *context));
  return MakeUnaryReply(rpc, scope, &statuses_, context, reactor);
}

bool AdminApi::IsOperator(Rpc rpc, const grpc::CallbackServerContext& context,
                          const UnaryReply& reply) const {
  const Admission::Allowed who = parts_.admission->Operator(context);
  if (!who.ok()) {
    reply(who.status());
    return false;
  }
  const bool changes = rpc == Rpc::kResolveAttempt || rpc == Rpc::kCorrectCharge || rpc == Rpc::kBackupStore;
  if (changes && parts_.log != nullptr) {
    parts_.log->Info(
        "operator_call",
        {{"call", std::string(NameOf(rpc))}, {"principal", (*who)->name}, {"peer", context.peer()}});
  }
  return true;
}

grpc::ServerUnaryReactor* AdminApi::ListHeldAttempts(grpc::CallbackServerContext* context,
                                                     const admin::v1::ListHeldAttemptsRequest* request,
                                                     admin::v1::ListHeldAttemptsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kListHeldAttempts, context, reactor);
  if (!IsOperator(Rpc::kListHeldAttempts, *context, reply)) return reactor;
  absl::StatusOr<HeldPage> page = ReadListHeld(*request, tokens_);
  if (!page.ok()) {
    reply(page.status());
    return reactor;
  }
  HeldQuery query = page->query;
  parts_.store->ListHeld(std::move(query), [this, response, page = *std::move(page),
                                            reply](absl::StatusOr<std::vector<Job>> jobs) {
    if (!jobs.ok()) return reply(FromStore(jobs.status(), ""));
    WriteHeldPage(*jobs, page, tokens_, *parts_.supply->Get()->accounts, parts_.hold_for, response);
    reply(absl::OkStatus());
  });
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::ResolveAttempt(grpc::CallbackServerContext* context,
                                                   const admin::v1::ResolveAttemptRequest* request,
                                                   admin::v1::ResolveAttemptResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kResolveAttempt, context, reactor);
  if (!IsOperator(Rpc::kResolveAttempt, *context, reply)) return reactor;
  absl::StatusOr<AttemptDecision> decision = ReadDecision(*request);
  if (!decision.ok()) {
    reply(decision.status());
    return reactor;
  }
  std::make_shared<Resolving>(parts_, request->job_id(), *std::move(decision), response, std::move(reply))
      ->Start();
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::BackupStore(grpc::CallbackServerContext* context,
                                                const admin::v1::BackupStoreRequest* request,
                                                admin::v1::BackupStoreResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kBackupStore, context, reactor);
  if (!IsOperator(Rpc::kBackupStore, *context, reply)) return reactor;
  if (absl::Status status = CheckBackupPath(request->path(), parts_.backup_place); !status.ok()) {
    reply(status);
    return reactor;
  }
  const std::string& path = request->path();
  parts_.backup->Backup(path, [this, path, response, reply](absl::StatusOr<BackupSummary> made) {
    if (!made.ok()) return reply(FromBackup(made.status()));
    // Who has read everything is worth a line, whoever it was.
    if (parts_.log != nullptr) {
      parts_.log->Info("store_copied", {{"path", path}, {"bytes", std::to_string(made->size_bytes)}});
    }
    response->set_path(path);
    response->set_size_bytes(made->size_bytes);
    reply(absl::OkStatus());
  });
  return reactor;
}

}  // namespace zoetrope
