#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <string>

#include "server/base/crypto.h"
#include "server/base/limits.h"
#include "server/validate/request_validator.h"

namespace zoetrope {
namespace {

void SetExact(v1::Image& image) {
  if (image.fit() == v1::IMAGE_FIT_UNSPECIFIED) image.set_fit(v1::IMAGE_FIT_EXACT);
}

// Writes out the defaults that the contract itself states, so that saying one and leaving it out mean the
// same. Defaults of a model or of the server stay out: they may change between a request and its repetition.
void FillIn(v1::SubmitRequest& request) {
  if (request.has_generation()) {
    v1::Generation& generation = *request.mutable_generation();
    if (generation.count() == 0) generation.set_count(1);
    if (generation.has_first_frame()) SetExact(*generation.mutable_first_frame());
    if (generation.has_last_frame()) SetExact(*generation.mutable_last_frame());
    for (v1::Image& image : *generation.mutable_reference_images()) SetExact(image);
    // Callers keep extras in hash maps, whose order changes from one try to the next.
    std::stable_sort(generation.mutable_extras()->begin(), generation.mutable_extras()->end(),
                     [](const v1::Parameter& a, const v1::Parameter& b) { return a.name() < b.name(); });
  }
  v1::Routing& routing = *request.mutable_routing();
  if (routing.strategy() == v1::ROUTING_STRATEGY_UNSPECIFIED)
    routing.set_strategy(v1::ROUTING_STRATEGY_CHEAPEST);
  if (routing.failover() == v1::FAILOVER_POLICY_UNSPECIFIED)
    routing.set_failover(v1::FAILOVER_POLICY_AFTER_REFUSED);
  if (!request.has_deadline())
    request.mutable_deadline()->set_seconds(absl::ToInt64Seconds(limits::kDeadlineDefault));
}

}  // namespace

std::string Fingerprint(const v1::SubmitRequest& request) {
  v1::SubmitRequest canonical = request;
  canonical.clear_request_id();
  canonical.DiscardUnknownFields();
  FillIn(canonical);
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    canonical.SerializeToCodedStream(&coded);
  }
  return Sha256Hex(bytes);
}

}  // namespace zoetrope
