// The operator's copy of the store, by the real programs: while jobs come and go, while the server is killed,
// and as the store of another server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/admin_client.h"
#include "client/error_details.h"
#include "server/base/real_clock.h"
#include "server/store/sqlite_store.h"
#include "tests/support/await.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/umask.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kAccount[] = "fal";
using Copied = absl::StatusOr<admin::v1::BackupStoreResponse>;

class BackupTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.Start()); }

  // Before the server has the file: pictures that no job names, so that a copy takes a while.
  void Fatten(int megabytes) {
    RealClock clock;
    auto store = SqliteStore::Open({.path = world_.store_path()}, &clock, nullptr);
    ASSERT_TRUE(store.ok()) << store.status();
    for (int i = 0; i < megabytes; ++i) {
      const absl::Status put = Await<absl::Status>([&](auto done) {
        (*store)->PutBlob(absl::StrCat("picture-", i), {"image/png", std::string(1 << 20, 'x')}, done);
      });
      ASSERT_TRUE(put.ok()) << put;
    }
  }

  std::string folder() const {
    return (std::filesystem::path(world_.store_path()).parent_path() / "backups").string();
  }
  std::string PathOf(const std::string& name) const { return folder() + "/" + name; }
  // How many files of the folder are called `name` and more.
  int CountDrafts(const std::string& name) const {
    int count = 0;
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(folder(), error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
      const std::string file = it->path().filename().string();
      if (file != name && file.rfind(name, 0) == 0) ++count;
    }
    return count;
  }

  Copied Backup(const std::string& path) {
    client::AdminClient admin(client::MakeChannel(world_.admin_address()));
    admin::v1::BackupStoreRequest request;
    request.set_path(path);
    return admin.Backup(request);
  }
  // Begins a copy; returns when there is a draft of it.
  std::future<Copied> Begin(const std::string& name) {
    auto copying = std::async(std::launch::async, [this, path = PathOf(name)] { return Backup(path); });
    EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return CountDrafts(name) > 0 || IsOver(copying); }));
    return copying;
  }
  static bool IsOver(const std::future<Copied>& copying) {
    return copying.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  // Exit code and output of the real command line client.
  int Cli(const std::string& path, std::string* out = nullptr) {
    const std::string file = scratch_.File(absl::StrCat("cli.", ++runs_));
    ChildProcess process({std::string(ZOETROPE_BIN_DIR) + "/zoetrope", "store", "backup", path, "--admin",
                          world_.admin_address()},
                         file);
    const int exit_code = process.Wait(absl::Minutes(1)).value_or(-1);
    std::ifstream in(file);
    if (out != nullptr) out->assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return exit_code;
  }

  World world_{{.bin_dir = ZOETROPE_BIN_DIR,
                .queue_ms = 10,
                .run_ms = 30,
                .config = ConfigWith({{.name = kAccount,
                                       .poll = "{first_after: 20ms, interval_max: 50ms, lost_after: 2s}"}})}};
  TempDir scratch_;
  int runs_ = 0;
};

class LargeBackupTest : public BackupTest {
 protected:
  void SetUp() override {
    Fatten(256);
    BackupTest::SetUp();
  }
};

// A server of its own, without accounts, which it has to be allowed: what the copy has not seen the end of
// stays as it is there.
class CopyServer {
 public:
  CopyServer(const TempDir& folder, const std::string& store)
      : process_({std::string(ZOETROPE_BIN_DIR) + "/zoetroped", "--listen", "127.0.0.1:0", "--metrics-listen",
                  "off", "--admin-listen", "off", "--port-file", folder.File("copy.port"), "--store", store,
                  "--config", Config(folder)},
                 folder.File("copy.log")) {
    const auto port = process_.WaitForPort(folder.File("copy.port"), absl::Seconds(30));
    EXPECT_TRUE(port.has_value()) << "no server on the copy";
    client_.emplace(client::MakeChannel(absl::StrCat("127.0.0.1:", port.value_or(1))));
  }
  client::VideoClient& client() { return *client_; }

 private:
  static std::string Config(const TempDir& folder) {
    std::ofstream(folder.File("copy.yaml")) << "allow_missing_accounts: true\n";
    return folder.File("copy.yaml");
  }

  ChildProcess process_;
  std::optional<client::VideoClient> client_;
};

TEST_F(BackupTest, HasEveryJobThatWasAcknowledgedAndServesByItself) {
  const v1::Job done = world_.AwaitEnd(world_.Submit(world_.Request("done", kAccount)).id());
  EXPECT_EQ(done.state(), v1::JOB_STATE_SUCCEEDED);
  std::vector<v1::Job> acknowledged;
  for (int i = 0; i < 20; ++i) {
    acknowledged.push_back(world_.Submit(world_.Request(absl::StrCat("job ", i), kAccount)));
  }
  std::string out;
  ASSERT_EQ(Cli(PathOf("copy.db"), &out), 0) << out;
  EXPECT_THAT(out, HasSubstr(PathOf("copy.db")));
  const v1::Job later = world_.Submit(world_.Request("later", kAccount));
  for (const v1::Job& job : acknowledged) world_.AwaitEnd(job.id());
  CopyServer copy(scratch_, PathOf("copy.db"));
  const auto ended = copy.client().Get(done.id());
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->ShortDebugString(), done.ShortDebugString());
  for (const v1::Job& job : acknowledged) {
    const auto there = copy.client().Get(job.id());
    ASSERT_TRUE(there.ok()) << there.status();
    EXPECT_GE(there->revision(), job.revision());
    EXPECT_EQ(there->generation().prompt(), job.generation().prompt());
  }
  EXPECT_EQ(copy.client().Get(later.id()).status().code(), absl::StatusCode::kNotFound);
}

// What the server with the original did after the copy is not done again by the one that gets the copy.
TEST(RestoreTest, WhatWasPlannedIsNotPaidForAgain) {
  World world{{.bin_dir = ZOETROPE_BIN_DIR,
               .queue_ms = 10,
               .run_ms = 3000,
               .config = ConfigWith({{.name = "runpod", .more = "limits: {concurrent_jobs_max: 1}"}})}};
  ASSERT_TRUE(world.Start());
  const v1::Job sent = world.Submit(world.Request("sent", "runpod"));
  world.Await(sent.id(), absl::Seconds(20),
              [](const v1::Job& job) { return job.attempts(0).has_ack_time(); });
  const v1::Job planned = world.Submit(world.Request("planned", "runpod"));
  client::AdminClient admin(client::MakeChannel(world.admin_address()));
  admin::v1::BackupStoreRequest copy;
  copy.set_path((std::filesystem::path(world.store_path()).parent_path() / "backups/copy.db").string());
  ASSERT_TRUE(admin.Backup(copy).ok());
  EXPECT_EQ(world.AwaitEnd(sent.id()).state(), v1::JOB_STATE_SUCCEEDED);
  const v1::Job done = world.AwaitEnd(planned.id());
  EXPECT_EQ(done.state(), v1::JOB_STATE_SUCCEEDED);
  world.StopServer();
  std::filesystem::rename(copy.path(), world.store_path());
  ASSERT_TRUE(world.StartServer());
  EXPECT_EQ(world.AwaitEnd(sent.id()).state(), v1::JOB_STATE_SUCCEEDED) << "the provider has it";
  const v1::Job held = world.AwaitEnd(planned.id());
  EXPECT_EQ(held.state(), v1::JOB_STATE_HELD) << held.ShortDebugString();
  EXPECT_EQ(world.Ledger()["creations"].size(), 2u);
  // An operator finds it at the provider, and its caller gets the video that was paid for.
  client::AdminClient again(client::MakeChannel(world.admin_address()));
  admin::v1::ResolveAttemptRequest adopt;
  adopt.set_job_id(planned.id());
  adopt.set_attempt_id(held.attempts(0).id());
  adopt.mutable_adopt()->set_provider_job_id(done.attempts(0).provider_job_id());
  adopt.set_note("it is in the console");
  ASSERT_TRUE(again.Resolve(adopt).ok());
  const v1::Job adopted = world.AwaitEnd(planned.id());
  EXPECT_EQ(adopted.state(), v1::JOB_STATE_SUCCEEDED) << adopted.ShortDebugString();
  EXPECT_EQ(adopted.cost().settled().ShortDebugString(), done.cost().settled().ShortDebugString());
  EXPECT_EQ(world.Ledger()["creations"].size(), 2u);
  EXPECT_EQ(world.Submit(world.Request("new", "runpod")).state(), v1::JOB_STATE_QUEUED);
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return world.Ledger()["creations"].size() == 3; }))
      << "what came after the copy is submitted";
}

TEST_F(BackupTest, WhatMayNotBeIsRefusedByName) {
  ASSERT_EQ(Cli(PathOf("first.db")), 0);
  struct {
    std::string path;
    int exit_code;
    std::string reason;
    std::string rule;
  } const cases[] = {
      {"first.db", 2, "INVALID_FIELD", "must be absolute"},
      {scratch_.File("elsewhere.db"), 2, "INVALID_FIELD", "must be directly in " + folder()},
      {world_.store_path(), 2, "INVALID_FIELD", "must be directly in " + folder()},
      {PathOf("../zoetrope.db"), 2, "INVALID_FIELD", "must be directly in " + folder()},
      {PathOf("zoetrope.db"), 2, "INVALID_FIELD", "the store's own file"},
      {PathOf("first.db-wal"), 2, "INVALID_FIELD", "-wal"},
      {PathOf("first.db"), 4, "BACKUP_EXISTS", "nothing is ever replaced"},
  };
  const auto before = std::filesystem::last_write_time(PathOf("first.db"));
  for (const auto& wrong : cases) {
    std::string out;
    EXPECT_EQ(Cli(wrong.path, &out), wrong.exit_code) << wrong.path;
    EXPECT_THAT(out, HasSubstr("reason: " + wrong.reason)) << wrong.path;
    EXPECT_THAT(out, HasSubstr("field: path: ")) << wrong.path;
    EXPECT_THAT(out, HasSubstr(wrong.rule)) << wrong.path;
  }
  EXPECT_FALSE(std::filesystem::exists(scratch_.File("elsewhere.db")));
  EXPECT_EQ(std::filesystem::last_write_time(PathOf("first.db")), before);
  EXPECT_EQ(CountDrafts(""), 1) << "nothing but the first copy";
}

TEST_F(LargeBackupTest, JobsAreAcceptedAndSettledMeanwhile) {
  // The whole life of a job within one copy: where a copy was too quick for it, the next one may not be.
  bool within = false;
  int settled = 0;
  for (int copy = 0; copy < 10 && !within; ++copy) {
    const std::string name = absl::StrCat("copy-", copy, ".db");
    std::future<Copied> copying = Begin(name);
    while (!IsOver(copying)) {
      const v1::Job job = world_.AwaitEnd(world_.Submit(world_.Request("meanwhile", kAccount)).id());
      EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED);
      EXPECT_EQ(job.cost().settlement(), v1::SETTLEMENT_STATE_SETTLED);
      const bool still = !IsOver(copying);
      within = within || still;
      if (still) ++settled;
    }
    const Copied made = copying.get();
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(made->size_bytes(), static_cast<std::int64_t>(std::filesystem::file_size(PathOf(name))));
    EXPECT_GT(made->size_bytes(), 256 << 20);
    std::filesystem::remove(PathOf(name));
  }
  EXPECT_TRUE(within);
  std::cout << settled << " jobs from acceptance to settlement within a copy\n";
}

TEST_F(LargeBackupTest, AnotherOneWaitsItsTurn) {
  std::future<Copied> first = Begin("first.db");
  const Copied second = Backup(PathOf("second.db"));
  if (!IsOver(first)) {
    EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
    EXPECT_EQ(client::GetErrorDetails(second.status()).reason, "BACKUP_RUNNING");
  }
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.ok() || Backup(PathOf("second.db")).ok());
}

TEST_F(LargeBackupTest, AKillLeavesNoHalfFileUnderTheName) {
  const v1::Job job = world_.AwaitEnd(world_.Submit(world_.Request("before", kAccount)).id());
  std::future<Copied> copying = Begin("copy.db");
  world_.KillServer();
  const Copied made = copying.get();
  EXPECT_EQ(std::filesystem::exists(PathOf("copy.db")), made.ok()) << made.status();
  EXPECT_FALSE(made.ok()) << "killed too late to tell anything";
  ASSERT_TRUE(world_.StartServer());
  const auto kept = world_.client().Get(job.id());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->ShortDebugString(), job.ShortDebugString());
  ASSERT_TRUE(Backup(PathOf("copy.db")).ok()) << "under the same name, as nothing is there";
  CopyServer copy(scratch_, PathOf("copy.db"));
  EXPECT_TRUE(copy.client().Get(job.id()).ok());
}

TEST_F(LargeBackupTest, AServerThatGoesDownGivesItUp) {
  std::future<Copied> copying = Begin("copy.db");
  const bool in_time = !IsOver(copying);
  world_.StopServer();
  const Copied made = copying.get();
  EXPECT_EQ(std::filesystem::exists(PathOf("copy.db")), made.ok()) << made.status();
  EXPECT_EQ(CountDrafts("copy.db"), 0);
  EXPECT_TRUE(!in_time || made.ok() || absl::IsUnavailable(made.status())) << made.status();
}

// What the server makes is for its user alone, whoever starts it.
TEST(BackupModeTest, NobodyElseReadsWhatTheServerMakes) {
  const Umask umask(0);
  World world{{.bin_dir = ZOETROPE_BIN_DIR, .config = ""}};
  ASSERT_TRUE(world.Start());
  world.Submit(world.Request("a secret", kAccount));
  for (const char* end : {"", "-wal", "-shm", "-lock"}) {
    EXPECT_EQ(ModeOf(world.store_path() + end), 0600u) << end;
  }
  const std::string folder = (std::filesystem::path(world.store_path()).parent_path() / "backups").string();
  client::AdminClient admin(client::MakeChannel(world.admin_address()));
  admin::v1::BackupStoreRequest request;
  request.set_path(folder + "/copy.db");
  const auto made = admin.Backup(request);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(ModeOf(folder), 0700u);
  EXPECT_EQ(ModeOf(request.path()), 0600u);
}

}  // namespace
}  // namespace zoetrope::testing
