#ifndef ZOETROPE_CLIENT_CLI_RENDER_H_
#define ZOETROPE_CLIENT_CLI_RENDER_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>
#include <vector>

#include "client/cli/terminal.h"
#include "zoetrope/v1/video_generation.pb.h"

namespace zoetrope::cli {

// Rows under a header, in columns as wide as their widest cell, two spaces apart. An empty cell shows as `-`,
// so that a line always has as many words as columns where no cell has a space.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void Add(std::vector<std::string> row);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Names and values below each other. A value that is empty is left out.
using Fields = std::vector<std::pair<std::string, std::string>>;
void PrintFields(const Fields& fields, std::ostream& out);

// The message as proto3 JSON with the field names of the contract; over many lines, or as one line.
void PrintJson(const google::protobuf::Message& message, bool one_line, std::ostream& out);

// Data in the format that the user wants. With `quiet`, a table is reduced to ids.
void RenderJob(const v1::Job& job, const Console& console);
void RenderJobs(const v1::ListJobsResponse& jobs, const Console& console);
void RenderCost(const v1::Cost& cost, const Console& console);
// How much of a quotation a person sees; programs get all of it in any case.
struct QuotationView {
  bool all = false;        // what cannot serve, too, and why; so it is where nothing can
  bool breakdown = false;  // what each price is made of
};
void RenderQuotation(const v1::Quotation& quotation, QuotationView view, const Console& console);

}  // namespace zoetrope::cli

#endif  // ZOETROPE_CLIENT_CLI_RENDER_H_
