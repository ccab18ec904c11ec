// Whether a catalogue and this program speak of the same providers.
#ifndef ZOETROPE_SERVER_CONFIG_DIALECT_CHECK_H_
#define ZOETROPE_SERVER_CONFIG_DIALECT_CHECK_H_

#include <span>
#include <string_view>
#include <vector>

#include "server/catalogue/catalogue.h"
#include "server/catalogue/file_problem.h"
#include "server/providers/registry.h"

namespace zoetrope {

// A problem of `file_name` for each offering of a dialect that is not among `dialects`: it could never serve,
// and a misspelt word would take it out of service without a sound.
std::vector<FileProblem> CheckDialects(std::string_view file_name, const Catalogue& catalogue,
                                       std::span<const DialectEntry> dialects = Dialects());

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CONFIG_DIALECT_CHECK_H_
