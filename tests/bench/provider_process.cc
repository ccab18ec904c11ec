#include "tests/bench/provider_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <unordered_map>

#include "absl/strings/str_cat.h"

namespace zoetrope::testing {
namespace {

// The answer to `GET …/ID HTTP/1.1`.
std::string AnswerTo(std::string_view head) {
  const std::string_view line = head.substr(0, head.find(" HTTP/1.1"));
  const std::string_view id = line.substr(line.rfind('/') + 1);
  const std::string body = absl::StrCat(R"({"delayTime":812,"id":")", std::string(id),
                                        R"(","status":"IN_PROGRESS","workerId":"k3v8z1x9q2m4n7"})");
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

class Provider {
 public:
  explicit Provider(int listener) : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    Watch(listener);
  }

  [[noreturn]] void Run() {
    std::array<epoll_event, 128> events;
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          Accept();
        } else {
          Serve(fd);
        }
      }
    }
  }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void Accept() {
    const int one = 1;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    Watch(fd);
  }

  void Serve(int fd) {
    const ssize_t size = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (size <= 0) {
      close(fd);
      begun_.erase(fd);
      return;
    }
    std::string& text = begun_[fd];
    text.append(buffer_.data(), static_cast<std::size_t>(size));
    for (std::size_t end = text.find("\r\n\r\n"); end != std::string::npos; end = text.find("\r\n\r\n")) {
      const std::string answer = AnswerTo(std::string_view(text).substr(0, end));
      send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      text.erase(0, end + 4);
    }
  }

  const int listener_;
  const int epoll_;
  std::array<char, 16'384> buffer_;
  std::unordered_map<int, std::string> begun_;
};

}  // namespace

ProviderProcess::ProviderProcess() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1024) != 0)
    std::abort();
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  child_ = fork();
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    Provider(listener).Run();
  }
  close(listener);
}

ProviderProcess::~ProviderProcess() {
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

std::string ProviderProcess::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

absl::Duration ProviderProcess::CpuTime() const {
  std::ifstream file(absl::StrCat("/proc/", child_, "/stat"));
  std::string text;
  std::getline(file, text, ')');  // the name, which may hold blanks
  for (int field = 3; field < 14; ++field) file >> text;
  std::int64_t user = 0;
  std::int64_t kernel = 0;
  file >> user >> kernel;
  return absl::Seconds(1) * (user + kernel) / sysconf(_SC_CLK_TCK);
}

}  // namespace zoetrope::testing
