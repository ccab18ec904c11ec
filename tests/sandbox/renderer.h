#ifndef ZOETROPE_TESTS_SANDBOX_RENDERER_H_
#define ZOETROPE_TESTS_SANDBOX_RENDERER_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tests/sandbox/job.h"

namespace zoetrope::sandbox {

// What can be fetched of a finished job.
enum class MediaKind { kVideo, kThumbnail, kSpritesheet };

// Renders a slow pan and zoom over the picture. The clip has exactly the asked size and duration; its frame
// rate is low to keep tests cheap. A picture that cannot be decoded is replaced by a test pattern: a provider
// would have refused it at an earlier step, and the bytes are not worth a failure path here. "" if the
// encoder fails.
std::string RenderMp4(const ClipSpec& spec);

// One frame, a quarter of the size.
std::string RenderThumbnail(const ClipSpec& spec);
// Eight frames in two rows.
std::string RenderSpritesheet(const ClipSpec& spec);

// A generated picture to test with, PNG.
std::string RenderSamplePng(int width, int height);

// Rendered media by picture, size, duration and kind. Safe to use from any thread; bounded in bytes, least
// recently used leaves first. In benchmarks (`render` off) one tiny clip made at the start stands for all.
class MediaCache {
 public:
  explicit MediaCache(bool render, std::size_t max_bytes = 256u << 20);

  // The bytes if they are there already.
  std::shared_ptr<const std::string> Find(const ClipSpec& spec, MediaKind kind);
  // Renders if need be: slow. Two threads that ask for the same may both render it; the result is the same.
  std::shared_ptr<const std::string> Get(const ClipSpec& spec, MediaKind kind);

 private:
  struct Entry {
    std::shared_ptr<const std::string> bytes;
    std::list<std::string>::iterator use;
  };

  static std::string Key(const ClipSpec& spec, MediaKind kind);

  const bool render_;
  const std::size_t max_bytes_;
  std::shared_ptr<const std::string> fixed_video_;
  std::shared_ptr<const std::string> fixed_picture_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<std::string> uses_;  // most recent first
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_RENDERER_H_
