#ifndef ZOETROPE_TESTS_SANDBOX_MEDIA_H_
#define ZOETROPE_TESTS_SANDBOX_MEDIA_H_

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace zoetrope::sandbox {

// GET|HEAD /media/{job}-{index}-{token}.mp4 (and -t.jpg, -s.jpg): a result file. Needs no key, like the
// providers' CDNs. What is not rendered yet is rendered on the worker. 404 for what never was, 410 for what
// has expired.
Reply HandleMedia(World* world, const Request& request);

// A result file of a finished job: at once if it is rendered already, else from the worker. `range` is the
// Range header or "".
Reply DeliverMedia(const World& world, const Job& job, MediaKind kind, std::string range);

// POST /pictures, PUT /pictures/{name}, GET /pictures/{name}: pictures to submit by URL.
Reply HandlePictures(World* world, const Request& request);

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_MEDIA_H_
