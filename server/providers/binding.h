// From a generation to the provider's input object by the offering's data alone: a new offering of a known
// dialect changes no code.
#ifndef ZOETROPE_SERVER_PROVIDERS_BINDING_H_
#define ZOETROPE_SERVER_PROVIDERS_BINDING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/providers/adapter.h"
#include "server/providers/json_builder.h"

namespace zoetrope {

// Adds to `builder` what `input.offering` binds of `input.generation`, in the order of its data: bindings,
// sizes, constants, extras. Paths start at the model's own input: the dialect puts that into its envelope.
//
// - Every bound field that has a value is sent, since defaults differ between providers and move the price.
// - A spelling that is empty sends nothing (an aspect ratio `auto` where the provider has no word for it).
// - Durations are whole seconds where they are whole, else decimals.
// - A frame rate that the caller does not name is the offering's default, where it has one.
// - A picture given by value becomes the URL of its upload, where such a step was done (upload_step.h), else
//   `data:<type>;base64,…`; it must be among `input.blobs`.
// - With a size table, the row of the resolution and the ratio counts. The ratio `auto` without a row of its
//   own takes the row nearest to the first frame's proportions, where they are known; else no size is sent
//   and the provider follows the picture.
// - Extras: the caller's value, else the default of the row, else nothing.
//
// FAILED_PRECONDITION where the generation holds something that the offering has no place for: what the
// caller pays for is never silently dropped. INTERNAL for a blob that is not there.
absl::Status AddInput(const SubmitInput& input, JsonBuilder& builder);

// The row of `offering.sizes` for `generation`; nullptr where none is to be sent. FAILED_PRECONDITION where
// one must be there and is not.
absl::StatusOr<const SizeRow*> ChooseSize(const Generation& generation, const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_BINDING_H_
