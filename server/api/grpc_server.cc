#include "server/api/grpc_server.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/support/time.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/api/listen_address.h"
#include "server/base/limits.h"
#include "server/base/strings.h"

namespace zoetrope {
namespace {

constexpr int kMetadataBytes = 8 << 10;
constexpr absl::Duration kConnectionAge = absl::Minutes(30);
constexpr absl::Duration kConnectionGrace = absl::Minutes(10);  // a download may take a while
constexpr absl::Duration kConnectionIdle = absl::Minutes(5);
constexpr absl::Duration kKeepalive = absl::Seconds(60);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(20);
constexpr absl::Duration kPingIntervalMin = absl::Seconds(30);
constexpr int kPingStrikes = 2;
constexpr unsigned kFilesLookSeconds = 1;

int Millis(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

void ApplyLimits(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits::kRequestBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Millis(kConnectionAge));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Millis(kConnectionGrace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Millis(kConnectionIdle));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Millis(kKeepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Millis(kKeepaliveTimeout));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Millis(kPingIntervalMin));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikes);
  // Two servers on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  grpc::ResourceQuota quota("zoetroped");
  quota.Resize(options.memory_bytes);
  quota.SetMaxThreads(options.threads_max);
  builder.SetResourceQuota(quota);
}

// gRPC gives each server of a process the plugins that any of them has asked for, and that of reflection to
// all whose program links it. This takes away what this one is not to serve.
class OnlyWanted : public grpc::ServerBuilderOption {
 public:
  explicit OnlyWanted(const GrpcServerOptions& options)
      : reflection_(options.reflection), channelz_(options.channelz) {}

  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [this](const auto& plugin) {
      return (!reflection_ && absl::StrContains(plugin->name(), "reflection")) ||
             (!channelz_ && absl::StrContains(plugin->name(), "channelz"));
    });
  }

 private:
  const bool reflection_;
  const bool channelz_;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const std::optional<TlsFiles>& files) {
  namespace tls = grpc::experimental;
  if (!files) return grpc::InsecureServerCredentials();
  const bool asks = !files->client_ca.empty();
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files->key, files->certificate, files->client_ca, kFilesLookSeconds));
  options.watch_identity_key_cert_pairs();
  if (asks) options.watch_root_certs();
  options.set_cert_request_type(!asks ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                : files->client_required
                                    ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                    : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const GrpcServerOptions& options,
                                                              grpc::Service* service) {
  if (!options.allow_insecure_listen && !IsLoopbackListen(options.listen)) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", options.listen, "` can be reached by others; that needs allow_insecure_listen"));
  }
  grpc::EnableDefaultHealthCheckService(true);
  // Reflection names this service, and tools that go over all that is named need its description.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  if (options.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  if (options.channelz) grpc::channelz::experimental::InitChannelzService();
  std::unique_ptr<GrpcServer> server(new GrpcServer(options.observer, options.health_mirror));
  server->service_name_ = options.service_name;
  grpc::ServerBuilder builder;
  ApplyLimits(options, builder);
  builder.SetOption(std::make_unique<OnlyWanted>(options));
  builder.AddListeningPort(options.listen, CredentialsOf(options.tls), &server->port_);
  if (service != nullptr) builder.RegisterService(service);
  builder.RegisterCallbackGenericService(&server->unknown_methods_);
  server->server_ = builder.BuildAndStart();
  const bool has_port = options.listen.substr(0, 5) != "unix:";
  if (server->server_ == nullptr || (has_port && server->port_ == 0)) {
    return absl::UnavailableError(absl::StrCat("cannot listen on `", options.listen, "`"));
  }
  server->address_ =
      has_port ? absl::StrCat(ToAbsl(ListenHostOf(options.listen)), ":", server->port_) : options.listen;
  server->SetServing(options.serving);
  return server;
}

GrpcServer::~GrpcServer() { Shutdown(absl::ZeroDuration()); }

void GrpcServer::SetServing(bool serving) {
  if (health_mirror_ != nullptr) health_mirror_->SetServing(serving);
  std::lock_guard lock(health_mutex_);
  serving_ = serving;
  TellHealthLocked();
}

void GrpcServer::SetReady(bool ready) {
  if (health_mirror_ != nullptr) health_mirror_->SetReady(ready);
  std::lock_guard lock(health_mutex_);
  if (ready_ == ready) return;
  ready_ = ready;
  TellHealthLocked();
}

void GrpcServer::TellHealthLocked() {
  grpc::HealthCheckServiceInterface* health = server_ ? server_->GetHealthCheckService() : nullptr;
  if (health == nullptr) return;
  for (const std::string& name : {std::string(), service_name_, std::string("readiness")})
    health->SetServingStatus(name, serving_ && ready_);
  health->SetServingStatus("liveness", true);
}

void GrpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  server_->Shutdown(gpr_time_from_millis(absl::ToInt64Milliseconds(grace), GPR_TIMESPAN));
  server_->Wait();
  std::lock_guard lock(health_mutex_);
  server_ = nullptr;
}

}  // namespace zoetrope
