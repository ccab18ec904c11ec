// The seventh dialect beside the server's own.
#ifndef ZOETROPE_TESTS_SEVENTH_SEVENTH_DIALECT_H_
#define ZOETROPE_TESTS_SEVENTH_SEVENTH_DIALECT_H_

#include <span>
#include <string>

#include "server/providers/registry.h"

namespace zoetrope::testing {

// The server's dialects and, as the last, `lantern`.
std::span<const DialectEntry> SevenDialects();

// magic-lantern.yaml.
std::string SeventhCatalogueText();

}  // namespace zoetrope::testing

#endif  // ZOETROPE_TESTS_SEVENTH_SEVENTH_DIALECT_H_
