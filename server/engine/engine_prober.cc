#include "server/engine/engine_prober.h"

#include <utility>

#include "server/engine/probe_policy.h"

namespace zoetrope {

void Engine::Loop::Prober::Serve(const std::string& account, LaneGate* lane) {
  // The lane goes with the loop.
  lane->OnProbeDue([this, account](const std::string& job_id) { Probe(account, job_id); });
}

void Engine::Loop::Prober::Probe(const std::string& account_name, const std::string& job_id) {
  // Nothing is sent any more that an answer could be of use to.
  if (loop_.draining_) return;
  const Account& account = *loop_.parts_.accounts->Find(account_name);
  LaneGate* lane = loop_.LaneOf(account.name);
  const EntryPtr entry = loop_.Find(job_id);
  // The job may have ended meanwhile, or gone elsewhere.
  if (!entry || entry->account != &account || !entry->offering)
    return lane->Probed(std::nullopt, std::nullopt);
  absl::StatusOr<HttpRequest> request = account.adapter->BuildProbe(*entry->offering, account.secret);
  if (!request.ok()) {
    if (loop_.parts_.log != nullptr)
      loop_.parts_.log->Error("a probe cannot be built", {{"provider", account.name}});
    return lane->Probed(LaneSignal::kFailing, std::nullopt);
  }
  const CallNote note{account_name, ProviderCall::kProbe, loop_.parts_.clock->Monotonic()};
  loop_.parts_.http->Start(
      *std::move(request), CallOptionsFor(account, account.poll_timeout),
      [weak = loop_.weak_from_this(), note, offering = entry->offering](HttpResult answer) {
        const auto loop = weak.lock();
        if (!loop) return;
        const auto result = std::make_shared<HttpResult>(std::move(answer));
        loop->Post(
            [note, offering, result](Loop& still) { still.prober_->OnAnswer(note, *offering, *result); });
      });
}

void Engine::Loop::Prober::OnAnswer(const CallNote& note, const Offering& offering,
                                    const HttpResult& result) {
  loop_.Report(note, result);
  const Account& account = *loop_.parts_.accounts->Find(note.provider);
  const ProbeVerdict verdict = ReadProbeAnswer(*account.adapter, offering, result);
  loop_.LaneOf(account.name)->Probed(verdict.signal, verdict.retry_after);
  loop_.PublishLanes();
}

}  // namespace zoetrope
