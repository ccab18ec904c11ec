#ifndef ZOETROPE_TESTS_SANDBOX_WAVESPEED_ACCOUNT_H_
#define ZOETROPE_TESTS_SANDBOX_WAVESPEED_ACCOUNT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// What is signed with to verify a webhook; the same for every key. No secret: anybody may ask for it here.
inline constexpr std::string_view kWavespeedWebhookSecret = "whsec_zoetropeSandbox0001";

// The calls that belong to the account; nothing if the path is none of them (`parts` is the path, split):
//
//   POST predictions          the history, newest first: {"page","page_size","model","status",
//                             "created_after","created_before"}
//   POST predictions/delete   {"ids"}; unfinished ones stay, because what happens to them is not documented
//   POST billings/search      what was charged, by prediction: {"billing_type","prediction_uuids"}
//   POST model/price          {"model_id","inputs"}
//   GET  models, balance, webhook/secret
//   POST media/uploads        a ticket for a PUT; media/upload/binary takes the file in a form
std::optional<Reply> HandleWavespeedAccount(World* world, const Request& request,
                                            const std::vector<std::string>& parts);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_WAVESPEED_ACCOUNT_H_
