// The catalogue and prices as the contract shows them.
#ifndef ZOETROPE_SERVER_API_CONVERT_MODEL_H_
#define ZOETROPE_SERVER_API_CONVERT_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/offering.h"
#include "server/engine/account.h"
#include "server/engine/lane.h"
#include "server/route/router.h"
#include "zoetrope/v1/cost.pb.h"
#include "zoetrope/v1/model.pb.h"

namespace zoetrope {

// What a model looks like from this server, now.
struct ModelView {
  const Accounts& accounts;
  const std::map<std::string, LaneHealth>& lanes;  // by account
  std::string_view today;                          // YYYY-MM-DD, UTC
  // Length of the video that offerings are priced for; nullopt: the model's default.
  std::optional<std::int64_t> price_duration_ms = std::nullopt;
};

// One row per offering and account of its dialect; an offering without an account is there too, as not
// configured.
void ToProto(const Model& model, const ModelView& view, v1::Model* out);

// One offering at one provider, with its price or why it cannot serve.
void ToProto(const Evaluation& evaluation, v1::Quote* out);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_CONVERT_MODEL_H_
