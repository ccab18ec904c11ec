// The moves that the state table is written in: what ends a job or an attempt, what plans one, what a result
// does to the money.
//
// Each changes the state under construction and asks for the effects that belong to it; none reads anything
// but the job and the facts.
#ifndef ZOETROPE_SERVER_ENGINE_JOB_MOVES_H_
#define ZOETROPE_SERVER_ENGINE_JOB_MOVES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/engine/job_machine.h"

namespace zoetrope {

// In words, what an account's calls showed.
std::string_view WhyNothingIsSent(FailureReason trouble);

// Our words with the provider's behind them, where it said any; bounded as those are.
std::string WithTheirs(const std::string& ours, const std::string& theirs);

// One step under construction. Not to be kept beyond it; `job` and `facts` must outlive it. The job has at
// least one attempt.
class JobMoves {
 public:
  JobMoves(const LiveJob& job, const MachineFacts& facts) : job_(job), facts_(facts) {
    decision_.state = job.state;
  }

 protected:
  JobState& state() { return decision_.state; }
  Attempt& attempt() { return decision_.state.attempts.back(); }
  const Attempt& attempt() const { return decision_.state.attempts.back(); }
  bool job_ended() const { return IsTerminal(decision_.state.phase); }
  bool cancel_wanted() const { return decision_.state.cancel_requested_time != absl::InfinitePast(); }
  bool late() const { return facts_.now >= job_.deadline_time; }
  bool can_cancel() const { return facts_.capabilities != nullptr && facts_.capabilities->can_cancel; }
  std::vector<LedgerRow>& ledger() { return decision_.ledger; }

  // The state is to be written.
  void Change() { decision_.changed = true; }
  void Want(Effect effect) { decision_.effects.push_back(std::move(effect)); }

  // --- The end of the job, of the attempt ---

  // A job that has ended stays as it ended.
  void EndJob(JobPhase phase);
  void FailJob(Failure failure);
  void EndAttempt(AttemptPhase phase, std::optional<Failure> failure);
  // Planned, and it will not be sent: nothing was spent.
  void DropPlanned(std::optional<Failure> failure);
  // Planned, and the deadline is over.
  void EndLatePlanned();
  // The job has ended for its caller while the provider still has it: only its price is waited for.
  void WaitForMoney();
  void ForgetIfDone();

  // --- Attempts ---

  // `why`: it is made there, after those before it.
  void PlanAttempt(std::size_t candidate, std::string why);
  // What is planned goes to its lane; unless the job is unaccounted for, which is an outcome that nobody
  // knows.
  void AskToSend();
  // The attempt has ended without a video: another one, or the end. Its money is decided, or none may follow.
  void GoOnOrFail(bool may_follow = true);
  // Back to where nothing has been sent, under the same id.
  void BackToPlanned(absl::Duration pause, std::optional<Failure> note);
  void MarkUnknown(std::string why, std::int32_t http_status, std::string provider_code = {});
  void Acknowledge(const ProviderJob& named);
  // The provider has it, as is known only now or again: what to ask for. A wish to cancel that it has not
  // been told of, and the job's end, outlive whatever came between.
  void GoOnWithAcked();
  // What a wish to cancel means for an attempt that the provider has.
  void CancelAcked();
  // Nothing will tell: wait for a person.
  void Hold(const Failure& unknown);
  // The submission counts as made and paid for.
  void Abandon(const Failure& unknown);
  // One more attempt at the same offering, accepting that both may be charged; Hold when there was one
  // already.
  void RetryOnce(const Failure& unknown);
  // Which of these the job asks for.
  void FollowUnknownPolicy(const Failure& unknown);

  // --- Jobs of a copied store ---

  // The job was there when the store was copied, so that it may have been submitted since by the server that
  // went on with the original, and nobody has answered for that here yet.
  bool IsUnaccounted() const;
  // The attempt is held for that, and was not sent by this server.
  bool IsHeldUnsent() const;

  // What was decided about the attempt, which is HELD; a job that has ended gets its money known by it.
  void CarryOut(const Decided& decided);

  // --- Results ---

  void Finish(const Succeeded& result, const Report& report);
  void Finish(const Failed& result, const Report& report);
  // `queued`: it had not begun, as far as its provider has told, so that nothing is charged.
  void Finish(const CancelledThere& result, const Report& report, bool queued);
  // The provider no longer knows a job that it had accepted: it may well have made, and charged, the video.
  void Finish(const NotFoundThere& result, const Report& report);

  // Whether it is charged.
  enum class Billed { kNo, kYes, kNobodySays };
  // Of the attempt, as it has ended.
  Billed BilledAsItEnded() const;
  // At what was reported; else at the price, or, where nobody says that it is charged, as an assumption.
  void SettleNow(const Report& report, std::optional<Money> computed, Billed billed);

  // The end of what was accepted cannot be learnt: the worst case, unless the provider's books know better.
  void SettleLost();

  const LiveJob& job_;
  const MachineFacts& facts_;
  Decision decision_;

 private:
  bool has_books() const { return facts_.capabilities != nullptr && facts_.capabilities->tells_charge_later; }
  // Whether a generation that brought no video is charged: as the account's operator knows it, else as the
  // catalogue does of the offering, else as the dialect's pages say.
  Billed BilledFor(std::optional<bool> BillingHabit::*known, std::optional<bool> Capabilities::*stated) const;
  // Whether another attempt would follow if this one, which has ended, were settled so.
  bool WouldGoOn(const Report& report, std::optional<Money> computed) const;
  // It was charged: what was reported, or what the provider's books will say where it has any.
  void SettleOrAsk(const Report& report, std::optional<Money> computed, Billed billed = Billed::kYes);
  // What the catalogue says that so many of the videos cost.
  std::optional<Money> ComputedFor(std::size_t videos) const;
  Money WorstCase() const;

  // Attempts that this step has planned: after one that is in doubt from the start there is none that is.
  std::size_t planned_ = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_JOB_MOVES_H_
