// Secrets, each unlike any other text, through every path of the real program; none may be seen anywhere but
// where it was sent.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/admin_client.h"
#include "tests/support/loopback_http_server.h"
#include "tests/support/plain_http.h"
#include "tests/support/span_collector.h"
#include "tests/support/temp_dir.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

// How a provider that shows the credential everywhere answers, by a part of its path; `sandbox`: as one
// should.
constexpr const char* kManners[] = {"sandbox",  "echo-200", "echo-400", "echo-401", "echo-404",
                                    "echo-429", "echo-500", "redirect", "not-json"};

std::string Unlike(int number) {
  return absl::StrCat(
      "canary", absl::Hex(0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(number + 1), absl::kZeroPad16));
}

// Answers every call with the head of it, credential and all, in whatever place a dialect may look at.
class EchoingProvider {
 public:
  std::string Url(const std::string& manner) const { return server_.Url("/" + manner); }
  // All heads.
  std::string seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  void Serve(LoopbackPeer& peer) {
    while (const auto request = peer.Read()) {
      {
        std::lock_guard lock(mutex_);
        seen_ += request->head + request->body;
      }
      const std::string key = CredentialIn(*request);
      if (absl::StartsWith(request->target, "/redirect")) {
        peer.Reply(307, key, absl::StrCat("Location: ", server_.Url("/echo-200"), "?key=", key, "\r\n"));
      } else if (absl::StartsWith(request->target, "/not-json")) {
        peer.Reply(200, absl::StrCat("<html>", request->head, "</html>"), "Content-Type: text/html\r\n");
      } else {
        int status = 200;
        if (absl::StartsWith(request->target, "/echo-")) status = std::stoi(request->target.substr(6, 3));
        peer.Reply(
            status, Body(key),
            absl::StrCat("Content-Type: application/json\r\nx-request-id: ", key, "\r\nRetry-After: 1\r\n"));
      }
    }
  }

  // The canary wherever it is, so that the place of it does not matter.
  static std::string CredentialIn(const LoopbackRequest& request) {
    const std::string all = request.head + request.body;
    const std::size_t at = all.find("canary");
    return at == std::string::npos ? "none" : all.substr(at, Unlike(0).size());
  }

  std::string Body(const std::string& key) const {
    const std::string url = server_.Url("/echo-200/" + key);
    nlohmann::json body = {{"id", key},
                           {"request_id", key},
                           {"taskUUID", key},
                           {"status", key},
                           {"message", key},
                           {"detail", key},
                           {"msg", key},
                           {"code", key},
                           {"status_url", url},
                           {"response_url", url},
                           {"cancel_url", url},
                           {"url", url},
                           {"video_url", url},
                           {"videoURL", url},
                           {"delayTime", 1},
                           {"cost", 0.1},
                           {"output", {{"result", url}, {"url", url}}}};
    body["error"] = {{"message", key}, {"code", key}, {"type", key}};
    body["errors"] = nlohmann::json::array({{{"message", key}, {"code", key}, {"taskUUID", key}}});
    nlohmann::json data = body;
    data["urls"] = {{"get", url}};
    data["outputs"] = nlohmann::json::array({url});
    body["data"] = nlohmann::json::array({data});
    body["logs"] = nlohmann::json::array({{{"message", key}, {"level", "INFO"}}});
    return body.dump();
  }

  std::mutex mutex_;
  std::string seen_;
  LoopbackHttpServer server_{[this](LoopbackPeer& peer) { Serve(peer); }};
};

class CanaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* dialect : kProviders) {
      for (const char* manner : kManners) {
        const std::string name = absl::StrCat(dialect, "-", manner);
        keys_[name] = Unlike(static_cast<int>(keys_.size()));
      }
    }
    for (const char* more : {"callbacks", "quotes", "collector"})
      keys_[more] = Unlike(static_cast<int>(keys_.size())) + Unlike(static_cast<int>(keys_.size()) + 1'000);
    collector_.emplace("X-Api-Key: " + keys_["collector"]);
    std::filesystem::create_directory(folder_.File("run"));
    std::filesystem::current_path(folder_.File("run"));  // where a core file would be
    world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR,
                                .config = Config(),
                                .metrics_listen = "127.0.0.1:0",
                                .server_flags = {"--callback-port-file", folder_.File("callback.port")}});
    ASSERT_TRUE(world_->Start());
  }
  void TearDown() override { std::filesystem::current_path("/"); }

  std::string KeyFile(const std::string& name) {
    const std::string file = folder_.File(name + ".key");
    std::ofstream(file) << keys_.at(name);
    return "{file: " + file + "}";
  }

  std::string Config() {
    std::vector<TestAccount> accounts;
    for (const char* dialect : kProviders) {
      for (const char* manner : kManners) {
        const std::string name = absl::StrCat(dialect, "-", manner);
        accounts.push_back({.name = name,
                            .key = "KEY-OF-" + name + "-HERE",
                            .base_url = manner == std::string("sandbox") ? "" : echoing_.Url(manner),
                            .search = "{first_after: 100ms, give_up_after: 500ms}"});
      }
    }
    std::string config = absl::StrCat(
        "log_level: debug\ncallbacks: {listen: 127.0.0.1:0, url: http://127.0.0.1:1/callbacks, "
        "allow_plain_http: true, key: ",
        KeyFile("callbacks"), "}\nquotes: {key: ", KeyFile("quotes"),
        "}\ntracing: {endpoint: ", collector_->url(),
        ", headers: [{name: X-Api-Key, value: ", KeyFile("collector"), "}]}\n", ConfigWith(accounts));
    for (const TestAccount& account : accounts)
      config = absl::StrReplaceAll(config, {{"{dummy: " + account.key + "}", KeyFile(account.name)}});
    return config;
  }

  // Keeps what a caller was told.
  template <typename Response>
  void Keep(const absl::StatusOr<Response>& answer) {
    told_ += answer.ok() ? answer->DebugString() : answer.status().ToString();
    if (!answer.ok()) {
      answer.status().ForEachPayload(
          [this](absl::string_view, const absl::Cord& payload) { told_ += std::string(payload); });
    }
  }

  // Everything that a caller can do with a job of the account.
  void UseAccount(const std::string& account) {
    v1::SubmitRequest request = world_->Request(absl::StrCat("a boat for ", account), account);
    request.mutable_generation()->mutable_first_frame()->set_url("https://pictures.example.com/boat.png");
    const auto submitted = world_->client().Submit(request);
    Keep(submitted);
    if (submitted.ok()) jobs_.push_back(submitted->job().id());
    v1::GetCostRequest cost;
    *cost.mutable_quote()->mutable_generation() = request.generation();
    Keep(world_->client().GetCost(cost));
  }
  void LookAtJob(const std::string& id) {
    Keep(world_->client().Get(id));
    v1::GetCostRequest cost;
    cost.set_job_id(id);
    Keep(world_->client().GetCost(cost));
    grpc::ClientContext context;
    v1::DownloadVideoRequest download;
    download.set_job_id(id);
    const auto reader = world_->stub().DownloadVideo(&context, download);
    v1::DownloadVideoResponse piece;
    while (reader->Read(&piece)) told_ += piece.DebugString();
    const grpc::Status status = reader->Finish();
    told_ += status.error_message() + status.error_details();
    Keep(world_->client().Cancel(id));
  }
  void LookAsOperator() {
    client::AdminClient admin(client::MakeChannel(world_->admin_address()));
    Keep(admin.Diagnose());
    Keep(admin.ListBudgets());
    Keep(admin.ListHeld({}));
    Keep(admin.ListCharges({}));
    Keep(admin.VerifyLedger());
    admin::v1::BackupStoreRequest backup;
    backup.set_path(
        (std::filesystem::path(world_->store_path()).parent_path() / "backups" / "copy.db").string());
    const auto copied = admin.Backup(backup);
    EXPECT_TRUE(copied.ok()) << copied.status();
    Keep(copied);
  }
  std::string Metrics() {
    const std::string log = world_->WholeServerLog();
    const std::string mark = "\"metrics\":\"port ";
    const std::size_t at = log.rfind(mark);
    if (at == std::string::npos) {
      ADD_FAILURE() << log;
      return "";
    }
    const int port = std::stoi(log.substr(at + mark.size()));
    return PlainCall("GET", absl::StrCat("http://127.0.0.1:", port, "/metrics")).body;
  }

  void ExpectNone(const std::string& where, const std::string& text) {
    EXPECT_FALSE(text.empty()) << where << ": nothing was looked at";
    for (const auto& [name, key] : keys_) {
      EXPECT_EQ(text.find(key.substr(6, 16)), std::string::npos)
          << where << " shows the key of " << name
          << " at: " << text.substr(text.find(key.substr(6, 16)), 200);
      const std::string coded = absl::Base64Escape(key);
      EXPECT_EQ(text.find(coded.substr(0, 20)), std::string::npos) << where << " shows that of " << name;
    }
  }
  static std::string TextOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  }

  TempDir folder_;
  std::map<std::string, std::string> keys_;  // by account, or by what it is for
  EchoingProvider echoing_;
  std::optional<SpanCollector> collector_;
  std::optional<World> world_;
  std::vector<std::string> jobs_;
  std::string told_;
};

TEST_F(CanaryTest, NoSecretIsSeen) {
  ASSERT_GE(keys_.size(), 50u);
  for (const char* dialect : kProviders) {
    for (const char* manner : kManners) UseAccount(absl::StrCat(dialect, "-", manner));
  }
  ASSERT_EQ(jobs_.size(), std::size(kProviders) * std::size(kManners)) << told_;
  // Some never come to rest: their provider never says that they have ended.
  Eventually(absl::Seconds(15), [&] {
    return std::all_of(jobs_.begin(), jobs_.end(), [&](const std::string& id) {
      const auto job = world_->client().Get(id);
      return job.ok() && IsAtRest(*job);
    });
  });
  LookAsOperator();
  for (const std::string& id : jobs_) LookAtJob(id);
  Keep(world_->client().ListModels({}));
  const std::string metrics = Metrics();
  const std::string command_line = TextOf(absl::StrCat("/proc/", world_->server_pid(), "/cmdline"));

  // A core, though the program has forbidden itself one, has nothing of the memory.
  const std::string filter = TextOf(absl::StrCat("/proc/", world_->server_pid(), "/coredump_filter"));
  EXPECT_EQ(filter.find_first_not_of("0\n"), std::string::npos) << filter;
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
  const bool may_dump = prlimit(world_->server_pid(), RLIMIT_CORE, &unlimited, nullptr) == 0;
  ASSERT_EQ(kill(world_->server_pid(), SIGABRT), 0);
  EXPECT_EQ(world_->WaitForServer(absl::Minutes(1)), 128 + SIGABRT);
  std::string cores;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.File("run")))
    if (absl::StrContains(entry.path().filename().string(), "core")) cores += TextOf(entry.path());
  std::string pattern;
  std::ifstream("/proc/sys/kernel/core_pattern") >> pattern;
  if (!cores.empty()) {
    ExpectNone("the core file", cores);
  } else {
    std::cout << "no core file was looked at, only its filter: "
              << (may_dump ? "they go to `" + pattern + "`" : "raising the limit is not permitted here")
              << std::endl;
  }

  // They were sent; so this looks for what there is.
  const std::string sent = echoing_.seen();
  for (const auto& [name, key] : keys_) {
    const bool echoed = !absl::StrContains(name, "sandbox") && absl::StrContains(name, "-");
    if (echoed) {
      EXPECT_THAT(sent, ::testing::HasSubstr(key)) << name;
    }
  }
  ExpectNone("what callers were told", told_);
  ExpectNone("the log", world_->WholeServerLog());
  ExpectNone("the metrics", metrics);
  ExpectNone("the traces", collector_->text());
  ExpectNone("the command line", command_line);
  const std::filesystem::path store = world_->store_path();
  EXPECT_TRUE(std::filesystem::exists(store.parent_path() / "backups" / "copy.db"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store.parent_path())) {
    if (!entry.is_regular_file() || !absl::StrContains(entry.path().string(), ".db")) continue;
    if (entry.file_size() > 0) ExpectNone(entry.path().string(), TextOf(entry.path()));
  }
}

}  // namespace
}  // namespace zoetrope::testing
