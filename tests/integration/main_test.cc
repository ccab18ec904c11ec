// The program as it is run: flags, what it prints, and how it ends.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"
#include "zoetrope/v1/video_generation.grpc.pb.h"

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A running zoetroped; its output is read to the end when it has ended.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      dup2(out[1], STDERR_FILENO);
      std::string program = std::string(ZOETROPE_BIN_DIR) + "/zoetroped";
      std::vector<char*> argv = {program.data()};
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(program.c_str(), argv.data());
      _exit(127);
    }
    close(out[1]);
    output_ = fdopen(out[0], "r");
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    fclose(output_);
  }

  // Reads until a line that starts so; empty when the program ended before.
  std::string LineThatStarts(const std::string& start) {
    char line[4096];
    while (fgets(line, sizeof line, output_) != nullptr) {
      seen_ += line;
      if (std::string(line).rfind(start, 0) == 0) return line;
    }
    return "";
  }
  // As LineThatStarts, with the text anywhere in the line.
  std::string LineWith(const std::string& text) {
    char line[4096];
    while (fgets(line, sizeof line, output_) != nullptr) {
      seen_ += line;
      if (std::string(line).find(text) != std::string::npos) return line;
    }
    return "";
  }
  void Signal(int signal) const { kill(pid_, signal); }
  pid_t pid() const { return pid_; }
  // The exit code; -1 for an end by a signal.
  int Wait() {
    LineThatStarts("\n no line starts so");
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& output() const { return seen_; }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  std::string seen_;
};

// An address of this machine where at first nothing listens, and then something that never answers.
class SilentPeer {
 public:
  SilentPeer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    if (bind(socket_, reinterpret_cast<sockaddr*>(&any), size) != 0) std::abort();
    if (getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size) != 0) std::abort();
    port_ = ntohs(any.sin_port);
  }
  ~SilentPeer() { Close(); }

  void Listen() { listen(socket_, 16); }
  void Close() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  bool WasReached() const { return IsCalled(0); }
  void AwaitCaller() const { EXPECT_TRUE(IsCalled(30'000)); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  bool IsCalled(int millis) const {
    pollfd wanted{socket_, POLLIN, 0};
    return poll(&wanted, 1, millis) == 1;
  }

  int socket_;
  int port_ = 0;
};

// The id of a new job; empty where it is refused.
std::string SubmitTo(const std::string& address) {
  auto stub = v1::VideoGeneration::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::SubmitRequest request;
  request.mutable_generation()->set_model("sora-2");
  request.mutable_generation()->set_prompt("A paper boat");
  request.mutable_generation()->mutable_first_frame()->set_url("https://img.example/boat.png");
  v1::SubmitResponse response;
  const grpc::Status status = stub->Submit(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.job().id();
}

v1::JobState StateOf(const std::string& address, const std::string& id) {
  auto stub = v1::VideoGeneration::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::GetJobRequest request;
  request.set_job_id(id);
  v1::GetJobResponse response;
  EXPECT_TRUE(stub->GetJob(&context, request, &response).ok());
  return response.job().state();
}

class MainTest : public ::testing::Test {
 protected:
  std::vector<std::string> Serving(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"--listen",    "127.0.0.1:0",       "--metrics-listen",
                                          "127.0.0.1:0", "--store",           folder_.File("jobs.db"),
                                          "--port-file", folder_.File("port")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string AddressOf(Process& process) {
    const std::string line = process.LineThatStarts("zoetroped listening on ");
    const std::string start = "zoetroped listening on ";
    return line.size() > start.size() ? line.substr(start.size(), line.size() - start.size() - 1) : "";
  }

  testing::TempDir folder_;
};

TEST_F(MainTest, ServesAndEndsInOrder) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Process process(Serving());
    const std::string address = AddressOf(process);
    ASSERT_THAT(address, StartsWith("127.0.0.1:"));
    std::string port;
    std::ifstream(folder_.File("port")) >> port;
    EXPECT_EQ(address, "127.0.0.1:" + port);
    auto stub =
        v1::VideoGeneration::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::ListModelsResponse models;
    EXPECT_TRUE(stub->ListModels(&context, {}, &models).ok());
    EXPECT_GE(models.models_size(), 2);
    process.Signal(signal);
    EXPECT_EQ(process.Wait(), 0) << process.output();
    EXPECT_THAT(process.output(), HasSubstr("no_providers"));
  }
}

TEST_F(MainTest, WithoutProvidersEverySubmitIsRefused) {
  Process process(Serving());
  auto stub = v1::VideoGeneration::NewStub(
      grpc::CreateChannel(AddressOf(process), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::SubmitRequest request;
  request.mutable_generation()->set_model("seedance-2.0");
  request.mutable_generation()->set_prompt("p");
  v1::SubmitResponse response;
  EXPECT_EQ(stub->Submit(&context, request, &response).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

// Nothing answers at the simulator's address, so that the job waits; it is there after a crash.
TEST_F(MainTest, AnAcceptedJobOutlivesAKill) {
  const std::vector<std::string> sandbox = {"--sandbox", "http://127.0.0.1:9"};
  v1::SubmitResponse made;
  v1::SubmitRequest request;
  request.set_request_id("r-1");
  request.mutable_generation()->set_model("sora-2");
  request.mutable_generation()->set_prompt("A paper boat");
  request.mutable_generation()->mutable_first_frame()->set_url("https://img.example/boat.png");
  {
    Process process(Serving(sandbox));
    auto stub = v1::VideoGeneration::NewStub(
        grpc::CreateChannel(AddressOf(process), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    const grpc::Status status = stub->Submit(&context, request, &made);
    ASSERT_TRUE(status.ok()) << status.error_message();
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(), -1);
  }
  Process process(Serving(sandbox));
  auto stub = v1::VideoGeneration::NewStub(
      grpc::CreateChannel(AddressOf(process), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::SubmitResponse again;
  ASSERT_TRUE(stub->Submit(&context, request, &again).ok());
  EXPECT_TRUE(again.duplicate());
  EXPECT_EQ(again.job().id(), made.job().id());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0) << process.output();
}

// A start that comes to nothing must not begin submissions, whose answers nobody would read.
TEST_F(MainTest, AStartThatFailsLeavesTheJobsAlone) {
  SilentPeer provider;
  const std::vector<std::string> sandbox = {"--sandbox", "http://" + provider.address()};
  std::string id;
  {
    Process process(Serving(sandbox));
    id = SubmitTo(AddressOf(process));
    ASSERT_NE(id, "");
    process.Signal(SIGTERM);  // not a kill, which may come between an intent and its answer
    EXPECT_EQ(process.Wait(), 0);
  }
  provider.Listen();
  SilentPeer taken;
  taken.Listen();
  std::vector<std::string> arguments = Serving(sandbox);
  arguments[1] = taken.address();
  EXPECT_EQ(Process(arguments).Wait(), 1);
  arguments = Serving(sandbox);
  arguments[3] = taken.address();  // of the metrics
  EXPECT_EQ(Process(arguments).Wait(), 1);
  arguments = Serving(sandbox);
  arguments[7] = "/nowhere/at/all/port";
  Process unwritable(arguments);
  EXPECT_EQ(unwritable.Wait(), 1);
  EXPECT_THAT(unwritable.output(), HasSubstr("cannot write `/nowhere/at/all/port`"));
  EXPECT_THAT(unwritable.output(), Not(HasSubstr("listening on")));
  EXPECT_FALSE(provider.WasReached());

  provider.Close();
  Process process(Serving(sandbox));
  const v1::JobState state = StateOf(AddressOf(process), id);
  EXPECT_TRUE(state == v1::JOB_STATE_QUEUED || state == v1::JOB_STATE_RUNNING) << v1::JobState_Name(state);
}

TEST_F(MainTest, ASecondSignalEndsTheWaiting) {
  SilentPeer provider;
  provider.Listen();
  Process process(Serving({"--sandbox", "http://" + provider.address()}));
  ASSERT_NE(SubmitTo(AddressOf(process)), "");
  provider.AwaitCaller();
  process.Signal(SIGTERM);
  ASSERT_NE(process.LineWith("\"draining\""), "");
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_THAT(process.output(), HasSubstr("second_signal"));
}

TEST_F(MainTest, ChecksAConfiguration) {
  std::ofstream(folder_.File("bad.yaml")) << "listen: 0.0.0.0:1\nproviders:\n  - name: nobody\n";
  Process bad({"--check", "--config", folder_.File("bad.yaml")});
  EXPECT_EQ(bad.Wait(), 2);
  EXPECT_THAT(bad.output(), HasSubstr("bad.yaml:1:"));
  EXPECT_THAT(bad.output(), HasSubstr("bad.yaml:3:"));
  std::ofstream(folder_.File("good.yaml")) << "listen: 127.0.0.1:1\n";
  Process good({"--check", "--config", folder_.File("good.yaml")});
  EXPECT_EQ(good.Wait(), 0);
  std::ofstream(folder_.File("catalogue.yaml")) << "models: 7\n";
  std::ofstream(folder_.File("other.yaml")) << "catalogue: {file: catalogue.yaml}\n";
  Process other({"--check", "--config", folder_.File("other.yaml")});
  EXPECT_EQ(other.Wait(), 2);
  EXPECT_THAT(other.output(), HasSubstr("catalogue.yaml:1:"));
  std::ofstream(folder_.File("both.yaml")) << "listen: 0.0.0.0:1\ncatalogue: {file: catalogue.yaml}\n";
  Process both({"--check", "--config", folder_.File("both.yaml")});
  EXPECT_EQ(both.Wait(), 2);
  EXPECT_THAT(both.output(), HasSubstr("both.yaml:1:"));
  EXPECT_THAT(both.output(), HasSubstr("catalogue.yaml:1:"));
}

TEST_F(MainTest, TheCatalogueThatItShipsCanBeChanged) {
  Process print({"--print-catalogue"});
  EXPECT_EQ(print.Wait(), 0);
  std::string text = print.output();
  std::ofstream(folder_.File("same.yaml")) << text;
  std::ofstream(folder_.File("good.yaml")) << "catalogue: {file: same.yaml}\n";
  Process good({"--check", "--config", folder_.File("good.yaml")});
  EXPECT_EQ(good.Wait(), 0) << good.output();
  const std::size_t dialect = text.find("dialect: fal");
  ASSERT_NE(dialect, std::string::npos);
  text.insert(dialect + 12, "x");
  std::ofstream(folder_.File("misspelt.yaml")) << text;
  std::ofstream(folder_.File("bad.yaml")) << "catalogue: {file: misspelt.yaml}\n";
  Process bad({"--check", "--config", folder_.File("bad.yaml")});
  EXPECT_EQ(bad.Wait(), 2);
  EXPECT_THAT(bad.output(), HasSubstr("misspelt.yaml: offering `"));
  EXPECT_THAT(bad.output(), HasSubstr("`falx` is no dialect"));
}

TEST_F(MainTest, RefusesWhatItCannotDo) {
  EXPECT_EQ(Process({"--no-such-flag"}).Wait(), 2);
  EXPECT_EQ(Process({"--help"}).Wait(), 0);
  EXPECT_NE(Process({"--sandbox", "http://example.com:1"}).Wait(), 0);
  EXPECT_NE(Process({"--config", folder_.File("missing.yaml")}).Wait(), 0);
  EXPECT_EQ(
      Process({"--store", "/nowhere/at/all.db", "--listen", "127.0.0.1:0", "--metrics-listen", "off"}).Wait(),
      1);
}

TEST_F(MainTest, OneProcessPerStore) {
  Process first(Serving());
  ASSERT_NE(AddressOf(first), "");
  Process second(Serving());
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("another server uses this store"));
  EXPECT_THAT(second.output(), HasSubstr("process " + std::to_string(first.pid())));
  first.Signal(SIGKILL);
  EXPECT_EQ(first.Wait(), -1);
  Process third(Serving());
  EXPECT_NE(AddressOf(third), "") << "the lock outlived its server";
  EXPECT_THAT(third.output(), HasSubstr("store_was_left_open"));
}

// Puts `bytes` in place of what is at `at`.
void Overwrite(const std::string& path, std::streamoff at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(at);
  file << bytes;
  ASSERT_TRUE(file.flush());
}

TEST_F(MainTest, AFileThatIsDamagedOrTooNewIsRefusedWithTheWayOn) {
  {
    Process process(Serving());
    ASSERT_NE(AddressOf(process), "");
    process.Signal(SIGTERM);
    EXPECT_EQ(process.Wait(), 0);
  }
  const std::string path = folder_.File("jobs.db");
  const std::string newer = folder_.File("newer.db");
  std::filesystem::copy_file(path, newer);
  // `user_version` is the 4 bytes at 60, big-endian, as SQLite's page on its file format says.
  Overwrite(newer, 60, std::string("\0\0\0\x63", 4));
  std::vector<std::string> arguments = Serving();
  arguments[5] = newer;
  Process too_new(arguments);
  EXPECT_EQ(too_new.Wait(), 1);
  EXPECT_THAT(too_new.output(), HasSubstr(newer));
  EXPECT_THAT(too_new.output(), HasSubstr("schema version 99"));
  EXPECT_THAT(too_new.output(), HasSubstr("newer server"));
  {
    Process process(Serving());
    ASSERT_NE(AddressOf(process), "");
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(), -1);
  }
  // Behind the first page, without which SQLite would not know the file as its own.
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  ASSERT_GT(size, 8'192u);
  Overwrite(path, 4'096, std::string(size - 4'096, '\x5a'));
  Process damaged(Serving());
  EXPECT_EQ(damaged.Wait(), 1);
  EXPECT_THAT(damaged.output(), HasSubstr(path));
  EXPECT_THAT(damaged.output(), HasSubstr("damaged"));
  EXPECT_THAT(damaged.output(), HasSubstr("backup"));
}

}  // namespace
}  // namespace zoetrope
