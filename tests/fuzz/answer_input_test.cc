#include "tests/fuzz/answer_input.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace zoetrope::fuzz {
namespace {

TEST(AnswerInputTest, ReadsWhatItWrote) {
  const AnswerInput answer{2, {429, {{"retry-after", "3"}, {"x", ""}}, "{\n\n\"a\":1}"}};
  const AnswerInput read = ReadAnswer(WriteAnswer(answer), 5);
  EXPECT_EQ(read.question, 2u);
  EXPECT_EQ(read.response.status, 429);
  EXPECT_EQ(read.response.body, answer.response.body);
  EXPECT_EQ(read.response.Header("retry-after"), "3");
  EXPECT_EQ(read.response.Header("x"), "");
}

TEST(AnswerInputTest, AnyBytesAreAnAnswer) {
  for (const std::string& text :
       {std::string(), std::string("A"), std::string("\0\0\0", 3), std::string("Z99999999999999"),
        std::string("\xff-5\n:\n: :\n"), std::string("A200\n") + std::string(100, '\n')}) {
    const AnswerInput read = ReadAnswer(text, 3);
    EXPECT_LT(read.question, 3u);
    EXPECT_GE(read.response.status, 100);
    EXPECT_LT(read.response.status, 600);
  }
  EXPECT_LE(ReadAnswer(
                "A200\n" +
                    [] {
                      std::string lines;
                      for (int i = 0; i < 1'000; ++i) lines += "a: b\n";
                      return lines;
                    }(),
                1)
                .response.headers.size(),
            16u);
}

TEST(AnswerInputTest, EveryCallOfADialectIsAsked) {
  for (const std::string& dialect : golden::SubjectNames()) {
    const auto questions = Questions(dialect);
    std::set<golden::Call> asked;
    for (const golden::GoldenCase& golden : questions) asked.insert(golden.call);
    std::size_t answers = 0;
    for (const golden::GoldenCase& golden : golden::LoadAll()) {
      if (golden.dialect != dialect || !golden.response) continue;
      ++answers;
      EXPECT_TRUE(asked.contains(golden.call)) << golden.file;
      EXPECT_LT(QuestionOf(questions, golden), questions.size());
    }
    EXPECT_GT(answers, questions.size()) << dialect;
    EXPECT_LE(questions.size(), 60u) << "a letter names each";
  }
}

}  // namespace
}  // namespace zoetrope::fuzz
