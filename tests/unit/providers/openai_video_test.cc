#include "server/providers/openai/openai_video.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "server/providers/json_reader.h"

namespace zoetrope {
namespace {

constexpr std::int64_t kSent = 1'758'941'480;

JsonValue Parse(const std::string& text) { return ParseJson(text).value_or(JsonValue()); }

SubmissionTraits Traits() {
  return {Parse(R"({"model":"sora-2","prompt":"p","seconds":"8","size":"1280x720"})"), "",
          absl::FromUnixSeconds(kSent)};
}

std::string Video(std::string_view id, std::int64_t created_at, std::string_view rest = "") {
  return R"({"id":")" + std::string(id) +
         R"(","prompt":"p","model":"sora-2","seconds":"8","size":"1280x720",)" + R"("created_at":)" +
         std::to_string(created_at) + std::string(rest) + "}";
}

LookupOutcome Find(const std::string& videos, std::string_view more = "false") {
  return FindSubmission(Traits(),
                        Parse(R"({"data":[)" + videos + R"(],"has_more":)" + std::string(more) + "}"));
}

// Whether the page tells of just these, and of no page behind it.
bool Tells(const LookupOutcome& outcome, const std::vector<std::string>& ids, const std::string& next = "") {
  const auto* page = std::get_if<LookupPage>(&outcome);
  if (page == nullptr || page->by_marker || page->next != next) return false;
  std::vector<std::string> told;
  for (const ProviderJob& job : page->matches) told.push_back(job.id);
  return told == ids;
}

bool IsFound(const LookupOutcome& outcome, const std::string& id) { return Tells(outcome, {id}); }

bool IsNothing(const LookupOutcome& outcome) { return Tells(outcome, {}); }

bool IsOpen(const LookupOutcome& outcome) { return std::holds_alternative<Unrecognized>(outcome); }

TEST(FindSubmissionTest, TheTimeOfCreationHasBounds) {
  EXPECT_TRUE(IsFound(Find(Video("a", kSent)), "a"));
  EXPECT_TRUE(IsFound(Find(Video("a", kSent - 60)), "a"));
  EXPECT_TRUE(IsFound(Find(Video("a", kSent + 180)), "a"));
  EXPECT_TRUE(IsNothing(Find(Video("a", kSent - 61))));
  EXPECT_TRUE(IsNothing(Find(Video("a", kSent + 181))));
  EXPECT_TRUE(IsOpen(Find(R"({"id":"a","prompt":"p","model":"sora-2","seconds":"8","size":"1280x720"})")));
}

TEST(FindSubmissionTest, AllThatCouldBeItAreTold) {
  EXPECT_TRUE(Tells(Find(Video("a", kSent) + "," + Video("b", kSent)), {"a", "b"}));
  EXPECT_TRUE(IsFound(Find(Video("b", kSent, R"(,"prompt":"q")") + "," + Video("a", kSent)), "a"));
}

TEST(FindSubmissionTest, WhatCannotBeToldIsOpen) {
  for (const char* name : {"prompt", "model", "seconds", "size"}) {
    EXPECT_TRUE(IsOpen(Find(Video("a", kSent, std::string(",\"") + name + "\":null")))) << name;
    EXPECT_TRUE(IsNothing(Find(Video("a", kSent, std::string(",\"") + name + "\":\"other\"")))) << name;
  }
  EXPECT_TRUE(IsOpen(Find(Video("..", kSent))));
  EXPECT_TRUE(IsOpen(Find(Video("", kSent))));
}

TEST(FindSubmissionTest, APageThatDoesNotReachBackNamesTheNext) {
  EXPECT_TRUE(Tells(Find(Video("a", kSent), "true"), {"a"}, "a"));
  EXPECT_TRUE(Tells(Find(Video("b", kSent + 181), "true"), {}, "b"));
  EXPECT_TRUE(IsOpen(Find(Video("a", kSent), "null")));
  EXPECT_TRUE(IsOpen(Find(Video("..", kSent + 181), "true")));
  EXPECT_TRUE(IsOpen(Find("", "true")));
  EXPECT_TRUE(IsFound(Find(Video("a", kSent) + "," + Video("b", kSent - 61), "true"), "a"));
  EXPECT_TRUE(IsNothing(Find(Video("b", kSent - 61), "true")));
}

TEST(FindSubmissionTest, AModelMayBeItsSnapshot) {
  EXPECT_TRUE(IsFound(Find(Video("a", kSent, R"(,"model":"sora-2-2025-10-06")")), "a"));
  for (const char* other : {"sora-2-pro", "sora-2-pro-2025-10-06", "sora-20", "sora"}) {
    EXPECT_TRUE(IsNothing(Find(Video("a", kSent, std::string(",\"model\":\"") + other + "\"")))) << other;
  }
}

}  // namespace
}  // namespace zoetrope
