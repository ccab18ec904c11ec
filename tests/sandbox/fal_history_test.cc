#include "tests/sandbox/fal_history.h"

#include "tests/sandbox/test_world.h"

namespace zoetrope::sandbox {
namespace {

class FalHistoryTest : public WorldTest {
 protected:
  static constexpr char kModel[] = "fal-ai/sora-2/text-to-video";

  std::string Submit(const std::string& prompt, const Headers& more = {}) {
    Headers headers = kKey;
    headers.insert(headers.end(), more.begin(), more.end());
    const Json input{{"prompt", prompt}, {"duration", 4}};
    return Body(Send("POST", std::string("/fal/queue/") + kModel, input.dump(), headers))["request_id"];
  }
  Reply Ask(const std::string& query) {
    return Send("GET",
                std::string("/fal/platform/v1/models/requests/by-endpoint?endpoint_id=") + kModel + query, "",
                kKey);
  }
  // Ids, in the order of the list.
  std::vector<std::string> Ids(const std::string& query = "") {
    std::vector<std::string> ids;
    const Json body = Body(Ask(query));
    for (const Json& item : body["items"]) ids.push_back(item["request_id"]);
    return ids;
  }

  const Headers kKey = {{"authorization", "Key k"}};
};

TEST_F(FalHistoryTest, ListsWhatHasEndedTheNewestEndFirst) {
  const std::string slow = Submit("a boat [[fault:run-ms:5000]]");
  const std::string quick = Submit("a kite");
  EXPECT_TRUE(Ids().empty()) << "both still run";
  now_ += 3'000;
  EXPECT_EQ(Ids(), std::vector<std::string>{quick});
  now_ += 10'000;
  EXPECT_EQ(Ids(), (std::vector<std::string>{slow, quick}));
}

TEST_F(FalHistoryTest, AnItemTellsWhatWasSentAndWhen) {
  const std::string sent = IsoTime(now_);
  const std::string id = Submit("a boat");
  now_ += 10'000;
  const Json item = Body(Ask("&expand=payloads"))["items"][0];
  EXPECT_EQ(item["request_id"], id);
  EXPECT_EQ(item["endpoint_id"], kModel);
  EXPECT_EQ(item["sent_at"], sent);
  EXPECT_EQ(item["status_code"], 200);
  EXPECT_EQ(item["json_input"], (Json{{"prompt", "a boat"}, {"duration", 4}}));
  EXPECT_FALSE(Body(Ask(""))["items"][0].contains("json_input"));
}

TEST_F(FalHistoryTest, WhatWasNotToBeKeptIsNotThere) {
  Submit("a boat", {{"x-fal-store-io", "0"}});
  now_ += 10'000;
  EXPECT_TRUE(Body(Ask("&expand=payloads"))["items"][0]["json_input"].is_null());
}

TEST_F(FalHistoryTest, Filters) {
  const std::string good = Submit("a boat");
  const std::string bad = Submit("a boat [[fault:fail]]");
  const std::string refused = Submit("a boat [[fault:reject:content]]");
  now_ += 10'000;
  EXPECT_EQ(Ids().size(), 3u);
  EXPECT_EQ(Ids("&status=success"), std::vector<std::string>{good});
  EXPECT_EQ(Ids("&status=error"), std::vector<std::string>{bad});
  EXPECT_EQ(Ids("&status=user_error"), std::vector<std::string>{refused});
  EXPECT_EQ(Ids("&request_id=" + bad), std::vector<std::string>{bad});
  EXPECT_TRUE(Ids("&start=" + IsoTime(now_)).empty());
  EXPECT_TRUE(Ids("&end=" + IsoTime(now_ - 10'000)).empty());
  EXPECT_EQ(Ids("&start=" + IsoTime(now_ - 10'000) + "&end=" + IsoTime(now_)).size(), 3u);
}

TEST_F(FalHistoryTest, HasPages) {
  for (int i = 0; i < 5; ++i) Submit("a boat");
  now_ += 10'000;
  std::vector<std::string> all;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const Json body = Body(Ask("&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    EXPECT_EQ(body["has_more"], page < 2);
    for (const Json& item : body["items"]) all.push_back(item["request_id"]);
    cursor = body["next_cursor"].is_null() ? "" : body["next_cursor"].get<std::string>();
    EXPECT_EQ(cursor.empty(), page == 2);
  }
  EXPECT_EQ(all, Ids());
}

TEST_F(FalHistoryTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Send("GET", "/fal/platform/v1/models/requests/by-endpoint", "", kKey).status, 400);
  for (const char* query : {"&limit=0", "&limit=101", "&limit=x", "&start=yesterday", "&end=x", "&cursor=zz"})
    EXPECT_EQ(Ask(query).status, 400) << query;
  EXPECT_EQ(Send("GET", "/fal/platform/v1/models/requests/by-endpoint?endpoint_id=x", "", {}).status, 401);
  EXPECT_EQ(Send("GET", "/fal/platform/v1/models", "", kKey).status, 404);
  EXPECT_EQ(Send("POST", "/fal/platform/v1/models/requests/by-endpoint?endpoint_id=x", "", kKey).status, 405);
}

}  // namespace
}  // namespace zoetrope::sandbox
