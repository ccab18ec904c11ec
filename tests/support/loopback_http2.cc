#include "tests/support/loopback_http2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope::testing {
namespace {

struct Stream {
  Http2Request request;
  std::string body;
  std::size_t sent = 0;
};

// One connection.
class Connection {
 public:
  Connection(LoopbackPeer* peer, const std::function<Http2Answer(const Http2Request&)>* handler,
             Http2Count* count)
      : peer_(peer), handler_(handler), count_(count) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, 1);
  }
  ~Connection() { nghttp2_session_del(session_); }
  Connection(const Connection&) = delete;

  void Run() {
    Flush();
    for (std::string bytes = peer_->ReadSome(); !bytes.empty(); bytes = peer_->ReadSome()) {
      if (nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size()) < 0)
        return;
      Flush();
    }
  }

 private:
  void Flush() {
    const std::uint8_t* bytes = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &bytes)) > 0;) {
      peer_->Write({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    }
  }

  void Respond(std::int32_t id) {
    Stream& stream = streams_[id];
    const Http2Answer answer = (*handler_)(stream.request);
    if (answer.refuse) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
      return;
    }
    stream.body = answer.body;
    char name[] = ":status";
    char value[] = "200";
    const nghttp2_nv headers[] = {
        {reinterpret_cast<std::uint8_t*>(name), reinterpret_cast<std::uint8_t*>(value), 7, 3, 0}};
    nghttp2_data_provider provider{};
    provider.source.ptr = &stream;
    provider.read_callback = ReadBody;
    nghttp2_submit_response(session_, id, headers, 1, &provider);
  }

  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const std::size_t count = std::min(size, stream.body.size() - stream.sent);
    std::memcpy(out, stream.body.data() + stream.sent, count);
    stream.sent += count;
    if (stream.sent == stream.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                      void* self) {
    Http2Request& request = static_cast<Connection*>(self)->streams_[frame->hd.stream_id].request;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":method") request.method = text;
    if (key == ":path") request.path = text;
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    const bool is_request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!is_request || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    static_cast<Connection*>(self)->OnRequest(frame->hd.stream_id);
    return 0;
  }

  void OnRequest(std::int32_t id) {
    ++count_->requests;
    if (streams_[id].request.method == "POST") ++count_->posts;
    held_.push_back(id);
    const int open = static_cast<int>(streams_.size());
    int most = count_->streams_at_once;
    while (most < open && !count_->streams_at_once.compare_exchange_weak(most, open)) {
    }
    if (static_cast<int>(held_.size()) < count_->gather) return;
    for (const std::int32_t held : std::exchange(held_, {})) Respond(held);
  }

  static int OnClose(nghttp2_session*, std::int32_t id, std::uint32_t, void* self) {
    static_cast<Connection*>(self)->streams_.erase(id);
    return 0;
  }

  LoopbackPeer* const peer_;
  const std::function<Http2Answer(const Http2Request&)>* const handler_;
  Http2Count* const count_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Stream> streams_;
  std::vector<std::int32_t> held_;
};

}  // namespace

LoopbackHttpServer::Script ServeHttp2(std::function<Http2Answer(const Http2Request&)> handler,
                                      Http2Count* count) {
  return
      [handler = std::move(handler), count](LoopbackPeer& peer) { Connection(&peer, &handler, count).Run(); };
}

}  // namespace zoetrope::testing
