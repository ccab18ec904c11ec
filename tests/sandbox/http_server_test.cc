// The transport over real sockets, and the program itself.
#include "tests/sandbox/http_server.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A server on a free port whose handler replies as the path says.
class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest()
      : server_(
            &io_, [](const Request& request) { return Answer(request); }, Limits()) {
    server_.Listen({asio::ip::address_v4::loopback(), 0});
    thread_ = std::thread([this] { io_.run(); });
  }
  ~HttpServerTest() override {
    asio::post(io_, [this] { server_.Stop(); });
    thread_.join();
  }

  static ServerLimits Limits() {
    ServerLimits limits;
    limits.body_bytes = 1000;
    limits.header_bytes = 2000;
    return limits;
  }

  static Reply Answer(const Request& request) {
    Reply reply;
    reply.body = request.method + " " + request.path + " " + request.body;
    const std::string& path = request.path;
    if (path == "/close") reply.delivery = Delivery::kClose;
    if (path == "/reset") reply.delivery = Delivery::kReset;
    if (path == "/truncated") reply.delivery = Delivery::kTruncated;
    if (path == "/half") reply.delivery = Delivery::kHalfHeader;
    if (path == "/drip") reply.delivery = Delivery::kDrip;
    if (path == "/slow") reply.delay_ms = 50;
    if (path == "/bug") throw std::runtime_error("oh");
    if (path == "/worker" || path == "/later") {
      reply.next_on_worker = path == "/worker";
      reply.next = [] {
        Reply next;
        next.blob = std::make_shared<const std::string>("made elsewhere");
        return next;
      };
    }
    if (path == "/stream") {
      reply.delivery = Delivery::kStream;
      reply.body = "one ";
      reply.next = [] {
        Reply next;
        next.body = "two";
        return next;
      };
    }
    return reply;
  }

  tcp::socket Connect() {
    tcp::socket socket(client_);
    socket.connect({asio::ip::address_v4::loopback(), server_.port()});
    return socket;
  }

  // Everything the server sends until it closes, and how it closed.
  std::string Talk(const std::string& text, boost::system::error_code* error = nullptr) {
    tcp::socket socket = Connect();
    asio::write(socket, asio::buffer(text));
    std::string received;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(received), end);
    if (error != nullptr) *error = end;
    return received;
  }

  static std::string Get(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  }

  asio::io_context io_{1};
  asio::io_context client_;
  HttpServer server_;
  std::thread thread_;
};

TEST_F(HttpServerTest, KeepsTheConnectionAndAnswersPipelinedRequests) {
  const std::string twice = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + Get("/b");
  const std::string received = Talk(twice);
  EXPECT_NE(received.find("POST /a hi"), std::string::npos);
  EXPECT_NE(received.find("GET /b "), std::string::npos);
  EXPECT_NE(received.find("Content-Length: 10\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, Misbehaves) {
  boost::system::error_code error;
  EXPECT_EQ(Talk(Get("/close"), &error), "");
  EXPECT_EQ(error, asio::error::eof);
  EXPECT_EQ(Talk(Get("/reset"), &error), "");
  EXPECT_EQ(error, asio::error::connection_reset);
  const std::string truncated = Talk(Get("/truncated"));
  EXPECT_NE(truncated.find("Content-Length: 15\r\n"), std::string::npos);
  EXPECT_EQ(truncated.substr(truncated.find("\r\n\r\n") + 4).size(), 7u);
  const std::string half = Talk(Get("/half"));
  EXPECT_TRUE(half.starts_with("HTTP/1.1 200 OK"));
  EXPECT_EQ(half.find("\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(Talk(Get("/drip")).ends_with("GET /drip "));
}

TEST_F(HttpServerTest, WaitsAndWorks) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(Talk(Get("/slow")).ends_with("GET /slow "));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
  EXPECT_TRUE(Talk(Get("/worker")).ends_with("made elsewhere"));
  EXPECT_TRUE(Talk(Get("/later")).ends_with("made elsewhere"));
  const std::string stream = Talk(Get("/stream"));
  EXPECT_TRUE(stream.ends_with("\r\n\r\none two"));
  EXPECT_EQ(stream.find("Content-Length"), std::string::npos);
}

TEST_F(HttpServerTest, SurvivesItsHandler) {
  EXPECT_TRUE(Talk(Get("/bug")).starts_with("HTTP/1.1 500"));
  EXPECT_TRUE(Talk(Get("/ok")).starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  const std::string received = Talk("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(received.find("Content-Length: 8\r\n"), std::string::npos);
  EXPECT_TRUE(received.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, AnswersExpectContinue) {
  tcp::socket socket = Connect();
  asio::write(socket, asio::buffer(std::string("POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                               "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
  std::string interim(25, '\0');
  asio::read(socket, asio::buffer(interim));
  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer(std::string("hi")));
  std::string rest;
  boost::system::error_code ignored;
  asio::read(socket, asio::dynamic_buffer(rest), ignored);
  EXPECT_TRUE(rest.ends_with("POST /a hi"));
}

TEST_F(HttpServerTest, BoundsWhatItReads) {
  const auto post = [](std::size_t size) {
    return "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n";
  };
  EXPECT_TRUE(Talk(post(1001)).starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(Talk("GET /a HTTP/1.1\r\nHost: x\r\nX: " + std::string(3000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(Talk("this is not HTTP\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, ClientsThatGoAwayDoNoHarm) {
  for (const char* path : {"/slow", "/worker", "/drip", "/stream"}) {
    tcp::socket socket = Connect();
    asio::write(socket, asio::buffer(Get(path)));
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
  }
  EXPECT_TRUE(Talk(Get("/ok")).ends_with("GET /ok "));
}

// Runs the program; returns its pid.
pid_t Launch(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {std::string(ZOETROPE_BIN_DIR) + "/zoetrope-sandbox"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

int WaitFor(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Program, ServesUntilItIsTold) {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("zoetrope-sandbox-test-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const std::string port_file = directory / "port";
  const pid_t pid = Launch({"--no-render", "--port-file", port_file});
  for (int i = 0; i < 1000 && !std::filesystem::exists(port_file); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::uint16_t port = 0;
  std::ifstream(port_file) >> port;
  ASSERT_NE(port, 0);
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(
      socket,
      asio::buffer(std::string("GET /_sandbox/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")));
  std::string received;
  boost::system::error_code ignored;
  asio::read(socket, asio::dynamic_buffer(received), ignored);
  EXPECT_TRUE(received.starts_with("HTTP/1.1 200 OK")) << received;
  kill(pid, SIGTERM);
  EXPECT_EQ(WaitFor(pid), 0);
  std::filesystem::remove_all(directory);
}

TEST(Program, RefusesAddressesThatOthersCanReach) {
  EXPECT_NE(WaitFor(Launch({"--listen", "0.0.0.0:0"})), 0);
  EXPECT_NE(WaitFor(Launch({"--listen", "10.0.0.1:80"})), 0);
  EXPECT_NE(WaitFor(Launch({"--faults", "/nonexistent.json"})), 0);
}

}  // namespace
}  // namespace zoetrope::sandbox
