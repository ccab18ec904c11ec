#include "tests/bench/curl_floor.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace zoetrope::testing {
namespace {

class Floor {
 public:
  Floor() : epoll_(epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1024L);
    headers_ = curl_slist_append(headers_, "Authorization: Bearer rpa_0123456789ABCDEF0123456789ABCDEF");
    headers_ = curl_slist_append(headers_, "Accept: application/json");
  }
  ~Floor() {
    for (CURL* easy : handles_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
    }
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
    close(epoll_);
  }
  Floor(const Floor&) = delete;

  void Add(const std::string& url, std::string* body) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "zoetrope/bench");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30'000L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, body);
    curl_multi_add_handle(multi_, easy);
    handles_.push_back(easy);
  }

  void Step() {
    std::array<epoll_event, 128> events;
    const int wait = static_cast<int>(std::clamp(timeout_, 0L, 100L));
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ < 0 ? 100 : wait);
    int running = 0;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int in = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? CURL_CSELECT_IN : 0;
      const int out = (event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0;
      curl_multi_socket_action(multi_, event.data.fd, in | out, &running);
    }
    if (count == 0 || timeout_ == 0) curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    Reap();
  }

  std::int64_t answers() const { return answers_; }

 private:
  void Reap() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      CURL* easy = message->easy_handle;
      long status = 0;
      std::string* body = nullptr;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &body);
      if (message->data.result == CURLE_OK && status == 200 && !body->empty()) ++answers_;
      body->clear();
      curl_multi_remove_handle(multi_, easy);
      curl_multi_add_handle(multi_, easy);
    }
  }

  static int OnSocket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto* floor = static_cast<Floor*>(self);
    if (what == CURL_POLL_REMOVE) return epoll_ctl(floor->epoll_, EPOLL_CTL_DEL, fd, nullptr), 0;
    epoll_event event{};
    event.events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
    event.data.fd = fd;
    epoll_ctl(floor->epoll_, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    curl_multi_assign(floor->multi_, fd, floor);
    return 0;
  }
  static int OnTimer(CURLM*, long millis, void* self) {
    static_cast<Floor*>(self)->timeout_ = millis;
    return 0;
  }
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
  }

  const int epoll_;
  CURLM* const multi_;
  curl_slist* headers_ = nullptr;
  std::vector<CURL*> handles_;
  long timeout_ = -1;
  std::int64_t answers_ = 0;
};

}  // namespace

std::int64_t GetWithCurl(const std::vector<std::string>& urls, absl::Duration time, Clock& clock) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::vector<std::string> bodies(urls.size());
  Floor floor;
  for (std::size_t i = 0; i < urls.size(); ++i) floor.Add(urls[i], &bodies[i]);
  const absl::Duration end = clock.Monotonic() + time;
  while (clock.Monotonic() < end) floor.Step();
  return floor.answers();
}

}  // namespace zoetrope::testing
