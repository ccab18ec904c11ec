#include <memory>

#include "client/cli/context.h"
#include "client/cli/error_report.h"
#include "client/cli/generation_flags.h"
#include "client/cli/render.h"

namespace zoetrope::cli {
namespace {

struct CostFlags {
  std::string job_id;
  GenerationFlags generation;
  RoutingFlags routing;
  QuotationView view;
};

absl::StatusOr<v1::GetCostRequest> BuildRequest(const CostFlags& flags) {
  v1::GetCostRequest request;
  if (flags.job_id.empty() == flags.generation.model.empty()) {
    return absl::InvalidArgumentError("name either a job or a --model to price");
  }
  if (!flags.job_id.empty()) {
    request.set_job_id(flags.job_id);
    return request;
  }
  auto generation = BuildGeneration(flags.generation);
  if (!generation.ok()) return generation.status();
  // The contract wants a prompt, and no price depends on which; some offerings want more than a letter.
  if (generation->prompt().empty()) generation->set_prompt("A video");
  *request.mutable_quote()->mutable_generation() = *std::move(generation);
  auto routing = BuildRouting(flags.routing);
  if (!routing.ok()) return routing.status();
  *request.mutable_quote()->mutable_routing() = *std::move(routing);
  return request;
}

ExitCode Cost(const Context& context, const CostFlags& flags) {
  const auto request = BuildRequest(flags);
  if (!request.ok()) return ReportError(request.status(), context);
  const auto response = context.client->GetCost(*request, context.Call());
  if (!response.ok()) return ReportError(response.status(), context);
  if (response->has_cost()) RenderCost(response->cost(), context.console);
  if (response->has_quotation()) RenderQuotation(response->quotation(), flags.view, context.console);
  return ExitCode::kOk;
}

}  // namespace

void AddCostCommand(CLI::App& app, Command& chosen) {
  const auto flags = std::make_shared<CostFlags>();
  CLI::App& command =
      *app.add_subcommand("cost", "Show what a video would cost everywhere, or what a job has cost");
  command.footer(
      HelpFooter("  zoetrope cost --model seedance-2.0 --duration 8s --resolution 720p --all\n"
                 "  zoetrope cost 0199f3c2-7d1e-7a55-9c0b-5f5f5f5f5f5f"));
  command.add_option("id", flags->job_id, "Id of a job");
  AddGenerationFlags(command, flags->generation);
  AddRoutingFlags(command, flags->routing);
  command.add_flag("--all", flags->view.all, "Show what cannot serve it too, and why");
  command.add_flag("--breakdown", flags->view.breakdown, "Show what each price is made of");
  command.callback(
      [flags, &chosen] { chosen = [flags](const Context& context) { return Cost(context, *flags); }; });
}

}  // namespace zoetrope::cli
