// Under which id a provider has the attempt that it calls back about, in the bodies that their pages show.
#include <gtest/gtest.h>

#include <string>

#include "server/providers/adapter.h"
#include "server/providers/registry.h"

namespace zoetrope {
namespace {

struct Sample {
  const char* dialect;
  const char* body;
  const char* id;
};

// docs.runpod.io/serverless/endpoints/send-requests, docs.fal.ai/model-endpoints/webhooks (both outcomes),
// runware.ai/docs/platform/webhooks, wavespeed.ai/docs/how-to-use-webhooks.
constexpr Sample kSamples[] = {
    {"runpod", R"({"id":"4f2a-e1","status":"COMPLETED","output":{"result":"https://x.example/a.mp4"}})",
     "4f2a-e1"},
    {"fal", R"({"request_id":"764cabcf","gateway_request_id":"764cabcf","status":"OK","payload":{}})",
     "764cabcf"},
    {"fal", R"({"request_id":"764cabcf","status":"ERROR","error":"Invalid status code: 422"})", "764cabcf"},
    {"runware",
     R"({"taskType":"videoInference","taskUUID":"a1f16825-3b03","videoURL":"https://x.example/a.mp4"})",
     "a1f16825-3b03"},
    {"wavespeed", R"({"id":"e6832d4abffb","model":"openai/sora-2","status":"completed","outputs":[]})",
     "e6832d4abffb"},
};

std::unique_ptr<Adapter> Make(std::string_view dialect) { return FindDialect(dialect)->make({}); }

TEST(CallbackTest, TheIdIsWhereThePagesHaveIt) {
  for (const Sample& sample : kSamples) {
    const auto job = Make(sample.dialect)->ReadCallback(sample.body);
    ASSERT_TRUE(job.has_value()) << sample.body;
    EXPECT_EQ(job->id, sample.id);
    EXPECT_TRUE(job->urls.empty()) << "an address from outside is never called";
  }
}

TEST(CallbackTest, EveryDialectThatCanCallBackIsRead) {
  for (const DialectEntry& dialect : Dialects()) {
    bool read = false;
    for (const Sample& sample : kSamples) {
      read = read || Make(dialect.name)->ReadCallback(sample.body).has_value();
    }
    EXPECT_EQ(read, Make(dialect.name)->capabilities().can_call_back) << dialect.name;
  }
}

TEST(CallbackTest, WhatHasNoUsableIdSaysNothing) {
  for (const DialectEntry& dialect : Dialects()) {
    for (const std::string& body :
         {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string("{\"id\":"),
          std::string(R"({"id":"","request_id":"","taskUUID":""})"),
          std::string(R"({"id":"..","request_id":"..","taskUUID":".."})"),
          std::string(R"({"id":"a b","request_id":"a b","taskUUID":"a b"})"),
          R"({"id":")" + std::string(5000, 'a') + R"("})", std::string("\xff\xfe\x00", 3)}) {
      EXPECT_FALSE(Make(dialect.name)->ReadCallback(body).has_value()) << dialect.name << " " << body;
    }
  }
}

}  // namespace
}  // namespace zoetrope
