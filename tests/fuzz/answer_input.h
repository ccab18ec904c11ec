// The input of an adapter's target: an answer, and which question it answers.
//
//   A200                a letter picks the question; then the status
//   retry-after: 3      headers, one a line
//                       an empty line
//   {"id":"x"}          the body, to the end
#ifndef ZOETROPE_TESTS_FUZZ_ANSWER_INPUT_H_
#define ZOETROPE_TESTS_FUZZ_ANSWER_INPUT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/golden/golden_case.h"

namespace zoetrope::fuzz {

// The golden cases of a dialect that end in an answer, one for each question that its readers tell apart: the
// call, the stage, how the account is used, what the video is made from, how many were asked for, how often
// it was asked in vain.
std::vector<golden::GoldenCase> Questions(std::string_view dialect);

// Where in `questions` that of `golden` stands. Aborts where it does not.
std::size_t QuestionOf(const std::vector<golden::GoldenCase>& questions, const golden::GoldenCase& golden);

struct AnswerInput {
  std::size_t question = 0;
  HttpResponse response;  // a status from 100 to 599, at most 16 headers with names in lower case
};

// Reads any bytes. `questions` > 0 is how many there are.
AnswerInput ReadAnswer(std::string_view text, std::size_t questions);

// The input that reads as `answer`, whose headers hold no line ends.
std::string WriteAnswer(const AnswerInput& answer);

}  // namespace zoetrope::fuzz

#endif  // ZOETROPE_TESTS_FUZZ_ANSWER_INPUT_H_
