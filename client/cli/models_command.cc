#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/lifecycle.h"
#include "client/cli/money_text.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

struct ModelsFlags {
  std::string model;
  std::string duration = "8s";
};

absl::StatusOr<v1::ListModelsResponse> ReadAll(const Context& context, const std::string& model,
                                               absl::Duration duration) {
  v1::ListModelsRequest request;
  request.set_model(model);
  *request.mutable_price_duration() = ToProto(duration);
  v1::ListModelsResponse all;
  while (true) {
    auto page = context.client->ListModels(request, context.Call());
    if (!page.ok()) return page.status();
    all.mutable_models()->MergeFrom(page->models());
    if (page->next_page_token().empty()) return all;
    request.set_page_token(page->next_page_token());
  }
}

// As people say it; a state that is newer than this program counts as the end.
std::string LifeOf(v1::LifecycleState state) {
  switch (state) {
    case v1::LIFECYCLE_STATE_ACTIVE:
      return "alive";
    case v1::LIFECYCLE_STATE_DEPRECATING:
      return "dying";
    case v1::LIFECYCLE_STATE_DISABLED:
      return "off";
    default:
      return "dead";
  }
}

std::string SourceOf(v1::GenerationMode mode) {
  switch (mode) {
    case v1::GENERATION_MODE_TEXT_TO_VIDEO:
      return "text";
    case v1::GENERATION_MODE_IMAGE_TO_VIDEO:
      return "image";
    case v1::GENERATION_MODE_FIRST_LAST_FRAME:
      return "first+last";
    case v1::GENERATION_MODE_REFERENCE_TO_VIDEO:
      return "references";
    case v1::GENERATION_MODE_REMIX:
      return "remix";
    case v1::GENERATION_MODE_EXTEND:
      return "extend";
    default:
      return absl::AsciiStrToLower(Name(mode));
  }
}

bool FromAnEarlierVideo(v1::GenerationMode mode) {
  return mode == v1::GENERATION_MODE_REMIX || mode == v1::GENERATION_MODE_EXTEND;
}

// The offerings of one model at one provider that stand at the same point of their life: one line. What is
// made from an earlier video has a line of its own: its price, that of a bound often, is not that of a new
// one.
struct Line {
  const v1::Lifecycle* life = nullptr;
  std::string provider;
  bool here = false;
  bool from_earlier = false;
  std::vector<std::string> sources;
  const v1::Offering* cheapest = nullptr;  // of those with a price
  bool unpriced = false;                   // one can make such a video, for no one knows how much
  absl::Duration longer =
      absl::InfiniteDuration();  // the next length of those that cannot make the asked one
};

bool IsBelow(const v1::Money& a, const v1::Money& b) {
  return std::pair(a.units(), a.nanos()) < std::pair(b.units(), b.nanos());
}

void AddTo(Line& line, const v1::Offering& offering, absl::Duration asked) {
  const std::string source = SourceOf(offering.mode());
  if (std::find(line.sources.begin(), line.sources.end(), source) == line.sources.end())
    line.sources.push_back(source);
  if (offering.has_price()) {
    if (line.cheapest == nullptr || IsBelow(offering.price(), line.cheapest->price()))
      line.cheapest = &offering;
  } else if (offering.price_certainty() == v1::PRICE_CERTAINTY_UNKNOWN) {
    line.unpriced = true;
  } else {
    for (const google::protobuf::Duration& duration : offering.durations()) {
      if (FromProto(duration) > asked) line.longer = std::min(line.longer, FromProto(duration));
    }
  }
}

// `model` as priced for the length `asked`.
std::vector<Line> LinesOf(const v1::Model& model, absl::Duration asked) {
  std::vector<Line> lines;
  for (const v1::Offering& offering : model.offerings()) {
    // The server says where no account is configured, too.
    const std::string& provider = offering.provider().empty() ? offering.dialect() : offering.provider();
    const v1::Lifecycle& life = LifecycleOf(model, offering);
    const bool from_earlier = FromAnEarlierVideo(offering.mode());
    auto line = std::find_if(lines.begin(), lines.end(), [&](const Line& other) {
      return other.provider == provider && other.here == offering.configured() &&
             other.from_earlier == from_earlier && other.life->state() == life.state();
    });
    if (line == lines.end()) {
      lines.push_back({&life, provider, offering.configured(), from_earlier, {}});
      line = lines.end() - 1;
    }
    AddTo(*line, offering, asked);
  }
  if (lines.empty()) lines.push_back({&model.lifecycle(), "", false, false, {}});
  return lines;
}

bool IsPriced(const Line& line) { return line.cheapest != nullptr || line.unpriced; }

// `~` for what the provider bills by something that is known only afterwards.
std::string PriceText(const Line& line) {
  if (line.cheapest == nullptr) return line.unpriced ? "unknown" : "";
  const bool exact = line.cheapest->price_certainty() == v1::PRICE_CERTAINTY_EXACT;
  return absl::StrCat(exact ? "" : "~", FormatMoney(line.cheapest->price()));
}

// The catalogue as priced for other lengths than the asked one.
using Answers = std::map<absl::Duration, v1::ListModelsResponse>;

// One question for each length that a line without a price has next.
absl::StatusOr<Answers> AskLonger(const Context& context, const std::string& model,
                                  const v1::ListModelsResponse& models, absl::Duration asked) {
  Answers answers;
  for (const v1::Model& each : models.models()) {
    for (const Line& line : LinesOf(each, asked)) {
      if (IsPriced(line) || line.longer == absl::InfiniteDuration() || answers.contains(line.longer))
        continue;
      auto answer = ReadAll(context, model, line.longer);
      if (!answer.ok()) return answer.status();
      answers.emplace(line.longer, *std::move(answer));
    }
  }
  return answers;
}

// The price with its length, or "" where the longer one has none either.
std::string LongerPriceText(const Line& line, const std::string& model, const Answers& answers) {
  const auto answer = answers.find(line.longer);
  if (answer == answers.end()) return "";
  for (const v1::Model& each : answer->second.models()) {
    if (each.id() != model) continue;
    for (const Line& other : LinesOf(each, line.longer)) {
      const bool same = other.provider == line.provider && other.here == line.here &&
                        other.from_earlier == line.from_earlier && other.life->state() == line.life->state();
      if (same && IsPriced(other))
        return absl::StrCat(PriceText(other), " for ", absl::FormatDuration(line.longer));
    }
  }
  return "";
}

void PrintMatrix(const v1::ListModelsResponse& models, absl::Duration duration, const Answers& longer,
                 std::ostream& out) {
  Table table({"MODEL", "LIFE", "UNTIL", "INSTEAD", "PROVIDER", "HERE", "FROM",
               absl::StrCat("PRICE OF ", absl::FormatDuration(duration))});
  for (const v1::Model& model : models.models()) {
    for (const Line& line : LinesOf(model, duration)) {
      const std::string& instead =
          line.life->replacement().empty() ? model.lifecycle().replacement() : line.life->replacement();
      table.Add({model.id(), LifeOf(line.life->state()), line.life->sunset_date(), instead, line.provider,
                 line.provider.empty() ? "" : (line.here ? "yes" : "no"), absl::StrJoin(line.sources, ","),
                 IsPriced(line) ? PriceText(line) : LongerPriceText(line, model.id(), longer)});
    }
  }
  table.Print(out);
}

ExitCode Models(const Context& context, const ModelsFlags& flags) {
  const auto duration = ParseDuration(flags.duration);
  if (!duration.ok()) return ReportError(duration.status(), context);
  const auto models = ReadAll(context, flags.model, *duration);
  if (!models.ok()) return ReportError(models.status(), context);
  if (models->models().empty() && !flags.model.empty()) {
    return ReportError(absl::NotFoundError(absl::StrCat("the catalogue has no model '", flags.model, "'")),
                       context);
  }
  if (context.console.format == OutputFormat::kJson) {
    PrintJson(*models, /*one_line=*/false, context.console.out);
  } else if (context.console.format == OutputFormat::kTable && !context.console.quiet) {
    const auto longer = AskLonger(context, flags.model, *models, *duration);
    if (!longer.ok()) return ReportError(longer.status(), context);
    PrintMatrix(*models, *duration, *longer, context.console.out);
  } else {
    for (const v1::Model& model : models->models()) {
      if (context.console.format == OutputFormat::kTable) {
        context.console.out << model.id() << '\n';
      } else {
        PrintJson(model, /*one_line=*/true, context.console.out);
      }
    }
  }
  return ExitCode::kOk;
}

}  // namespace

void AddModelsCommand(CLI::App& app, Command& chosen) {
  const auto flags = std::make_shared<ModelsFlags>();
  CLI::App& command =
      *app.add_subcommand("models", "List the models: where each can be had, for how much, until when");
  command.footer(HelpFooter(
      "  zoetrope models --duration 10s\n"
      "  zoetrope models seedance-2.0 --json\n\n"
      "The price is that of the cheapest way with everything but the length as the model has it by default;\n"
      "`~` stands before an estimate, and `unknown` where the provider publishes none. Where the length is\n"
      "not to be had, the next longer one is priced and named; `-` is where there is none. `zoetrope cost`\n"
      "has the price of a request. What is made from an earlier video (remix, extend) has its own line.\n"
      "HERE says whether this server has an account for the provider, and FROM what the video can be made\n"
      "from. A model is alive, dying (it ends on a day, or will), dead (refused), or off (too little is\n"
      "known about it)."));
  command.add_option("model", flags->model, "Only this model, by id or alias");
  command.add_option("--duration", flags->duration, "Length to price")->capture_default_str();
  command.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return Models(context, *flags); }; });
}

}  // namespace zoetrope::cli
