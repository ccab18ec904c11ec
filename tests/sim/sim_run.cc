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
#include "server/engine/engine.h"
#include "server/engine/settlement.h"
#include "server/events/watch_hub.h"
#include "server/providers/registry.h"
#include "server/route/router.h"
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

// One life of the process under test.
struct Process {
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
    network_.OnCreation(
        [this](const std::string& provider, const std::string& tag) { CheckCreation(provider, tag); });
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
  void Break(const std::string& what) { report_.broken.push_back(what); }

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
    parts.accounts = &accounts_;
    parts.catalogue = &catalogue_;
    parts.progress = process_.hub.get();
    EngineOptions engine;
    engine.owner = absl::StrCat("process-", report_.crashes);
    process_.engine = std::make_unique<Engine>(parts, engine);
    feed_ = store_.Subscribe([this](const Change& change) { OnChange(change); });
    Recover();
  }

  void Recover() {
    process_.engine->Recover([this](absl::Status status) {
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
    if (!done) Break("a drain did not end");
    for (const std::string& id : store_.JobIds()) {
      if (store_.Peek(id)->job.state.attempts.back().phase == AttemptPhase::kIntent)
        Break(id + ": left in doubt by a drain");
    }
  }

  void Crash() {
    Note("crash");
    ++report_.crashes;
    for (const std::string& id : store_.JobIds()) {
      const auto stored = store_.Peek(id);
      const AttemptPhase phase = stored->job.state.attempts.back().phase;
      if (phase == AttemptPhase::kIntent || phase == AttemptPhase::kUnknown) in_doubt_.insert(id);
    }
    StopProcess();
    network_.Crash();
    dead_.push_back(std::move(process_.executor));
    store_.Crash();
    world_.RunFor(absl::Milliseconds(random_.Below(5'000)));
    StartProcess();
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
    spec.create_time = now;
    spec.deadline_time = now + absl::Minutes(15);
    std::vector<Provider> providers;
    for (const Account& account : accounts_.all())
      providers.push_back({account.name, account.dialect, account.adapter.get()});
    // The last two want a picture of the video's size, and that of a URL is not known.
    const char* pinned[] = {"", "runpod", "fal", "runware", "wavespeed", "vtrix", "openai"};
    spec.routing.provider = pinned[random_.Below(spec.generation.first_frame->blob() != nullptr ? 7 : 5)];
    const auto candidates = Route({*catalogue_.FindModel("sora-2"), spec.generation, spec.routing, providers,
                                   "2026-11-20", true, std::nullopt, Money::FromNanos(1'000'000'000)});
    if (!candidates.ok())
      return Break(absl::StrCat("not routed: ", std::string(candidates.status().message())));
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
    fresh.offering_texts[offering->revision] = offering->text;
    process_.engine->TryReservePlace();
    const auto job = std::make_shared<Job>(fresh.job);
    store_.Create(std::move(fresh), [this, job, number, life = report_.crashes](CreateResult result) {
      if (result.outcome != CommitOutcome::kDurable) return;
      accepted_[job->spec.id] = absl::StrCat("sim-", number);
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
    if (accepted_.empty()) return;
    auto chosen = accepted_.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(random_.Below(accepted_.size())));
    store_.PutCommand("default", chosen->first, CommandKind::kCancel, world_.clock().TimeNow(),
                      [](absl::Status) {});
  }

  // --- Promises ---

  // Every creation follows a durable intent of the same job at the same account.
  void CheckCreation(const std::string& provider, const std::string& tag) {
    // A job may be durable though its caller never heard so.
    for (const std::string& id : store_.JobIds()) {
      if (TagOf(store_.Peek(id)->job.spec.generation.prompt) != tag) continue;
      for (const Revision& revision : store_.PeekRevisions(id)) {
        for (const Attempt& attempt : revision.state.attempts) {
          if (attempt.provider == provider && attempt.phase == AttemptPhase::kIntent) return;
        }
      }
    }
    Break(absl::StrCat(tag, ": created at ", provider, " before its intent was durable"));
  }

  // Terminal states never change; revisions grow by one.
  void OnChange(const Change& change) {
    if (change.command) return;
    const auto stored = store_.Peek(change.job_id);
    const JobState& state = stored->job.state;
    Note(absl::StrCat("change ", change.job_id, " ", change.revision, " ", static_cast<int>(state.phase), " ",
                      static_cast<int>(state.attempts.back().phase)));
    auto& last = last_[change.job_id];
    if (IsTerminal(last.phase) && (state.phase != last.phase || state.outputs != last.outputs)) {
      Break(absl::StrCat(change.job_id, ": a terminal job changed"));
    }
    last = state;
    CheckLane(state.attempts.back());
  }

  // What is being sent, or is at the provider, fits into its account.
  void CheckLane(const Attempt& changed) {
    if (changed.phase != AttemptPhase::kIntent) return;
    int at_once = 0;
    // As the store has them: what a crash has cut off from its notification counts, too.
    for (const std::string& id : store_.JobIds()) {
      const Attempt attempt = store_.Peek(id)->job.state.attempts.back();
      const bool there = attempt.phase == AttemptPhase::kIntent || attempt.phase == AttemptPhase::kAcked;
      at_once += attempt.provider == changed.provider && there;
    }
    if (at_once > kJobsAtOnce) Break(absl::StrCat(changed.provider, ": ", at_once, " jobs at once"));
  }

  void CheckEnd() {
    for (const auto& [id, tag] : accepted_) {
      if (!store_.Peek(id)) Break(absl::StrCat(id, ": lost"));
    }
    for (const std::string& id : store_.JobIds()) {
      const auto stored = store_.Peek(id);
      CheckJob(id, TagOf(stored->job.spec.generation.prompt), *stored);
    }
    if (!options_.faults) CheckUploads();
    CheckHeld();
    for (const auto& watcher : watchers_) {
      for (const std::string& broken : watcher->broken()) Break(broken);
      const auto stored = store_.Peek(watcher->job_id());
      if (IsTerminal(stored->job.state.phase) && !watcher->done())
        Break(watcher->job_id() + ": its watcher never saw the end");
    }
  }

  // What the engine counts as held, for whoever watches over it, is what the store has.
  void CheckHeld() {
    std::map<std::string, std::size_t> stored;
    for (const std::string& id : store_.JobIds()) {
      const Attempt last = store_.Peek(id)->job.state.attempts.back();
      if (last.phase == AttemptPhase::kHeld) ++stored[last.provider];
    }
    std::map<std::string, std::size_t> counted = process_.engine->Held();
    std::erase_if(counted, [](const auto& entry) { return entry.second == 0; });
    if (counted != stored) Break("the gauge of held attempts is not what the store has");
  }

  // Where nothing goes wrong, a picture is uploaded once for each attempt that needs it; a wish to cancel may
  // come between the upload and the submission.
  void CheckUploads() {
    int planned = 0;
    int sent = 0;
    for (const std::string& id : store_.JobIds()) {
      const auto stored = store_.Peek(id);
      if (stored->job.spec.generation.first_frame->blob() == nullptr) continue;
      for (const Attempt& attempt : stored->job.state.attempts) {
        if (attempt.provider != "wavespeed") continue;
        ++planned;
        sent += attempt.intent_time != absl::InfinitePast();
      }
    }
    if (network_.uploads() < sent || network_.uploads() > planned) {
      Break(absl::StrCat(network_.uploads(), " uploads for ", sent, " to ", planned, " attempts"));
    }
  }

  void CheckJob(const std::string& id, const std::string& tag, const StoredJob& stored) {
    const JobState& state = stored.job.state;
    for (const Account& account : accounts_.all()) {
      const int creations = network_.Creations(account.name, tag);
      const int sent = SentTo(account.name, tag);
      if (creations > sent) {
        Break(absl::StrCat(tag, ": created ", creations, " times at ", account.name, " for ", sent, " jobs"));
      }
    }
    for (const Attempt& attempt : state.attempts) {
      CheckHolder(id, attempt);
      CheckCharge(id, attempt);
    }
    const bool held = state.attempts.back().phase == AttemptPhase::kHeld;
    if (!IsTerminal(state.phase) && state.phase != JobPhase::kHeld)
      Break(absl::StrCat(id, ": still live at the end"));
    if (IsTerminal(state.phase) && !IsSettled(state) && !held)
      Break(absl::StrCat(id, ": its money is not settled"));
    if (held && !network_.doubtful_tags().contains(tag) && !in_doubt_.contains(id)) {
      Break(absl::StrCat(id, ": held although its submission was never in doubt"));
    }
    CheckLedger(id, stored);
    CountSearches(id, state);
    const std::vector<Revision> revisions = store_.PeekRevisions(id);
    for (std::size_t i = 0; i < revisions.size(); ++i) {
      if (revisions[i].revision != static_cast<std::int64_t>(i) + 1)
        Break(absl::StrCat(id, ": revisions have a gap"));
    }
    report_.succeeded += state.phase == JobPhase::kSucceeded;
    report_.failed += state.phase == JobPhase::kFailed;
    report_.cancelled += state.phase == JobPhase::kCancelled;
    report_.held += state.phase == JobPhase::kHeld;
  }

  // Jobs with a prompt that the account may have made something of: once each.
  int SentTo(const std::string& account, const std::string& tag) {
    int sent = 0;
    for (const std::string& id : store_.JobIds()) {
      const auto stored = store_.Peek(id);
      if (TagOf(stored->job.spec.generation.prompt) != tag) continue;
      const std::vector<Attempt>& attempts = stored->job.state.attempts;
      sent += std::any_of(attempts.begin(), attempts.end(), [&account](const Attempt& attempt) {
        return attempt.provider == account && attempt.intent_time != absl::InfinitePast();
      });
    }
    return sent;
  }

  // A provider's job belongs to one attempt, and to the one that created it.
  void CheckHolder(const std::string& id, const Attempt& attempt) {
    if (attempt.provider_job.id.empty()) return;
    const std::string name = attempt.provider + " " + attempt.provider_job.id;
    if (!held_jobs_.insert(name).second) Break(absl::StrCat(id, ": another attempt has ", name, " too"));
    const std::string creator = network_.CreatorOf(attempt.provider, attempt.provider_job.id);
    if (!creator.empty() && creator != attempt.id)
      Break(absl::StrCat(id, ": has ", name, ", which another attempt created"));
  }

  // What the books say counts; the catalogue only where they could not be read in time.
  void CheckCharge(const std::string& id, const Attempt& attempt) {
    if (attempt.provider != "wavespeed" || attempt.phase != AttemptPhase::kSucceeded) return;
    const bool told = attempt.cost_source == CostSource::kProvider;
    report_.charges_told += told;
    if (told && attempt.settled != Money::FromNanos(SimNetwork::kBookedNanos))
      Break(absl::StrCat(id, ": settled at another price than the books have"));
    if (!told && attempt.settled != attempt.computed)
      Break(absl::StrCat(id, ": settled neither as charged nor as computed"));
  }

  // How many of the job's submissions were of unknown outcome, and how many of those were found.
  void CountSearches(const std::string& id, const JobState& end) {
    std::set<std::string> unknown;
    for (const Revision& revision : store_.PeekRevisions(id)) {
      for (const Attempt& attempt : revision.state.attempts) {
        if (attempt.phase == AttemptPhase::kUnknown) unknown.insert(attempt.id);
      }
    }
    report_.unknown += static_cast<int>(unknown.size());
    for (const Attempt& attempt : end.attempts)
      report_.found += unknown.contains(attempt.id) && !attempt.provider_job.id.empty();
  }

  void CheckLedger(const std::string& id, const StoredJob& stored) {
    for (const Attempt& attempt : stored.job.state.attempts) {
      std::int64_t balance = -attempt.reserved.nanos();
      int settlements = 0;
      for (const LedgerRow& row : store_.PeekLedger(id)) {
        if (row.attempt_id != attempt.id) continue;
        if (row.kind == LedgerKind::kReserve) balance += row.amount.nanos();
        if (row.kind == LedgerKind::kRelease) balance -= row.amount.nanos();
        settlements += row.kind == LedgerKind::kSettle;
      }
      if (balance != 0) Break(absl::StrCat(id, ": its ledger does not balance"));
      if (settlements > 1) Break(absl::StrCat(id, ": settled twice"));
    }
  }

  const SimOptions options_;
  SeededRandom random_;
  SeededRandom ids_;
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
  std::map<std::string, std::string> accepted_;  // job id → tag
  std::map<std::string, JobState> last_;
  std::set<std::string> in_doubt_;
  std::set<std::string> held_jobs_;  // of providers, by whoever
  bool submitted_ = false;           // since RunWithCrashes looked last
  std::vector<std::shared_ptr<SimWatcher>> watchers_;
};

}  // namespace

SimReport RunSimulation(const SimOptions& options) { return Simulation(options).Run(); }

}  // namespace zoetrope::testing
