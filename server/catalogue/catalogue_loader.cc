#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/crypto.h"
#include "server/catalogue/catalogue.h"
#include "server/catalogue/catalogue_check.h"
#include "server/catalogue/offering_reader.h"
#include "server/catalogue/offering_writer.h"
#include "server/catalogue/templates.h"
#include "server/catalogue/yaml_reader.h"

namespace zoetrope {
namespace {

void ReadDefaults(YamlMap& map, Model& model) {
  const std::optional<YAML::Node> node = map.Find("defaults", Presence::kRequired);
  if (!node) return;
  YamlMap defaults(*node, map.PathOf("defaults"), map.context());
  absl::Duration duration;
  defaults.Duration("duration", Presence::kRequired, duration);
  model.default_duration_ms = absl::ToInt64Milliseconds(duration);
  defaults.Text("resolution", Presence::kRequired, model.default_resolution);
  defaults.Text("aspect_ratio", Presence::kRequired, model.default_aspect_ratio);
  model.default_aspect_ratio_with_image = model.default_aspect_ratio;
  defaults.Text("aspect_ratio_with_image", Presence::kOptional, model.default_aspect_ratio_with_image);
  defaults.Bool("audio", Presence::kRequired, model.default_audio);
  defaults.Finish();
}

void Seal(Offering& offering) {
  offering.text = WriteOffering(offering);
  offering.revision = Sha256Hex(offering.text);
}

void ReadOfferings(YamlMap& map, Templates& templates, Model& model) {
  const std::optional<YAML::Node> node = map.Find("offerings", Presence::kRequired);
  if (!node) return;
  const std::optional<std::vector<YAML::Node>> items = ReadList(*node, map.context());
  if (!items) return;
  for (std::size_t i = 0; i < items->size(); ++i) {
    YamlMap item((*items)[i], absl::StrCat(map.PathOf("offerings"), "[", i, "]"), map.context());
    templates.Fill(item);
    Offering offering = ReadOffering(item);
    item.Finish();
    offering.model = model.id;
    Seal(offering);
    model.offerings.push_back(std::move(offering));
  }
}

Model ReadModel(YamlMap& map, Templates& templates) {
  Model model;
  map.Text("id", Presence::kRequired, model.id);
  map.Text("display_name", Presence::kRequired, model.display_name);
  map.Text("vendor", Presence::kRequired, model.vendor);
  map.Texts("aliases", Presence::kOptional, model.aliases);
  ReadLifecycle(map, "lifecycle", model.lifecycle);
  ReadDefaults(map, model);
  ReadOfferings(map, templates, model);
  map.Finish();
  return model;
}

std::vector<Model> ReadModels(const YAML::Node& root, YamlContext& context) {
  std::vector<Model> models;
  YamlMap file(root, "", context);
  Templates templates(file);
  if (const std::optional<YAML::Node> node = file.Find("models", Presence::kRequired)) {
    const std::optional<std::vector<YAML::Node>> items = ReadList(*node, context);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
      YamlMap item((*items)[i], absl::StrCat("models[", i, "]"), context);
      models.push_back(ReadModel(item, templates));
    }
  }
  file.Finish();
  templates.Finish(context);
  return models;
}

}  // namespace

CatalogueResult ParseCatalogue(std::string_view file_name, std::string_view yaml) {
  YamlContext context(file_name);
  CatalogueResult result;
  if (const std::optional<YAML::Node> root = ParseYaml(yaml, context)) {
    std::vector<Model> models = ReadModels(*root, context);
    CheckModels(models, [&](const std::string& path, std::string message) {
      context.AddAt(path, std::move(message));
    });
    if (context.ok()) result.catalogue = std::make_unique<const Catalogue>(std::move(models));
  }
  result.problems = context.TakeProblems();
  return result;
}

absl::StatusOr<Offering> ParseOffering(std::string_view text) {
  YamlContext context("offering");
  Offering offering;
  if (const std::optional<YAML::Node> root = ParseYaml(text, context)) {
    YamlMap map(*root, "", context);
    offering = ReadOffering(map);
    map.Text("model", Presence::kRequired, offering.model);
    map.Finish();
    CheckOffering(offering, "", [&](const std::string& path, std::string message) {
      context.AddAt(path, std::move(message));
    });
  }
  const std::vector<FileProblem> problems = context.TakeProblems();
  if (!problems.empty()) return absl::InvalidArgumentError(Format(problems.front()));
  Seal(offering);
  return offering;
}

}  // namespace zoetrope
