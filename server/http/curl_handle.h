// libcurl's C objects as C++ values: owned, and with options that are checked.
#ifndef ZOETROPE_SERVER_HTTP_CURL_HANDLE_H_
#define ZOETROPE_SERVER_HTTP_CURL_HANDLE_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope {

// CURL and CURLM are both `void` to the compiler, so each has a deleter type of its own.
struct CurlEasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CurlMultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;
using CurlMulti = std::unique_ptr<CURLM, CurlMultiDeleter>;

// Prepares libcurl once per process; later calls do nothing, any thread may make them. There is no
// counterpart: what it allocates stays until the process ends.
void InitCurlOnce();

// Sets options on a handle and remembers the first that was refused, so that a list of settings is checked in
// one place. The overloads exist because curl_easy_setopt is variadic: an int where a long belongs is read as
// garbage.
class CurlOptions {
 public:
  explicit CurlOptions(CURL* easy) : easy_(easy) {}

  CurlOptions& Set(CURLoption option, long value) { return Note(curl_easy_setopt(easy_, option, value)); }
  CurlOptions& Set(CURLoption option, const char* text) {
    return Note(curl_easy_setopt(easy_, option, text));
  }
  CurlOptions& Set(CURLoption option, const std::string& text) { return Set(option, text.c_str()); }
  // Callbacks, and pointers that are handed to them.
  template <typename T>
  CurlOptions& SetPointer(CURLoption option, T* pointer) {
    return Note(curl_easy_setopt(easy_, option, pointer));
  }

  CURLcode result() const { return result_; }

 private:
  CurlOptions& Note(CURLcode code) {
    if (result_ == CURLE_OK) result_ = code;
    return *this;
  }

  CURL* easy_;
  CURLcode result_ = CURLE_OK;
};

// The header list of a request. Builds libcurl's list out of storage that is kept from request to request,
// because its own allocates two blocks per header.
class CurlHeaderList {
 public:
  // Forgets all headers.
  void Clear();
  // False, and nothing added, when the header could end early or start another one on the wire.
  bool Add(std::string_view name, std::string_view value);
  // Takes back a header that libcurl would add by itself.
  void Suppress(std::string_view name);
  // Valid until the next change.
  curl_slist* Get();

 private:
  std::string& NextLine();

  std::vector<std::string> lines_;
  std::vector<curl_slist> nodes_;
  std::size_t count_ = 0;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_HTTP_CURL_HANDLE_H_
