// The real programs, each as its own process: the simulated providers, and the server in front of them. The
// test is the caller.
#ifndef ZOETROPE_TESTS_SUPPORT_WORLD_FIXTURE_H_
#define ZOETROPE_TESTS_SUPPORT_WORLD_FIXTURE_H_

#include <grpcpp/support/status.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/video_client.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope::testing {

// The accounts that `zoetroped --sandbox` has, one of each dialect.
inline constexpr const char* kProviders[] = {"runpod", "fal", "runware", "vtrix", "wavespeed", "openai"};

// A model that every account has for a picture.
inline constexpr char kEveryonesModel[] = "sora-2";

// An account at the simulator.
struct TestAccount {
  std::string name;  // of its dialect, alone or with `-` and what tells it from others
  std::string key = "sandbox";
  std::string base_url = {};  // where not the simulator's
  std::string poll = "{first_after: 100ms, interval_max: 200ms, lost_after: 2s}";
  std::string search = "{first_after: 100ms, give_up_after: 2s}";
  std::string more = {};  // further settings, as `limits: {concurrent_jobs_max: 5}`
};

// A configuration as the built-in one, but with these accounts; one may have as many as it wants of a
// dialect, each with a lane of its own.
std::string ConfigWith(const std::vector<TestAccount>& accounts);

struct WorldOptions {
  std::string bin_dir;               // where the programs are
  std::string server = "zoetroped";  // another program with its flags
  // Whole numbers of milliseconds that a job waits and runs at a provider.
  int queue_ms = 50;
  int run_ms = 200;
  bool render = false;  // real videos, which take time, instead of one tiny one for everything
  // Where not empty, the server gets this configuration file instead of the built-in one for the simulator.
  // `$SANDBOX` stands for the simulator's address.
  std::string config;
  // Further flags of the simulator.
  std::vector<std::string> sandbox_flags = {};
  std::string metrics_listen = "off";
  // PEM file of what the server shows, where it has TLS: the fixture's own client trusts it.
  std::string tls_ca_file = {};
  // Further flags of every server that is started.
  std::vector<std::string> server_flags = {};
};

// Not for several threads, but for what says otherwise.
class World {
 public:
  explicit World(WorldOptions options);
  // Prints the end of the server's log where the test has failed.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // False, and a failure of the test: a program does not come up.
  bool Start();
  bool StartServer();
  // Begins to start it and does not wait: for servers that do not come up.
  void LaunchServer();
  // kill -9; waits for the end.
  void KillServer();
  // SIGTERM; does not wait.
  void TerminateServer();
  // The server's exit code; nullopt: it still runs after `most`.
  std::optional<int> WaitForServer(absl::Duration most);
  // SIGTERM, and the end in order; a failure of the test where there is none.
  void StopServer();
  // The next server's, in place of `options.config`, which must not have been empty.
  void SetConfig(const std::string& config);
  // The end of what the servers have written; all of it.
  std::string ServerLog() const;
  std::string WholeServerLog() const;
  // Of the server that was started last.
  pid_t server_pid() const { return server_->pid(); }
  // The server's database. Free to be opened while no server runs.
  std::string store_path() const { return folder_.File("zoetrope.db"); }

  // The disk is full for the server: none of its files can be written; or it has room again.
  void FillDisk() { server_->LimitFileSize(0); }
  void EmptyDisk() { server_->LimitFileSize(std::nullopt); }

  // Of the server that runs now. Safe in any thread, for as long as no other server is started.
  client::VideoClient& client() { return *client_; }
  v1::VideoGeneration::Stub& stub() { return *stub_; }
  const std::string& address() const { return address_; }
  // Where the server listens for its operator.
  const std::string& admin_address() const { return admin_address_; }
  const std::string& sandbox_url() const { return sandbox_url_; }

  // A generation from a picture that the account can do; `provider` begins with its dialect.
  v1::SubmitRequest Request(const std::string& prompt, const std::string& provider) const;
  // Submits and returns the job; a failure of the test, and an empty job, where that is refused.
  v1::Job Submit(const v1::SubmitRequest& request);
  // The job once `condition` holds for it; a failure of the test, and the job as it is, where it does not
  // within `most`.
  v1::Job Await(const std::string& job_id, absl::Duration most,
                const std::function<bool(const v1::Job&)>& condition);
  // The job once nothing happens to it any more by itself.
  v1::Job AwaitEnd(const std::string& job_id, absl::Duration most = absl::Seconds(30));
  bool ServerIsHealthy();

  // What the simulated providers know; see tests/sandbox/README.md. Only of prompts that contain `part`,
  // where given.
  nlohmann::json Ledger(const std::string& part = "") const;

 private:
  std::string Program(const std::string& name) const { return options_.bin_dir + "/" + name; }

  const WorldOptions options_;
  TempDir folder_;
  std::string sandbox_url_;
  std::string address_;
  std::string admin_address_;
  int servers_started_ = 0;
  std::string port_file_;
  std::unique_ptr<ChildProcess> sandbox_;
  std::unique_ptr<ChildProcess> server_;
  std::unique_ptr<client::VideoClient> client_;
  std::unique_ptr<v1::VideoGeneration::Stub> stub_;
};

// An error as it came over the wire.
struct WireError {
  std::string reason;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> violations;  // description by field
  absl::Duration retry_delay;                     // zero: none was named
};

// A failure of the test where the status has not exactly one ErrorInfo of ours, with the status's own code.
WireError ReadError(const grpc::Status& status);

// Whether nothing happens to the job any more by itself.
bool IsAtRest(const v1::Job& job);

// `[[fault:…]]` of the simulator for each of these, as the end of a prompt.
std::string Markers(const std::vector<std::string>& faults);

v1::Money MoneyOf(std::int64_t nanos);

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SUPPORT_WORLD_FIXTURE_H_
