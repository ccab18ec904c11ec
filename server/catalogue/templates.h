// What many offerings have in common, written once.
//
// A catalogue may have `templates`, mappings with keys of an offering. An offering, or a later template, that
// says `template: <name>` takes from it every key that it does not have itself; of bindings, constants and
// refused extras, which are mappings, every entry. The offering's own text (Offering.text) is whole.
#ifndef ZOETROPE_SERVER_CATALOGUE_TEMPLATES_H_
#define ZOETROPE_SERVER_CATALOGUE_TEMPLATES_H_

#include <functional>
#include <map>
#include <string>

#include "server/catalogue/yaml_reader.h"

namespace zoetrope {

class Templates {
 public:
  // Reads `templates` of the file, where it has them.
  explicit Templates(YamlMap& file);

  // Fills `offering` from the template that it names, if any. A name that is none is a problem.
  void Fill(YamlMap& offering);

  // Complains about those that no one has used.
  void Finish(YamlContext& context) const;

 private:
  struct Entry {
    YAML::Node node;
    std::string base;  // name of another template, or empty
    bool used = false;
  };
  // Templates stand before those that build on them, so that there is no circle.
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_TEMPLATES_H_
