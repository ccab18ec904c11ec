#include "tests/crash/store_strikes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/real_random.h"
#include "server/store/sqlite_db.h"
#include "tests/support/await.h"
#include "tests/support/random_job.h"
#include "tests/support/sim_clock.h"
#include "tests/support/temp_dir.h"

namespace zoetrope::testing {
namespace {

using ::testing::IsEmpty;

constexpr int kTries = 20;        // of what must succeed once nothing strikes any more
constexpr int kRecovery = 60;     // points of a recovery that the second strike is drawn from
constexpr int kGoldenNumber = 1;  // of the job in schema_1.sql

// Where each strike falls, and what it draws from.
struct Plan {
  Strike strike = Strike::kPowerCut;
  std::int64_t point = 0;
  std::uint64_t seed = 0;
};

// One run: a life that is struck, recovers, is struck again, recovers, and ends.
class Run {
 public:
  Run(const Scenario& scenario, const Plan& plan)
      : scenario_(scenario), plan_(plan), random_(plan.seed), vfs_(absl::StrCat("points-", plan.seed)) {
    int number = kGoldenNumber;
    for (const Fate fate : scenario.fates) lives_.emplace_back(MakeScript(++number, fate));
    if (scenario.old_file) MakeOldFile();
  }

  // Whether the strike fell; if not, the life has no such point.
  bool Play() {
    vfs_.StrikeAt(plan_.point, plan_.strike, plan_.seed);
    LiveOn(1);
    if (is_over_) store_.reset();  // closing changes the disk too
    const bool struck = vfs_.has_struck();
    Recover();
    // The same again, somewhere in the recovery.
    vfs_.StrikeAt(1 + static_cast<std::int64_t>(random_.Below(kRecovery)), plan_.strike, plan_.seed + 1);
    LiveOn(2);
    Recover();
    LiveOn(kTries);
    EXPECT_TRUE(is_over_) << "the jobs do not come to their end";
    if (store_ != nullptr) CheckAll();
    store_.reset();
    EXPECT_THAT(FindHalves(Path()), IsEmpty());
    return struck;
  }

 private:
  std::string Path() const { return dir_.File("jobs.db"); }

  void MakeOldFile() {
    std::ifstream script(absl::StrCat(ZOETROPE_SOURCE_DIR, "/tests/unit/store/schema_1.sql"));
    const std::string sql(std::istreambuf_iterator<char>(script), {});
    auto db = Database::Open(Path(), Access::kWrite, "");
    ASSERT_TRUE(db.ok() && (*db)->Execute(sql.c_str()).ok());
  }

  // Opens where it is not open, and plays, at most so many times; ends early when all is over.
  void LiveOn(int times) {
    for (int i = 0; i < times && !is_over_; ++i) {
      if (store_ == nullptr && !Open()) continue;
      is_over_ = PlayAll();
    }
  }

  bool Open() {
    SqliteStoreOptions options{.path = Path(), .readers = 1, .vfs = vfs_.name()};
    options.group.checkpoint_pages = scenario_.checkpoint_pages;
    auto opened = SqliteStore::Open(options, &clock_, nullptr);
    EXPECT_TRUE(opened.ok() || absl::IsUnavailable(opened.status())) << opened.status();
    if (!opened.ok()) return false;
    store_ = *std::move(opened);
    return true;
  }

  // After a strike: a dead process or machine starts again; a living one is told that the disk is well, and
  // goes on. Either way everything must be there.
  void Recover() {
    const bool is_dead = plan_.strike == Strike::kKill || plan_.strike == Strike::kPowerCut;
    if (is_dead) {
      // Without a strike it dies now, between two changes.
      if (!vfs_.has_struck()) vfs_.PowerOff();
      store_.reset();
      vfs_.PowerOn(random_);
    } else {
      vfs_.Heal();
    }
    is_over_ = false;
    for (int i = 0; store_ == nullptr && i < kTries; ++i) Open();
    ASSERT_NE(store_, nullptr) << "the store does not open again";
    CheckAll();
  }

  bool PlayAll() {
    const std::string owner = absl::StrCat("engine-", ++engines_);
    const auto claimed = Await<absl::StatusOr<std::vector<LiveJob>>>(
        [&](auto done) { store_->Claim(owner, "", 1'000, std::move(done)); });
    if (!claimed.ok()) {
      EXPECT_TRUE(absl::IsUnavailable(claimed.status())) << claimed.status();
      return false;
    }
    std::map<std::string, std::int64_t> epochs;
    for (const LiveJob& job : *claimed) epochs[job.id] = job.ownership.epoch;
    const auto play = [&](StoreLife& life) {
      const auto epoch = epochs.find(life.id());
      return life.Play(*store_, owner, epoch == epochs.end() ? 1 : epoch->second);
    };
    return (scenario_.at_once ? PlayAtOnce(play) : PlayInTurn(play)) && Retire();
  }

  bool PlayInTurn(const std::function<bool(StoreLife&)>& play) {
    for (StoreLife& life : lives_) {
      if (!play(life)) return false;
      if (scenario_.backups) Backup();
    }
    return true;
  }

  bool PlayAtOnce(const std::function<bool(StoreLife&)>& play) {
    std::atomic<bool> all = true;
    std::vector<std::thread> threads;
    for (StoreLife& life : lives_) {
      threads.emplace_back([&all, &play, &life] {
        if (!play(life)) all = false;
      });
    }
    for (std::thread& thread : threads) thread.join();
    return all;
  }

  // Everything that is over goes; what is held stays.
  bool Retire() {
    for (StoreLife& life : lives_) life.OnRemovalAsked();
    while (true) {
      const auto removed = Await<absl::StatusOr<Removed>>(
          [&](auto done) { store_->RemoveEnded(absl::InfiniteFuture(), 1, std::move(done)); });
      if (!removed.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(removed.status())) << removed.status();
        return false;
      }
      if (!removed->more) break;
    }
    for (StoreLife& life : lives_) life.OnRemovalDone();
    return true;
  }

  // A copy that was reported is whole; one that was not is not there.
  void Backup() {
    const std::string path = dir_.File(absl::StrCat("backup-", ++backups_, ".db"));
    const auto made =
        Await<absl::StatusOr<BackupSummary>>([&](auto done) { store_->Backup(path, std::move(done)); });
    ASSERT_EQ(std::filesystem::exists(path), made.ok()) << made.status();
    if (!made.ok()) return;
    auto copy = SqliteStore::Open({.path = path, .readers = 1}, &clock_, nullptr);
    ASSERT_TRUE(copy.ok()) << copy.status();
    for (const StoreLife& life : lives_) {
      if (life.durable_revision() > 0) life.Check(**copy);
    }
  }

  void CheckAll() {
    for (const StoreLife& life : lives_) life.Check(*store_);
    if (!scenario_.old_file) return;
    const auto golden = Await<absl::StatusOr<StoredJob>>(
        [&](auto done) { store_->Read("", SimpleJobId(kGoldenNumber), std::move(done)); });
    ASSERT_TRUE(golden.ok()) << golden.status();
    EXPECT_EQ(golden->job.state.revision, 2);
  }

  const Scenario& scenario_;
  const Plan plan_;
  SeededRandom random_;
  TempDir dir_;
  SimClock clock_;
  FaultyVfs vfs_;
  std::vector<StoreLife> lives_;
  std::unique_ptr<SqliteStore> store_;
  bool is_over_ = false;
  int engines_ = 0;
  int backups_ = 0;
};

}  // namespace

Scenario WholeLife() {
  return {.name = "every fate", .fates = {Fate::kSucceeds, Fate::kFailsOver, Fate::kCancelled, Fate::kHeld}};
}

std::string NameOf(Strike strike) {
  switch (strike) {
    case Strike::kFailOnce:
      return "fails once";
    case Strike::kFailForEver:
      return "fails for ever";
    case Strike::kKill:
      return "the process dies";
    case Strike::kPowerCut:
      return "the power fails";
  }
  return "";
}

std::uint64_t PrintedSeed() {
  const char* set = std::getenv("ZOETROPE_TEST_SEED");
  const std::uint64_t seed =
      set != nullptr ? std::strtoull(set, nullptr, 10) : RealRandom().Next() % 1'000'000'000;
  std::cout << "seed " << seed << " (ZOETROPE_TEST_SEED repeats it)" << std::endl;
  return seed;
}

int StrikeEveryPoint(const Scenario& scenario, Strike strike, std::uint64_t first_seed) {
  for (int point = 1;; ++point) {
    const Plan plan{strike, point, first_seed + static_cast<std::uint64_t>(point)};
    SCOPED_TRACE(
        absl::StrCat(scenario.name, ", ", NameOf(strike), " at point ", point, ", seed ", first_seed));
    const bool struck = Run(scenario, plan).Play();
    if (struck && !::testing::Test::HasFailure()) continue;
    std::cout << "  " << scenario.name << ", " << NameOf(strike) << ": " << point << " points" << std::endl;
    return point;
  }
}

}  // namespace zoetrope::testing
