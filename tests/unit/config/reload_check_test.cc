#include "server/config/reload_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "server/config/config_loader.h"
#include "server/config/file_stamps.h"
#include "tests/support/temp_dir.h"

namespace zoetrope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kRunning[] = R"(
listen: 127.0.0.1:7468
budgets: [{name: all, limit: "10", window: month}]
providers:
  - {name: fal, api_key: {env: A}, limits: {concurrent_jobs_max: 5}}
  - {name: runpod, api_key: {env: B}}
)";

config::v1::Config Read(const std::string& yaml) {
  ConfigResult read = LoadConfig("test.yaml", yaml, {}, [](const std::string&) { return std::nullopt; });
  for (const FileProblem& problem : read.problems) ADD_FAILURE() << Format(problem);
  return read.config;
}

std::vector<std::string> Fixed(const std::string& next) {
  return FixedDifferences(Read(kRunning), Read(next));
}

TEST(ReloadCheckTest, WhatIsTheSameIsNoDifference) { EXPECT_THAT(Fixed(kRunning), IsEmpty()); }

TEST(ReloadCheckTest, PricesLimitsBudgetsAndCredentialsCanChange) {
  EXPECT_THAT(Fixed(R"(
listen: 127.0.0.1:7468
budgets: [{name: all, limit: "20", window: day}, {name: more, limit: "1", window: total}]
catalogue: {file: other.yaml, price_age_max: 1h}
providers:
  - {name: runpod, api_key: {file: /keys/runpod}, submit_timeout: 30s, poll: {first_after: 1s}}
  - name: fal
    api_key: {env: C}
    limits: {concurrent_jobs_max: 9, submissions_per_second: 1}
    price: {factor: "0.5"}
    bills: {failed: false}
    search: {give_up_after: 1m}
    charge: {give_up_after: 1m}
    poll_timeout: 3s
)"),
              IsEmpty());
}

TEST(ReloadCheckTest, WhatWasBuiltAtTheStartCannot) {
  EXPECT_THAT(Fixed("listen: 127.0.0.1:7000\nlog_level: debug\n"
                    "budgets: []\n"
                    "providers: [{name: fal, api_key: {env: A}}, {name: runpod, api_key: {env: B}}]\n"),
              ElementsAre("listen", "log_level"));
  EXPECT_THAT(Fixed("providers:\n"
                    "  - {name: fal, api_key: {env: A}, base_url: https://elsewhere.example}\n"
                    "  - {name: third, dialect: fal, api_key: {env: B}}\n"),
              UnorderedElementsAre("providers[fal]", "providers[third]", "providers[runpod]"));
}

// Whoever adds a setting of an account decides whether it can change, here and in the code.
TEST(ReloadCheckTest, EverySettingOfAnAccountIsOneOrTheOther) {
  const std::set<std::string> can_change = {"api_key", "limits", "poll",           "search",      "charge",
                                            "price",   "bills",  "submit_timeout", "poll_timeout"};
  const google::protobuf::Descriptor& type = *config::v1::Provider::descriptor();
  const config::v1::Config running = Read(kRunning);
  std::set<std::string> seen;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    config::v1::Config next = running;
    config::v1::Provider* const provider = next.mutable_providers(1);
    const google::protobuf::Reflection& reflection = *provider->GetReflection();
    if (field.name() == "name") continue;  // which account it is
    if (field.is_repeated()) {
      reflection.AddMessage(provider, &field);
    } else if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      reflection.SetString(provider, &field, "other");
    } else if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) {
      reflection.SetBool(provider, &field, true);
    } else {
      reflection.ClearField(provider, &field);
      reflection.MutableMessage(provider, &field);
    }
    if (FixedDifferences(running, next).empty()) seen.insert(field.name());
  }
  EXPECT_EQ(seen, can_change);
}

TEST(FileStampsTest, EveryWayOfChangingAFileShows) {
  testing::TempDir folder;
  const std::string file = folder.File("a");
  const std::string none = StampOf(file);
  std::ofstream(file) << "one";
  const std::string first = StampOf(file);
  EXPECT_NE(first, none);
  EXPECT_EQ(StampOf(file), first);
  std::ofstream(file) << "longer";
  EXPECT_NE(StampOf(file), first);
  std::filesystem::remove(file);
  EXPECT_EQ(StampOf(file), none);
  // As a ConfigMap changes: the path stays, and what it leads to is another file.
  for (const char* name : {"old", "new"}) {
    std::filesystem::create_directory(folder.File(name));
    std::ofstream(folder.File(std::string(name) + "/c")) << "same";
  }
  std::filesystem::create_directory_symlink("old", folder.File("data"));
  const std::string before = StampOf(folder.File("data/c"));
  std::filesystem::create_directory_symlink("new", folder.File("next"));
  std::filesystem::rename(folder.File("next"), folder.File("data"));
  EXPECT_NE(StampOf(folder.File("data/c")), before);
  EXPECT_EQ(StampsNow({{folder.File("data/c"), before}}),
            (FileStamps{{folder.File("data/c"), StampOf(folder.File("data/c"))}}));
}

}  // namespace
}  // namespace zoetrope
