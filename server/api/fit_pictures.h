// The copies of a picture that a job's candidates need.
#ifndef ZOETROPE_SERVER_API_FIT_PICTURES_H_
#define ZOETROPE_SERVER_API_FIT_PICTURES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/catalogue/catalogue.h"
#include "server/domain/generation.h"
#include "server/domain/job.h"
#include "server/route/router.h"

namespace zoetrope {

// The sizes in which copies of the first frame must be made, so that each of `candidates` can be sent one.
// Pure.
std::set<PixelSize> SizesToFit(const Generation& generation, const std::vector<Candidate>& candidates,
                               const std::vector<Provider>& providers, const Catalogue& catalogue);

// Makes those copies of the first frame, whose bytes are among `blobs`, and names them in `generation` and
// `blobs`. INVALID_FIELD for a picture that cannot be changed. Takes a tenth of a second for a large picture,
// and much memory: not on several threads at once.
absl::Status FitFirstFrame(const std::set<PixelSize>& sizes, Generation& generation,
                           std::map<std::string, MediaBytes>& blobs);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_API_FIT_PICTURES_H_
