// How fast one thread sends keep-alive requests: this client against a bare multi handle with the same
// requests, in one run. Prints the ratio; only a collapse fails, because the machine is shared.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/base/real_clock.h"
#include "tests/integration/http_test_util.h"

namespace zoetrope {
namespace {

constexpr int kRequests = 60'000;
constexpr int kConnections = 64;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"status\":\"running\"}";

// One thread, epoll, no parsing beyond the blank line: never the bottleneck.
class FastServer {
 public:
  FastServer() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    listen(listener_, 1024);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Watch(listener_);
    thread_ = std::thread([this] { Run(); });
  }
  ~FastServer() {
    stopping_ = true;
    thread_.join();
    for (const int fd : accepted_) close(fd);
    close(listener_);
    close(epoll_);
  }
  // Of its thread, so far.
  absl::Duration CpuTime() {
    clockid_t id{};
    pthread_getcpuclockid(thread_.native_handle(), &id);
    return CpuTimeOf(id);
  }
  static absl::Duration CpuTimeOf(clockid_t id) {
    timespec spent{};
    clock_gettime(id, &spent);
    return absl::DurationFromTimespec(spent);
  }
  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/jobs/0b5c"; }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void Run() {
    std::array<epoll_event, 128> events;
    std::array<char, 8192> buffer;
    while (!stopping_) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          const int one = 1;
          const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
          if (accepted < 0) continue;
          setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
          accepted_.push_back(accepted);
          Watch(accepted);
        } else if (recv(fd, buffer.data(), buffer.size(), 0) > 0) {
          send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);  // a request of these fits one segment
        } else {
          epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
        }
      }
    }
  }

  int listener_ = -1;
  int epoll_ = -1;
  int port_ = 0;
  std::vector<int> accepted_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

std::size_t Append(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

double BarePerSecond(RealClock& clock, const std::string& url) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = curl_multi_init();
  std::vector<CURL*> handles;
  std::vector<std::string> bodies(kConnections);
  curl_slist* headers = curl_slist_append(nullptr, "Authorization: Bearer 0123456789abcdef");
  for (int i = 0; i < kConnections; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bodies[static_cast<std::size_t>(i)]);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &bodies[static_cast<std::size_t>(i)]);
    curl_multi_add_handle(multi, easy);
    handles.push_back(easy);
  }
  const absl::Duration start = clock.Monotonic();
  int ended = 0;
  for (int running = 1, left = 0; ended < kRequests;) {
    curl_multi_perform(multi, &running);
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      CURL* easy = message->easy_handle;
      void* body = nullptr;
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &body);
      static_cast<std::string*>(body)->clear();
      ++ended;
      curl_multi_remove_handle(multi, easy);
      curl_multi_add_handle(multi, easy);
    }
    curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
  const double seconds = absl::ToDoubleSeconds(clock.Monotonic() - start);
  for (CURL* easy : handles) {
    curl_multi_remove_handle(multi, easy);
    curl_easy_cleanup(easy);
  }
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  return ended / seconds;
}

double OursPerSecond(RealClock& clock, const std::string& url) {
  auto client = *CurlClient::Create(&clock, {});
  std::atomic<int> started{0};
  std::atomic<int> ended{0};
  std::atomic<bool> is_over{false};
  std::function<void()> start_one = [&] {
    HttpRequest request = Get(url);
    request.headers = {{"Authorization", "Bearer 0123456789abcdef", true}};
    client->Start(std::move(request), Within(absl::Seconds(30)), [&](HttpResult result) {
      EXPECT_TRUE(std::holds_alternative<HttpResponse>(result));
      if (++ended == kRequests) is_over = true, is_over.notify_one();
      if (started++ < kRequests) start_one();
    });
  };
  const absl::Duration start = clock.Monotonic();
  started = kConnections;
  for (int i = 0; i < kConnections; ++i) start_one();
  is_over.wait(false);
  return kRequests / absl::ToDoubleSeconds(clock.Monotonic() - start);
}

// Requests per second of processor time of everything but the server: other load on the machine disturbs it
// less than the wall's.
template <typename F>
double PerCpuSecond(FastServer& server, F run) {
  const auto spent = [&] { return FastServer::CpuTimeOf(CLOCK_PROCESS_CPUTIME_ID) - server.CpuTime(); };
  const absl::Duration before = spent();
  run();
  return kRequests / absl::ToDoubleSeconds(spent() - before);
}

TEST(HttpThroughputTest, AgainstABareMulti) {
  RealClock clock;
  FastServer server;
  for (int round = 0; round < 3; ++round) {
    double bare = 0;
    double ours = 0;
    const double bare_cpu = PerCpuSecond(server, [&] { bare = BarePerSecond(clock, server.Url()); });
    const double ours_cpu = PerCpuSecond(server, [&] { ours = OursPerSecond(clock, server.Url()); });
    std::cout << "bare curl_multi " << static_cast<int>(bare) << "/s, client " << static_cast<int>(ours)
              << "/s, ratio " << ours / bare << "; per second of processor time "
              << static_cast<int>(bare_cpu) << ", " << static_cast<int>(ours_cpu) << ", ratio "
              << ours_cpu / bare_cpu << std::endl;
    EXPECT_GT(ours_cpu / bare_cpu, 0.2);
  }
}

}  // namespace
}  // namespace zoetrope
