// What of a generation an offering cannot do, as data: the same finding is told to a caller once for one
// offering (in a quote) and once for all of them (in an error), with other words for what would do.
#ifndef ZOETROPE_SERVER_ROUTE_OBSTACLE_H_
#define ZOETROPE_SERVER_ROUTE_OBSTACLE_H_

#include <string>
#include <vector>

#include "server/domain/generation.h"
#include "server/domain/offering.h"

namespace zoetrope {

enum class Obstacle {
  kMode,  // made from other inputs than the offering's
  kPromptLength,
  kInput,        // an input or a setting that the offering has no place for
  kInlineImage,  // a picture by value
  kPicture,      // its type, bytes, sides or proportions
  kDuration,
  kResolution,
  kAspectRatio,
  kAudio,
  kFrameRate,
  kCount,
  kUnknownExtra,
  kExtraValue,
  kMissingExtra,
  kRule,  // values that the offering has, but not together
};

struct ObstacleAt {
  Obstacle kind = Obstacle::kMode;
  std::string field;             // path, such as `generation.duration`
  std::string extra;             // name, for the three kinds of extras
  std::string description = {};  // for kRule: what would do

  bool operator==(const ObstacleAt&) const = default;
};

// Everything that is in the way, in the order of the contract's fields. Empty: the offering can.
std::vector<ObstacleAt> FindObstacles(const Generation& generation, const Offering& offering);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_OBSTACLE_H_
