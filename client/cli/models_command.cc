#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/money_text.h"
#include "client/cli/price_preview.h"
#include "client/cli/render.h"
#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

struct ModelsFlags {
  std::string model;
  std::string duration = "8s";
};

absl::StatusOr<v1::ListModelsResponse> ReadAll(const Context& context, const std::string& model) {
  v1::ListModelsRequest request;
  request.set_model(model);
  v1::ListModelsResponse all;
  while (true) {
    auto page = context.client->ListModels(request, context.Call());
    if (!page.ok()) return page.status();
    all.mutable_models()->MergeFrom(page->models());
    if (page->next_page_token().empty()) return all;
    request.set_page_token(page->next_page_token());
  }
}

// An offering has a life of its own, which ends no later than its model's.
const v1::Lifecycle& LifecycleOf(const v1::Model& model, const v1::Offering& offering) {
  return offering.has_lifecycle() ? offering.lifecycle() : model.lifecycle();
}

void PrintMatrix(const v1::ListModelsResponse& models, absl::Duration duration, std::ostream& out) {
  Table table({"MODEL", "STATE", "SUNSET", "REPLACEMENT", "PROVIDER", "MODE", "HERE",
               absl::StrCat("PRICE OF ", absl::FormatDuration(duration))});
  for (const v1::Model& model : models.models()) {
    if (model.offerings().empty()) {
      table.Add({model.id(), Name(model.lifecycle().state()), model.lifecycle().sunset_date(),
                 model.lifecycle().replacement()});
    }
    for (const v1::Offering& offering : model.offerings()) {
      const v1::Lifecycle& life = LifecycleOf(model, offering);
      const auto price = PreviewPrice(model, offering, duration);
      const bool replaced = !life.replacement().empty();
      table.Add({model.id(), Name(life.state()), life.sunset_date(),
                 replaced ? life.replacement() : model.lifecycle().replacement(), offering.provider(),
                 absl::AsciiStrToLower(Name(offering.mode())), offering.configured() ? "yes" : "no",
                 price ? FormatMoney(*price) : ""});
    }
  }
  table.Print(out);
}

ExitCode Models(const Context& context, const ModelsFlags& flags) {
  const auto duration = ParseDuration(flags.duration);
  if (!duration.ok()) return ReportError(duration.status(), context);
  const auto models = ReadAll(context, flags.model);
  if (!models.ok()) return ReportError(models.status(), context);
  if (context.console.format == OutputFormat::kJson) {
    PrintJson(*models, /*one_line=*/false, context.console.out);
  } else if (context.console.format == OutputFormat::kTable && !context.console.quiet) {
    PrintMatrix(*models, *duration, context.console.out);
  } else {
    for (const v1::Model& model : models->models()) {
      if (context.console.format == OutputFormat::kTable) {
        context.console.out << model.id() << '\n';
      } else {
        PrintJson(model, /*one_line=*/true, context.console.out);
      }
    }
  }
  if (models->models().empty() && !flags.model.empty()) {
    return ReportError(absl::NotFoundError(absl::StrCat("the catalogue has no model '", flags.model, "'")),
                       context);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddModelsCommand(CLI::App& app, Command& chosen) {
  const auto flags = std::make_shared<ModelsFlags>();
  CLI::App& command =
      *app.add_subcommand("models", "List the models: where each can be had, for how much, until when");
  command.footer(
      HelpFooter("  zoetrope models --duration 10s\n"
                 "  zoetrope models seedance-2.0 --json\n\n"
                 "The price is an estimate, with everything but the length as the model has it by default; "
                 "`zoetrope cost`\n"
                 "gives the exact one. HERE says whether this server has an account for the provider."));
  command.add_option("model", flags->model, "Only this model, by id or alias");
  command.add_option("--duration", flags->duration, "Length to price")->capture_default_str();
  command.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return Models(context, *flags); }; });
}

}  // namespace zoetrope::cli
