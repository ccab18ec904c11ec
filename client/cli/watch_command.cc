#include <memory>

#include "client/cli/context.h"
#include "client/cli/follow_job.h"

namespace zoetrope::cli {

void AddWatchCommand(CLI::App& job, Command& chosen) {
  const auto options = std::make_shared<FollowOptions>();
  const auto until = std::make_shared<std::string>("terminal");
  CLI::App& watch = *job.add_subcommand("watch", "Watch a job to its end");
  watch.footer(HelpFooter("  zoetrope job watch 0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f --after 3"));
  watch.add_option("id", options->job_id, "Id of the job")->required();
  watch
      .add_option("--after", options->after_revision,
                  "Last revision that you saw; the watch starts with the next")
      ->check([](const std::string& value) {
        return std::string(value.starts_with('-') ? "must not be negative" : "");
      });
  watch.add_option("--until", *until, "End with the job, or with its money too")
      ->capture_default_str()
      ->check(CLI::IsMember({"terminal", "settled"}));
  watch.add_flag("--exit-on-held", options->exit_on_held,
                 "Exit with code 7 once the job is HELD, instead of waiting");
  watch.add_flag("--logs", options->logs, "Show the provider's log lines");
  watch.callback([options, until, &chosen] {
    options->until_settled = *until == "settled";
    chosen = [options](const Context& context) { return FollowJob(context, *options); };
  });
}

void AddDownloadCommand(CLI::App& job, Command& chosen) {
  const auto options = std::make_shared<SaveOptions>();
  const auto variant = std::make_shared<std::string>("video");
  CLI::App& download = *job.add_subcommand("download", "Save a video of a job that succeeded");
  download.add_option("id", options->job_id, "Id of the job")->required();
  download.add_option("--save", options->path, "File to save to; - for standard output")->required();
  download.add_option("--index", options->output_index, "Which video, from 0")->capture_default_str();
  download.add_option("--variant", *variant, "Which file")
      ->capture_default_str()
      ->check(CLI::IsMember({"video", "thumbnail", "spritesheet"}));
  download.add_flag("--force", options->force, "Replace a file");
  download.callback([options, variant, &chosen] {
    if (*variant == "thumbnail") options->variant = v1::OUTPUT_VARIANT_THUMBNAIL;
    if (*variant == "spritesheet") options->variant = v1::OUTPUT_VARIANT_SPRITESHEET;
    chosen = [options](const Context& context) { return SaveOutput(context, *options); };
  });
}

}  // namespace zoetrope::cli
