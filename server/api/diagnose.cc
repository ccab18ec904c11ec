// AdminService.Diagnose: what is asked, and of whom; what the answers mean is in engine/diagnosis.h.
#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "server/api/admin_api.h"
#include "server/api/plan.h"
#include "server/engine/diagnosis.h"

namespace zoetrope {
namespace {

admin::v1::DiagnosisLevel LevelOf(Diagnosis::Level level) {
  switch (level) {
    case Diagnosis::Level::kOk:
      return admin::v1::DIAGNOSIS_LEVEL_OK;
    case Diagnosis::Level::kWarning:
      return admin::v1::DIAGNOSIS_LEVEL_WARNING;
    case Diagnosis::Level::kError:
      return admin::v1::DIAGNOSIS_LEVEL_ERROR;
  }
  return admin::v1::DIAGNOSIS_LEVEL_ERROR;
}

// What the account is probed with; nullptr: there is nothing.
const Offering* AnyOfferingOf(const Account& account, const Catalogue& catalogue) {
  for (const Model& model : catalogue.models()) {
    for (const Offering& offering : model.offerings) {
      if (offering.dialect == account.dialect && offering.lifecycle.state != LifecycleState::kDisabled)
        return &offering;
    }
  }
  return nullptr;
}

}  // namespace

// All accounts and the store are asked at once; the last answer ends the call.
class AdminApi::Diagnosing : public std::enable_shared_from_this<AdminApi::Diagnosing> {
 public:
  Diagnosing(const AdminParts& parts, admin::v1::DiagnoseResponse* response, UnaryReply reply)
      : parts_(parts), supply_(parts.supply->Get()), response_(response), reply_(std::move(reply)) {}

  void Start() {
    const std::vector<Account>& accounts = supply_->accounts->all();
    const bool asks = parts_.http != nullptr;
    of_accounts_.resize(asks ? accounts.size() : 0);
    left_ = of_accounts_.size() + 1;
    for (std::size_t i = 0; i < of_accounts_.size(); ++i) Probe(accounts[i], i);
    parts_.store->FindRequest(
        "", "diagnose",
        [self = shared_from_this()](const absl::StatusOr<std::optional<RequestBinding>>& found) {
          std::optional<absl::Status> written;
          if (self->parts_.try_store_write) written = self->parts_.try_store_write();
          self->Take([&] { self->store_ = DiagnoseStore(found.status(), written); });
        });
  }

 private:
  void Probe(const Account& account, std::size_t index) {
    const Offering* const offering = AnyOfferingOf(account, *supply_->catalogue);
    if (offering == nullptr) return Take([&] { of_accounts_[index] = DiagnoseUnused(account); });
    absl::StatusOr<HttpRequest> request = account.adapter->BuildProbe(*offering, account.secret);
    if (!request.ok()) {
      return Take([&] {
        of_accounts_[index] = DiagnoseAccount(
            account, *offering, TransportError{Delivery::kNotSent, TransportFault::kMalformed, ""}, {});
      });
    }
    const absl::Duration started = parts_.clock->Monotonic();
    parts_.http->Start(
        *std::move(request), CallOptionsFor(account, account.poll_timeout),
        [self = shared_from_this(), &account, offering, index, started](const HttpResult& result) {
          const absl::Duration took = self->parts_.clock->Monotonic() - started;
          self->Take([&] {
            self->of_accounts_[index] = DiagnoseAccount(account, *offering, result, took);
            if (const auto ahead = ClockAhead(result)) self->ahead_.push_back(*ahead);
          });
        });
  }

  // Answers come on the threads of the client and of the store.
  template <typename Note>
  void Take(Note note) {
    {
      std::lock_guard lock(mutex_);
      note();
      if (--left_ > 0) return;
    }
    Answer();
  }

  void Answer() {
    for (const Diagnosis& diagnosis : of_accounts_) Write(diagnosis);
    if (parts_.reload_refusal != nullptr) Write(DiagnoseConfiguration(*parts_.reload_refusal->Get()));
    Write(store_);
    if (parts_.store_free_bytes) Write(DiagnoseDisk(parts_.store_free_bytes()));
    if (!of_accounts_.empty()) Write(DiagnoseClock(ahead_));
    if (parts_.stale_prices) {
      std::size_t stale = 0;
      for (const auto& [account, count] : parts_.stale_prices()) stale += count;
      Write(DiagnosePrices(stale));
    }
    reply_(absl::OkStatus());
  }

  void Write(const Diagnosis& diagnosis) {
    admin::v1::Diagnosis* const out = response_->add_diagnoses();
    out->set_level(LevelOf(diagnosis.level));
    out->set_subject(diagnosis.subject);
    out->set_found(diagnosis.found);
    out->set_mend(diagnosis.mend);
  }

  const AdminParts& parts_;
  const std::shared_ptr<const Supply> supply_;
  admin::v1::DiagnoseResponse* const response_;
  const UnaryReply reply_;
  std::mutex mutex_;
  std::size_t left_ = 0;
  std::vector<Diagnosis> of_accounts_;
  std::vector<absl::Duration> ahead_;
  Diagnosis store_;
};

grpc::ServerUnaryReactor* AdminApi::Diagnose(grpc::CallbackServerContext* context,
                                             const admin::v1::DiagnoseRequest*,
                                             admin::v1::DiagnoseResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  UnaryReply reply = ReplyTo(Rpc::kDiagnose, context, reactor);
  if (!IsOperator(Rpc::kDiagnose, *context, reply)) return reactor;
  std::make_shared<Diagnosing>(parts_, response, std::move(reply))->Start();
  return reactor;
}

}  // namespace zoetrope
