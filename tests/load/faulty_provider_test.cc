// Three jobs in ten meet a fault, of every kind that the simulator has for submissions, polls,
// cancellations and the life of a job, at all six dialects at once: whatever happens, an attempt is made once
// at most, every job ends or is held for a reason, and none is lost. Downloads and webhooks, which no job's
// end depends on, have tests of their own.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "client/cli/reconcile.h"
#include "server/base/real_clock.h"
#include "tests/support/scale.h"
#include "tests/support/seeded_random.h"
#include "tests/support/world_audit.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr double kFaultShare = 0.3;
constexpr int kCallers = 8;
constexpr absl::Duration kPatience = absl::Minutes(3);

enum class Effect {
  kHarmless,  // the job succeeds all the same
  kEnds,      // it ends, well or not
  kDoubt,     // nobody knows whether it was taken: held, unless the provider can be asked
};

struct Kind {
  std::vector<std::string> markers;
  Effect effect = Effect::kEnds;
  bool account_trouble = false;  // closes an account for a while, which must not be everybody's
  bool cancelled = false;        // its caller wants the end
  int deadline_s = 0;
};

std::vector<Kind> Kinds() {
  std::vector<Kind> kinds;
  for (const char* fault : {"lost-request", "reset-before", "redirect",           "status:408",
                            "status:500",   "status:502",   "status:503",         "status:504",
                            "lost-reply",   "reset",        "status-created:500", "status-created:503",
                            "truncated",    "half-header",  "html-200",           "not-json",
                            "empty-200",    "invalid-utf8", "deep-json:3000",     "huge:5000000",
                            "no-id"}) {
    kinds.push_back({{fault}, Effect::kDoubt});
  }
  for (const char* fault :
       {"status:400", "status:404", "status:422", "reject:content", "model-gone", "fail", "fail:content",
        "fail:validation", "timed-out", "completed-with-error", "partial:1", "expired-result", "no-video",
        "strings-as-numbers", "numbers-as-strings"}) {
    kinds.push_back({{fault}});
  }
  for (const char* fault : {"status:401", "status:402", "status:403", "no-credit"}) {
    kinds.push_back({{fault}, Effect::kEnds, true});
  }
  for (const char* fault : {"slow-drip:1",
                            "hang:300",
                            "unknown-fields",
                            "missing-cost",
                            "discount:80",
                            "unknown-status:WARMING",
                            "nsfw",
                            "poll-lost:2",
                            "poll-404:2",
                            "poll-status:503:2",
                            "poll-truncated",
                            "poll-half-header",
                            "poll-html-200",
                            "poll-not-json",
                            "poll-empty-200",
                            "poll-reset",
                            "poll-invalid-utf8",
                            "poll-no-id",
                            "poll-hang:300",
                            "poll-slow-drip:1",
                            "poll-deep-json:3000",
                            "poll-huge:5000000",
                            "result-lost:2",
                            "result-500",
                            "result-truncated"}) {
    kinds.push_back({{fault}, Effect::kHarmless});
  }
  kinds.push_back({{"backwards", "run-ms:500"}, Effect::kHarmless});
  kinds.push_back({{"status:429:2", "retry-after:0"}, Effect::kHarmless});
  kinds.push_back({{"status:429:1", "retry-after-date:1"}, Effect::kHarmless});
  // To the one that is given our id a conflict says that it has the job, which then never comes.
  kinds.push_back({{"status:409"}, Effect::kDoubt, false, false, 10});
  kinds.push_back({{"never-finishes"}, Effect::kEnds, false, false, 10});
  for (const char* fault : {"cancel-lost", "cancel-status:500", "cancel-too-late", "cancel-404"}) {
    kinds.push_back({{fault, "run-ms:800"}, Effect::kEnds, false, true});
  }
  return kinds;
}

struct Wish {
  v1::SubmitRequest request;
  int kind = -1;  // of the fault; -1: none
  std::string job_id;
};

constexpr const char* kPoll = "{first_after: 50ms, interval_max: 100ms, lost_after: 2s}";

std::string Config() {
  std::vector<TestAccount> accounts;
  for (const char* provider : kProviders) {
    for (const char* suffix : {"", "-trouble"}) {
      accounts.push_back(
          {.name = absl::StrCat(provider, suffix),
           .poll = kPoll,
           .more = "limits: {concurrent_jobs_max: 500, submissions_per_second: 500, submissions_burst: 500}, "
                   // As the simulator does it, which not every provider's pages say.
                   "bills: {failed: false, moderated: false}"});
    }
  }
  return ConfigWith(accounts);
}

// Jobs that share a store and a simulator.
class Campaign {
 public:
  explicit Campaign(std::uint64_t seed) : seed_(seed), random_(seed) {}

  void Run(int jobs) {
    ASSERT_TRUE(world_.Start());
    std::vector<Wish> wishes;
    for (int i = 0; i < jobs; ++i) wishes.push_back(MakeWish(i));
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < kCallers; ++i) {
      callers.emplace_back([&] {
        for (std::size_t at = next++; at < wishes.size(); at = next++) Submit(wishes[at]);
      });
    }
    for (std::thread& caller : callers) caller.join();
    std::map<std::string, v1::Job> ends;
    for (v1::Job& job : ReadJobsAtRest(world_, kPatience)) ends.emplace(job.id(), std::move(job));
    for (const nlohmann::json& creation : world_.Ledger()["creations"])
      made_.insert(creation["prompt"].get<std::string>());
    for (const Wish& wish : wishes) Judge(wish, ends[wish.job_id]);
    for (const Wish& wish : wishes) by_prompt_[wish.request.generation().prompt()] = ends[wish.job_id];
    HoldBillsAgainstBooks();
    figures_ = AuditWorld(world_, seed_, answers_);
    EXPECT_EQ(figures_.jobs, jobs);
  }
  const AuditFigures& figures() const { return figures_; }
  const std::map<std::string, int>& held() const { return held_; }
  // By fault, then by state.
  const std::map<std::string, std::map<std::string, int>>& ends() const { return ends_; }

 private:
  // What the providers have billed is what is booked, to the billionth, for every job that met no fault. For
  // the others each difference is shown and has a reason: what was billed and is not booked is in doubt here,
  // with at least as much set aside; what is booked and was not billed was booked at the worst, because
  // nobody says what it costs.
  void HoldBillsAgainstBooks() {
    client::AdminClient admin(client::MakeChannel(world_.admin_address()));
    const nlohmann::json theirs = world_.Ledger();
    std::map<std::string, nlohmann::json> creations;  // by the providers' ids
    for (const nlohmann::json& creation : theirs["creations"]) creations[creation["id"]] = creation;
    Sums sums;
    for (const char* provider : kProviders) {
      const std::vector<admin::v1::Charge> charges = ReadCharges(admin, provider);
      const auto bill = cli::ReadSandboxBill(theirs.dump(), provider);
      ASSERT_TRUE(bill.ok()) << bill.status();
      for (const auto& [id, nanos] : *bill) sums.billed += nanos;
      for (const admin::v1::Charge& charge : charges) {
        sums.settled += NanosOf(charge.settled());
        sums.reserved += NanosOf(charge.reserved());
      }
      for (const cli::Finding& finding : cli::Reconcile(*bill, charges)) {
        const auto creation = creations.find(finding.provider_job_id);
        Account(provider, finding, creation != creations.end() ? creation->second : nlohmann::json(), sums);
      }
    }
    std::cout << "seed " << seed_ << ", in billionths of a dollar: billed " << sums.billed << ", settled "
              << sums.settled << ", in doubt " << sums.in_doubt << ", assumed " << sums.assumed
              << ", set aside " << sums.reserved << std::endl;
  }

  struct Sums {
    std::int64_t billed = 0;
    std::int64_t settled = 0;
    std::int64_t reserved = 0;
    std::int64_t in_doubt = 0;  // billed, and not known here
    std::int64_t assumed = 0;   // booked, and billed at less
  };

  // One difference between bill and books; `creation` is null where the provider has made none.
  void Account(const std::string& provider, const cli::Finding& finding, const nlohmann::json& creation,
               Sums& sums) {
    const std::string prompt =
        creation.is_null() ? PromptOf(finding.charge.job_id()) : creation["prompt"].get<std::string>();
    const v1::Job& job = by_prompt_[prompt];
    const std::int64_t more = finding.booked_nanos - finding.billed_nanos;
    std::cout << cli::Name(finding.kind) << ": " << provider << " " << finding.provider_job_id << " billed "
              << finding.billed_nanos << ", booked " << finding.booked_nanos << ", set aside "
              << NanosOf(job.cost().reserved()) << ", " << prompt << "\n";
    SCOPED_TRACE(absl::StrCat("seed ", seed_, ": ", prompt, ": ", job.ShortDebugString()));
    EXPECT_NE(prompt.find("[[fault:"), std::string::npos) << "it met no fault";
    if (finding.kind == cli::Discrepancy::kHeld || finding.kind == cli::Discrepancy::kOpen ||
        finding.kind == cli::Discrepancy::kNotBooked) {
      sums.in_doubt += finding.billed_nanos;
      EXPECT_TRUE(IsInDoubt(job)) << "billed, and nobody here is in doubt about it";
      EXPECT_GE(NanosOf(job.cost().reserved()), finding.billed_nanos);
      return;
    }
    sums.assumed += more;
    const v1::CostSource source = finding.charge.source();
    // A run that was cancelled before it was seen to begin may be billed all the same: no page says.
    const bool cancelled =
        !creation.is_null() && creation["state"] == "CANCELLED" && source == v1::COST_SOURCE_BILLING_RULE;
    const bool worst =
        (source == v1::COST_SOURCE_CATALOGUE || source == v1::COST_SOURCE_RESERVATION) && more > 0;
    EXPECT_TRUE(worst || cancelled) << finding.charge.ShortDebugString();
  }

  std::string PromptOf(const std::string& job_id) const {
    for (const auto& [prompt, job] : by_prompt_) {
      if (job.id() == job_id) return prompt;
    }
    return "";
  }

  // Whether some attempt of it may have been taken, for all that is known here.
  static bool IsInDoubt(const v1::Job& job) {
    return std::any_of(job.attempts().begin(), job.attempts().end(), [](const v1::Attempt& attempt) {
      return attempt.state() == v1::ATTEMPT_STATE_HELD || attempt.state() == v1::ATTEMPT_STATE_UNKNOWN ||
             attempt.cost().settlement() == v1::SETTLEMENT_STATE_PENDING;
    });
  }

  static std::int64_t NanosOf(const v1::Money& money) {
    return money.units() * 1'000'000'000 + money.nanos();
  }

  static std::vector<admin::v1::Charge> ReadCharges(client::AdminClient& admin, const std::string& provider) {
    std::vector<admin::v1::Charge> charges;
    admin::v1::ListChargesRequest request;
    request.set_provider(provider);
    do {
      const auto page = admin.ListCharges(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return charges;
      charges.insert(charges.end(), page->charges().begin(), page->charges().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return charges;
  }

  Wish MakeWish(int number) {
    Wish wish;
    // Each kind in its turn, so that all of them come.
    if (random_.Chance(kFaultShare)) wish.kind = static_cast<int>(faults_++ % kinds_.size());
    const Kind none;
    const Kind& kind = wish.kind < 0 ? none : kinds_[static_cast<std::size_t>(wish.kind)];
    const std::string dialect = kProviders[random_.Below(std::size(kProviders))];
    wish.request = world_.Request(absl::StrCat("boat ", number, Markers(kind.markers)),
                                  dialect + (kind.account_trouble ? "-trouble" : ""));
    wish.request.set_request_id(absl::StrCat("faulty-", number));
    v1::Routing& routing = *wish.request.mutable_routing();
    // Some may go to several accounts, some only after what was certainly not made.
    if (!kind.account_trouble && random_.Chance(0.25)) {
      routing.clear_provider();
      for (const char* provider : {"runpod", "fal", "runware", "wavespeed"})
        routing.add_allowed_providers(provider);
      routing.set_failover(random_.Chance(0.5) ? v1::FAILOVER_POLICY_AFTER_FAILED
                                               : v1::FAILOVER_POLICY_AFTER_REFUSED);
      if (random_.Chance(0.5)) *wish.request.mutable_max_cost() = MoneyOf(5'000'000'000);
    }
    if (kind.deadline_s > 0) wish.request.mutable_deadline()->set_seconds(kind.deadline_s);
    return wish;
  }

  void Submit(Wish& wish) {
    const auto response = world_.client().Submit(wish.request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return;
    wish.job_id = response->job().id();
    answers_.Add(response->job());
    if (wish.kind < 0 || !kinds_[static_cast<std::size_t>(wish.kind)].cancelled) return;
    const auto cancelled = world_.client().Cancel(wish.job_id);
    EXPECT_TRUE(cancelled.ok()) << cancelled.status();
    if (cancelled.ok()) answers_.Add(*cancelled);
  }

  void Judge(const Wish& wish, const v1::Job& job) {
    const Effect effect =
        wish.kind < 0 ? Effect::kHarmless : kinds_[static_cast<std::size_t>(wish.kind)].effect;
    const std::string name =
        wish.kind < 0 ? "none" : kinds_[static_cast<std::size_t>(wish.kind)].markers.front();
    ++ends_[name][v1::JobState_Name(job.state())];
    const std::string words = absl::StrCat("seed ", seed_, ", ", name, ": ", job.ShortDebugString());
    if (effect == Effect::kHarmless) {
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << words;
    } else if (effect == Effect::kEnds) {
      EXPECT_TRUE(client::IsTerminal(job.state())) << words;
    } else {
      EXPECT_TRUE(job.state() == v1::JOB_STATE_HELD || client::IsTerminal(job.state())) << words;
    }
    if (job.state() == v1::JOB_STATE_HELD) {
      // What a list shows is found, and what may be sent again is: no two wishes here have the same words.
      const std::string& provider = job.attempts(job.attempts_size() - 1).provider();
      const bool blind = provider.starts_with("runpod") || provider.starts_with("vtrix");
      EXPECT_TRUE(blind || !made_.contains(job.generation().prompt()))
          << "held, and it could have been found: " << words;
      ++held_[blind ? "where nobody can ask" : "where nothing was found"];
    }
  }

  const std::uint64_t seed_;
  SeededRandom random_;
  const std::vector<Kind> kinds_ = Kinds();
  std::size_t faults_ = random_.Below(kinds_.size());
  World world_{{.bin_dir = ZOETROPE_BIN_DIR, .queue_ms = 20, .run_ms = 150, .config = Config()}};
  Answers answers_;
  AuditFigures figures_;
  std::map<std::string, std::map<std::string, int>> ends_;
  std::set<std::string> made_;  // by prompt, what providers have created
  std::map<std::string, int> held_;
  std::map<std::string, v1::Job> by_prompt_;
};

TEST(FaultyProviderTest, EveryJobEndsOrIsHeldAndNothingIsMadeTwice) {
  const int jobs = Scaled(500, 2'000, 50'000);
  const int at_once = Scaled(500, 2'000, 5'000);
  const std::uint64_t first = TestSeed();
  RealClock clock;
  const absl::Duration begun = clock.Monotonic();
  std::map<std::string, std::map<std::string, int>> ends;
  std::uint64_t seed = first;
  int done = 0;
  for (; done < jobs && !HasFailure(); done += at_once, ++seed) {
    Campaign campaign(seed);
    campaign.Run(at_once);
    for (const auto& [fault, states] : campaign.ends()) {
      for (const auto& [state, count] : states) ends[fault][state] += count;
    }
    std::cout << "seed " << seed << ": " << ToText(campaign.figures());
    for (const auto& [where, count] : campaign.held()) std::cout << ", " << count << " held " << where;
    std::cout << std::endl;
  }
  int faulty = 0;
  for (const auto& [fault, states] : ends) {
    std::cout << "  " << fault;
    for (const auto& [state, count] : states) {
      std::cout << ", " << count << " " << state;
      if (fault != "none") faulty += count;
    }
    std::cout << "\n";
  }
  // Every kind has had its turn, and the share is the one that was wanted.
  EXPECT_EQ(ends.size(), Kinds().size() + 1);
  EXPECT_NEAR(faulty, kFaultShare * done, 0.25 * kFaultShare * done);
  std::cout << done << " jobs, seeds " << first << " to " << seed - 1 << ", " << faulty << " with a fault of "
            << ends.size() - 1 << " kinds, in " << clock.Monotonic() - begun
            << (HasFailure() ? "; BROKEN\n" : "; duplicates 0, lost 0, orphans 0\n");
}

}  // namespace
}  // namespace zoetrope::testing
