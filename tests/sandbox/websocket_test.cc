// A client's WebSocket over a real connection; and Runware's dialect through it.
#include "tests/sandbox/websocket.h"

#include <boost/asio/connect.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <thread>

#include "tests/sandbox/http_server.h"
#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class WebSocketTest : public WorldTest {
 protected:
  WebSocketTest()
      : server_(&io_, [this](const Request& request) { return HandleRequest(&world_, request); }) {
    server_.Listen({asio::ip::address_v4::loopback(), 0});
    thread_ = std::thread([this] { io_.run(); });
  }
  ~WebSocketTest() override {
    asio::post(io_, [this] { server_.Stop(); });
    thread_.join();
  }

  struct Client {
    explicit Client(std::uint16_t port) : stream(io) {
      stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
    }
    boost::system::error_code Open(const std::string& path) {
      boost::system::error_code error;
      stream.handshake("127.0.0.1", path, error);
      return error;
    }
    void Say(const Json& tasks) { stream.write(asio::buffer(tasks.dump())); }
    // The next message; discarded if the connection ended.
    Json Hear() {
      boost::beast::flat_buffer buffer;
      boost::system::error_code error;
      stream.read(buffer, error);
      if (error) return Json(Json::value_t::discarded);
      return Json::parse(boost::beast::buffers_to_string(buffer.data()), nullptr, false);
    }
    Json Ask(const Json& task) {
      Say(Json::array({task}));
      return Hear();
    }

    asio::io_context io;
    boost::beast::websocket::stream<tcp::socket> stream;
  };

  static Json Task(const std::string& prompt) {
    return {{"taskType", "videoInference"},
            {"taskUUID", DerivedUuid(prompt, 1)},
            {"model", "openai:3@1"},
            {"positivePrompt", prompt},
            {"width", 1280},
            {"height", 720}};
  }

  asio::io_context io_{1};
  HttpServer server_;
  std::thread thread_;
};

TEST_F(WebSocketTest, SpeaksRunware) {
  Client client(server_.port());
  ASSERT_FALSE(client.Open("/runware/v1"));
  const Json refused = client.Ask(Task("too early"));
  EXPECT_EQ(refused["errors"][0]["code"], "missingApiKey");
  EXPECT_EQ(client.Ask({{"taskType", "authentication"}, {"apiKey", "bad-key"}})["errors"][0]["taskType"],
            "authentication");
  const Json session = client.Ask({{"taskType", "authentication"}, {"apiKey", "k"}})["data"][0];
  EXPECT_TRUE(session["connectionSessionUUID"].is_string());
  EXPECT_EQ(client.Ask({{"taskType", "ping"}, {"ping", true}})["data"][0]["pong"], true);
  const Json accepted = client.Ask(Task("a boat"))["data"][0];
  EXPECT_EQ(accepted["taskUUID"], DerivedUuid("a boat", 1));
  EXPECT_EQ(
      client.Ask({{"taskType", "getResponse"}, {"taskUUID", accepted["taskUUID"]}})["data"][0]["status"],
      "processing");
  EXPECT_EQ(client.Ask(Task("a boat"))["errors"][0]["code"], "conflictTaskUUID");
  client.Say("no array");
  EXPECT_EQ(client.Hear()["errors"][0]["code"], "invalidRequest");
}

TEST_F(WebSocketTest, FaultsBreakTheConnection) {
  for (const char* fault : {"lost-reply", "lost-request", "reset", "truncated"}) {
    Client client(server_.port());
    ASSERT_FALSE(client.Open("/runware/v1"));
    client.Ask({{"taskType", "authentication"}, {"apiKey", "k"}});
    const std::string prompt = std::string("p [[fault:") + fault + "]]";
    EXPECT_TRUE(client.Ask(Task(prompt)).is_discarded()) << fault;
  }
  Client client(server_.port());
  ASSERT_FALSE(client.Open("/runware/v1"));
  client.Ask({{"taskType", "authentication"}, {"apiKey", "k"}});
  EXPECT_EQ(client.Ask(Task("p [[fault:hang:20]]"))["data"][0]["taskType"], "videoInference");
}

TEST_F(WebSocketTest, OnlyWhereTheDialectHasOne) {
  Client other(server_.port());
  EXPECT_TRUE(other.Open("/fal/queue"));
  Client gone(server_.port());
  ASSERT_FALSE(gone.Open("/runware/v1"));
  gone.stream.next_layer().close();
  Client next(server_.port());
  ASSERT_FALSE(next.Open("/runware/v1"));
  EXPECT_EQ(next.Ask({{"taskType", "authentication"}, {"apiKey", "k"}})["data"].size(), 1u);
}

}  // namespace
}  // namespace zoetrope::sandbox
