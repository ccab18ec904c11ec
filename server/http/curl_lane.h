// One multi handle, driven by somebody else's epoll.
#ifndef ZOETROPE_SERVER_HTTP_CURL_LANE_H_
#define ZOETROPE_SERVER_HTTP_CURL_LANE_H_

#include <curl/curl.h>
#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "server/http/curl_client.h"
#include "server/http/curl_handle.h"

namespace zoetrope {

class CurlCall;

// How a call is connected.
enum class CurlLaneKind {
  kShared,   // connections are kept, reused and, over HTTP/2, used by many calls at once: harmless requests
  kPrivate,  // HTTP/1.1 on a fresh connection that nobody uses again: billable requests, for which any
             // sharing means that libcurl may send twice; and downloads, because a paused HTTP/2 stream
             // stalls all others of its connection
};

// epoll and curl_multi_socket_action instead of curl_multi_poll: that one walks over all calls whenever one
// socket moves, and waits for one multi handle only. Not thread-safe.
class CurlLane {
 public:
  // Sockets are added to `epoll_fd` with `tag` in the upper half of their data and the descriptor in the
  // lower one.
  CurlLane(CurlLaneKind kind, int epoll_fd, std::uint32_t tag, const CurlClientConfig& config);
  CurlLane(const CurlLane&) = delete;

  CurlLaneKind kind() const { return kind_; }

  bool Add(CURL* easy) { return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK; }
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_.get(), easy); }

  // Until OnTimeout must be called; -1: no need.
  long TimeoutMillis() const;
  void OnTimeout();
  void OnSocket(int fd, std::uint32_t events);

  // A call that libcurl has ended, to be removed; nullopt: no more.
  struct Ended {
    CurlCall* call;
    CURLcode code;
  };
  std::optional<Ended> NextEnded();

  // Tells epoll what libcurl wants by now. Before every wait.
  void FlushInterest();

  // A connection's socket comes into being, or is about to be closed.
  void OnOpened(int fd);
  void OnClosing(int fd);

 private:
  static int OnSocketChange(CURL* easy, curl_socket_t fd, int what, void* self, void* socket_data);

  // What epoll was told of a descriptor, and what libcurl wants. The two differ between waits: a kept
  // connection is given back and taken again from one call to the next, and most of the time ends up where it
  // was, without a system call.
  struct Interest {
    std::uint32_t told = 0;
    std::uint32_t wanted = 0;
    bool is_dirty = false;
    // A connection's, of whose end we hear in time. Others (the resolver's) must be taken out as soon as they
    // are not wanted.
    bool is_known = false;
  };
  Interest& Of(int fd);
  void Want(int fd, std::uint32_t events);
  void Tell(int fd, Interest& interest);

  const CurlLaneKind kind_;
  const int epoll_fd_;
  const std::uint32_t tag_;
  std::vector<Interest> interest_;  // by descriptor
  std::vector<int> dirty_;
  CurlMulti multi_;  // last: its end closes connections, which the members above are told of
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_LANE_H_
