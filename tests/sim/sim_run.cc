#include "tests/sim/sim_run.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/ids.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/callback_urls.h"
#include "server/engine/engine.h"
#include "server/engine/settlement.h"
#include "server/events/watch_hub.h"
#include "server/providers/registry.h"
#include "server/route/budget.h"
#include "server/route/router.h"
#include "tests/sim/sim_audit.h"
#include "tests/sim/sim_callbacks.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_watcher.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {
namespace {

// FNV-1a: the trace is compared, not kept.
class Trace {
 public:
  void Add(std::string_view line) {
    for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

constexpr int kJobsAtOnce = 4;

std::vector<Account> MakeAccounts() {
  std::vector<Account> accounts;
  const std::pair<const char*, const char*> bases[] = {
      {"runpod", "https://runpod.sim/v2"},           {"fal", "https://fal.sim/queue"},
      {"runware", "https://runware.sim/v1"},         {"vtrix", "https://vtrix.sim/model"},
      {"wavespeed", "https://wavespeed.sim/api/v3"}, {"openai", "https://openai.sim/v1"}};
  for (const auto& [name, base] : bases) {
    Account account;
    account.name = name;
    account.dialect = name;
    AccountEndpoints endpoints;
    endpoints.base_url = base;
    if (account.name == "fal") endpoints.base_urls["platform"] = "https://fal.sim/platform";
    account.adapter = FindDialect(name)->make(endpoints);
    account.secret = Secret("sim-key");
    account.lane.concurrent_jobs_max = kJobsAtOnce;
    accounts.push_back(std::move(account));
  }
  return accounts;
}

// The picture of the jobs that bring theirs along: as large as the video, which some providers insist on.
const char kPicture[] = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

// Reading it takes longer than a whole history; nothing changes it.
const Catalogue& SharedCatalogue() {
  static const std::unique_ptr<const Catalogue> catalogue =
      ParseCatalogue("default", DefaultCatalogueText()).catalogue;
  return *catalogue;
}

// In half of the histories, ceilings of which some jobs and some further attempts do not fit under. Drawn
// apart, so that nothing else of a history depends on them.
std::vector<Budget> DrawBudgets(const SimOptions& options) {
  SeededRandom random(options.seed ^ 0xb0d9e7);
  if (!options.faults || random.Chance(0.5)) return {};
  Budget all;
  all.name = "all";
  all.limit = Money::FromNanos(static_cast<std::int64_t>(random.Below(10'000'000'000)));
  Budget each;
  each.name = "each-account";
  each.scope = BudgetScope::kProvider;
  each.window = BudgetWindow::kDay;
  each.limit = Money::FromNanos(static_cast<std::int64_t>(random.Below(3'000'000'000)));
  return {all, each};
}

// What an operator has chosen for all lives of the server.
struct OperatorsChoice {
  bool may_retry_once = false;
  absl::Duration hold_for = absl::Hours(24 * 7);
  std::size_t picture_bytes_max = EngineOptions().picture_bytes_max;
};

OperatorsChoice DrawChoice(const SimOptions& options) {
  SeededRandom random(options.seed ^ 0xc401ce);
  OperatorsChoice choice;
  // Room for one picture at a time.
  if (random.Chance(0.5)) choice.picture_bytes_max = 20;
  if (!options.faults) return choice;
  choice.may_retry_once = random.Chance(0.7);
  if (random.Chance(0.3))
    choice.hold_for = absl::Minutes(10) + absl::Minutes(static_cast<double>(random.Below(180)));
  return choice;
}

// One life of the process under test.
struct Process {
  std::unique_ptr<const Accounts> accounts;  // as configured for this life
  std::unique_ptr<SimExecutor> executor;
  std::unique_ptr<WatchHub> hub;
  std::unique_ptr<Engine> engine;
};

class Simulation {
 public:
  explicit Simulation(const SimOptions& options)
      : options_(options),
        random_(options.seed),
        ids_(options.seed ^ 0x5eed),
        world_(options.seed),
        store_executor_(world_.NewExecutor("store")),
        network_executor_(world_.NewExecutor("network")),
        store_(store_executor_.get(), &world_.clock()),
        network_(&world_, network_executor_.get(), &random_, [this](const std::string& line) { Note(line); }),
        accounts_(MakeAccounts()) {}

  SimReport Run() {
    network_.OnCreation([this](const SimNetwork::Creation& creation) { OnCreation(creation); });
    network_.OnSubmission([this] { submitted_ = true; });
    store_.PutBlob(kPicture, {"image/png", "bytes"}, [](absl::Status) {});
    SetFaults(options_.faults);
    StartProcess();
    ScheduleCallers();
    RunWithCrashes(start_ + absl::Minutes(20));
    SetFaults(false);
    // Long enough for every deadline, and for the money of the last job.
    world_.RunFor(absl::Hours(30));
    CheckEnd();
    report_.trace_hash = trace_.hash();
    report_.creations = network_.total_creations();
    StopProcess();
    return std::move(report_);
  }

 private:
  void Note(const std::string& line) {
    const std::string stamped = absl::StrCat(absl::ToUnixMillis(world_.clock().TimeNow()), " ", line, "\n");
    trace_.Add(stamped);
    if (options_.print) std::cerr << stamped;
  }
  void SetFaults(bool on) {
    network_.SetFaults(on ? NetworkFaults{} : NetworkFaults{0, 0, 0});
    store_.SetFaults([this, on](const StoreCall& call) {
      StoreFault fault;
      fault.sync_delay = absl::Milliseconds(random_.Below(20));
      fault.reply_delay = absl::Milliseconds(random_.Below(20));
      if (!on || !random_.Chance(0.03)) return fault;
      const StoreFault::Kind kinds[] = {StoreFault::Kind::kUnknownApplied,
                                        StoreFault::Kind::kUnknownNotApplied, StoreFault::Kind::kConflict};
      // A caller whose Create is answered with "unknown" looks again; that is the API's business and not
      // simulated here.
      if (call.operation == StoreOperation::kCreate) return fault;
      fault.kind = kinds[random_.Below(3)];
      return fault;
    });
  }

  // --- The process: start, crash ---

  void StartProcess() {
    process_.executor = world_.NewExecutor(absl::StrCat("process", report_.crashes));
    process_.accounts = std::make_unique<const Accounts>(AccountsOfThisLife());
    WatchOptions watch;
    watch.age_max = absl::Hours(100);
    process_.hub =
        std::make_unique<WatchHub>(&store_, process_.executor.get(), &world_.clock(), watch, EncodeForSim);
    EngineParts parts;
    parts.store = &store_;
    parts.http = &network_;
    parts.executor = process_.executor.get();
    parts.clock = &world_.clock();
    parts.random = &ids_;
    parts.accounts = process_.accounts.get();
    parts.catalogue = &catalogue_;
    parts.callbacks = with_callbacks_ ? &urls_ : nullptr;
    parts.progress = process_.hub.get();
    EngineOptions engine;
    engine.copied_at = copied_at_;
    engine.budgets = budgets_;
    engine.allow_missing_accounts = true;
    engine.allow_retry_once = choice_.may_retry_once;
    engine.hold_for = choice_.hold_for;
    engine.picture_bytes_max = choice_.picture_bytes_max;
    engine.owner = absl::StrCat("process-", report_.crashes);
    process_.engine = std::make_unique<Engine>(parts, engine);
    feed_ = store_.Subscribe([this](const Change& change) { OnChange(change); });
    Recover();
  }

  // Now and then one is missing, whatever it has been given to do; the next life may have it again.
  std::vector<Account> AccountsOfThisLife() {
    std::vector<Account> accounts = MakeAccounts();
    if (options_.faults && operator_.Chance(0.15)) {
      const auto missing = accounts.begin() + static_cast<std::ptrdiff_t>(operator_.Below(accounts.size()));
      Note(absl::StrCat("missing ", missing->name));
      ++report_.missing;
      accounts.erase(missing);
    }
    return accounts;
  }

  void Recover() {
    process_.engine->Recover([this](absl::Status status) {
      Note(absl::StrCat("recovered ", std::string(absl::StatusCodeToString(status.code()))));
      // As the server does: a store that cannot be read now is asked again.
      if (!status.ok())
        process_.executor->PostAt(world_.clock().TimeNow() + absl::Seconds(1), [this] { Recover(); });
    });
  }

  void StopProcess() {
    for (const auto& watcher : watchers_) watcher->Disconnect(true);
    process_.engine.reset();
    process_.hub.reset();
    feed_.reset();
    process_.executor->Stop();
  }

  // The process goes down in an orderly way: whatever was decided to be sent is sent and recorded, or is back
  // where it was. Nothing may be left in doubt.
  void Drain() {
    Note("drain");
    bool done = false;
    process_.engine->Drain([&done] { done = true; });
    const absl::Time patience = world_.clock().TimeNow() + absl::Minutes(2);
    world_.RunUntil([&] { return done || world_.clock().TimeNow() >= patience; });
    if (!done) audit_.Break("a drain did not end");
    audit_.OnDrained();
  }

  void Crash() {
    Note("crash");
    ++report_.crashes;
    audit_.OnCrash();
    StopProcess();
    network_.Crash();
    dead_.push_back(std::move(process_.executor));
    store_.Crash();
    if (copy_ != nullptr && random_.Chance(0.5)) Restore();
    world_.RunFor(absl::Milliseconds(random_.Below(5'000)));
    StartProcess();
  }

  // The store is gone; what there is, is a copy of it.
  void Restore() {
    Note("restore");
    ++report_.restored;
    audit_.BeforeRestore();
    store_.Restore(std::exchange(copy_, nullptr));
    audit_.AfterRestore();
    copied_at_ = copy_time_;
    // What they have seen may be none of this history.
    watchers_.clear();
    for (const std::string& id : store_.JobIds()) watchers_.push_back(std::make_shared<SimWatcher>(id, true));
  }

  void MakeCopy() {
    Note("copy");
    copy_ = store_.MakeCopy();
    copy_time_ = world_.clock().TimeNow();
  }

  // --- Callers ---

  void ScheduleCallers() {
    for (int i = 0; i < options_.jobs; ++i) {
      At(absl::Milliseconds(random_.Below(60'000)), [this, i] { Submit(i); });
    }
    for (int i = 0; i < options_.jobs; ++i) {
      for (int cut = 0; cut < 10; ++cut)
        At(absl::Milliseconds(random_.Below(600'000)), [this, i] { Cut(static_cast<std::size_t>(i)); });
    }
    for (absl::Duration at = absl::Seconds(1); at < absl::Minutes(40); at += absl::Seconds(1))
      At(at, [this] { Reconnect(); });
    for (int i = 0; i < options_.jobs / 4; ++i) {
      At(absl::Milliseconds(random_.Below(200'000)), [this] { CancelOne(); });
    }
    if (options_.faults) At(absl::Milliseconds(random_.Below(300'000)), [this] { TakeOneDown(); });
    for (int i = 0; options_.faults && i < options_.jobs / 2; ++i)
      At(absl::Milliseconds(corrections_.Below(1'000'000)), [this] { CorrectOne(); });
    // Not so often that nothing stays held.
    for (int i = 0; options_.faults && i < options_.jobs / 6; ++i)
      At(absl::Milliseconds(operator_.Below(1'800'000)), [this] { DecideOne(); });
    if (options_.faults && random_.Chance(0.2))
      At(absl::Milliseconds(random_.Below(200'000)), [this] { MakeCopy(); });
  }

  // Half of the crashes come at any time, half shortly after a submission was started: that is where money is
  // lost.
  void RunWithCrashes(absl::Time until) {
    std::uint64_t left =
        options_.faults ? random_.Below(static_cast<std::uint64_t>(options_.crashes_max) + 1) : 0;
    absl::Time at = absl::InfiniteFuture();
    while (true) {
      if (left > 0 && at == absl::InfiniteFuture() && random_.Chance(0.5)) {
        at = world_.clock().TimeNow() + absl::Milliseconds(random_.Below(200'000));
      }
      submitted_ = false;
      const auto stop = [&] {
        return world_.clock().TimeNow() >= std::min(at, until) ||
               (submitted_ && at == absl::InfiniteFuture());
      };
      world_.RunUntil(stop);
      if (world_.clock().TimeNow() >= until || !world_.NextTime()) return;
      if (left > 0 && at == absl::InfiniteFuture()) {
        if (random_.Chance(0.2)) at = world_.clock().TimeNow() + absl::Milliseconds(random_.Below(700));
        continue;
      }
      if (world_.clock().TimeNow() < at) continue;
      --left;
      at = absl::InfiniteFuture();
      if (random_.Chance(0.3)) Drain();
      Crash();
      if (left == 0) break;
    }
    world_.RunUntil(until);
  }

  void At(absl::Duration after, std::function<void()> task) {
    caller_executor_->PostAt(start_ + after, std::move(task));
  }

  Generation Wish(int number) {
    Generation wish;
    wish.model = "sora-2";
    // Now and then two callers ask for the same, of which only time and luck tell the videos apart.
    const bool twin = number > 0 && random_.Chance(0.2);
    wish.prompt = absl::StrCat("a paper boat sim-", twin ? number - 1 : number, " sails");
    wish.first_frame = Image{std::string("https://pictures.example/boat.png"), ImageFit::kExact};
    if (random_.Chance(0.5)) {
      wish.first_frame = Image{BlobRef{kPicture, "image/png", 5, 1280, 720}, ImageFit::kExact};
    }
    wish.duration_ms = 4000;
    wish.resolution = "720p";
    wish.aspect_ratio = "auto";
    wish.audio = true;
    wish.count = 1;
    return wish;
  }

  // An account that refuses every connection, for up to ten minutes.
  void TakeOneDown() {
    const Account& account = accounts_.all()[random_.Below(accounts_.all().size())];
    Note(absl::StrCat("down ", account.name));
    network_.TakeDown(account.name, world_.clock().TimeNow() + absl::Milliseconds(random_.Below(600'000)));
  }

  void Submit(int number) {
    const absl::Time now = world_.clock().TimeNow();
    if (!process_.engine) {  // down: the caller tries again
      caller_executor_->PostAt(now + absl::Seconds(1), [this, number] { Submit(number); });
      return;
    }
    NewJob fresh;
    JobSpec& spec = fresh.job.spec;
    spec.id = NewJobId(now, ids_);
    spec.tenant = "default";
    spec.request_id = absl::StrCat("request-", number);
    spec.generation = Wish(number);
    spec.routing.failover =
        random_.Chance(0.5) ? FailoverPolicy::kAfterFailed : FailoverPolicy::kAfterRefused;
    const std::uint64_t policy = operator_.Below(10);
    if (options_.faults && policy < 4)
      spec.unknown_policy = policy < 2 ? UnknownPolicy::kAbandon : UnknownPolicy::kRetryOnce;
    spec.create_time = now;
    spec.deadline_time = now + absl::Minutes(15);
    std::vector<Provider> providers;
    for (const Account& account : process_.accounts->all())
      providers.push_back({account.name, account.dialect, account.adapter.get()});
    // The last two want a picture of the video's size, and that of a URL is not known.
    const char* pinned[] = {"", "runpod", "fal", "runware", "wavespeed", "vtrix", "openai"};
    spec.routing.provider = pinned[random_.Below(spec.generation.first_frame->blob() != nullptr ? 7 : 5)];
    if (process_.accounts->Find(spec.routing.provider) == nullptr) spec.routing.provider.clear();
    const auto candidates = Route({*catalogue_.FindModel("sora-2"), spec.generation, spec.routing, providers,
                                   "2026-11-20", true, std::nullopt, Money::FromNanos(1'000'000'000)});
    if (!candidates.ok())
      return audit_.Break(absl::StrCat("not routed: ", std::string(candidates.status().message())));
    spec.candidates = *candidates;
    const Offering* offering = catalogue_.FindOffering(candidates->front().offering);
    Attempt attempt;
    attempt.id = NewAttemptId(ids_);
    attempt.provider = candidates->front().provider;
    attempt.offering = offering->id;
    attempt.offering_revision = offering->revision;
    attempt.create_time = now;
    Reserve(attempt, candidates->front().price, now, fresh.ledger, candidates->front().reservation_cap);
    fresh.job.state.revision = 1;
    fresh.job.state.update_time = now;
    fresh.job.state.attempts.push_back(std::move(attempt));
    fresh.fingerprint = "f";
    fresh.owner = process_.engine->owner();
    fresh.budgets = UsesOf(budgets_, SpenderOf(spec), fresh.ledger);
    fresh.offering_texts[offering->revision] = offering->text;
    process_.engine->TryReservePlace(spec.principal, 0);
    const auto job = std::make_shared<Job>(fresh.job);
    store_.Create(std::move(fresh), [this, job, life = report_.crashes](CreateResult result) {
      report_.refused += result.outcome == CommitOutcome::kOverBudget;
      if (result.outcome != CommitOutcome::kDurable) return;
      audit_.OnAccepted(job->spec.id);
      Note(absl::StrCat("accepted ", job->spec.id));
      if (life != report_.crashes) return;
      process_.engine->Adopt(ToLive(*job, {process_.engine->owner(), 1}, {}));
      watchers_.push_back(std::make_shared<SimWatcher>(job->spec.id, random_.Chance(0.7)));
      watchers_.back()->Connect(process_.hub.get());
    });
  }

  void Cut(std::size_t which) {
    if (which < watchers_.size() && watchers_[which]->connected()) watchers_[which]->Disconnect(false);
  }

  void Reconnect() {
    if (!process_.hub) return;
    for (const auto& watcher : watchers_) {
      if (!watcher->connected() && !watcher->done()) watcher->Connect(process_.hub.get());
    }
  }

  void CancelOne() {
    const std::set<std::string>& accepted = audit_.accepted();
    if (accepted.empty()) return;
    auto chosen = accepted.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(random_.Below(accepted.size())));
    store_.PutCommand("default", *chosen, CommandKind::kCancel, world_.clock().TimeNow(),
                      [](absl::Status) {});
  }

  // The operator finds a bill that says something else of a job that has come to rest: less, or more.
  void CorrectOne() {
    const std::vector<std::string> ids = store_.JobIds();
    if (ids.empty() || !process_.engine) return;
    const std::optional<StoredJob> stored = store_.Peek(ids[corrections_.Below(ids.size())]);
    if (IsLive(stored->job.state)) return;
    JobChange change;
    change.job_id = stored->job.spec.id;
    change.ownership = stored->ownership;
    change.expected_revision = stored->job.state.revision;
    change.state = stored->job.state;
    Attempt& attempt = change.state.attempts[corrections_.Below(change.state.attempts.size())];
    Correct(attempt, Money::FromNanos(static_cast<std::int64_t>(corrections_.Below(1'000'000'000))),
            world_.clock().TimeNow(), change.ledger);
    if (change.ledger.empty()) return;
    ++change.state.revision;
    change.state.update_time = world_.clock().TimeNow();
    Note(absl::StrCat("correct ", change.job_id));
    store_.Commit(std::move(change),
                  [this](CommitOutcome outcome) { report_.corrected += outcome == CommitOutcome::kDurable; });
  }

  // The operator looks into what is held, and tells what the provider shows of it, once nothing can be on its
  // way there any more.
  void DecideOne() {
    const absl::Time now = world_.clock().TimeNow();
    std::vector<std::string> held;
    for (const std::string& id : store_.JobIds()) {
      const Attempt attempt = store_.Peek(id)->job.state.attempts.back();
      if (attempt.phase == AttemptPhase::kHeld && attempt.intent_time < now - absl::Minutes(5))
        held.push_back(id);
    }
    if (held.empty()) return;
    const Job job = store_.Peek(held[operator_.Below(held.size())])->job;
    const Attempt& attempt = job.state.attempts.back();
    const std::string tag = TagOf(job.spec.generation.prompt);
    AttemptDecision decision{attempt.id, ResolutionKind::kAbandoned, "", "seen"};
    const int made = network_.Creations(attempt.provider, tag);
    // The server before a restoration may have gone elsewhere with it.
    int made_elsewhere = 0;
    for (const Account& account : accounts_.all())
      made_elsewhere += account.name != attempt.provider ? network_.Creations(account.name, tag) : 0;
    const bool nowhere = made == 0 && (made_elsewhere == 0 || copied_at_ == absl::InfinitePast());
    if (nowhere && operator_.Chance(0.7)) decision.kind = ResolutionKind::kNotCreated;
    // After a restoration the only one that shows may be a twin's, which asked for the same: whoever is not
    // sure whose it is does not adopt it.
    const bool its_own = made == 1 && audit_.SendsOf(attempt.provider, tag) == 1 &&
                         audit_.MadeFor(job.spec.id, attempt, network_.IdOf(attempt.provider, tag));
    if (its_own && operator_.Chance(0.7)) {
      decision.kind = ResolutionKind::kAdopted;
      decision.provider_job_id = network_.IdOf(attempt.provider, tag);
    }
    Note(absl::StrCat("decide ", job.spec.id, " ", static_cast<int>(decision.kind)));
    store_.PutDecision(job.spec.id, decision, now,
                       [this](const absl::Status& status) { report_.decided += status.ok(); });
  }

  void OnChange(const Change& change) {
    if (change.command) return;
    const JobState state = store_.Peek(change.job_id)->job.state;
    Note(absl::StrCat("change ", change.job_id, " ", change.revision, " ", static_cast<int>(state.phase), " ",
                      static_cast<int>(state.attempts.back().phase)));
    audit_.OnChange(change.job_id, state);
    audit_.CheckBudgets(budgets_);
  }

  void OnCreation(const SimNetwork::Creation& creation) {
    audit_.OnCreation(creation.provider, creation.tag);
    callbacks_.OnCreation(creation);
  }

  // A provider posts to what was a URL of ours when it was asked to.
  void OnCallback(const std::string& url, const std::string& body, SimCallbacks::Answer answer) {
    const std::optional<AttemptName> attempt = urls_.Read(url);
    if (!attempt) return audit_.Break(url + ": called back to, and none of ours");
    if (!process_.engine) return;
    Note(absl::StrCat("callback ", attempt->attempt_id));
    process_.engine->OnCallback(*attempt, body,
                                [this, attempt, life = report_.crashes, answer](const absl::Status& status) {
                                  if (life != report_.crashes) return;
                                  if (status.ok()) audit_.OnCallbackTaken(attempt->attempt_id);
                                  answer(status);
                                });
  }

  void CheckEnd() {
    audit_.CheckJobs();
    audit_.CheckBudgets(budgets_);
    if (!options_.faults) audit_.CheckUploads();
    audit_.CheckStandings(process_.engine->Standings());
    for (const auto& watcher : watchers_) audit_.CheckWatcher(*watcher);
  }

  const SimOptions options_;
  const std::vector<Budget> budgets_ = DrawBudgets(options_);
  const OperatorsChoice choice_ = DrawChoice(options_);
  SeededRandom random_;
  SeededRandom ids_;
  // Apart, so that nothing else depends on them.
  SeededRandom corrections_{options_.seed ^ 0xb111};
  SeededRandom operator_{options_.seed ^ 0x09e7};
  Trace trace_;
  SimReport report_;
  SimWorld world_;
  const absl::Time start_ = world_.clock().TimeNow();
  std::unique_ptr<SimExecutor> store_executor_;
  std::unique_ptr<SimExecutor> network_executor_;
  std::unique_ptr<SimExecutor> caller_executor_ = world_.NewExecutor("callers");
  MemoryJobStore store_;
  SimNetwork network_;
  Accounts accounts_;
  const Catalogue& catalogue_ = SharedCatalogue();
  std::vector<std::unique_ptr<SimExecutor>> dead_;
  std::unique_ptr<JobStore::Subscription> feed_;
  Process process_;
  bool submitted_ = false;  // since RunWithCrashes looked last
  std::vector<std::shared_ptr<SimWatcher>> watchers_;
  SimAudit audit_{&store_, &network_, &accounts_, kJobsAtOnce, choice_.may_retry_once, &report_};
  SimCallbacks callbacks_{&world_, network_executor_.get(), &random_,
                          [this](const std::string& url, const std::string& body,
                                 SimCallbacks::Answer answer) { OnCallback(url, body, std::move(answer)); }};
  const CallbackUrls urls_{std::string(kCallbackBase), Secret("0123456789abcdef0123456789abcdef")};
  const bool with_callbacks_ = random_.Chance(0.5);
  MemoryJobStore::Copy copy_;  // null: none
  absl::Time copy_time_;
  absl::Time copied_at_ = absl::InfinitePast();  // of the copy that was restored
};

}  // namespace

SimReport RunSimulation(const SimOptions& options) { return Simulation(options).Run(); }

}  // namespace zoetrope::testing
