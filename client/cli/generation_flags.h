#ifndef ZOETROPE_CLIENT_CLI_GENERATION_FLAGS_H_
#define ZOETROPE_CLIENT_CLI_GENERATION_FLAGS_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "zoetrope/v1/generation.pb.h"

namespace zoetrope::cli {

// The flags that describe a video, shared by `job submit` and `cost`. What is left out is resolved by the
// server.
struct GenerationFlags {
  std::string model;
  std::string prompt;
  std::string prompt_file;
  std::string negative_prompt;
  std::string image;
  std::string last_image;
  std::vector<std::string> reference_images;
  std::vector<std::string> reference_videos;
  std::vector<std::string> reference_audios;
  std::string audio_track;
  std::string image_fit;
  std::string remix;
  std::string extend;
  std::string duration;
  std::string resolution;
  std::string aspect_ratio;
  std::optional<bool> audio;
  std::optional<int64_t> seed;
  int frame_rate = 0;
  int count = 0;
  std::vector<std::string> extras;
};

// The flags that say where a job may run.
struct RoutingFlags {
  std::string provider;
  std::vector<std::string> allowed;
  std::string strategy;
  std::vector<std::string> weights;
  std::string failover;
};

// Adds the flags to a command; `flags` outlives the parsing.
void AddGenerationFlags(CLI::App& command, GenerationFlags& flags);
void AddRoutingFlags(CLI::App& command, RoutingFlags& flags);

// The message that the flags stand for. Reads the files that they name, and standard input for `--prompt-file
// -`.
absl::StatusOr<v1::Generation> BuildGeneration(const GenerationFlags& flags);
absl::StatusOr<v1::Routing> BuildRouting(const RoutingFlags& flags);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_GENERATION_FLAGS_H_
