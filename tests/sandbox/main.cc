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
#include <memory>
#include <sstream>

#include "tests/sandbox/http_server.h"
#include "tests/sandbox/sandbox.h"
#include "tests/sandbox/tls_server.h"
#include "tests/sandbox/webhook_sender.h"

namespace {

namespace asio = boost::asio;
using zoetrope::sandbox::Json;

struct Flags {
  std::string listen = "127.0.0.1:0";
  std::string port_file;
  std::string tls_listen;  // "" = no TLS
  std::string tls_port_file;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_certificate_out;
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

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A reader sees the whole file or none.
bool WriteFile(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".tmp";
  {
    std::ofstream out(unfinished, std::ios::trunc);
    out << text;
    if (!out.flush()) return false;
  }
  return std::rename(unfinished.c_str(), path.c_str()) == 0;
}

// Only loopback: nobody should mistake a simulator that accepts any key for a service.
asio::ip::tcp::endpoint ParseListen(const std::string& flag, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw CLI::ValidationError(flag, "must be address:port");
  std::string host = text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error || !address.is_loopback()) throw CLI::ValidationError(flag, "must be a loopback address");
  const int port = std::stoi(text.substr(colon + 1));
  if (port < 0 || port > 65535) throw CLI::ValidationError(flag, "port out of range");
  return {address, static_cast<std::uint16_t>(port)};
}

std::string LoadFaults(const std::string& path, zoetrope::sandbox::World* world) {
  if (!std::ifstream(path)) return "cannot read " + path;
  const Json script = Json::parse(ReadFile(path), nullptr, false);
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
  app->add_option("--tls-listen", flags->tls_listen, "the same with TLS, HTTP/1.1 and HTTP/2");
  app->add_option("--tls-port-file", flags->tls_port_file, "write the bound TLS port here when ready");
  CLI::Option* certificate = app->add_option("--tls-cert", flags->tls_certificate, "certificate chain (PEM)");
  CLI::Option* key =
      app->add_option("--tls-key", flags->tls_key, "its private key (PEM)")->needs(certificate);
  certificate->needs(key);
  app->add_option("--tls-cert-out", flags->tls_certificate_out,
                  "write the certificate here, for clients to trust; without --tls-cert one is made");
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
  app->add_option("--refuse-unknown-fields", options.refuse_unknown_fields,
                  "fields that an endpoint of fal or RunPod does not know are refused");
  app->add_option("--max-body-bytes", flags->limits.body_bytes, "largest request body");
  app->add_option("--max-connections", flags->limits.connections, "connections served at a time");
}

int Fail(const std::string& what) {
  std::cerr << "zoetrope-sandbox: " << what << "\n";
  return 2;
}

std::string UrlOf(const std::string& scheme, const asio::ip::address& address, std::uint16_t port) {
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return scheme + "://" + host + ":" + std::to_string(port);
}

// Opens the TLS listener if one is asked for, and shows where it is. "" or what went wrong.
std::string StartTls(const Flags& flags, asio::io_context* io, zoetrope::sandbox::Handler handler,
                     std::unique_ptr<zoetrope::sandbox::TlsServer>* server) {
  if (flags.tls_listen.empty()) return "";
  const asio::ip::tcp::endpoint endpoint = ParseListen("--tls-listen", flags.tls_listen);
  zoetrope::sandbox::TlsIdentity identity;
  if (flags.tls_certificate.empty()) {
    identity = zoetrope::sandbox::MakeTlsIdentity();
  } else {
    identity = {ReadFile(flags.tls_certificate), ReadFile(flags.tls_key)};
  }
  std::string error;
  *server =
      std::make_unique<zoetrope::sandbox::TlsServer>(io, identity, std::move(handler), flags.limits, &error);
  if (!error.empty()) return "the TLS certificate cannot be used: " + error;
  const std::string& out = flags.tls_certificate_out;
  if (!out.empty() && !WriteFile(out, identity.certificate)) return "cannot write " + out;
  (*server)->Listen(endpoint);
  const std::string port = std::to_string((*server)->port()) + "\n";
  if (!flags.tls_port_file.empty() && !WriteFile(flags.tls_port_file, port)) {
    return "cannot write " + flags.tls_port_file;
  }
  std::cout << "zoetrope-sandbox listening on " << UrlOf("https", endpoint.address(), (*server)->port())
            << std::endl;
  return "";
}

int Run(const Flags& flags) {
  RaiseDescriptorLimit();
  zoetrope::sandbox::World world(flags.options, NowMs);
  if (!flags.faults_file.empty()) {
    const std::string wrong = LoadFaults(flags.faults_file, &world);
    if (!wrong.empty()) return Fail(wrong);
  }
  const asio::ip::tcp::endpoint endpoint = ParseListen("--listen", flags.listen);
  asio::io_context io(1);
  const auto handler = [&world](const zoetrope::sandbox::Request& request) {
    return HandleRequest(&world, request);
  };
  zoetrope::sandbox::HttpServer server(&io, handler, flags.limits);
  server.Listen(endpoint);
  std::unique_ptr<zoetrope::sandbox::TlsServer> tls;
  if (const std::string wrong = StartTls(flags, &io, handler, &tls); !wrong.empty()) return Fail(wrong);
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
    if (tls) tls->Stop();
    webhooks.Stop();
  });
  if (!flags.port_file.empty() && !WriteFile(flags.port_file, std::to_string(server.port()) + "\n")) {
    return Fail("cannot write " + flags.port_file);
  }
  std::cout << "zoetrope-sandbox listening on " << UrlOf("http", endpoint.address(), server.port())
            << std::endl;
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
