#ifndef ZOETROPE_TESTS_SANDBOX_FAL_STORAGE_H_
#define ZOETROPE_TESTS_SANDBOX_FAL_STORAGE_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// What fal's clients call beside its queue, instead of https://rest.fal.ai and https://v3.fal.media:
//
//   POST /fal/rest/storage/upload/initiate   {"content_type","file_name"}: two URLs, one for a PUT
//   POST /fal/rest/storage/auth/token        a token for the CDN
//   POST /fal/cdn/files/upload               the bytes themselves; answers {"access_url"}
//   GET  /fal/rest/.well-known/jwks.json     the key that webhooks are signed with
//
// Uploads in parts, which the clients choose from 90 MB on, are not here.
Reply HandleFalStorage(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_FAL_STORAGE_H_
