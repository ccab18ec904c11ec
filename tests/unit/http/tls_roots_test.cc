#include "server/http/tls_roots.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/loopback_tls.h"

namespace zoetrope {
namespace {

TEST(TlsRootsTest, LoadsAndAdds) {
  testing::LoopbackTls tls;
  const auto roots = TlsRoots::Load(tls.ca_file());
  ASSERT_TRUE(roots.ok()) << roots.status();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  EXPECT_TRUE(roots->AddTo(context.get()));
  EXPECT_TRUE(roots->AddTo(context.get())) << "libcurl shares its store: a certificate comes again";
}

TEST(TlsRootsTest, NamesTheFileThatIsUnusable) {
  EXPECT_TRUE(TlsRoots().empty());
  for (const char* path : {"/no/such/file", "/dev/null"}) {
    const auto roots = TlsRoots::Load(path);
    ASSERT_FALSE(roots.ok());
    EXPECT_NE(roots.status().message().find(path), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace zoetrope
