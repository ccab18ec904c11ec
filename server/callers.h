// Who may call, as the listeners ask for it and as a reload changes it.
#ifndef ZOETROPE_SERVER_CALLERS_H_
#define ZOETROPE_SERVER_CALLERS_H_

#include <map>
#include <memory>
#include <string>

#include "server/api/admission.h"
#include "server/auth/authenticator.h"
#include "server/auth/principal_usage.h"
#include "server/base/clock.h"
#include "server/base/current.h"
#include "server/base/executor.h"
#include "server/base/log.h"
#include "server/config/inputs.h"
#include "server/http/http_client.h"

namespace zoetrope {

// All of it outlives the Callers and what was asked of them.
struct CallersParts {
  HttpClient* http = nullptr;
  Executor* executor = nullptr;  // for fetching keys again after a while
  Clock* clock = nullptr;
  RpcObserver* observer = nullptr;
  Log* log = nullptr;
};

class Callers {
 public:
  // Begins to fetch the keys of the issuers that have them at a URL.
  Callers(const Inputs& inputs, const CallersParts& parts);

  const Admission* admission() const { return &admission_; }

  // Calls that begin from now on go by `inputs`, whose issuers have their keys where they had them.
  void Reload(const Inputs& inputs);

 private:
  std::shared_ptr<const Authenticator> Read(const Inputs& inputs);

  const CallersParts parts_;
  std::map<std::string, std::shared_ptr<KeySource>> fetched_;  // by URL
  Current<Authenticator> authenticator_;
  PrincipalUsage usage_;
  const Admission admission_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CALLERS_H_
