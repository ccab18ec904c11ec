// What holds for every dialect, whatever it speaks: answers. They are hostile input; the golden cases' own
// are the seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "server/base/limits.h"
#include "server/base/utf8.h"
#include "server/providers/json_value.h"
#include "server/providers/provider_url.h"
#include "tests/golden/golden_case.h"

namespace zoetrope {
namespace {

using golden::AnyOutcome;
using golden::Call;
using golden::GoldenCase;
using golden::Is;
using golden::ToJson;
using nlohmann::json;

const std::string kMarker = "zk_marker7c4a8d09ca3762af61e59520943dc26494f8941b";

template <typename What>
const What* Get(const AnyOutcome& outcome) {
  return std::visit(
      [](const auto& kind) -> const What* {
        return std::visit(
            [](const auto& what) -> const What* {
              if constexpr (std::is_same_v<std::decay_t<decltype(what)>, What>) return &what;
              return nullptr;
            },
            kind);
      },
      outcome);
}

bool Finds(const AnyOutcome& outcome) {
  const auto* page = Get<LookupPage>(outcome);
  return page != nullptr && !page->matches.empty();
}

// Whether the outcome ends something: a job, or the question whether there is one.
bool IsEnd(const AnyOutcome& outcome) {
  return Is<Accepted>(outcome) || Is<Refused>(outcome) || Is<Succeeded>(outcome) || Is<Failed>(outcome) ||
         Is<CancelledThere>(outcome) || Is<NextStage>(outcome) || Finds(outcome);
}

std::string Text(const AnyOutcome& outcome) { return ToJson(outcome).dump(); }

class AdapterAnswerTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    for (GoldenCase& golden : golden::LoadAll()) {
      if (golden.dialect == GetParam() && golden.response) cases_.push_back(std::move(golden));
    }
    ASSERT_FALSE(cases_.empty());
  }

  // One case of each call and stage: enough where the body is not the case's own.
  std::vector<GoldenCase> OneOfEachCall() const {
    std::vector<GoldenCase> chosen;
    for (const GoldenCase& golden : cases_) {
      const bool known = std::any_of(chosen.begin(), chosen.end(), [&golden](const GoldenCase& other) {
        return other.call == golden.call && other.stage == golden.stage &&
               other.account.synchronous == golden.account.synchronous;
      });
      if (!known) chosen.push_back(golden);
    }
    return chosen;
  }

  // Lets every call read `body` under 200 and under some errors.
  void ReadEverywhere(const std::string& body,
                      const std::function<void(const GoldenCase&, int, const AnyOutcome&)>& check) {
    for (const GoldenCase& golden : OneOfEachCall()) {
      for (const int status : {200, 202, 400, 404, 422, 429, 500}) {
        check(golden, status,
              Read(golden, *golden.MakeAdapter(), {status, {{"x-fal-request-id", "r1"}}, body}));
      }
    }
  }

  std::vector<GoldenCase> cases_;
};

TEST_P(AdapterAnswerTest, EveryStatusWithEveryBodyEndsInAnOutcome) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    HttpResponse response = *golden.response;
    for (response.status = 100; response.status < 600; ++response.status) {
      const int status = response.status;
      const AnyOutcome outcome = Read(golden, *adapter, response);
      const bool success = status >= 200 && status < 300;
      if (golden.call == Call::kSubmit) {
        const bool open = status < 200 || (status >= 300 && status < 400) || status == 408 || status >= 500;
        if (open) {
          EXPECT_TRUE(Is<Unrecognized>(outcome)) << status << Text(outcome);
        }
        if (!success && status != 400 && status != 409) {
          EXPECT_FALSE(Is<Accepted>(outcome)) << status << Text(outcome);
        }
        if (success) {
          EXPECT_FALSE(Is<Refused>(outcome) && ToJson(outcome)["refused"].empty());
        }
      }
      if (status == 401 || status == 402 || status == 403) {
        const TryAgain* again = Get<TryAgain>(outcome);
        // Before the submission nothing is lost by giving the account up; after it, everything.
        if (golden.call == Call::kPrepare) {
          EXPECT_TRUE(Is<Refused>(outcome)) << status << Text(outcome);
        } else if (golden.call != Call::kSubmit) {
          EXPECT_TRUE(again != nullptr) << status << Text(outcome);
        }
        if (again != nullptr) {
          EXPECT_TRUE(again->account_trouble.has_value()) << status << Text(outcome);
        }
      }
      if (golden.call == Call::kPoll && (status == 408 || status == 429)) {
        EXPECT_TRUE(Is<TryAgain>(outcome)) << status;
      }
      if (Is<Succeeded>(outcome)) {
        // A batch of which one part failed may come under the status of that part.
        EXPECT_TRUE(success || ((status == 400 || status == 404) && golden.count > 1)) << status;
      }
    }
  }
}

// A complete answer without a body: the verdict is the status's alone, the same in every dialect.
TEST_P(AdapterAnswerTest, AnEmptyAnswerToASubmissionIsJudgedByItsStatus) {
  const std::set<int> refused = {400, 401, 402, 403, 404, 405, 413, 415, 422};
  for (const GoldenCase& golden : OneOfEachCall()) {
    if (golden.call != Call::kSubmit) continue;
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    for (int status = 100; status < 600; ++status) {
      const AnyOutcome outcome = Read(golden, *adapter, {status, {}, ""});
      EXPECT_EQ(Is<Refused>(outcome), refused.contains(status)) << status;
      EXPECT_EQ(Is<Throttled>(outcome), status == 429) << status;
      EXPECT_FALSE(Is<Accepted>(outcome)) << status;
    }
  }
}

constexpr std::size_t kNearAnEnd = 2'000;
constexpr std::size_t kStepBetween = 101;

TEST_P(AdapterAnswerTest, WhatWasCutEndsNothing) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    const std::unique_ptr<Adapter> adapter = golden.MakeAdapter();
    const std::string& whole = golden.response->body;
    // Near its ends at every byte; what lies between them in a long body repeats itself.
    const auto next = [&whole](std::size_t length) {
      const bool between = length > kNearAnEnd && length + kNearAnEnd < whole.size();
      return length + (between ? kStepBetween : 1);
    };
    for (std::size_t length = 0; length < whole.size(); length = next(length)) {
      HttpResponse cut = *golden.response;
      cut.body.resize(length);
      // Without an announced length, a cut is known by the JSON that it breaks.
      const bool shows = length > 0 && (whole[0] == '{' || whole[0] == '[') && !json::accept(cut.body);
      // A cancel ends nothing by itself: 2xx is a wish that was heard, whatever came behind it.
      if (shows) {
        EXPECT_FALSE(IsEnd(Read(golden, *adapter, cut))) << cut.body;
      }
      cut.headers.push_back({"content-length", std::to_string(whole.size())});
      EXPECT_FALSE(IsEnd(Read(golden, *adapter, cut))) << cut.body;
    }
  }
}

TEST_P(AdapterAnswerTest, AnAnnouncedLengthThatFitsChangesNothing) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    HttpResponse response = *golden.response;
    response.headers.push_back({"content-length", std::to_string(response.body.size())});
    EXPECT_EQ(Text(Read(golden, *golden.MakeAdapter(), response)), golden.outcome->dump());
  }
}

TEST_P(AdapterAnswerTest, RubbishEndsNothing) {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{\"status\":";
  std::string wide = "[0";
  for (int i = 0; i < limits::kJsonNodes; ++i) wide += ",0";
  const std::vector<std::string> bodies = {"",
                                           " ",
                                           "null",
                                           "0",
                                           "\"COMPLETED\"",
                                           "[]",
                                           "{}",
                                           "[[[",
                                           "{\"status\":{}}",
                                           "{\"status\":[]}",
                                           "{\"data\":{}}",
                                           "{\"data\":[null,0,\"x\",[]]}",
                                           "<html><body>COMPLETED</body></html>",
                                           "{\"id\":\"\xff\xfe\",\"status\":\"COMPLETED\"}",
                                           "\xff\xd8\xff\xe0",
                                           std::string("\0\0\0", 3),
                                           "\xEF\xBB\xBF",
                                           std::string(10'000, '['),
                                           deep,
                                           wide + "]"};
  for (const std::string& body : bodies) {
    SCOPED_TRACE(body.substr(0, 80));
    ReadEverywhere(body, [](const GoldenCase& golden, int status, const AnyOutcome& outcome) {
      if (status == 200 || status == 202) {
        // A synchronous answer is accepted by its header; whatever it holds then is no video.
        if (golden.account.synchronous) {
          EXPECT_FALSE(Text(outcome).find("succeeded") != std::string::npos);
        } else {
          EXPECT_FALSE(Is<Accepted>(outcome) || Is<Refused>(outcome) || Is<Succeeded>(outcome))
              << Text(outcome);
        }
      } else {
        EXPECT_FALSE(Is<Accepted>(outcome) || Is<Succeeded>(outcome)) << Text(outcome);
      }
    });
  }
}

// A reader that built what it reads would need gigabytes here; the limits of the test's machine show that.
TEST_P(AdapterAnswerTest, TwentyMegabytesOfBracketsEndInNoResult) {
  const std::string body(20u << 20, '[');
  ReadEverywhere(body, [](const GoldenCase&, int, const AnyOutcome& outcome) {
    EXPECT_FALSE(IsEnd(outcome)) << Text(outcome);
  });
}

TEST_P(AdapterAnswerTest, RandomBytesEndInAnOutcome) {
  const char* const given = std::getenv("ZOETROPE_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 2'000; ++i) {
    const GoldenCase& golden = cases_[random() % cases_.size()];
    HttpResponse response = *golden.response;
    for (unsigned changes = 1 + random() % 8; changes > 0 && !response.body.empty(); --changes) {
      const std::size_t at = random() % response.body.size();
      switch (random() % 3) {
        case 0:
          response.body[at] = static_cast<char>(random());
          break;
        case 1:
          response.body.erase(at, 1 + random() % 8);
          break;
        default:
          response.body.insert(at, 1, static_cast<char>(random()));
      }
    }
    Text(Read(golden, *golden.MakeAdapter(), response));  // Dumping checks the UTF-8 of every text.
    std::string noise(random() % 200, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    response.body = noise;
    Text(Read(golden, *golden.MakeAdapter(), response));
  }
}

// Applies `change` to every value of a JSON text that is not a container.
void Walk(json& value, const std::string& key, const std::function<void(const std::string&, json&)>& change) {
  if (value.is_object()) {
    for (auto& member : value.items()) Walk(member.value(), member.key(), change);
  } else if (value.is_array()) {
    for (json& item : value) Walk(item, key, change);
  } else {
    change(key, value);
  }
}

std::optional<HttpResponse> Changed(const GoldenCase& golden,
                                    const std::function<void(const std::string&, json&)>& change) {
  json body = json::parse(golden.response->body, nullptr, false);
  if (!body.is_structured()) return std::nullopt;
  Walk(body, "", change);
  HttpResponse response = *golden.response;
  response.body = body.dump();
  return response;
}

TEST_P(AdapterAnswerTest, NumbersMayComeAsTexts) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    const auto response = Changed(golden, [](const std::string&, json& value) {
      if (value.is_number()) value = value.dump();
    });
    if (response) {
      EXPECT_EQ(Text(Read(golden, *golden.MakeAdapter(), *response)), golden.outcome->dump());
    }
  }
}

TEST_P(AdapterAnswerTest, UnknownMembersChangeNothing) {
  const std::function<void(json&)> add = [&add](json& value) {
    for (json& child : value) {
      if (child.is_structured()) add(child);
    }
    if (value.is_object()) value["zz_new"] = {{"status", "COMPLETED"}, {"url", "https://new.example/x.mp4"}};
  };
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    json body = json::parse(golden.response->body, nullptr, false);
    if (!body.is_structured()) continue;
    add(body);
    HttpResponse response = *golden.response;
    response.body = body.dump();
    EXPECT_EQ(Text(Read(golden, *golden.MakeAdapter(), response)), golden.outcome->dump());
  }
}

bool IsForPeople(const std::string& key) {
  static constexpr std::string_view kKeys[] = {
      "error", "message",   "msg",    "detail",   "title",      "code",       "type",
      "level", "timestamp", "status", "workerId", "error_type", "error_code", "error_message"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

TEST_P(AdapterAnswerTest, AQuotedCredentialGoesNoFurther) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    for (const std::string& words :
         {"Incorrect API key provided: " + kMarker + ".", "Bearer " + kMarker, kMarker}) {
      auto response = Changed(golden, [&words](const std::string& key, json& value) {
        if (value.is_string() && IsForPeople(key) && key != "status") value = words;
      });
      if (!response) response = *golden.response;
      response->headers.push_back({"x-fal-error-type", kMarker});
      response->headers.push_back({"retry-after", kMarker});
      response->headers.push_back({"x-fal-billable-units", kMarker});
      EXPECT_EQ(Text(Read(golden, *golden.MakeAdapter(), *response)).find(kMarker), std::string::npos);
      response->body = words;  // A page of text that is nothing else.
      EXPECT_EQ(Text(Read(golden, *golden.MakeAdapter(), *response)).find(kMarker), std::string::npos);
    }
  }
}

TEST_P(AdapterAnswerTest, TextsAreBoundedAndPrintable) {
  std::string long_text = "\x01\x1b[31m\xE2\x80\xAE \n\t";
  for (int i = 0; i < 100'000; ++i) long_text += "\xC3\xA4";
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    const auto response = Changed(golden, [&long_text](const std::string& key, json& value) {
      if (value.is_string() && IsForPeople(key) && key != "status") value = long_text;
    });
    if (!response) continue;
    json outcome = ToJson(Read(golden, *golden.MakeAdapter(), *response));
    Walk(outcome, "", [](const std::string& key, json& value) {
      if (!value.is_string()) return;
      const std::string text = value;
      EXPECT_LE(CountCodePoints(text).value_or(0), limits::kUrlChars) << key;
      if (key == "message") {
        EXPECT_LE(CountCodePoints(text).value_or(0), limits::kProviderMessageChars);
      }
      if (key == "provider_code") {
        EXPECT_LE(CountCodePoints(text).value_or(0), limits::kProviderCodeChars);
      }
      EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; })) << key;
    });
  }
}

// Every URL of an answer is turned to another host, in the ways in which that is tried.
TEST_P(AdapterAnswerTest, ForeignUrlsAreNeverKeptForLaterCalls) {
  for (const GoldenCase& golden : cases_) {
    if (golden.call != Call::kSubmit) continue;
    SCOPED_TRACE(golden.file);
    for (const char* foreign :
         {"https://evil.example/x", "https://queue.fal.run@evil.example/x", "//evil.example/x", "/x", "",
          "https://queue.fal.run:444/x", "http://queue.fal.run/x", "https://queue.fal.run\\.evil.example/",
          "https://api.wavespeed.ai@evil.example/api/v3/x", "https://api.wavespeed.ai/api/v3/../v2/x",
          "https://api.wavespeed.ai/api/v33/x", "https://api.wavespeed.ai:444/api/v3/x"}) {
      const auto response = Changed(golden, [foreign](const std::string& key, json& value) {
        if (value.is_string() && (key.ends_with("url") || key == "get" || key == "cancel")) value = foreign;
      });
      if (!response) continue;
      const AnyOutcome outcome = Read(golden, *golden.MakeAdapter(), *response);
      if (const Accepted* accepted = Get<Accepted>(outcome)) {
        EXPECT_TRUE(accepted->job.urls.empty()) << Text(outcome);
      }
    }
  }
}

TEST_P(AdapterAnswerTest, ResultsAreWebAddressesWithoutCredentials) {
  for (const GoldenCase& golden : cases_) {
    SCOPED_TRACE(golden.file);
    for (const std::string& bad :
         {std::string("javascript:alert(1)"), std::string("file:///etc/passwd"), std::string("https://"),
          std::string("https://user:pass@cdn.example/x.mp4"), std::string("https://cdn.example/a b"),
          "https://cdn.example/" + std::string(limits::kUrlChars, 'x'), std::string("data:video/mp4,")}) {
      const auto response = Changed(golden, [&bad](const std::string&, json& value) {
        if (value.is_string() && value.get<std::string>().starts_with("https://")) value = bad;
      });
      if (!response) continue;
      const std::string text = Text(Read(golden, *golden.MakeAdapter(), *response));
      // A dialect that makes its results' addresses itself does not look at those of an answer.
      if (text == golden.outcome->dump()) continue;
      EXPECT_EQ(text.find("succeeded"), std::string::npos) << bad;
      EXPECT_EQ(text.find("prepared"), std::string::npos) << bad;
    }
  }
}

TEST_P(AdapterAnswerTest, HostileIdsAreNotAccepted) {
  for (const GoldenCase& golden : cases_) {
    if (golden.call != Call::kSubmit || golden::MakeAdapter(GetParam())->capabilities().deduplicates_by_id)
      continue;
    SCOPED_TRACE(golden.file);
    for (const std::string& bad :
         {std::string(), std::string("."), std::string(".."), std::string("a b"), std::string("a\nb"),
          std::string("\xC3\xA4"), std::string(limits::kProviderIdChars + 1, 'x')}) {
      auto response = Changed(golden, [&bad](const std::string& key, json& value) {
        if (key == "id" || key == "request_id") value = bad;
      });
      if (!response) continue;
      for (HttpHeader& header : response->headers) {
        if (header.name == "x-fal-request-id") header.value = bad;
      }
      EXPECT_FALSE(Is<Accepted>(Read(golden, *golden.MakeAdapter(), *response))) << bad;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, AdapterAnswerTest, testing::ValuesIn(golden::SubjectNames()),
                         [](const auto& tested) { return tested.param; });

}  // namespace
}  // namespace zoetrope
