// The provider that does not exist, on loopback: a show is announced, plays, and is over, one state a poll.
#ifndef ZOETROPE_TESTS_SEVENTH_FAKE_LANTERN_H_
#define ZOETROPE_TESTS_SEVENTH_FAKE_LANTERN_H_

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/loopback_http_server.h"

namespace zoetrope::testing {

// Thread-safe.
class FakeLantern {
 public:
  FakeLantern();

  // What the account's base_url is to be.
  std::string base_url() const { return server_.Url("/v1"); }

  // Every submission that it took, oldest first, as it came.
  std::vector<nlohmann::json> submissions();
  // Ids of the shows that were closed at the client's wish.
  std::vector<std::string> closed();

  // What all films are.
  static constexpr char kFilm[] = "....ftypA boat crosses the wall.";
  static constexpr char kKey[] = "oil";

 private:
  struct Show {
    std::string state;
    bool endless = false;
  };

  void Serve(LoopbackPeer& peer);
  // Status and body.
  std::pair<int, nlohmann::json> Answer(const LoopbackRequest& request);
  std::pair<int, nlohmann::json> Announce(const nlohmann::json& order);
  nlohmann::json Tell(const std::string& id, const Show& show) const;

  std::mutex mutex_;
  std::vector<nlohmann::json> submissions_;  // by mutex_
  std::map<std::string, Show> shows_;        // by mutex_
  LoopbackHttpServer server_;                // last: its threads use what stands above
};

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SEVENTH_FAKE_LANTERN_H_
