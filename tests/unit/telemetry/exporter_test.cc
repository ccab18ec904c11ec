#include "server/telemetry/exporter.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace zoetrope {
namespace {

using ::testing::HasSubstr;

// A descriptor; negative: it is refused.
int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return connection;
  close(connection);
  return -1;
}

std::string Get(int port, const std::string& path) {
  const int connection = Connect(port);
  std::string answer;
  if (connection >= 0) {
    // What a Prometheus waits, by its default.
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    EXPECT_EQ(send(connection, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(connection, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(got));
    }
  }
  close(connection);
  return answer;
}

TEST(ExporterTest, ShowsHowThingsStandAtEachScrape) {
  Metrics metrics;
  std::size_t live = 1;
  const auto exporter =
      Exporter::Start("127.0.0.1:0", &metrics, [&live] { return LiveView{.live_jobs = live++}; });
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  EXPECT_THAT(Get((*exporter)->port(), "/metrics"), HasSubstr("zoetrope_jobs_live 1"));
  EXPECT_THAT(Get((*exporter)->port(), "/metrics"), HasSubstr("zoetrope_jobs_live 2"));
  EXPECT_THAT(Get((*exporter)->port(), "/nothing"), HasSubstr(" 404 "));
}

// A scanner, a probe that is broken, a Prometheus that is half dead.
TEST(ExporterTest, WhoeverConnectsAndSaysNothingDoesNotKeepOthersFromReading) {
  Metrics metrics;
  const auto exporter = Exporter::Start("127.0.0.1:0", &metrics, [] { return LiveView(); });
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  std::vector<int> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(Connect((*exporter)->port()));
    if (i % 2 == 1) {
      EXPECT_GT(send(silent.back(), "GET /metrics HTTP/1.1\r\n", 23, MSG_NOSIGNAL), 0);
    }
  }
  EXPECT_THAT(Get((*exporter)->port(), "/metrics"), HasSubstr("zoetrope_jobs_live"));
  for (const int connection : silent) close(connection);
}

TEST(ExporterTest, AnAddressThatIsTakenIsAnError) {
  Metrics metrics;
  const auto view = [] { return LiveView(); };
  const auto first = Exporter::Start("127.0.0.1:0", &metrics, view);
  ASSERT_TRUE(first.ok());
  const auto second = Exporter::Start("127.0.0.1:" + std::to_string((*first)->port()), &metrics, view);
  EXPECT_TRUE(absl::IsUnavailable(second.status()));
}

}  // namespace
}  // namespace zoetrope
