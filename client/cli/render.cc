#include "client/cli/render.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "client/cli/text.h"

namespace zoetrope::cli {
namespace {

// Columns that a text takes: its code points, since UTF-8 continues with bytes of the form 10xxxxxx.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::Add(std::vector<std::string> row) {
  row.resize(rows_.front().size());
  for (std::string& cell : row) cell = cell.empty() ? "-" : Printable(cell);
  rows_.push_back(std::move(row));
}

void Table::Print(std::ostream& out) const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i + 1 < row.size(); ++i) {
      out << row[i] << std::string(widths[i] - Width(row[i]) + 2, ' ');
    }
    out << row.back() << '\n';
  }
  out.flush();
}

void PrintFields(const Fields& fields, std::ostream& out) {
  size_t width = 0;
  for (const auto& [name, value] : fields) {
    if (!value.empty()) width = std::max(width, Width(name));
  }
  for (const auto& [name, value] : fields) {
    if (!value.empty()) out << name << std::string(width - Width(name) + 2, ' ') << Printable(value) << '\n';
  }
  out.flush();
}

void PrintJson(const google::protobuf::Message& message, bool one_line, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  options.preserve_proto_field_names = true;
  std::string text;
  // Fails only for a malformed Any, and the contract has none.
  (void)google::protobuf::util::MessageToJsonString(message, &text, options);
  out << text;
  if (text.empty() || text.back() != '\n') out << '\n';
  out.flush();
}

}  // namespace zoetrope::cli
