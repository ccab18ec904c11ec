#include "server/http/curl_lane.h"

#include <cstddef>

namespace zoetrope {

CurlLane::CurlLane(CurlLaneKind kind, int epoll_fd, std::uint32_t tag, const CurlClientConfig& config)
    : kind_(kind), epoll_fd_(epoll_fd), tag_(tag), multi_(curl_multi_init()) {
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &CurlLane::OnSocketChange);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  const bool is_shared = kind == CurlLaneKind::kShared;
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, is_shared ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, config.connections_kept_max);
  // No limit of libcurl's on connections: see OriginGate.
}

long CurlLane::TimeoutMillis() const {
  long millis = -1;
  curl_multi_timeout(multi_.get(), &millis);
  return millis;
}

void CurlLane::OnTimeout() {
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlLane::OnSocket(int fd, std::uint32_t events) {
  int action = 0;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0) action |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) action |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) action |= CURL_CSELECT_ERR;
  int running = 0;
  curl_multi_socket_action(multi_.get(), fd, action, &running);
}

std::optional<CurlLane::Ended> CurlLane::NextEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    void* call = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
    return Ended{static_cast<CurlCall*>(call), message->data.result};
  }
  return std::nullopt;
}

int CurlLane::OnSocketChange(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& lane = *static_cast<CurlLane*>(self);
  std::uint32_t events = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) events |= EPOLLOUT;
  lane.Want(fd, events);
  return 0;
}

CurlLane::Interest& CurlLane::Of(int fd) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= interest_.size()) interest_.resize(index + 64);
  return interest_[index];
}

void CurlLane::OnOpened(int fd) {
  Interest& interest = Of(fd);
  interest.told = 0;
  interest.is_known = true;
}

void CurlLane::OnClosing(int fd) {
  Interest& interest = Of(fd);
  // Closing takes it out of epoll, unless a fork keeps it open; so not left to closing.
  interest.wanted = 0;
  Tell(fd, interest);
  interest.is_known = false;
}

void CurlLane::Want(int fd, std::uint32_t events) {
  Interest& interest = Of(fd);
  interest.wanted = events;
  // About to be closed, perhaps: by the next wait its number may be some other thread's file.
  if (events == 0 && !interest.is_known) Tell(fd, interest);
  if (interest.is_dirty) return;
  interest.is_dirty = true;
  dirty_.push_back(fd);
}

void CurlLane::FlushInterest() {
  for (const int fd : dirty_) {
    Interest& interest = interest_[static_cast<std::size_t>(fd)];
    interest.is_dirty = false;
    Tell(fd, interest);
  }
  dirty_.clear();
}

void CurlLane::Tell(int fd, Interest& interest) {
  if (interest.told == interest.wanted) return;
  epoll_event event{};
  event.events = interest.wanted;
  event.data.u64 = std::uint64_t{tag_} << 32 | static_cast<std::uint32_t>(fd);
  const int operation = interest.wanted == 0 ? EPOLL_CTL_DEL
                        : interest.told == 0 ? EPOLL_CTL_ADD
                                             : EPOLL_CTL_MOD;
  epoll_ctl(epoll_fd_, operation, fd, &event);
  interest.told = interest.wanted;
}

}  // namespace zoetrope
