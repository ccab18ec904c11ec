// A small world for the API's tests: a catalogue of one model at two providers, accounts that never call, a
// store in memory.
#ifndef ZOETROPE_TESTS_UNIT_API_API_WORLD_H_
#define ZOETROPE_TESTS_UNIT_API_API_WORLD_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/api/ports.h"
#include "server/api/submit.h"
#include "server/catalogue/catalogue.h"
#include "server/engine/account.h"
#include "tests/support/memory_job_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"
#include "tests/support/unowned.h"

namespace zoetrope::testing {

// Two models: `puppet-1` at both dialects, cheaper at `north`; `ghost-1` is retired.
std::string_view TestCatalogueYaml();
std::unique_ptr<const Catalogue> TestCatalogue();

// An adapter that takes everything and calls `https://<dialect>.example`; `south` needs first frames of 64x32
// pixels.
std::unique_ptr<const Adapter> TestAdapter(std::string dialect);

// Accounts `north` and `south`, of the dialects of the same names.
std::vector<Account> TestAccounts();

// A request that keeps the rules.
v1::SubmitRequest GoodRequest(std::string request_id = "");

// A 1x1 PNG.
std::string TinyPng();

// Counts places and keeps what it is given.
class FakeEngine : public EnginePort {
 public:
  const std::string& owner() const override { return owner_; }
  PlaceVerdict TryReservePlace(const std::string& principal, int principal_max) override {
    return places_.Take(principal, principal_max, max_);
  }
  void ReturnPlace(const std::string& principal) override { places_.Give(principal); }
  void Adopt(LiveJob job) override { adopted.push_back(std::move(job)); }
  void WhenCommandsDone(std::string, std::function<void()> done) override {
    waiting.push_back(std::move(done));
  }
  std::map<std::string, LaneHealth> Lanes() const override { return lanes; }

  int places() const { return static_cast<int>(max_ - places_.taken()); }
  void set_places(int places) { max_ = places_.taken() + static_cast<std::size_t>(places); }

  std::vector<LiveJob> adopted;
  std::vector<std::function<void()>> waiting;
  std::map<std::string, LaneHealth> lanes;

 private:
  std::string owner_ = "owner-1";
  Places places_;
  std::size_t max_ = 10;
};

// Everything that a Submitter needs, under virtual time.
struct ApiWorld {
  ApiWorld()
      : executor(world.NewExecutor("engine")),
        store_executor(world.NewExecutor("store")),
        store(store_executor.get(), &world.clock()),
        catalogue(TestCatalogue()),
        accounts(TestAccounts()) {}

  // Of what there is now.
  SubmitParts parts(PlanRules rules = {}) {
    supply.Set(std::make_shared<const Supply>(Unowned(accounts), Unowned(*catalogue), std::move(rules)));
    return {.store = &store,
            .engine = &engine,
            .executor = executor.get(),
            .pictures = executor.get(),
            .clock = &world.clock(),
            .random = &random,
            .supply = &supply,
            .log = nullptr};
  }

  SimWorld world;
  std::unique_ptr<SimExecutor> executor;
  std::unique_ptr<SimExecutor> store_executor;
  SeededRandom random{7};
  MemoryJobStore store;
  FakeEngine engine;
  std::unique_ptr<const Catalogue> catalogue;
  Accounts accounts;
  Current<Supply> supply{nullptr};
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_UNIT_API_API_WORLD_H_
