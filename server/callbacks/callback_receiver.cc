#include "server/callbacks/callback_receiver.h"

#include <civetweb.h>

#include <chrono>
#include <future>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace zoetrope {
namespace {

constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kLengthRequired = 411;
constexpr int kTooLarge = 413;
constexpr int kUnavailable = 503;

int StatusFor(const absl::Status& taken) {
  switch (taken.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kInvalidArgument:
      return kBadRequest;
    default:
      return kUnavailable;
  }
}

// nullopt: the connection ended before it was whole.
std::optional<std::string> ReadAll(mg_connection* connection, std::size_t bytes) {
  std::string body(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    const int read = mg_read(connection, body.data() + have, bytes - have);
    if (read <= 0) return std::nullopt;
    have += static_cast<std::size_t>(read);
  }
  return body;
}

}  // namespace

class CallbackReceiver::Impl {
 public:
  Impl(CallbackReceiverOptions options, const CallbackUrls* urls, Take take)
      : options_(std::move(options)), urls_(urls), take_(std::move(take)) {}
  ~Impl() {
    if (context_ != nullptr) mg_stop(context_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  absl::Status Listen() {
    const std::string threads = absl::StrCat(options_.threads);
    const std::string timeout = absl::StrCat(absl::ToInt64Milliseconds(options_.read_timeout));
    const char* settings[] = {"listening_ports",
                              options_.listen.c_str(),
                              "num_threads",
                              threads.c_str(),
                              "request_timeout_ms",
                              timeout.c_str(),
                              "enable_keep_alive",
                              "no",
                              "enable_directory_listing",
                              "no",
                              nullptr};
    mg_callbacks callbacks = {};
    context_ = mg_start(&callbacks, this, settings);
    if (context_ == nullptr)
      return absl::UnavailableError(absl::StrCat("cannot listen on `", options_.listen, "`"));
    mg_server_port ports[1] = {};
    if (mg_get_server_ports(context_, 1, ports) < 1) return absl::UnavailableError("listens on no port");
    port_ = ports[0].port;
    mg_set_request_handler(
        context_, "**",
        [](mg_connection* connection, void* self) { return static_cast<Impl*>(self)->Serve(connection); },
        this);
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  // What the library wants to know is the status that was sent.
  int Serve(mg_connection* connection) {
    const int status = Answer(connection);
    mg_printf(connection, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
              mg_get_response_code_text(connection, status));
    return status;
  }

  int Answer(mg_connection* connection) {
    const mg_request_info* request = mg_get_request_info(connection);
    if (std::string_view(request->request_method) != "POST") return kMethodNotAllowed;
    const char* path = request->local_uri;
    std::optional<AttemptName> attempt = path == nullptr ? std::nullopt : urls_->Read(path);
    if (!attempt) return kNotFound;
    if (request->content_length < 0) return kLengthRequired;
    const auto bytes = static_cast<std::size_t>(request->content_length);
    if (bytes > options_.body_bytes_max) return kTooLarge;
    std::optional<std::string> body = ReadAll(connection, bytes);
    if (!body) return kBadRequest;
    auto taken = std::make_shared<std::promise<absl::Status>>();
    std::future<absl::Status> answer = taken->get_future();
    take_(*std::move(attempt), *std::move(body),
          [taken](absl::Status status) { taken->set_value(std::move(status)); });
    // Whoever takes it may be gone, or slow; then the provider calls again.
    const auto wait = absl::ToChronoMilliseconds(options_.answer_within);
    return answer.wait_for(wait) == std::future_status::ready ? StatusFor(answer.get()) : kUnavailable;
  }

  const CallbackReceiverOptions options_;
  const CallbackUrls* const urls_;
  const Take take_;
  mg_context* context_ = nullptr;
  int port_ = 0;
};

CallbackReceiver::CallbackReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CallbackReceiver::~CallbackReceiver() = default;

int CallbackReceiver::port() const { return impl_->port(); }

absl::StatusOr<std::unique_ptr<CallbackReceiver>> CallbackReceiver::Start(CallbackReceiverOptions options,
                                                                          const CallbackUrls* urls,
                                                                          Take take) {
  auto impl = std::make_unique<Impl>(std::move(options), urls, std::move(take));
  if (absl::Status status = impl->Listen(); !status.ok()) return status;
  return std::unique_ptr<CallbackReceiver>(new CallbackReceiver(std::move(impl)));
}

}  // namespace zoetrope
