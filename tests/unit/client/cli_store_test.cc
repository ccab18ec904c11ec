// The operator's copy of the store by the real program, against a server in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "cli_fixture.h"
#include "fake_admin.h"

namespace zoetrope::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPath[] = "/srv/copies/a.db";

class CliStoreTest : public ::testing::Test {
 protected:
  CliStoreTest() {
    admin_.on_backup = [this](grpc::ServerContext&, const admin::v1::BackupStoreRequest& request,
                              admin::v1::BackupStoreResponse* response) {
      asked_.push_back(request.path());
      response->set_path(request.path());
      response->set_size_bytes(8'192);
      return grpc::Status::OK;
    };
  }

  CliResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--admin", admin_.address()});
    return RunCli(arguments);
  }
  CliResult RunRefused(const client::RichError& error) {
    admin_.on_backup = [error](grpc::ServerContext&, const admin::v1::BackupStoreRequest&,
                               admin::v1::BackupStoreResponse*) -> grpc::Status { return error; };
    return Run({"store", "backup", kPath});
  }

  client::FakeAdmin admin_;
  std::vector<std::string> asked_;
};

TEST_F(CliStoreTest, SaysWhereTheCopyIsAndHowLarge) {
  const CliResult result = Run({"store", "backup", kPath});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr(kPath), HasSubstr("8192 bytes")));
  EXPECT_THAT(asked_, ElementsAre(kPath));
}

TEST_F(CliStoreTest, SpeaksToPrograms) {
  const CliResult json = Run({"store", "backup", kPath, "--json"});
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("\"path\": \"/srv/copies/a.db\""), HasSubstr("\"size_bytes\": \"8192\"")));
  EXPECT_EQ(Run({"store", "backup", kPath, "-q"}).out, std::string(kPath) + "\n");
}

TEST_F(CliStoreTest, APathIsNeeded) {
  EXPECT_EQ(Run({"store"}).exit_code, 2);
  EXPECT_EQ(Run({"store", "backup"}).exit_code, 2);
  EXPECT_EQ(Run({"store", "backup", ""}).exit_code, 2);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CliStoreTest, ARefusalSaysWhatToDo) {
  const CliResult exists = RunRefused({grpc::StatusCode::ALREADY_EXISTS, "there", "BACKUP_EXISTS", {}});
  EXPECT_EQ(exists.exit_code, 4) << exists.err;
  EXPECT_THAT(exists.err, AllOf(HasSubstr("BACKUP_EXISTS"), HasSubstr("name another file")));
  const CliResult running = RunRefused({grpc::StatusCode::FAILED_PRECONDITION, "one", "BACKUP_RUNNING", {}});
  EXPECT_EQ(running.exit_code, 4) << running.err;
  EXPECT_THAT(running.err, HasSubstr("wait for the other copy"));
  const CliResult full = RunRefused({grpc::StatusCode::UNAVAILABLE, "no space", "STORE_UNAVAILABLE", {}});
  EXPECT_EQ(full.exit_code, 69);
  EXPECT_THAT(full.err, AllOf(HasSubstr("no space"), Not(HasSubstr("may go on"))));
}

TEST_F(CliStoreTest, WhoeverStopsWaitingIsToldThatTheServerMayNot) {
  std::promise<void> over;
  admin_.on_backup = [&over](grpc::ServerContext&, const admin::v1::BackupStoreRequest&,
                             admin::v1::BackupStoreResponse*) {
    over.get_future().wait();
    return grpc::Status::OK;
  };
  const CliResult result = Run({"store", "backup", kPath, "--timeout", "1s"});
  over.set_value();
  EXPECT_EQ(result.exit_code, 124) << result.err;
  EXPECT_THAT(result.err, HasSubstr("may go on"));
}

}  // namespace
}  // namespace zoetrope::cli
