// A defect of a file that a person wrote, where it is.
#ifndef ZOETROPE_SERVER_CATALOGUE_FILE_PROBLEM_H_
#define ZOETROPE_SERVER_CATALOGUE_FILE_PROBLEM_H_

#include <string>

namespace zoetrope {

struct FileProblem {
  std::string file;
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1
  std::string message;

  bool operator==(const FileProblem&) const = default;
};

// `file:line:column: message`, or `file: message` for the file as a whole.
std::string Format(const FileProblem& problem);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_CATALOGUE_FILE_PROBLEM_H_
