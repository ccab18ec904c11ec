#include "server/config/config_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoetrope {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::IsEmpty;

config::v1::Config Good() {
  config::v1::Config config;
  config.set_listen("127.0.0.1:7468");
  config.set_metrics_listen("127.0.0.1:9468");
  config.mutable_admin()->set_listen("127.0.0.1:7469");
  config.set_health_listen("off");
  config::v1::Provider* provider = config.add_providers();
  provider->set_name("one");
  provider->set_dialect("runpod");
  provider->mutable_api_key()->set_env("KEY");
  return config;
}

// Paths of what is wrong once `change` was made.
template <typename Change>
std::vector<std::string> Wrong(Change change) {
  config::v1::Config config = Good();
  change(config);
  std::vector<std::string> paths;
  for (const ConfigProblem& problem : CheckConfig(config)) paths.push_back(problem.path);
  return paths;
}

TEST(ConfigCheckTest, AGoodOneHasNoProblem) { EXPECT_THAT(CheckConfig(Good()), IsEmpty()); }

TEST(ConfigCheckTest, OthersReachTheServerOnlyByPermission) {
  for (const char* address :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.com:1", "127.0.0.1.example.com:1", ":1"}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.set_listen(address); }), Contains("listen")) << address;
    EXPECT_THAT(Wrong([&](auto& c) { c.set_metrics_listen(address); }), Contains("metrics_listen"))
        << address;
  }
  for (const char* address : {"127.0.0.1:0", "127.9.9.9:1", "localhost:1", "[::1]:1", "unix:/tmp/socket"}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.set_listen(address); }), IsEmpty()) << address;
  }
  EXPECT_THAT(Wrong([](auto& c) {
                c.set_listen("0.0.0.0:1");
                c.set_metrics_listen("0.0.0.0:2");
                c.set_allow_insecure_listen(true);
              }),
              IsEmpty());
}

TEST(ConfigCheckTest, OthersReachTheOperatorsServiceOnlyByAPermissionOfItsOwn) {
  for (const char* address : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "127.0.0.1.example.com:1", ":1"}) {
    const auto listen = [&](auto& c) {
      c.mutable_admin()->set_listen(address);
      c.set_allow_insecure_listen(true);
    };
    EXPECT_THAT(Wrong(listen), Contains("admin.listen")) << address;
  }
  EXPECT_THAT(Wrong([](auto& c) {
                c.mutable_admin()->set_listen("0.0.0.0:1");
                c.mutable_admin()->set_allow_insecure_listen(true);
              }),
              IsEmpty());
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_admin()->set_listen("off"); }), IsEmpty());
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_admin()->set_listen("127.0.0.1"); }), Contains("admin.listen"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_admin()->set_listen(c.listen()); }), Contains("admin.listen"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_admin()->set_listen(c.metrics_listen()); }),
              Contains("admin.listen"));
}

TEST(ConfigCheckTest, HealthIsToldWhereverItIsAskedFor) {
  const auto with = [](const char* address) { return Wrong([&](auto& c) { c.set_health_listen(address); }); };
  for (const char* good : {"off", "0.0.0.0:7471", "127.0.0.1:0"}) EXPECT_THAT(with(good), IsEmpty()) << good;
  for (const char* bad : {"", "7471", "127.0.0.1:7468", "127.0.0.1:7469", "127.0.0.1:9468"})
    EXPECT_THAT(with(bad), Contains("health_listen")) << bad;
}

TEST(ConfigCheckTest, CallbacksAreGivenWhole) {
  const auto with = [](const std::string& listen, const std::string& url, bool key = true,
                       bool plain = false) {
    return Wrong([&](auto& c) {
      c.mutable_callbacks()->set_listen(listen);
      c.mutable_callbacks()->set_url(url);
      c.mutable_callbacks()->set_allow_plain_http(plain);
      if (key) c.mutable_callbacks()->mutable_key()->set_env("CALLBACK_KEY");
    });
  };
  const std::string good = "https://video.example.com/callbacks";
  EXPECT_THAT(with("0.0.0.0:7470", good), IsEmpty());
  EXPECT_THAT(with("127.0.0.1:0", "http://127.0.0.1:7470", true, true), IsEmpty());
  for (const char* listen : {"", "7470", "0.0.0.0:x", "unix:/tmp/socket"}) {
    EXPECT_THAT(with(listen, good), Contains("callbacks.listen")) << listen;
  }
  for (const char* taken : {"127.0.0.1:7468", "127.0.0.1:9468", "127.0.0.1:7469"}) {
    EXPECT_THAT(with(taken, good), Contains("callbacks.listen")) << taken;
  }
  for (const char* url :
       {"", "video.example.com", "http://video.example.com", "https://u:p@video.example.com",
        "https://video.example.com/", "https://video.example.com/a?b", "https://", "https://:443",
        "https://a b", "ftp://video.example.com"}) {
    EXPECT_THAT(with("127.0.0.1:0", url), Contains("callbacks.url")) << url;
  }
  EXPECT_THAT(with("127.0.0.1:0", good, false), Contains("callbacks.key"));
  EXPECT_THAT(Wrong([&](auto& c) {
                c.mutable_callbacks()->set_listen("127.0.0.1:0");
                c.mutable_callbacks()->set_url(good);
                c.mutable_callbacks()->mutable_key()->set_dummy("0123456789abcdef0123456789abcdef");
              }),
              Contains("callbacks.key.dummy"));
}

TEST(ConfigCheckTest, TracesHaveAPlaceToGo) {
  const auto with = [](const std::string& endpoint, int percent = 100, const std::string& header = "X-Key") {
    return Wrong([&](auto& c) {
      c.mutable_tracing()->set_endpoint(endpoint);
      c.mutable_tracing()->set_sample_percent(percent);
      c.mutable_tracing()->add_headers()->set_name(header);
      c.mutable_tracing()->mutable_headers(0)->mutable_value()->set_env("COLLECTOR_KEY");
    });
  };
  const std::string good = "http://collector.observability:4318/v1/traces";
  EXPECT_THAT(with(good), IsEmpty());
  EXPECT_THAT(with("https://collector.example.com/v1/traces", 0), IsEmpty());
  for (const char* endpoint : {"", "collector:4318", "ftp://collector", "http://u:p@collector/v1/traces"})
    EXPECT_THAT(with(endpoint), Contains("tracing.endpoint")) << endpoint;
  EXPECT_THAT(with(good, 101), Contains("tracing.sample_percent"));
  EXPECT_THAT(with(good, -1), Contains("tracing.sample_percent"));
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a:"), std::string("x\r\ny"),
                                  std::string("Content-Type"), std::string(65, 'x')})
    EXPECT_THAT(with(good, 100, name), Contains("tracing.headers[0].name")) << name;
  EXPECT_THAT(Wrong([&](auto& c) {
                c.mutable_tracing()->set_endpoint(good);
                for (int i = 0; i < 17; ++i) c.mutable_tracing()->add_headers()->set_name("X-Key");
                c.mutable_tracing()->mutable_headers(1)->mutable_value()->set_dummy("open");
              }),
              AllOf(Contains("tracing.headers"), Contains("tracing.headers[0].value"),
                    Contains("tracing.headers[1].value.dummy")));
}

TEST(ConfigCheckTest, QuotesHaveAKeyAndATime) {
  const auto for_seconds = [](std::int64_t seconds) {
    return Wrong([&](auto& c) {
      c.mutable_quotes()->mutable_key()->set_env("QUOTE_KEY");
      c.mutable_quotes()->mutable_valid_for()->set_seconds(seconds);
    });
  };
  for (const std::int64_t good : {1, 900, 86'400}) EXPECT_THAT(for_seconds(good), IsEmpty()) << good;
  for (const std::int64_t bad : {0, 86'401})
    EXPECT_THAT(for_seconds(bad), Contains("quotes.valid_for")) << bad;
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_quotes()->mutable_valid_for()->set_seconds(60); }),
              Contains("quotes.valid_for"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_quotes()->mutable_key(); }), Contains("quotes.key"));
}

TEST(ConfigCheckTest, WhatAnAccountPaysIsAnAmount) {
  const auto factor = [](const std::string& text) {
    return Wrong([&](auto& c) { c.mutable_providers(0)->mutable_price()->set_factor(text); });
  };
  for (const char* good : {"0", "0.85", "1", "10", "0.000001"}) EXPECT_THAT(factor(good), IsEmpty()) << good;
  for (const char* bad : {"-0.1", "10.000001", "0.0000001", "15%", "much"})
    EXPECT_THAT(factor(bad), Contains("providers[0].price.factor")) << bad;
  const auto agreed = [](const std::string& per_second, const std::string& day) {
    return Wrong([&](auto& c) {
      config::v1::AgreedPrice& price = *c.mutable_providers(0)->mutable_price()->add_agreed();
      price.set_offering("sora-2@fal");
      price.set_per_second(per_second);
      price.set_as_of_date(day);
    });
  };
  EXPECT_THAT(agreed("0.08", "2026-11-20"), IsEmpty());
  EXPECT_THAT(agreed("0", "2026-11-20"), IsEmpty());
  EXPECT_THAT(agreed("-1", "2026-11-20"), Contains("providers[0].price.agreed[0]"));
  EXPECT_THAT(agreed("", "2026-11-20"), Contains("providers[0].price.agreed[0]"));
  EXPECT_THAT(agreed("0.08", "2026-13-20"), Contains("providers[0].price.agreed[0].as_of_date"));
}

TEST(ConfigCheckTest, ADummyKeyPromisesNothingWhereMoneyIsReal) {
  const auto with = [](bool real) {
    return Wrong([&](auto& c) {
      c.mutable_quotes()->mutable_key()->set_dummy("0123456789abcdef0123456789abcdef");
      config::v1::Provider& provider = *c.mutable_providers(0);
      provider.set_base_url("http://127.0.0.1:1/runpod");
      provider.set_allow_plain_http(true);
      provider.set_allow_private_hosts(true);
      if (!real) provider.mutable_api_key()->set_dummy("sandbox");
    });
  };
  EXPECT_THAT(with(false), IsEmpty());
  EXPECT_THAT(with(true), Contains("quotes.key.dummy"));
}

TEST(ConfigCheckTest, AddressesAreAddresses) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", ""}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.set_listen(address); }), Contains("listen")) << address;
    EXPECT_THAT(Wrong([&](auto& c) { c.set_metrics_listen(address); }), Contains("metrics_listen"))
        << address;
  }
  EXPECT_THAT(Wrong([](auto& c) { c.set_metrics_listen("off"); }), IsEmpty());
  EXPECT_THAT(Wrong([](auto& c) { c.set_metrics_listen(c.listen()); }), Contains("metrics_listen"));
}

TEST(ConfigCheckTest, WhatIsSetAsideIsAnAmount) {
  for (const char* amount : {"0", "-1", "much", "1 USD", "1e99"}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.mutable_catalogue()->set_unpriced_reservation(amount); }),
                Contains("catalogue.unpriced_reservation"))
        << amount;
  }
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_catalogue()->set_unpriced_reservation("2.00"); }), IsEmpty());
}

TEST(ConfigCheckTest, WhatMayPayTwiceHasToBePermitted) {
  const auto with = [](config::v1::UnknownOutcome policy, bool permitted) {
    return Wrong([&](auto& c) {
      c.set_unknown_outcome_policy(policy);
      c.mutable_validation()->set_allow_retry_once(permitted);
    });
  };
  EXPECT_THAT(with(config::v1::UNKNOWN_OUTCOME_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND, false),
              Contains("unknown_outcome_policy"));
  EXPECT_THAT(with(config::v1::UNKNOWN_OUTCOME_RETRY_ONCE_ACCEPTING_DOUBLE_SPEND, true), IsEmpty());
  EXPECT_THAT(with(config::v1::UNKNOWN_OUTCOME_ABANDON, false), IsEmpty());
}

TEST(ConfigCheckTest, WhatIsOverIsKeptForADayAtLeast) {
  const auto keep = [](std::int64_t seconds) {
    return Wrong([&](auto& c) { c.mutable_retention()->mutable_finished_jobs()->set_seconds(seconds); });
  };
  EXPECT_THAT(keep(0), Contains("retention.finished_jobs"));
  EXPECT_THAT(keep(24 * 3'600 - 1), Contains("retention.finished_jobs"));
  EXPECT_THAT(keep(24 * 3'600), IsEmpty());
}

TEST(ConfigCheckTest, NamesAreNamesAndUnique) {
  for (const char* name : {"", "Upper", "a b", "a/b"}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.mutable_providers(0)->set_name(name); }),
                Contains("providers[0].name"))
        << name;
  }
  EXPECT_THAT(Wrong([](auto& c) { *c.add_providers() = c.providers(0); }), Contains("providers[1].name"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->set_dialect("nobody"); }),
              Contains("providers[0].dialect"));
}

TEST(ConfigCheckTest, UrlsKeepTheRules) {
  for (const char* url :
       {"ftp://a.example", "a.example", "http://a.example", "https://a.example/", "https://u:p@a.example",
        "https://a.example?x=1", "https://a b", "https://a.example:99999", "https://a.example:0",
        "https://a.example\\x", "https://\xc3\xa4.example", "https://:443", "https://a%62.example"}) {
    EXPECT_THAT(Wrong([&](auto& c) { c.mutable_providers(0)->set_base_url(url); }),
                Contains("providers[0].base_url"))
        << url;
  }
  EXPECT_THAT(Wrong([](auto& c) {
                c.mutable_providers(0)->set_base_url("http://a.example");
                c.mutable_providers(0)->set_allow_plain_http(true);
              }),
              IsEmpty());
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->add_base_urls()->set_url("http://a.example"); }),
              ::testing::ElementsAre("providers[0].base_urls[0]", "providers[0].base_urls[0].url"));
  const auto named = [](const char* dialect, const char* name) {
    return Wrong([&](auto& c) {
      c.mutable_providers(0)->set_dialect(dialect);
      c.mutable_providers(0)->add_base_urls()->set_name(name);
      c.mutable_providers(0)->mutable_base_urls(0)->set_url("https://a.example");
    });
  };
  EXPECT_THAT(named("fal", "platform"), IsEmpty());
  EXPECT_THAT(named("fal", "plattform"), Contains("providers[0].base_urls[0].name"));
  EXPECT_THAT(named("runpod", "platform"), Contains("providers[0].base_urls[0].name"));
}

TEST(ConfigCheckTest, ACredentialIsNamedAndADummyIsForSimulators) {
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->clear_api_key(); }),
              Contains("providers[0].api_key"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_api_key()->set_env(""); }),
              Contains("providers[0].api_key.env"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_api_key()->set_dummy("x"); }),
              Contains("providers[0].api_key.dummy"));
  EXPECT_THAT(Wrong([](auto& c) {
                config::v1::Provider& provider = *c.mutable_providers(0);
                provider.mutable_api_key()->set_dummy("x");
                provider.set_allow_private_hosts(true);
                provider.set_base_url("https://sandbox.example");
              }),
              IsEmpty());
}

TEST(ConfigCheckTest, TimesArePositiveAndBoundsAreBounds) {
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_watch()->mutable_heartbeat(); }), Contains("watch.heartbeat"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_poll()->mutable_first_after(); }),
              Contains("providers[0].poll.first_after"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_search()->mutable_first_after(); }),
              Contains("providers[0].search.first_after"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_search()->mutable_give_up_after(); }),
              Contains("providers[0].search.give_up_after"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_providers(0)->mutable_charge()->mutable_give_up_after(); }),
              Contains("providers[0].charge.give_up_after"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_limits()->set_live_jobs_max(100'001); }),
              Contains("limits.live_jobs_max"));
  EXPECT_THAT(Wrong([](auto& c) { c.mutable_limits()->set_picture_mib_max(65'537); }),
              Contains("limits.picture_mib_max"));
  EXPECT_THAT(
      Wrong([](auto& c) { c.mutable_providers(0)->mutable_limits()->set_submissions_per_second(-1); }),
      Contains("providers[0].limits.submissions_per_second"));
}

TEST(ConfigCheckTest, EverythingIsReportedTogether) {
  EXPECT_GE(Wrong([](auto& c) {
              c.set_listen("0.0.0.0:1");
              c.set_metrics_listen("x");
              c.mutable_providers(0)->set_dialect("nobody");
              c.mutable_providers(0)->set_base_url("x/");
              c.mutable_providers(0)->clear_api_key();
            }).size(),
            5u);
}

}  // namespace
}  // namespace zoetrope
