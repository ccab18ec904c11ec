#ifndef ZOETROPE_CLIENT_CLI_PRICE_PREVIEW_H_
#define ZOETROPE_CLIENT_CLI_PRICE_PREVIEW_H_

#include <optional>

#include "absl/time/time.h"
#include "zoetrope/v1/model.pb.h"

namespace zoetrope::cli {

// What one video of `duration` costs at an offering, with everything else as the model has it by default,
// from the price rows that ListModels gives: the most specific row that fits counts, and the amount is
// rounded up to a billionth. Nothing where the offering has no such length or no row fits. For a table of
// many models; GetCost is what binds.
std::optional<v1::Money> PreviewPrice(const v1::Model& model, const v1::Offering& offering,
                                      absl::Duration duration);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_PRICE_PREVIEW_H_
