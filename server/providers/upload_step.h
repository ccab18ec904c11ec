// Pictures given by value at providers that take only URLs: one preparation step for each picture, whose
// value is the URL that the provider gave for it.
#ifndef ZOETROPE_SERVER_PROVIDERS_UPLOAD_STEP_H_
#define ZOETROPE_SERVER_PROVIDERS_UPLOAD_STEP_H_

#include <string>
#include <string_view>
#include <vector>

#include "server/providers/adapter.h"

namespace zoetrope {

// The step for the picture with this content.
std::string UploadStep(std::string_view sha256);

// The steps for all pictures that `generation` has by value, each content once, in the order of the fields.
// AddInput (binding.h) sends a step's value, where there is one, in the picture's place.
std::vector<std::string> UploadSteps(const Generation& generation);

// The picture that `step` is about; nullptr where the step is none of UploadSteps or its picture is not among
// `input.blobs`. Lives as long as these.
const MediaBytes* UploadedPicture(std::string_view step, const SubmitInput& input);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_UPLOAD_STEP_H_
