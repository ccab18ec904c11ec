// TLS and both versions of HTTP with a real client, which trusts the certificate that was made here and no
// other.
#include "tests/sandbox/tls_server.h"

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <thread>

#include "tests/sandbox/host_names.h"

namespace zoetrope::sandbox {
namespace {

namespace asio = boost::asio;

struct Answered {
  CURLcode code = CURLE_OK;
  long status = 0;
  long version = 0;
  std::string body;
};

class TlsServerTest : public ::testing::TestWithParam<long> {
 protected:
  TlsServerTest()
      : identity_(MakeTlsIdentity()),
        server_(
            &io_, identity_, [](const Request& request) { return Answer(request); }, Limits(), &error_) {
    server_.Listen({asio::ip::address_v4::loopback(), 0});
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TlsServerTest() override {
    asio::post(io_, [this] { server_.Stop(); });
    thread_.join();
  }

  static ServerLimits Limits() {
    ServerLimits limits;
    limits.body_bytes = 100'000;
    return limits;
  }

  static Reply Answer(const Request& request) {
    Reply reply;
    reply.body = request.method + " " + request.path + "?" + std::string(request.Query("a")) + " " +
                 std::string(request.Header("x-mine")) +
                 (request.Header("x-forwarded-proto") == "https" ? " secure " : " plain ") + request.body;
    reply.headers = {{"X-Yours", "1"}};
    const std::string& path = request.path;
    if (path == "/close") reply.delivery = Delivery::kClose;
    if (path == "/reset") reply.delivery = Delivery::kReset;
    if (path == "/truncated") reply.delivery = Delivery::kTruncated;
    if (path == "/half") reply.delivery = Delivery::kHalfHeader;
    if (path == "/drip") reply.delivery = Delivery::kDrip;
    if (path == "/slow") reply.delay_ms = 20;
    if (path == "/large") reply.blob = std::make_shared<const std::string>(300'000, 'x');
    if (path == "/worker") {
      reply.next_on_worker = true;
      reply.next = [] {
        Reply next;
        next.body = "made elsewhere";
        return next;
      };
    }
    if (path == "/stream") {
      reply.delivery = Delivery::kStream;
      reply.body = "one ";
      reply.next = [] {
        Reply next;
        next.delivery = Delivery::kStream;
        next.body = "two";
        return next;
      };
    }
    return reply;
  }

  static std::size_t Take(char* bytes, std::size_t, std::size_t size, void* to) {
    static_cast<std::string*>(to)->append(bytes, size);
    return size;
  }

  Answered Fetch(const std::string& path, const std::string& body = "", bool trusting = true) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, "X-Mine: me"), curl_slist_free_all);
    Answered answered;
    const std::string url = "https://127.0.0.1:" + std::to_string(server_.port()) + path;
    curl_blob trusted{identity_.certificate.data(), identity_.certificate.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, GetParam());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    if (trusting) curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &trusted);
    if (!body.empty()) {
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Take);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answered.body);
    answered.code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answered.status);
    curl_easy_getinfo(curl.get(), CURLINFO_HTTP_VERSION, &answered.version);
    return answered;
  }

  TlsIdentity identity_;
  std::string error_;
  asio::io_context io_{1};
  TlsServer server_;
  std::thread thread_;
};

TEST_P(TlsServerTest, AnswersInTheVersionThatIsAskedFor) {
  ASSERT_EQ(error_, "");
  const Answered get = Fetch("/a?a=b");
  EXPECT_EQ(get.code, CURLE_OK) << curl_easy_strerror(get.code);
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.version, GetParam() == CURL_HTTP_VERSION_2TLS ? CURL_HTTP_VERSION_2 : CURL_HTTP_VERSION_1_1);
  EXPECT_EQ(get.body, "GET /a?b me secure ");
  EXPECT_EQ(Fetch("/a", "hello").body, "POST /a? me secure hello");
  const std::string large(90'000, 'y');
  EXPECT_TRUE(Fetch("/a", large).body.ends_with(large));
  // Over HTTP/1.1 the server hangs up on a body that is too large, and may do so before the client has read
  // why.
  if (GetParam() == CURL_HTTP_VERSION_2TLS) {
    EXPECT_EQ(Fetch("/a", std::string(100'001, 'y')).status, 413);
  }
}

TEST_P(TlsServerTest, CarriesEveryKindOfReply) {
  EXPECT_EQ(Fetch("/drip").body, "GET /drip? me secure ");
  EXPECT_EQ(Fetch("/slow").body, "GET /slow? me secure ");
  EXPECT_EQ(Fetch("/worker").body, "made elsewhere");
  EXPECT_EQ(Fetch("/large").body, std::string(300'000, 'x'));
  const Answered stream = Fetch("/stream");
  EXPECT_EQ(stream.code, CURLE_OK) << curl_easy_strerror(stream.code);
  EXPECT_EQ(stream.body, "one two");
}

TEST_P(TlsServerTest, BreaksAsItIsTold) {
  for (const char* path : {"/close", "/reset", "/half"}) {
    const Answered broken = Fetch(path);
    EXPECT_TRUE(broken.code != CURLE_OK || broken.body.empty()) << path << broken.body;
  }
  const Answered cut = Fetch("/truncated");
  EXPECT_NE(cut.code, CURLE_OK);
  EXPECT_LT(cut.body.size(), std::string("GET /truncated? me secure ").size());
  EXPECT_EQ(Fetch("/a").status, 200) << "other connections go on";
}

TEST_P(TlsServerTest, StrangersDoNotTrustIt) {
  EXPECT_EQ(Fetch("/a", "", false).code, CURLE_PEER_FAILED_VERIFICATION);
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsServerTest,
                         ::testing::Values(long{CURL_HTTP_VERSION_1_1}, long{CURL_HTTP_VERSION_2TLS}),
                         [](const auto& version) {
                           return version.param == CURL_HTTP_VERSION_1_1 ? "Http1" : "Http2";
                         });

TEST(TlsIdentity, IsNewEachTime) {
  const TlsIdentity one = MakeTlsIdentity();
  const TlsIdentity two = MakeTlsIdentity();
  EXPECT_TRUE(one.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
  EXPECT_TRUE(one.key.starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_NE(one.key, two.key);
  asio::io_context io;
  std::string error;
  const auto handler = [](const Request&) { return Reply(); };
  { TlsServer server(&io, {one.certificate, two.key}, handler, {}, &error); }
  EXPECT_NE(error, "");
  { TlsServer server(&io, {"", ""}, handler, {}, &error); }
  EXPECT_NE(error, "");
  { TlsServer server(&io, one, handler, {}, &error); }
  EXPECT_EQ(error, "");
}

TEST(TlsIdentity, IsForTheProvidersHosts) {
  const std::string pem = MakeTlsIdentity().certificate;
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  ASSERT_NE(certificate, nullptr);
  const auto is_for = [&](std::string_view name) {
    return X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
  };
  for (const HostName& known : kHostNames) EXPECT_TRUE(is_for(known.name)) << known.name;
  EXPECT_TRUE(is_for("localhost"));
  EXPECT_FALSE(is_for("example.com"));
  X509_free(certificate);
}

}  // namespace
}  // namespace zoetrope::sandbox
