// A provider's answers where they hold the account's own key. What they say goes on into URLs, into the store
// and to whoever owns the job: the key must not.
#ifndef ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_
#define ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/engine/account.h"
#include "server/http/http_message.h"
#include "server/providers/adapter.h"

namespace zoetrope {

// As the adapter's functions of these names, with two differences. Where the key stands in what later calls
// are built of, an id of a job or what a preparation has made, nothing was said that can be used. In the
// other texts `removed` stands in its place: a video that was made stays one, though its URL leads nowhere
// then.
//
// A key of fewer than kKeyCharsMin characters is let be: no provider gives such, and every text might hold
// it.
inline constexpr std::size_t kKeyCharsMin = 12;

PrepareOutcome ReadPrepare(const Account& account, std::string_view step, const HttpResponse& response);
SubmitOutcome ReadSubmit(const Account& account, const SubmitInput& input, const HttpResponse& response);
PollOutcome ReadPoll(const Account& account, const JobInput& input, const HttpResponse& response);
CancelOutcome ReadCancel(const Account& account, const JobInput& input, const HttpResponse& response);
LookupOutcome ReadLookup(const Account& account, const LookupInput& input, const HttpResponse& response);
std::optional<ProviderJob> ReadCallback(const Account& account, std::string_view body);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_PROVIDER_ANSWERS_H_
