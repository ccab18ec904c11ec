#include "client/cli/generation_flags.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/extra_argument.h"
#include "client/cli/image_argument.h"
#include "client/cli/repeated_option.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

// Far above what any model takes, far below what hurts.
constexpr size_t kMaxPromptBytes = size_t{1} << 20;

absl::StatusOr<std::string> ReadPrompt(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(kMaxPromptBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (in.bad() || (path != "-" && !file.is_open())) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read the prompt from ", path));
  }
  if (text.size() > kMaxPromptBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the prompt in ", path, " is larger than 1 MiB"));
  }
  // Editors end files with a line break that is not part of the prompt.
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

v1::ImageFit FitOf(const std::string& name) {
  if (name == "exact") return v1::IMAGE_FIT_EXACT;
  if (name == "cover") return v1::IMAGE_FIT_COVER;
  return name == "contain" ? v1::IMAGE_FIT_CONTAIN : v1::IMAGE_FIT_UNSPECIFIED;
}

absl::Status AddPictures(const GenerationFlags& flags, v1::Generation& generation) {
  const auto add = [&](const std::string& argument, auto target) -> absl::Status {
    if (argument.empty()) return absl::OkStatus();
    auto image = ReadImageArgument(argument);
    if (!image.ok()) return image.status();
    image->set_fit(FitOf(flags.image_fit));
    *target() = *std::move(image);
    return absl::OkStatus();
  };
  absl::Status status = add(flags.image, [&] { return generation.mutable_first_frame(); });
  if (status.ok()) status = add(flags.last_image, [&] { return generation.mutable_last_frame(); });
  for (const std::string& reference : flags.reference_images) {
    if (status.ok()) status = add(reference, [&] { return generation.add_reference_images(); });
  }
  return status;
}

absl::Status AddExtras(const GenerationFlags& flags, v1::Generation& generation) {
  std::set<std::string> names;
  for (const std::string& argument : flags.extras) {
    auto extra = ParseExtra(argument);
    if (!extra.ok()) return extra.status();
    if (!names.insert(extra->name()).second) {
      return absl::InvalidArgumentError(absl::StrCat("--extra ", extra->name(), " is given twice"));
    }
    *generation.add_extras() = *std::move(extra);
  }
  return absl::OkStatus();
}

void AddSource(const GenerationFlags& flags, v1::Generation& generation) {
  if (flags.remix.empty() && flags.extend.empty()) return;
  v1::SourceVideo& source = *generation.mutable_source_video();
  source.set_mode(flags.remix.empty() ? v1::SOURCE_VIDEO_MODE_EXTEND : v1::SOURCE_VIDEO_MODE_REMIX);
  source.set_job_id(flags.remix.empty() ? flags.extend : flags.remix);
}

// `argument` is name=N.
absl::Status AddWeight(const std::string& argument, v1::RoutingWeights& weights) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(argument, absl::MaxSplits('=', 1));
  int weight = 0;
  if (absl::SimpleAtoi(parts.second, &weight)) {
    if (parts.first == "cost") return weights.set_cost(weight), absl::OkStatus();
    if (parts.first == "speed") return weights.set_speed(weight), absl::OkStatus();
    if (parts.first == "reliability") return weights.set_reliability(weight), absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--weight ", argument, " is not cost=N, speed=N or reliability=N"));
}

}  // namespace

void AddGenerationFlags(CLI::App& command, GenerationFlags& flags) {
  command.add_option("--model", flags.model, "Model, by id or alias; `zoetrope models` lists them");
  auto* prompt = command.add_option("--prompt", flags.prompt, "What happens in the video");
  command.add_option("--prompt-file", flags.prompt_file, "File with the prompt; - for standard input")
      ->excludes(prompt);
  command.add_option("--negative-prompt", flags.negative_prompt, "What must not be seen");
  command.add_option("--image", flags.image,
                     "Picture to start with: a JPEG, PNG or WebP file, or an https:// address");
  command.add_option("--last-image", flags.last_image, "Picture to end with");
  AddRepeatedOption(command, "--reference-image", flags.reference_images,
                    "Picture of a subject or a style; repeat for more");
  command.add_option("--image-fit", flags.image_fit, "What to do with pictures of another size")
      ->check(CLI::IsMember({"exact", "cover", "contain"}));
  AddRepeatedOption(command, "--reference-video", flags.reference_videos,
                    "https:// address of a video; repeat for more");
  AddRepeatedOption(command, "--reference-audio", flags.reference_audios,
                    "https:// address of a sound; repeat for more");
  command.add_option("--audio-track", flags.audio_track,
                     "https:// address of a sound track that drives the video");
  auto* remix = command.add_option("--remix", flags.remix, "Id of a job whose video is to be changed");
  command.add_option("--extend", flags.extend, "Id of a job whose video is to go on")->excludes(remix);
  command.add_option("--duration", flags.duration, "Length of the clip, as in 8s");
  command.add_option("--resolution", flags.resolution, "Tier, as in 720p");
  command.add_option("--aspect-ratio", flags.aspect_ratio, "Ratio, as in 16:9, or auto");
  // Callbacks, because CLI11 2.1 sets an optional flag to false when it is not given.
  CLI::Option* with = command.add_flag_callback(
      "--audio", [&flags] { flags.audio = true; }, "With sound");
  command
      .add_flag_callback(
          "--no-audio", [&flags] { flags.audio = false; }, "Without sound")
      ->excludes(with);
  command.add_option("--seed", flags.seed, "Seed of the generation");
  command.add_option("--frame-rate", flags.frame_rate, "Frames per second");
  command.add_option("--count", flags.count, "How many videos to make; each is paid for");
  AddRepeatedOption(command, "--extra", flags.extras,
                    "name=value for what only some models have; name:s=value forces text");
}

void AddRoutingFlags(CLI::App& command, RoutingFlags& flags) {
  auto* provider = command.add_option("--provider", flags.provider, "The one provider to use");
  AddRepeatedOption(command, "--allow", flags.allowed, "A provider that may be used; repeat for more")
      ->excludes(provider);
  command.add_option("--strategy", flags.strategy, "How to choose between providers")
      ->check(CLI::IsMember({"cheapest", "fastest", "reliable", "weighted"}));
  AddRepeatedOption(command, "--weight", flags.weights,
                    "cost=N, speed=N or reliability=N, 0 to 100, for --strategy weighted; repeat for more");
  command.add_option("--failover", flags.failover, "When another provider may be tried")
      ->check(CLI::IsMember({"never", "refused", "failed"}));
}

absl::StatusOr<v1::Generation> BuildGeneration(const GenerationFlags& flags) {
  v1::Generation generation;
  generation.set_model(flags.model);
  generation.set_prompt(flags.prompt);
  if (!flags.prompt_file.empty()) {
    auto prompt = ReadPrompt(flags.prompt_file);
    if (!prompt.ok()) return prompt.status();
    generation.set_prompt(*std::move(prompt));
  }
  generation.set_negative_prompt(flags.negative_prompt);
  if (!IsUtf8(generation.prompt()) || !IsUtf8(generation.negative_prompt())) {
    return absl::InvalidArgumentError("the prompt is not UTF-8 text");
  }
  absl::Status status = AddPictures(flags, generation);
  if (status.ok()) status = AddExtras(flags, generation);
  if (!status.ok()) return status;
  for (const std::string& url : flags.reference_videos) generation.add_reference_video_urls(url);
  for (const std::string& url : flags.reference_audios) generation.add_reference_audio_urls(url);
  generation.set_audio_track_url(flags.audio_track);
  AddSource(flags, generation);
  if (!flags.duration.empty()) {
    const auto duration = ParseDuration(flags.duration);
    if (!duration.ok()) return duration.status();
    *generation.mutable_duration() = ToProto(*duration);
  }
  generation.set_resolution(flags.resolution);
  generation.set_aspect_ratio(flags.aspect_ratio);
  if (flags.audio) generation.set_audio(*flags.audio);
  if (flags.seed) generation.set_seed(*flags.seed);
  generation.set_frame_rate_hertz(flags.frame_rate);
  generation.set_count(flags.count);
  return generation;
}

absl::StatusOr<v1::Routing> BuildRouting(const RoutingFlags& flags) {
  v1::Routing routing;
  routing.set_provider(flags.provider);
  for (const std::string& provider : flags.allowed) routing.add_allowed_providers(provider);
  if (flags.strategy == "cheapest") routing.set_strategy(v1::ROUTING_STRATEGY_CHEAPEST);
  if (flags.strategy == "fastest") routing.set_strategy(v1::ROUTING_STRATEGY_FASTEST);
  if (flags.strategy == "reliable") routing.set_strategy(v1::ROUTING_STRATEGY_MOST_RELIABLE);
  if (flags.strategy == "weighted") routing.set_strategy(v1::ROUTING_STRATEGY_WEIGHTED);
  for (const std::string& argument : flags.weights) {
    if (absl::Status status = AddWeight(argument, *routing.mutable_weights()); !status.ok()) return status;
  }
  if (flags.failover == "never") routing.set_failover(v1::FAILOVER_POLICY_NEVER);
  if (flags.failover == "refused") routing.set_failover(v1::FAILOVER_POLICY_AFTER_REFUSED);
  if (flags.failover == "failed") routing.set_failover(v1::FAILOVER_POLICY_AFTER_FAILED);
  return routing;
}

}  // namespace zoetrope::cli
