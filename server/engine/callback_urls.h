// The URLs that providers are asked to call back to.
#ifndef ZOETROPE_SERVER_ENGINE_CALLBACK_URLS_H_
#define ZOETROPE_SERVER_ENGINE_CALLBACK_URLS_H_

#include <optional>
#include <string>
#include <string_view>

#include "server/base/secret.h"
#include "server/store/store_values.h"

namespace zoetrope {

// One URL for each attempt, the same after a restart, that nobody can make up who has not got the key. A
// provider that knows it can say under which id it has the attempt; there is nothing else to be done with it.
// Thread-safe.
class CallbackUrls {
 public:
  // `base`: where the receiver is reached from outside, without a slash at its end.
  CallbackUrls(std::string base, Secret key);

  // Its last part is the attempt's id, by which a person finds it in a provider's console. A secret of ours
  // and the provider's.
  std::string For(const AttemptName& attempt) const;

  // What a request's path stands for, which may have anything in front; nullopt: it is none of these.
  std::optional<AttemptName> Read(std::string_view path) const;

 private:
  std::string SealOf(const AttemptName& attempt) const;

  const std::string base_;
  const Secret key_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_CALLBACK_URLS_H_
