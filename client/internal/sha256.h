#ifndef ZOETROPE_CLIENT_INTERNAL_SHA256_H_
#define ZOETROPE_CLIENT_INTERNAL_SHA256_H_

#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace zoetrope::client {

// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(std::string_view bytes);
  // 64 lower-case hexadecimal digits. Ends the computation.
  std::string Hex();

 private:
  evp_md_ctx_st* const context_;
};

}  // namespace zoetrope::client

#endif  // ZOETROPE_CLIENT_INTERNAL_SHA256_H_
