// All that the program reads before a part of it exists.
#ifndef ZOETROPE_SERVER_CONFIG_INPUTS_H_
#define ZOETROPE_SERVER_CONFIG_INPUTS_H_

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/api/quote_ids.h"
#include "server/auth/jwk.h"
#include "server/catalogue/catalogue.h"
#include "server/config/accounts.h"
#include "server/config/config_loader.h"
#include "server/config/file_stamps.h"
#include "server/engine/callback_urls.h"
#include "server/http/http_message.h"
#include "zoetrope/config/v1/config.pb.h"

namespace zoetrope {

// Where the configuration comes from: the file, else the one that ZOETROPE_CONFIG names, else the defaults;
// or the simulator at an address.
struct InputSource {
  std::string config = {};   // file; empty: not given
  std::string sandbox = {};  // URL; empty: no simulator
  Overrides overrides = {};
};

struct Inputs {
  config::v1::Config config;
  std::unique_ptr<const Catalogue> catalogue;
  std::vector<Account> accounts;
  std::optional<CallbackUrls> callbacks;                // nullopt: no provider is asked to call back
  std::shared_ptr<const QuoteIds> quotes;               // null: quotes do not bind
  std::vector<HttpHeader> trace_headers;                // of each post to the collector
  std::map<std::string, std::vector<Jwk>> issuer_keys;  // by issuer; of those that have them in a file
  std::vector<Secret> secrets;                          // all of them: what must never be shown
  std::map<std::string, Secret> fixed_secrets;          // by path; those that only a restart takes over

  void Keep(std::string path, const Secret& secret) {
    secrets.push_back(secret);
    fixed_secrets.emplace(std::move(path), secret);
  }
};

// nullopt: everything that is in the way has been written to `problems`, a line each. `files`, where given:
// becomes those that a reload looks at, each as it was before it was read; also where something is in the
// way.
std::optional<Inputs> ReadInputs(const InputSource& source, const Environment& environment,
                                 std::ostream& problems, FileStamps* files = nullptr);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_INPUTS_H_
