#include "tests/support/world_fixture.h"

#include <curl/curl.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/audit.h"
#include "tests/support/plain_http.h"
#include "zoetrope/internal/v1/rpc_status.pb.h"

namespace zoetrope::testing {
namespace {

// Machines that are busy with something else start programs slowly.
constexpr absl::Duration kStartTime = absl::Seconds(30);
// The server's grace, and room.
constexpr absl::Duration kEndTime = absl::Seconds(60);
constexpr std::size_t kLogTail = 6000;

// Where the simulator speaks each dialect.
struct Mount {
  std::string_view dialect;
  std::string_view path;
};
constexpr Mount kMounts[] = {{"runpod", "/runpod/v2"},   {"fal", "/fal/queue"},
                             {"runware", "/runware/v1"}, {"vtrix", "/vtrix/model"},
                             {"openai", "/openai/v1"},   {"wavespeed", "/wavespeed/api/v3"}};

std::string Escaped(const std::string& text) {
  char* escaped = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  const std::string result = escaped == nullptr ? "" : escaped;
  curl_free(escaped);
  return result;
}

std::string TextOf(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

std::string TailOf(const std::string& file) {
  const std::string text = TextOf(file);
  return text.substr(text.size() - std::min(text.size(), kLogTail));
}

// A dead server is to be noticed, not waited for: the tests repeat by themselves.
client::ClientOptions Impatient() {
  client::ClientOptions options;
  options.retry.max_attempts = 1;
  options.call_timeout = absl::Seconds(20);
  options.watch_patience = absl::Seconds(20);
  return options;
}

}  // namespace

WireError ReadError(const grpc::Status& status) {
  WireError error;
  internal::v1::RpcStatus details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
  int infos = 0;
  for (const auto& any : details.details()) {
    internal::v1::ErrorInfo info;
    internal::v1::BadRequest bad;
    if (any.type_url() == "type.googleapis.com/google.rpc.ErrorInfo" && info.ParseFromString(any.value())) {
      ++infos;
      error.reason = info.reason();
      error.metadata.insert(info.metadata().begin(), info.metadata().end());
      EXPECT_EQ(info.domain(), "zoetrope");
    }
    internal::v1::RetryInfo retry;
    if (any.type_url() == "type.googleapis.com/google.rpc.RetryInfo" && retry.ParseFromString(any.value())) {
      error.retry_delay =
          absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
    }
    if (any.type_url() == "type.googleapis.com/google.rpc.BadRequest" && bad.ParseFromString(any.value())) {
      for (const auto& violation : bad.field_violations())
        error.violations[violation.field()] = violation.description();
    }
  }
  EXPECT_EQ(infos, 1) << status.error_message();
  return error;
}

bool IsAtRest(const v1::Job& job) {
  if (!client::IsTerminal(job.state())) return job.state() == v1::JOB_STATE_HELD;
  if (job.cost().settlement() != v1::SETTLEMENT_STATE_PENDING || job.attempts().empty()) return true;
  // Where the attempt has ended, its charge is asked for; else the provider still has it, or nobody knows.
  const v1::AttemptState attempt = job.attempts().rbegin()->state();
  return attempt == v1::ATTEMPT_STATE_ACKED || attempt == v1::ATTEMPT_STATE_UNKNOWN ||
         attempt == v1::ATTEMPT_STATE_HELD || attempt == v1::ATTEMPT_STATE_INTENT;
}

std::string Markers(const std::vector<std::string>& faults) {
  std::string text;
  for (const std::string& fault : faults) absl::StrAppend(&text, " [[fault:", fault, "]]");
  return text;
}

v1::Money MoneyOf(std::int64_t nanos) {
  v1::Money money;
  money.set_currency_code("USD");
  money.set_units(nanos / 1'000'000'000);
  money.set_nanos(static_cast<std::int32_t>(nanos % 1'000'000'000));
  return money;
}

std::string ConfigWith(const std::vector<TestAccount>& accounts) {
  std::string config = R"(metrics_listen: off
catalogue: {allow_retired_models: true, unpriced_reservation: "5.00"}
validation: {allow_private_image_hosts: true, allow_retry_once: true}
providers:
)";
  for (const TestAccount& account : accounts) {
    const std::string dialect = DialectOf(account.name);
    std::string url = account.base_url;
    for (const Mount& mount : kMounts) {
      if (url.empty() && mount.dialect == dialect) url = absl::StrCat("$SANDBOX", std::string(mount.path));
    }
    absl::StrAppend(&config, "  - {name: ", account.name, ", dialect: ", dialect, ", base_url: \"", url,
                    "\", api_key: {dummy: ", account.key,
                    "}, allow_plain_http: true, allow_private_hosts: true,", " poll: ", account.poll,
                    ", search: ", account.search, ", charge: {give_up_after: 2s}");
    if (dialect == "fal")
      absl::StrAppend(&config, ", base_urls: [{name: platform, url: \"$SANDBOX/fal/platform/v1\"}]");
    absl::StrAppend(&config, account.more.empty() ? "" : ", ", account.more, "}\n");
  }
  return config;
}

World::World(WorldOptions options) : options_(std::move(options)) {}

World::~World() {
  server_.reset();
  sandbox_.reset();
  if (::testing::Test::HasFailure()) {
    std::cerr << "--- end of the server's log\n" << TailOf(folder_.File("server.log"));
    std::cerr << "--- end of the simulator's log\n" << TailOf(folder_.File("sandbox.log"));
  }
}

bool World::Start() {
  const std::string port_file = folder_.File("sandbox.port");
  std::vector<std::string> command = {Program("zoetrope-sandbox"),
                                      "--listen",
                                      "127.0.0.1:0",
                                      "--port-file",
                                      port_file,
                                      "--queue-ms",
                                      absl::StrCat(options_.queue_ms),
                                      "--run-ms",
                                      absl::StrCat(options_.run_ms)};
  if (!options_.render) command.push_back("--no-render");
  command.insert(command.end(), options_.sandbox_flags.begin(), options_.sandbox_flags.end());
  sandbox_ = std::make_unique<ChildProcess>(std::move(command), folder_.File("sandbox.log"));
  const std::optional<int> port = sandbox_->WaitForPort(port_file, kStartTime);
  if (!port) {
    ADD_FAILURE() << "the simulator does not come up";
    return false;
  }
  sandbox_url_ = absl::StrCat("http://127.0.0.1:", *port);
  if (!options_.config.empty()) SetConfig(options_.config);
  return StartServer();
}

void World::SetConfig(const std::string& config) {
  std::ofstream(folder_.File("zoetrope.yaml")) << absl::StrReplaceAll(config, {{"$SANDBOX", sandbox_url_}});
}

void World::LaunchServer() {
  // A port file of an earlier server would be read in its stead.
  port_file_ = folder_.File(absl::StrCat("server.port.", ++servers_started_));
  std::vector<std::string> command = {Program(options_.server),
                                      "--listen",
                                      "127.0.0.1:0",
                                      "--port-file",
                                      port_file_,
                                      "--store",
                                      store_path(),
                                      "--metrics-listen",
                                      options_.metrics_listen,
                                      "--admin-port-file",
                                      port_file_ + ".admin"};
  if (options_.config.empty()) {
    command.insert(command.end(), {"--sandbox", sandbox_url_});
  } else {
    command.insert(command.end(), {"--config", folder_.File("zoetrope.yaml")});
  }
  command.insert(command.end(), options_.server_flags.begin(), options_.server_flags.end());
  client_.reset();
  stub_.reset();
  server_ = std::make_unique<ChildProcess>(std::move(command), folder_.File("server.log"));
}

namespace {

client::ChannelOptions ChannelOptionsOf(const std::string& ca_file) {
  client::ChannelOptions channel;
  if (ca_file.empty()) return channel;
  std::ostringstream pem;
  pem << std::ifstream(ca_file).rdbuf();
  channel.tls = true;
  channel.root_certificates_pem = pem.str();
  return channel;
}

}  // namespace

bool World::StartServer() {
  LaunchServer();
  const std::optional<int> port = server_->WaitForPort(port_file_, kStartTime);
  if (!port) {
    ADD_FAILURE() << "the server does not come up";
    return false;
  }
  address_ = absl::StrCat("127.0.0.1:", *port);
  const std::optional<int> admin_port = server_->WaitForPort(port_file_ + ".admin", kStartTime);
  if (!admin_port) {
    ADD_FAILURE() << "the server does not listen for its operator";
    return false;
  }
  admin_address_ = absl::StrCat("127.0.0.1:", *admin_port);
  const auto channel = client::MakeChannel(address_, ChannelOptionsOf(options_.tls_ca_file));
  client_ = std::make_unique<client::VideoClient>(channel, Impatient());
  stub_ = v1::VideoGeneration::NewStub(channel);
  // It listens before it has taken its jobs over, and takes new ones after that.
  for (int look = 0; look < 1'000; ++look) {
    if (ServerIsHealthy()) return true;
    if (server_->Wait(absl::Milliseconds(10))) break;
  }
  ADD_FAILURE() << "the server does not get ready";
  return false;
}

void World::KillServer() {
  server_->Signal(SIGKILL);
  EXPECT_EQ(server_->Wait(absl::Minutes(1)), 128 + SIGKILL) << "the server had ended by itself";
}

void World::TerminateServer() { server_->Signal(SIGTERM); }

std::optional<int> World::WaitForServer(absl::Duration most) { return server_->Wait(most); }

void World::StopServer() {
  TerminateServer();
  EXPECT_EQ(WaitForServer(kEndTime), 0) << "the server does not end in order";
}

v1::SubmitRequest World::Request(const std::string& prompt, const std::string& provider) const {
  v1::SubmitRequest request;
  v1::Generation& generation = *request.mutable_generation();
  generation.set_model(kEveryonesModel);
  generation.set_prompt(prompt);
  // The simulator fetches nothing: any address that the server lets pass will do.
  generation.mutable_first_frame()->set_url("https://pictures.example.com/boat.png");
  // Two cannot follow a picture whose size is not known.
  const std::string dialect = DialectOf(provider);
  if (dialect == "vtrix" || dialect == "openai") generation.set_aspect_ratio("16:9");
  request.mutable_routing()->set_provider(provider);
  return request;
}

v1::Job World::Submit(const v1::SubmitRequest& request) {
  const auto response = client_->Submit(request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? response->job() : v1::Job();
}

v1::Job World::Await(const std::string& job_id, absl::Duration most,
                     const std::function<bool(const v1::Job&)>& condition) {
  v1::Job job;
  const bool came = Eventually(most, [&] {
    if (absl::StatusOr<v1::Job> read = client_->Get(job_id); read.ok()) job = *std::move(read);
    return condition(job);
  });
  EXPECT_TRUE(came) << job.ShortDebugString();
  return job;
}

v1::Job World::AwaitEnd(const std::string& job_id, absl::Duration most) {
  return Await(job_id, most, IsAtRest);
}

std::string World::ServerLog() const { return TailOf(folder_.File("server.log")); }

std::string World::WholeServerLog() const { return TextOf(folder_.File("server.log")); }

bool World::ServerIsHealthy() {
  const auto health = client_->Health();
  return health.ok() && *health == client::HealthState::kServing;
}

nlohmann::json World::Ledger(const std::string& part) const {
  const std::string filter = part.empty() ? "" : "?prompt_contains=" + Escaped(part);
  nlohmann::json ledger = nlohmann::json::parse(
      PlainCall("GET", sandbox_url_ + "/_sandbox/ledger" + filter).body, nullptr, false);
  EXPECT_TRUE(ledger.is_object()) << "the ledger cannot be read";
  return ledger.is_object()
             ? ledger
             : nlohmann::json{{"creations", nlohmann::json::array()}, {"attempts", nlohmann::json::array()}};
}

}  // namespace zoetrope::testing
