// What the engine's evidence in the store is about.
#ifndef ZOETROPE_SERVER_ENGINE_EVIDENCE_H_
#define ZOETROPE_SERVER_ENGINE_EVIDENCE_H_

#include <string>
#include <string_view>

#include "server/base/crypto.h"
#include "server/http/http_message.h"

namespace zoetrope {

// The provider's id of a job, its addresses by name, the bytes of a submission.
inline constexpr std::string_view kIdEvidence = "provider_job_id";
inline constexpr std::string_view kUrlEvidence = "provider_job_url:";
inline constexpr std::string_view kDigestEvidence = "submission_sha256";

// Where it goes and what it says; the credential may change.
inline std::string DigestOf(const HttpRequest& request) {
  return Sha256Hex(request.url + "\n" + request.body);
}

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_EVIDENCE_H_
