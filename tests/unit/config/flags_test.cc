#include "server/config/flags.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace zoetrope {
namespace {

std::variant<Flags, int> Parse(std::vector<std::string> words) {
  words.insert(words.begin(), "zoetroped");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return ParseFlags(static_cast<int>(argv.size()), argv.data(), "1.2.3");
}

TEST(FlagsTest, WhatIsNotGivenIsNotThere) {
  const Flags flags = std::get<Flags>(Parse({}));
  EXPECT_EQ(flags.source.config, "");
  EXPECT_FALSE(flags.source.overrides.listen.has_value());
  EXPECT_FALSE(flags.check || flags.check_prices || flags.print_catalogue);
}

TEST(FlagsTest, EachSaysItsOwn) {
  const Flags flags = std::get<Flags>(Parse({"--config",
                                             "a.yaml",
                                             "--listen",
                                             "127.0.0.1:0",
                                             "--metrics-listen",
                                             "off",
                                             "--admin-listen",
                                             "off",
                                             "--store",
                                             "b.db",
                                             "--port-file",
                                             "c",
                                             "--admin-port-file",
                                             "d",
                                             "--callback-port-file",
                                             "e",
                                             "--check-config",
                                             "--print-config",
                                             "--check-prices",
                                             "--print-catalogue"}));
  EXPECT_EQ(flags.source.config, "a.yaml");
  EXPECT_EQ(flags.source.overrides.listen, "127.0.0.1:0");
  EXPECT_EQ(flags.source.overrides.metrics_listen, "off");
  EXPECT_EQ(flags.source.overrides.admin_listen, "off");
  EXPECT_EQ(flags.source.overrides.store, "b.db");
  EXPECT_EQ(flags.port_file + flags.admin_port_file + flags.callback_port_file, "cde");
  EXPECT_TRUE(flags.check && flags.print_config && flags.check_prices && flags.print_catalogue);
}

TEST(FlagsTest, WhatIsWrongIsAUsageError) {
  EXPECT_EQ(std::get<int>(Parse({"--nonsense"})), kUsageExit);
  EXPECT_EQ(std::get<int>(Parse({"--config", "a.yaml", "--sandbox", "http://127.0.0.1:1"})), kUsageExit);
  EXPECT_EQ(std::get<int>(Parse({"--help"})), 0);
  EXPECT_EQ(std::get<int>(Parse({"--version"})), 0);
}

}  // namespace
}  // namespace zoetrope
