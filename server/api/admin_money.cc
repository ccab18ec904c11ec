// The operator's calls about money.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/api/admin_api.h"
#include "server/api/charges.h"
#include "server/api/convert.h"
#include "server/api/spend.h"
#include "server/base/error.h"
#include "server/route/budget.h"

namespace zoetrope {
namespace {

constexpr int kBudgetCounts = 100;  // of one budget
// Jobs that are held against their ledgers at once: no reader of the store is busy with them for long.
constexpr int kVerifiedAtOnce = 500;
constexpr int kCorrectionTries = 3;  // where something else changes the job in that instant

}  // namespace

class AdminApi::ReadingBudgets : public std::enable_shared_from_this<AdminApi::ReadingBudgets> {
 public:
  ReadingBudgets(const AdminParts& parts, admin::v1::ListBudgetsResponse* response, UnaryReply reply)
      : parts_(parts),
        supply_(parts.supply->Get()),
        now_(parts.clock->TimeNow()),
        response_(response),
        reply_(std::move(reply)) {}

  void Read(std::size_t index) {
    const std::vector<Budget>& budgets = supply_->rules.budgets;
    if (index == budgets.size()) return reply_(absl::OkStatus());
    const Budget& budget = budgets[index];
    parts_.store->ReadBudget(
        {.budget = budget.name, .window_start = WindowStart(budget, now_), .limit = kBudgetCounts},
        [self = shared_from_this(), index](absl::StatusOr<std::vector<BudgetCount>> counts) {
          if (!counts.ok()) return self->reply_(FromStore(counts.status(), ""));
          WriteBudget(self->supply_->rules.budgets[index], *counts, self->now_,
                      self->response_->add_budgets());
          self->Read(index + 1);
        });
  }

 private:
  const AdminParts& parts_;
  const std::shared_ptr<const Supply> supply_;
  const absl::Time now_;
  admin::v1::ListBudgetsResponse* const response_;
  const UnaryReply reply_;
};

class AdminApi::Verifying : public std::enable_shared_from_this<AdminApi::Verifying> {
 public:
  Verifying(const AdminParts& parts, grpc::CallbackServerContext* context,
            admin::v1::VerifyLedgerResponse* response, UnaryReply reply)
      : parts_(parts), context_(context), response_(response), reply_(std::move(reply)) {}

  void CheckJobs(std::string after_id) {
    parts_.store->CheckJobLedgers(std::move(after_id), kVerifiedAtOnce,
                                  [self = shared_from_this()](absl::StatusOr<LedgerCheck> part) {
                                    if (!self->Take(part)) return;
                                    if (part->last_job_id.empty()) return self->CheckSums();
                                    self->CheckJobs(part->last_job_id);
                                  });
  }

 private:
  void CheckSums() {
    parts_.store->CheckLedgerSums([self = shared_from_this()](absl::StatusOr<LedgerCheck> part) {
      if (!self->Take(part)) return;
      WriteCheck(self->check_, self->response_);
      self->reply_(absl::OkStatus());
    });
  }

  // False: the call has ended.
  bool Take(const absl::StatusOr<LedgerCheck>& part) {
    if (!part.ok()) {
      reply_(FromStore(part.status(), ""));
    } else if (context_->IsCancelled()) {
      reply_(absl::OkStatus());  // nobody hears it
    } else {
      AddCheck(*part, check_);
      return true;
    }
    return false;
  }

  const AdminParts& parts_;
  grpc::CallbackServerContext* const context_;
  admin::v1::VerifyLedgerResponse* const response_;
  const UnaryReply reply_;
  LedgerCheck check_;
};

// What is there → what would change → the note, kept as evidence → the change.
class AdminApi::Correcting : public std::enable_shared_from_this<AdminApi::Correcting> {
 public:
  Correcting(const AdminParts& parts, std::string job_id, Correction correction,
             admin::v1::CorrectChargeResponse* response, UnaryReply reply)
      : parts_(parts),
        job_id_(std::move(job_id)),
        correction_(std::move(correction)),
        response_(response),
        reply_(std::move(reply)) {}

  void Start() {
    parts_.store->Read("", job_id_, [self = shared_from_this()](absl::StatusOr<StoredJob> stored) {
      if (!stored.ok()) return self->reply_(FromStore(stored.status(), self->job_id_));
      absl::StatusOr<JobChange> change =
          PlanCorrection(*stored, self->correction_, self->parts_.clock->TimeNow());
      if (!change.ok()) return self->reply_(change.status());
      self->job_ = std::move(stored->job);
      if (change->ledger.empty()) {
        // Of an earlier try of this call, or booked long since.
        if (self->tries_ > 0) self->Tell();
        return self->Answer();
      }
      self->KeepNote(*std::move(change));
    });
  }

 private:
  void KeepNote(JobChange change) {
    const Evidence note{job_id_, correction_.attempt_id, "correction_note", correction_.note,
                        change.state.update_time};
    parts_.store->AppendEvidence(
        note, [self = shared_from_this(), change = std::move(change)](absl::Status kept) mutable {
          if (!kept.ok()) return self->reply_(FromStore(kept, self->job_id_));
          self->Commit(std::move(change));
        });
  }

  void Commit(JobChange change) {
    JobState next = change.state;
    booked_ = change.ledger;
    parts_.store->Commit(std::move(change), [self = shared_from_this(), next](CommitOutcome outcome) mutable {
      if (outcome == CommitOutcome::kDurable) {
        self->job_.state = std::move(next);
        self->Tell();
        return self->Answer();
      }
      // Where nobody knows, reading it again tells: it is booked once, however often it is asked for.
      if (++self->tries_ < kCorrectionTries) return self->Start();
      self->reply_(StoreUnavailable("the store did not take the correction; ask again"));
    });
  }

  // Money that nobody expected is for whoever watches over it.
  void Tell() {
    CorrectedMoney money;
    std::string provider;
    for (const LedgerRow& row : booked_) {
      provider = row.provider;
      if (row.kind == LedgerKind::kAdjust) money.more = row.amount;
      if (row.kind == LedgerKind::kRefund) money.less = row.amount;
      if (row.kind == LedgerKind::kOverrun && row.amount > Money()) money.overrun = row.amount;
    }
    parts_.observer->OnCorrected(provider, job_.spec.generation.model, money);
    if (parts_.log == nullptr) return;
    parts_.log->Warning("charge_corrected", {{"job_id", job_id_},
                                             {"attempt_id", correction_.attempt_id},
                                             {"provider", provider},
                                             {"settled_usd", FormatMoney(correction_.charged)},
                                             {"overrun_usd", FormatMoney(money.overrun)},
                                             {"note", correction_.note}});
  }

  void Answer() {
    ToProto(job_, response_->mutable_job());
    reply_(absl::OkStatus());
  }

  const AdminParts& parts_;
  const std::string job_id_;
  const Correction correction_;
  std::vector<LedgerRow> booked_;  // of the last try
  admin::v1::CorrectChargeResponse* const response_;
  const UnaryReply reply_;
  Job job_;
  int tries_ = 0;
};

grpc::ServerUnaryReactor* AdminApi::GetSpend(grpc::CallbackServerContext* context,
                                             const admin::v1::GetSpendRequest* request,
                                             admin::v1::GetSpendResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kGetSpendOfAll, context, reactor);
  if (!IsOperator(Rpc::kGetSpendOfAll, *context, reply)) return reactor;
  absl::StatusOr<SpendQuery> query = ReadSpendQuery(request->query(), SpendAudience::kOperator);
  if (!query.ok()) {
    reply(query.status());
    return reactor;
  }
  query->tenant = request->tenant();
  parts_.store->ReadSpend(
      *query, [this, query = *query, response, reply](absl::StatusOr<std::vector<SpendRow>> rows) {
        if (!rows.ok()) return reply(FromStore(rows.status(), ""));
        WriteSpend(*rows, query, response);
        if (const auto since = LabelsCompleteSince(query, parts_.clock->TimeNow(), parts_.ended_jobs_kept))
          ToProto(*since, response->mutable_labels_complete_since());
        reply(CheckSums(*rows));
      });
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::ListBudgets(grpc::CallbackServerContext* context,
                                                const admin::v1::ListBudgetsRequest*,
                                                admin::v1::ListBudgetsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kListBudgets, context, reactor);
  if (!IsOperator(Rpc::kListBudgets, *context, reply)) return reactor;
  std::make_shared<ReadingBudgets>(parts_, response, std::move(reply))->Read(0);
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::VerifyLedger(grpc::CallbackServerContext* context,
                                                 const admin::v1::VerifyLedgerRequest*,
                                                 admin::v1::VerifyLedgerResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kVerifyLedger, context, reactor);
  if (!IsOperator(Rpc::kVerifyLedger, *context, reply)) return reactor;
  std::make_shared<Verifying>(parts_, context, response, std::move(reply))->CheckJobs("");
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::ListCharges(grpc::CallbackServerContext* context,
                                                const admin::v1::ListChargesRequest* request,
                                                admin::v1::ListChargesResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kListCharges, context, reactor);
  if (!IsOperator(Rpc::kListCharges, *context, reply)) return reactor;
  absl::StatusOr<ChargesPage> page = ReadListCharges(*request, tokens_);
  if (!page.ok()) {
    reply(page.status());
    return reactor;
  }
  parts_.store->ReadAll(page->after_job_id, page->limit,
                        [this, response, page = *page, reply](absl::StatusOr<std::vector<Job>> jobs) {
                          if (!jobs.ok()) return reply(FromStore(jobs.status(), ""));
                          WriteChargesPage(*jobs, page, tokens_, response);
                          const absl::Time since = parts_.clock->TimeNow() - parts_.ended_jobs_kept;
                          if (page.from < since) ToProto(since, response->mutable_complete_since());
                          reply(absl::OkStatus());
                        });
  return reactor;
}

grpc::ServerUnaryReactor* AdminApi::CorrectCharge(grpc::CallbackServerContext* context,
                                                  const admin::v1::CorrectChargeRequest* request,
                                                  admin::v1::CorrectChargeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kCorrectCharge, context, reactor);
  if (!IsOperator(Rpc::kCorrectCharge, *context, reply)) return reactor;
  absl::StatusOr<Correction> correction = ReadCorrection(*request);
  if (!correction.ok()) {
    reply(correction.status());
    return reactor;
  }
  std::make_shared<Correcting>(parts_, request->job_id(), *std::move(correction), response, std::move(reply))
      ->Start();
  return reactor;
}

}  // namespace zoetrope
