#ifndef ZOETROPE_CLIENT_CLI_LIFECYCLE_H_
#define ZOETROPE_CLIENT_CLI_LIFECYCLE_H_

#include "zoetrope/v1/model.pb.h"

namespace zoetrope::cli {

// Where an offering of a model stands: the worse of the model's life and its own, since it can be had only
// while both last. Between lives in the same state the one that ends first counts. Refers to one of the
// arguments.
const v1::Lifecycle& LifecycleOf(const v1::Model& model, const v1::Offering& offering);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_LIFECYCLE_H_
