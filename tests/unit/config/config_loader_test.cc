#include "server/config/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace zoetrope {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Variables = std::map<std::string, std::string>;

Environment Of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

ConfigResult Load(std::string_view yaml, Variables variables = {}, Overrides overrides = {}) {
  const Environment environment = Of(std::move(variables));
  return LoadConfig("c.yaml", yaml, WithEnvironment(std::move(overrides), environment), environment);
}

TEST(ConfigLoaderTest, NothingIsAConfiguration) {
  for (const char* text : {"", "\n\n", "{}", "# listen: 127.0.0.1:1", "# one\r\n\r\n  # two\n \t"}) {
    const ConfigResult result = Load(text);
    EXPECT_THAT(result.problems, IsEmpty()) << text;
    EXPECT_EQ(result.config.listen(), "127.0.0.1:7468");
    EXPECT_EQ(result.config.metrics_listen(), "127.0.0.1:9468");
    EXPECT_EQ(result.config.admin().listen(), "127.0.0.1:7469");
    EXPECT_EQ(result.config.store().sqlite().path(), "zoetrope.db");
    EXPECT_EQ(result.config.store().sqlite().backup_folder(), "backups");
    EXPECT_EQ(result.config.providers_size(), 0);
  }
  EXPECT_EQ(Load("", {{"STATE_DIRECTORY", "/var/lib/zoetrope"}}).config.store().sqlite().path(),
            "/var/lib/zoetrope/zoetrope.db");
}

TEST(ConfigLoaderTest, CopiesGoBesideTheStoreUnlessTheOperatorSaysWhere) {
  const auto folder = [](const std::string& text, const Variables& variables, const Overrides& flags = {}) {
    return Load(text, variables, flags).config.store().sqlite().backup_folder();
  };
  EXPECT_EQ(folder("", {{"STATE_DIRECTORY", "/var/lib/zoetrope"}}), "/var/lib/zoetrope/backups");
  EXPECT_EQ(folder("", {}, {.store = "/srv/jobs.db"}), "/srv/backups");
  EXPECT_EQ(folder("store: {sqlite: {backup_folder: /mnt/copies}}", {}, {.store = "/srv/jobs.db"}),
            "/mnt/copies");
}

TEST(ConfigLoaderTest, ACommentHidesNothingBehindIt) {
  EXPECT_EQ(Load("# one\nlisten: 127.0.0.1:1").config.listen(), "127.0.0.1:1");
  EXPECT_THAT(Load("\n# one\n nonsense # two").problems, SizeIs(1));
}

TEST(ConfigLoaderTest, ReadsEveryKindOfValue) {
  const ConfigResult result = Load(R"(
listen: 127.0.0.1:1
catalogue: {allow_retired_models: true}
providers:
  - name: runpod
    dialect: runpod
    api_key: {env: KEY}
    limits: {concurrent_jobs_max: 3, submissions_per_second: 0.5}
    poll: {first_after: 250ms, interval_max: 1m30s}
watch: {heartbeat: 1h}
unknown_outcome_policy: abandon
log_level: warning
)");
  ASSERT_THAT(result.problems, IsEmpty());
  const config::v1::Provider& provider = result.config.providers(0);
  EXPECT_EQ(provider.api_key().env(), "KEY");
  EXPECT_EQ(provider.limits().concurrent_jobs_max(), 3);
  EXPECT_EQ(provider.limits().submissions_per_second(), 0.5);
  EXPECT_EQ(provider.poll().first_after().nanos(), 250'000'000);
  EXPECT_EQ(provider.poll().interval_max().seconds(), 90);
  EXPECT_EQ(result.config.watch().heartbeat().seconds(), 3'600);
  EXPECT_TRUE(result.config.catalogue().allow_retired_models());
  EXPECT_EQ(result.config.unknown_outcome_policy(), config::v1::UNKNOWN_OUTCOME_ABANDON);
  EXPECT_EQ(result.config.log_level(), config::v1::LOG_LEVEL_WARNING);
}

TEST(ConfigLoaderTest, EveryProblemAtOnceAndWhereItIs) {
  const ConfigResult result = Load(R"(lisen: 127.0.0.1:1
watch:
  heartbeat: soon
  streams_max: -1
limits:
  live_jobs_max: "7"
log_level: loud
providers:
  - name: runpod
    api_key: {env: A, file: b}
    colour: red
  - api_key: [1]
)");
  std::vector<std::string> lines;
  for (const FileProblem& problem : result.problems) lines.push_back(Format(problem));
  EXPECT_THAT(
      lines, ::testing::IsSupersetOf({HasSubstr("c.yaml:1:"), HasSubstr("c.yaml:3:"), HasSubstr("c.yaml:4:"),
                                      HasSubstr("c.yaml:6:"), HasSubstr("c.yaml:7:"), HasSubstr("c.yaml:10:"),
                                      HasSubstr("c.yaml:11:"), HasSubstr("c.yaml:12:")}));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("lisen")));
}

TEST(ConfigLoaderTest, AValueOfAnotherTypeIsAProblem) {
  for (const char* text :
       {"listen: [a]", "listen: {a: b}", "allow_insecure_listen: maybe", "providers: {}", "providers: [7]",
        "store: sqlite", "limits: {live_jobs_max: 1.5}", "[1]", "7", "drain: {delay: -1s}",
        "drain: {delay: 5}", "unknown_outcome_policy: unspecified"}) {
    EXPECT_THAT(Load(text).problems, SizeIs(::testing::Ge(1u))) << text;
  }
}

TEST(ConfigLoaderTest, WhatIsNoYamlIsAProblem) {
  for (const char* text : {"a: b: c", "\t- x", "{", "a: &x 1\nb: *x", "--- 1\n--- 2"}) {
    EXPECT_THAT(Load(text).problems, SizeIs(::testing::Ge(1u))) << text;
  }
  EXPECT_THAT(Load(std::string(2u << 20, '#')).problems, SizeIs(::testing::Ge(1u)));
  EXPECT_THAT(Load(std::string(10'000, '[')).problems, SizeIs(::testing::Ge(1u)));
}

TEST(ConfigLoaderTest, FlagsComeBeforeTheEnvironmentBeforeTheFile) {
  const char* text = "listen: 127.0.0.1:1\nstore: {sqlite: {path: file.db}}\n";
  EXPECT_EQ(Load(text).config.listen(), "127.0.0.1:1");
  const Variables variables = {
      {"ZOETROPE_LISTEN", "127.0.0.1:2"}, {"ZOETROPE_STORE", "env.db"}, {"ZOETROPE_METRICS_LISTEN", "off"}};
  const ConfigResult environment = Load(text, variables);
  EXPECT_EQ(environment.config.listen(), "127.0.0.1:2");
  EXPECT_EQ(environment.config.store().sqlite().path(), "env.db");
  EXPECT_EQ(environment.config.metrics_listen(), "off");
  const ConfigResult flags = Load(text, variables, {.listen = "127.0.0.1:3", .store = "flag.db"});
  EXPECT_EQ(flags.config.listen(), "127.0.0.1:3");
  EXPECT_EQ(flags.config.store().sqlite().path(), "flag.db");
}

TEST(ConfigLoaderTest, WhoeverWantsAFreePortGetsOneForTheOperatorToo) {
  EXPECT_EQ(Load("listen: 127.0.0.1:0").config.admin().listen(), "127.0.0.1:0");
  EXPECT_EQ(Load("listen: 127.0.0.1:0\nadmin: {listen: off}").config.admin().listen(), "off");
  EXPECT_EQ(Load("", {{"ZOETROPE_ADMIN_LISTEN", "off"}}).config.admin().listen(), "off");
  EXPECT_EQ(
      Load("", {{"ZOETROPE_ADMIN_LISTEN", "off"}}, {.admin_listen = "127.0.0.1:5"}).config.admin().listen(),
      "127.0.0.1:5");
}

TEST(ConfigLoaderTest, AddressesTakePartsFromTheEnvironment) {
  const char* text = R"(providers:
  - name: fal
    base_url: "${env:HOST}/v2"
    base_urls: [{name: sync, url: "https://${env:OTHER:-b.example}"}]
    api_key: {env: K}
)";
  const ConfigResult result = Load(text, {{"HOST", "https://a.example"}});
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.config.providers(0).base_url(), "https://a.example/v2");
  EXPECT_EQ(result.config.providers(0).base_urls(0).url(), "https://b.example");
  const ConfigResult unset = Load(text);
  ASSERT_THAT(unset.problems, SizeIs(::testing::Ge(1u)));
  EXPECT_THAT(Format(unset.problems[0]),
              ::testing::AllOf(HasSubstr("c.yaml:3:"), HasSubstr("`HOST` is not set")));
}

TEST(ConfigLoaderTest, ContradictionsComeWithTheirPlace) {
  const ConfigResult result =
      Load("listen: 127.0.0.1:1\n\nproviders:\n  - name: nobody\n    api_key: {env: K}\n");
  ASSERT_THAT(result.problems, SizeIs(1));
  EXPECT_THAT(Format(result.problems[0]), HasSubstr("c.yaml:4:"));
  EXPECT_THAT(Format(result.problems[0]), HasSubstr("`nobody` is no dialect"));
}

}  // namespace
}  // namespace zoetrope
