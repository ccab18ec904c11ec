#include "server/callers.h"

#include "server/auth/fetched_keys.h"
#include "server/config/auth.h"

namespace zoetrope {

Callers::Callers(const Inputs& inputs, const CallersParts& parts)
    : parts_(parts),
      authenticator_(Read(inputs)),
      admission_({&authenticator_, &usage_, parts.clock, parts.observer}) {}

void Callers::Reload(const Inputs& inputs) { authenticator_.Set(Read(inputs)); }

std::shared_ptr<const Authenticator> Callers::Read(const Inputs& inputs) {
  KeySources sources;
  for (const config::v1::TokenIssuer& issuer : inputs.config.auth().issuers()) {
    if (issuer.jwks_url().empty()) {
      sources[issuer.name()] = std::make_shared<FixedKeys>(inputs.issuer_keys.at(issuer.name()));
      continue;
    }
    std::shared_ptr<KeySource>& source = fetched_[issuer.jwks_url()];
    if (source == nullptr) {
      auto fetched = std::make_shared<FetchedKeys>(issuer.jwks_url(), parts_.http, parts_.executor,
                                                   parts_.clock, parts_.log);
      fetched->Start();
      source = std::move(fetched);
    }
    sources[issuer.name()] = source;
  }
  return AuthenticatorOf(inputs.config, sources);
}

}  // namespace zoetrope
