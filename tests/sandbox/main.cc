// zoetrope-sandbox: a simulator of hosted video providers for tests, demos and benchmarks. README.md tells
// how to use it.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/sandbox/http_server.h"
#include "tests/sandbox/sandbox.h"
#include "tests/sandbox/webhook_sender.h"

namespace {

namespace asio = boost::asio;
using zoetrope::sandbox::Json;

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string port_file;
  std::string pace = "fast";
  std::string faults_file;
  zoetrope::sandbox::Options options;
  zoetrope::sandbox::ServerLimits limits;
};

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Only loopback: nobody should mistake a simulator that accepts any key for a service.
asio::ip::tcp::endpoint ParseListen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw CLI::ValidationError("--listen", "must be address:port");
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || !address.is_loopback()) throw CLI::ValidationError("--listen", "must be a loopback address");
  const int port = std::stoi(text.substr(colon + 1));
  if (port < 0 || port > 65535) throw CLI::ValidationError("--listen", "port out of range");
  return {address, static_cast<std::uint16_t>(port)};
}

// A reader sees the whole file or none.
bool WritePortFile(const std::string& path, std::uint16_t port) {
  const std::string unfinished = path + ".tmp";
  {
    std::ofstream out(unfinished, std::ios::trunc);
    out << port << "\n";
    if (!out.flush()) return false;
  }
  return std::rename(unfinished.c_str(), path.c_str()) == 0;
}

std::string LoadFaults(const std::string& path, zoetrope::sandbox::World* world) {
  std::ifstream in(path);
  if (!in) return "cannot read " + path;
  std::stringstream text;
  text << in.rdbuf();
  const Json script = Json::parse(text.str(), nullptr, false);
  return script.is_discarded() ? path + " is not JSON" : world->faults.LoadScript(script);
}

// Benchmarks open more connections than the usual soft limit of 1024 descriptors.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void AddFlags(CLI::App* app, Flags* flags) {
  auto& options = flags->options;
  app->add_option("--listen", flags->listen, "loopback address and port; port 0 picks a free one");
  app->add_option("--port-file", flags->port_file, "write the bound port here when ready");
  app->add_option("--pace", flags->pace, "fast (about 0.35 s a job) or realistic (about 105 s)")
      ->check(CLI::IsMember({"fast", "realistic"}));
  app->add_option("--queue-ms", options.queue_ms, "exact time in the queue")->check(CLI::NonNegativeNumber);
  app->add_option("--run-ms", options.run_ms, "exact time of a run")->check(CLI::NonNegativeNumber);
  app->add_option("--seed", options.seed, "seed of ids, jitter and random faults");
  app->add_option("--faults", flags->faults_file, "fault script (JSON)");
  app->add_option("--fault-rate", options.fault_rate, "share of calls that a random fault strikes")
      ->check(CLI::Range(0.0, 1.0));
  app->add_option("--keys", options.key, "the only credential to accept (default: any but 'bad-key')");
  app->add_flag("!--no-render", options.render, "serve one tiny prebuilt video for every result");
  app->add_option("--max-jobs", options.max_jobs, "jobs to keep; the oldest finished ones are evicted")
      ->check(CLI::PositiveNumber);
  app->add_option("--charge-cancelled-runs", options.charge_cancelled_runs,
                  "a cancelled running job costs its price");
  app->add_option("--fal-validates-at-submit", options.fal_validates_at_submit,
                  "answer 422 to the submit instead of a COMPLETED request with a 422 result");
  app->add_option("--runpod-validates-at-submit", options.runpod_validates_at_submit,
                  "answer 400 to /run instead of accepting a job that fails");
  app->add_option("--max-body-bytes", flags->limits.body_bytes, "largest request body");
  app->add_option("--max-connections", flags->limits.connections, "connections served at a time");
}

int Run(const Flags& flags) {
  RaiseDescriptorLimit();
  zoetrope::sandbox::World world(flags.options, NowMs);
  if (!flags.faults_file.empty()) {
    const std::string wrong = LoadFaults(flags.faults_file, &world);
    if (!wrong.empty()) {
      std::cerr << "zoetrope-sandbox: " << wrong << "\n";
      return 2;
    }
  }
  const asio::ip::tcp::endpoint endpoint = ParseListen(flags.listen);
  asio::io_context io(1);
  zoetrope::sandbox::HttpServer server(
      &io, [&world](const zoetrope::sandbox::Request& request) { return HandleRequest(&world, request); },
      flags.limits);
  server.Listen(endpoint);
  zoetrope::sandbox::WebhookSender webhooks(
      &io, [&world](std::size_t limit) { return TakeDueWebhooks(&world, limit); },
      [&world](zoetrope::sandbox::OutgoingWebhook sent, int status) {
        WebhookAnswered(&world, std::move(sent), status);
      });
  webhooks.Start();
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    server.Stop();
    webhooks.Stop();
  });
  if (!flags.port_file.empty() && !WritePortFile(flags.port_file, server.port())) {
    std::cerr << "zoetrope-sandbox: cannot write " << flags.port_file << "\n";
    return 2;
  }
  const std::string host = endpoint.address().is_v6() ? "[" + endpoint.address().to_string() + "]"
                                                      : endpoint.address().to_string();
  std::cout << "zoetrope-sandbox listening on http://" << host << ":" << server.port() << std::endl;
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Simulates RunPod, fal, Runware, OpenAI, WaveSpeed and Vtrix on loopback, with a ledger and faults on "
      "demand.");
  Flags flags;
  AddFlags(&app, &flags);
  try {
    app.parse(argc, argv);
    flags.options.pace =
        flags.pace == "fast" ? zoetrope::sandbox::Pace::kFast : zoetrope::sandbox::Pace::kRealistic;
    return Run(flags);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "zoetrope-sandbox: " << error.what() << "\n";
    return 1;
  }
}
