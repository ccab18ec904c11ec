// Providers of a simulation that call back: early, late, twice, or never; and again where nobody answers.
#ifndef ZOETROPE_TESTS_SIM_SIM_CALLBACKS_H_
#define ZOETROPE_TESTS_SIM_SIM_CALLBACKS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "tests/sim/sim_network.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_executor.h"

namespace zoetrope::testing {

class SimCallbacks {
 public:
  using Answer = std::function<void(absl::Status)>;
  // Posts a body to a URL; an answer that never comes is one that is lost.
  using Post = std::function<void(const std::string& url, const std::string& body, Answer answer)>;

  // All must outlive this.
  SimCallbacks(SimWorld* world, SimExecutor* executor, SeededRandom* random, Post post);

  // To be told of every creation.
  void OnCreation(const SimNetwork::Creation& creation);

 private:
  struct Call {
    std::string url;
    std::string body;
    int tries = 0;
    bool answered = false;
  };
  void Ring(const std::shared_ptr<Call>& call);

  SimWorld* const world_;
  SimExecutor* const executor_;
  SeededRandom* const random_;
  const Post post_;
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SIM_SIM_CALLBACKS_H_
