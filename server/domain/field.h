// The parts of a generation that a request can carry, by name.
#ifndef ZOETROPE_SERVER_DOMAIN_FIELD_H_
#define ZOETROPE_SERVER_DOMAIN_FIELD_H_

namespace zoetrope {

enum class Field {
  kPrompt,
  kNegativePrompt,
  kFirstFrame,
  kLastFrame,
  kReferenceImages,
  kReferenceVideos,
  kReferenceAudios,
  kAudioTrack,
  kSourceVideo,
  kDuration,
  kResolution,
  kAspectRatio,
  kAudio,
  kSeed,
  kFrameRate,
  kCount,
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_DOMAIN_FIELD_H_
