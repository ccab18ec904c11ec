#include "tests/fuzz/answer_input.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "server/base/strings.h"
#include "tests/fuzz/fuzz_target.h"

namespace zoetrope::fuzz {
namespace {

using golden::GoldenCase;

constexpr unsigned kFirstLetter = 'A';
constexpr std::size_t kHeadersMax = 16;
constexpr int kStatusMin = 100;
constexpr int kStatuses = 500;

// What a reader can tell apart, beside the answer itself.
auto KeyOf(const GoldenCase& golden) {
  constexpr std::int32_t kOften = 3;
  return std::make_tuple(golden.call, golden.stage, golden.account.synchronous, golden.offering.mode,
                         golden.count > 1, golden.fruitless >= kOften);
}

int StatusOf(std::string_view digits) {
  int status = 0;
  for (const char c : digits.substr(0, 6)) {
    if (c < '0' || c > '9') break;
    status = status * 10 + (c - '0');
  }
  const bool is_one = status >= kStatusMin && status < kStatusMin + kStatuses;
  return is_one ? status : kStatusMin + status % kStatuses;
}

}  // namespace

std::vector<GoldenCase> Questions(std::string_view dialect) {
  std::vector<GoldenCase> questions;
  for (GoldenCase& golden : golden::LoadAll()) {
    if (golden.dialect != dialect || !golden.response) continue;
    const bool known = std::any_of(questions.begin(), questions.end(),
                                   [&](const GoldenCase& other) { return KeyOf(other) == KeyOf(golden); });
    if (!known) questions.push_back(std::move(golden));
  }
  return questions;
}

std::size_t QuestionOf(const std::vector<GoldenCase>& questions, const GoldenCase& golden) {
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (KeyOf(questions[i]) == KeyOf(golden)) return i;
  }
  std::fprintf(stderr, "%s: is an answer to none of the questions\n", golden.file.c_str());
  std::abort();
}

AnswerInput ReadAnswer(std::string_view text, std::size_t questions) {
  AnswerInput answer;
  answer.question = (TakeByte(text) + 256 - kFirstLetter) % 256 % questions;
  answer.response.status = StatusOf(TakeLine(text));
  while (answer.response.headers.size() < kHeadersMax && !text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    answer.response.headers.push_back({AsciiLower(line.substr(0, colon)), std::string(value)});
  }
  answer.response.body = std::string(text);
  return answer;
}

std::string WriteAnswer(const AnswerInput& answer) {
  std::string text(1, static_cast<char>(kFirstLetter + answer.question));
  text += std::to_string(answer.response.status) + "\n";
  for (const HttpHeader& header : answer.response.headers) text += header.name + ": " + header.value + "\n";
  return text + "\n" + answer.response.body;
}

}  // namespace zoetrope::fuzz
