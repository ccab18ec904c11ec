// The parts that requests of all dialects are made of.
#ifndef ZOETROPE_SERVER_PROVIDERS_REQUEST_H_
#define ZOETROPE_SERVER_PROVIDERS_REQUEST_H_

#include <string>
#include <string_view>
#include <utility>

#include "server/base/secret.h"
#include "server/http/http_message.h"

namespace zoetrope {

// `authorization: <scheme> <secret>`, marked as secret. The only place of this folder that reveals one.
inline HttpHeader Authorization(std::string_view scheme, const Secret& secret) {
  std::string value(scheme);
  value += ' ';
  value += secret.Reveal();
  return {"authorization", std::move(value), /*secret=*/true};
}

inline HttpRequest MakeRequest(HttpMethod method, Repeat repeat, std::string url, HttpHeader authorization) {
  HttpRequest request{method, repeat, std::move(url), {}, {}};
  request.headers = {std::move(authorization), {"accept", "application/json"}};
  return request;
}

inline HttpRequest MakeJsonPost(Repeat repeat, std::string url, HttpHeader authorization, std::string body) {
  HttpRequest request = MakeRequest(HttpMethod::kPost, repeat, std::move(url), std::move(authorization));
  request.headers.push_back({"content-type", "application/json"});
  request.body = std::move(body);
  return request;
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_REQUEST_H_
