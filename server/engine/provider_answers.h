// What a provider's answers mean where they give a job its id. An answer that has the account's own key for
// an id says nothing that can be used: the id goes into URLs, into the store and to whoever owns the job.
#ifndef ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_
#define ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_

#include <optional>
#include <string_view>

#include "server/engine/account.h"
#include "server/http/http_message.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// As the adapter's functions of these names, but for such ids.
SubmitOutcome ReadSubmit(const Account& account, const SubmitInput& input, const HttpResponse& response);
LookupOutcome ReadLookup(const Account& account, const LookupInput& input, const HttpResponse& response);
std::optional<ProviderJob> ReadCallback(const Account& account, std::string_view body);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_
