#include "tests/sandbox/http2_session.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr std::uint32_t kMaxStreams = 100;
constexpr std::size_t kWriteBytes = 64u << 10;

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

// One request and its reply.
struct Exchange {
  Request request;
  std::size_t header_bytes = 0;
  bool refused = false;  // more than the limits allow
  Reply reply;
  std::size_t sent = 0;
  bool waits = false;  // for a timer or the worker; the data provider is deferred
  bool ended = false;  // nothing comes after what is in the reply

  std::string_view Body() const { return reply.blob ? *reply.blob : reply.body; }
  // How much of the body is sent before the stream is broken off.
  std::size_t Limit() const {
    return reply.delivery == Delivery::kTruncated ? Body().size() / 2 : Body().size();
  }
};

nghttp2_nv Field(std::string_view name, std::string_view value) {
  // nghttp2 copies both.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

class Session final : public TlsConnection, public std::enable_shared_from_this<Session> {
 public:
  Session(TlsStream stream, Handler handler, ServerLimits limits, asio::thread_pool::executor_type worker,
          std::function<void(const std::shared_ptr<TlsConnection>&)> over)
      : stream_(std::move(stream)),
        handler_(std::move(handler)),
        limits_(limits),
        worker_(worker),
        over_(std::move(over)) {}

  void Start() override {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, OnBegin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(session);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1u << 20}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    Read();
    Write();
  }

  void Close() override {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    stream_.lowest_layer().close(ignored);
    over_(shared_from_this());
  }

 private:
  static Session* Of(void* user) { return static_cast<Session*>(user); }

  static int OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_HEADERS) Of(user)->exchanges_[frame->hd.stream_id];
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                      void* user) {
    Exchange* exchange = Of(user)->Find(frame->hd.stream_id);
    if (exchange == nullptr) return 0;
    exchange->header_bytes += name_size + value_size;
    if (exchange->header_bytes > Of(user)->limits_.header_bytes) exchange->refused = true;
    if (exchange->refused) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":method") {
      exchange->request.method = std::string(text);
    } else if (key == ":path") {
      SetTarget(text, &exchange->request);
    } else if (key == ":authority") {
      exchange->request.headers.emplace_back("host", std::string(text));
    } else if (!StartsWith(key, ":")) {
      exchange->request.headers.emplace_back(std::string(key), std::string(text));
    }
    return 0;
  }

  static int OnData(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data,
                    std::size_t size, void* user) {
    Exchange* exchange = Of(user)->Find(id);
    if (exchange == nullptr || exchange->refused) return 0;
    if (exchange->request.body.size() + size > Of(user)->limits_.body_bytes) {
      exchange->refused = true;
      exchange->request.body.clear();
    } else {
      exchange->request.body.append(reinterpret_cast<const char*>(data), size);
    }
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
      Of(user)->Answer(frame->hd.stream_id);
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    Of(user)->exchanges_.erase(id);
    return 0;
  }

  static ssize_t OnRead(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t size,
                        std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Exchange* exchange = Of(user)->Find(id);
    if (exchange == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (exchange->waits) return NGHTTP2_ERR_DEFERRED;
    const std::size_t left = exchange->Limit() - exchange->sent;
    if (left == 0 && exchange->reply.delivery == Delivery::kTruncated) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
      return NGHTTP2_ERR_DEFERRED;
    }
    const bool drips = exchange->reply.delivery == Delivery::kDrip;
    const std::size_t count = std::min({left, size, drips ? std::size_t{1} : size});
    std::memcpy(to, exchange->Body().data() + exchange->sent, count);
    exchange->sent += count;
    if (exchange->sent < exchange->Limit()) {
      if (drips) Of(user)->Pause(id, exchange->reply.drip_ms, {});
    } else if (exchange->reply.delivery == Delivery::kStream && exchange->reply.next) {
      Of(user)->Pause(id, exchange->reply.delay_ms, std::move(exchange->reply.next));
    } else if (exchange->reply.delivery != Delivery::kTruncated) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return count == 0 && exchange->waits ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED)
                                         : static_cast<ssize_t>(count);
  }

  Exchange* Find(std::int32_t id) {
    const auto it = exchanges_.find(id);
    return it == exchanges_.end() ? nullptr : &it->second;
  }

  // Sends nothing of this reply for a while; then goes on with it, or with what `next` gives.
  void Pause(std::int32_t id, std::int64_t delay_ms, std::function<Reply()> next) {
    Find(id)->waits = true;
    After(delay_ms, [self = shared_from_this(), id, next = std::move(next)] {
      Exchange* exchange = self->Find(id);
      if (exchange == nullptr) return;
      exchange->waits = false;
      if (next) {
        exchange->reply = next();
        exchange->sent = 0;
      }
      nghttp2_session_resume_data(self->session_.get(), id);
      self->Write();
    });
  }

  template <typename Then>
  void After(std::int64_t delay_ms, Then then) {
    auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor());
    timer->expires_after(std::chrono::milliseconds(delay_ms));
    timer->async_wait([self = shared_from_this(), timer, then = std::move(then)](error_code error) {
      if (!error && !self->closed_) then();
    });
  }

  void Answer(std::int32_t id) {
    Exchange* exchange = Find(id);
    if (exchange == nullptr) return;
    if (!exchange->refused) return Continue(id, handler_(exchange->request));
    Reply reply;
    reply.status = 413;
    reply.body = R"({"error":"too large"})";
    Continue(id, std::move(reply));
  }

  // Follows a reply that is not known yet until it is.
  void Continue(std::int32_t id, Reply reply) {
    const bool stream = reply.delivery == Delivery::kStream;
    if (!stream && reply.next && reply.next_on_worker) {
      asio::post(worker_, [self = shared_from_this(), id, next = std::move(reply.next)] {
        Reply ready = next();
        asio::post(self->stream_.get_executor(), [self, id, ready = std::move(ready)]() mutable {
          if (!self->closed_) self->Continue(id, std::move(ready));
        });
      });
      return;
    }
    if (stream || (!reply.next && reply.delay_ms <= 0)) return Submit(id, std::move(reply));
    const std::int64_t delay = reply.delay_ms;
    After(delay, [self = shared_from_this(), id, reply = std::move(reply)] {
      Reply now = reply;
      now.delay_ms = 0;
      if (now.next) return self->Continue(id, now.next());
      self->Submit(id, std::move(now));
    });
  }

  void Submit(std::int32_t id, Reply reply) {
    Exchange* exchange = Find(id);
    if (exchange == nullptr) return;
    if (reply.delivery == Delivery::kClose || reply.delivery == Delivery::kHalfHeader) return Close();
    if (reply.delivery == Delivery::kReset) {
      error_code ignored;
      stream_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
      return Close();
    }
    exchange->reply = std::move(reply);
    const bool head = exchange->request.method == "HEAD";
    const std::string status = std::to_string(exchange->reply.status);
    const std::string length = std::to_string(exchange->Body().size());
    std::vector<std::pair<std::string, std::string>> lower;  // HTTP/2 knows only lower case
    for (const auto& [name, value] : exchange->reply.headers) lower.emplace_back(LowerCase(name), value);
    std::vector<nghttp2_nv> fields = {Field(":status", status), Field("server", "zoetrope-sandbox"),
                                      Field("content-type", exchange->reply.content_type)};
    if (exchange->reply.delivery != Delivery::kStream) fields.push_back(Field("content-length", length));
    for (const auto& [name, value] : lower) fields.push_back(Field(name, value));
    nghttp2_data_provider provider{};
    provider.read_callback = OnRead;
    nghttp2_submit_response(session_.get(), id, fields.data(), fields.size(), head ? nullptr : &provider);
    Write();
  }

  void Read() {
    stream_.async_read_some(
        asio::buffer(in_), [self = shared_from_this()](error_code error, std::size_t size) {
          if (error || self->closed_) return self->Close();
          const auto* bytes = reinterpret_cast<const std::uint8_t*>(self->in_.data());
          self->receiving_ = true;
          const ssize_t taken = nghttp2_session_mem_recv(self->session_.get(), bytes, size);
          self->receiving_ = false;
          if (taken < 0) return self->Close();
          self->Write();
          if (!self->closed_) self->Read();
        });
  }

  // Writes what nghttp2 has ready, one buffer at a time; never from within one of its callbacks.
  void Write() {
    if (closed_ || writing_ || receiving_) return;
    out_.clear();
    while (out_.size() < kWriteBytes) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size < 0) return Close();
      if (size == 0) break;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    if (out_.empty()) {
      const bool done =
          nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0;
      if (done) Close();
      return;
    }
    writing_ = true;
    asio::async_write(stream_, asio::buffer(out_),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        self->writing_ = false;
                        if (error) return self->Close();
                        self->Write();
                      });
  }

  TlsStream stream_;
  Handler handler_;
  ServerLimits limits_;
  asio::thread_pool::executor_type worker_;
  std::function<void(const std::shared_ptr<TlsConnection>&)> over_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::map<std::int32_t, Exchange> exchanges_;
  std::array<char, 16384> in_;
  std::string out_;
  bool writing_ = false;
  bool receiving_ = false;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<TlsConnection> MakeHttp2Session(
    TlsStream stream, Handler handler, ServerLimits limits, asio::thread_pool::executor_type worker,
    std::function<void(const std::shared_ptr<TlsConnection>&)> over) {
  return std::make_shared<Session>(std::move(stream), std::move(handler), limits, worker, std::move(over));
}

}  // namespace zoetrope::sandbox
