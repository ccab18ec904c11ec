// Every offering that is in service, pinned, through the real programs: what becomes of a job that all goes
// well with, that is refused for its content, that meets an outage, and whose submission nobody answers; what
// the provider has made, and what it costs. The simulator's tables were written down apart from the
// catalogue, so that each holds the other to the providers' pages: the fields of a request, and the price.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/error_details.h"
#include "tests/support/world_fixture.h"

namespace zoetrope::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(100);

// Where the charge of a video is not known before, an estimate may be that much above it, in percent.
constexpr std::int64_t kEstimateSlack = 2;

constexpr const char* kDialects[] = {"runpod", "fal", "runware", "vtrix", "wavespeed", "openai"};

std::string PathOf(const std::string& dialect) {
  static const std::map<std::string, std::string> kPaths = {
      {"runpod", "/runpod/v2"},           {"fal", "/fal/queue"},
      {"runware", "/runware/v1"},         {"vtrix", "/vtrix/model"},
      {"wavespeed", "/wavespeed/api/v3"}, {"openai", "/openai/v1"}};
  return kPaths.at(dialect);
}

// The accounts for jobs that go badly: each takes so few that its breaker stays closed, and no job waits for
// the account instead of showing what becomes of it.
constexpr int kSpareAccounts = 20;
constexpr int kBadJobsPerAccount = 4;

std::string SpareAccount(const std::string& dialect, int number) {
  return absl::StrCat(dialect, "-", number);
}

std::string AccountText(const std::string& name, const std::string& dialect) {
  return absl::StrFormat(
      R"(  - name: %s
    dialect: %s
    base_url: "$SANDBOX%s"
    api_key: {dummy: sandbox}
    allow_plain_http: true
    allow_private_hosts: true
    limits: {concurrent_jobs_max: 1000, submissions_per_second: 1000, submissions_burst: 1000}
    poll: {first_after: 100ms, interval_max: 200ms, lost_after: 5s}
    search: {first_after: 200ms, give_up_after: 10s}
%s)",
      name, dialect, PathOf(dialect),
      dialect == "fal" ? "    base_urls: [{name: platform, url: \"$SANDBOX/fal/platform/v1\"}]\n" : "");
}

std::string ConfigText(int spare_accounts) {
  std::string text = R"(metrics_listen: 127.0.0.1:0
catalogue: {allow_retired_models: true, unpriced_reservation: "5.00"}
validation: {allow_private_image_hosts: true}
providers:
)";
  for (const char* dialect : kDialects) {
    text += AccountText(dialect, dialect);
    for (int i = 0; i < spare_accounts; ++i) text += AccountText(SpareAccount(dialect, i), dialect);
  }
  return text;
}

std::int64_t NanosOf(const v1::Money& money) { return money.units() * 1'000'000'000 + money.nanos(); }

std::string Dollars(std::int64_t nanos) {
  std::string text = absl::StrFormat("%d.%09d", nanos / 1'000'000'000, nanos % 1'000'000'000);
  while (text.back() == '0' && text[text.size() - 3] != '.') text.pop_back();
  return text;
}

struct Offered {
  v1::Model model;
  v1::Offering offering;
};

// What is in service, as the server lists it for the accounts that are named like their dialects.
std::vector<Offered> ListOffered(client::VideoClient& client) {
  std::vector<Offered> offered;
  v1::ListModelsRequest request;
  request.set_page_size(1);  // each offering comes once per account
  do {
    const auto page = client.ListModels(request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    for (const v1::Model& model : page->models()) {
      for (const v1::Offering& offering : model.offerings()) {
        const bool serves = offering.lifecycle().state() != v1::LIFECYCLE_STATE_DISABLED;
        if (serves && offering.provider() == offering.dialect()) offered.push_back({model, offering});
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return offered;
}

bool HasSource(const v1::Offering& offering) {
  return offering.mode() == v1::GENERATION_MODE_REMIX || offering.mode() == v1::GENERATION_MODE_EXTEND;
}

template <typename List, typename Value>
bool Has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool HasDuration(const v1::Offering& offering, const google::protobuf::Duration& wanted) {
  return std::any_of(offering.durations().begin(), offering.durations().end(), [&](const auto& duration) {
    return duration.seconds() == wanted.seconds() && duration.nanos() == wanted.nanos();
  });
}

// What goes through this offering and no other: the model's defaults, and where the offering has not got one,
// the first thing that it has.
v1::SubmitRequest RequestFor(const Offered& offered, const std::string& account, const std::string& prompt) {
  const v1::Offering& offering = offered.offering;
  v1::SubmitRequest request;
  request.mutable_routing()->set_provider(account);
  request.mutable_routing()->set_failover(v1::FAILOVER_POLICY_NEVER);
  v1::Generation& wish = *request.mutable_generation();
  wish.set_model(offered.model.id());
  wish.set_prompt(prompt);
  const bool pictures = offering.mode() == v1::GENERATION_MODE_IMAGE_TO_VIDEO ||
                        offering.mode() == v1::GENERATION_MODE_FIRST_LAST_FRAME;
  if (pictures) wish.mutable_first_frame()->set_url("https://pictures.example.com/boat.png");
  if (offering.mode() == v1::GENERATION_MODE_FIRST_LAST_FRAME)
    wish.mutable_last_frame()->set_url("https://pictures.example.com/shore.png");
  if (offering.durations_size() > 0 && !HasDuration(offering, offered.model.default_duration()))
    *wish.mutable_duration() = offering.durations(0);
  if (offering.resolutions_size() > 0 && !Has(offering.resolutions(), offered.model.default_resolution()))
    wish.set_resolution(offering.resolutions(0));
  // Named with a picture, too: not every provider can follow one that it has to fetch.
  if (!HasSource(offering) && offering.aspect_ratios_size() > 0) {
    const std::string& usual = offered.model.default_aspect_ratio();
    wish.set_aspect_ratio(Has(offering.aspect_ratios(), usual) ? usual : offering.aspect_ratios(0));
  }
  if (offering.id().starts_with("kling-3.0/") && offering.id().ends_with("-720p@wavespeed"))
    wish.set_audio(false);  // the price with sound is not published
  // What others are to be made from must not be deleted.
  for (const v1::ParameterSpec& extra : offering.extras()) {
    if (extra.name() != "delete_video") continue;
    v1::Parameter& keep = *wish.add_extras();
    keep.set_name(extra.name());
    keep.set_bool_value(false);
  }
  return request;
}

std::string ModeName(v1::GenerationMode mode) {
  switch (mode) {
    case v1::GENERATION_MODE_TEXT_TO_VIDEO:
      return "text";
    case v1::GENERATION_MODE_IMAGE_TO_VIDEO:
      return "image";
    case v1::GENERATION_MODE_FIRST_LAST_FRAME:
      return "first+last";
    case v1::GENERATION_MODE_REMIX:
      return "remix";
    case v1::GENERATION_MODE_EXTEND:
      return "extend";
    default:
      return v1::GenerationMode_Name(mode);
  }
}

std::string Short(std::string name, const std::string& prefix) {
  return name.substr(name.find(prefix) == 0 ? prefix.size() : 0);
}

// What the simulator knows of the jobs of one prompt.
struct Truth {
  std::size_t posts = 0;
  std::size_t creations = 0;
  std::int64_t charged = 0;
  std::int64_t price = 0;
};

std::map<std::string, Truth> TruthByPrompt(const nlohmann::json& ledger) {
  std::map<std::string, Truth> truth;
  for (const nlohmann::json& attempt : ledger["attempts"])
    ++truth[attempt["prompt"].get<std::string>()].posts;
  for (const nlohmann::json& creation : ledger["creations"]) {
    Truth& of = truth[creation["prompt"].get<std::string>()];
    ++of.creations;
    of.charged += std::stoll(creation["charged_nanos"].get<std::string>());
    of.price += std::stoll(creation["price_nanos"].get<std::string>());
  }
  return truth;
}

enum class Outcome { kSuccess, kModeration, kOutage, kUnknown };
constexpr Outcome kOutcomes[] = {Outcome::kSuccess, Outcome::kModeration, Outcome::kOutage,
                                 Outcome::kUnknown};

struct OutcomeText {
  const char* name;
  const char* marker;  // of the simulator
};

OutcomeText TextOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSuccess:
      return {"success", ""};
    case Outcome::kModeration:
      return {"moderation", " [[fault:reject:content]]"};
    case Outcome::kOutage:
      return {"outage", " [[fault:status:503]]"};
    case Outcome::kUnknown:
      return {"unknown", " [[fault:lost-reply]]"};
  }
  return {"", ""};
}

bool IsBad(Outcome outcome) { return outcome == Outcome::kOutage || outcome == Outcome::kUnknown; }

// One cell: an offering under an outcome.
struct Cell {
  Offered offered;
  Outcome outcome = Outcome::kSuccess;
  std::string prompt;
  v1::Quote quote;  // before it was submitted
  v1::Job job;
  Truth truth;
};

// The catalogue's price of what was made against the simulator's.
void ExpectSamePrice(const Cell& cell, const v1::AttemptCost& cost) {
  const std::int64_t computed = NanosOf(cost.computed());
  const std::int64_t price = cell.truth.price;
  if (cell.quote.certainty() == v1::PRICE_CERTAINTY_EXACT) {
    EXPECT_EQ(Dollars(computed), Dollars(price)) << "the catalogue's price, and the provider's";
    return;
  }
  EXPECT_GE(computed, price) << "an estimate that is below the price breaks a ceiling";
  // A remix is as long as its source, which is not known before.
  if (cell.offered.offering.mode() == v1::GENERATION_MODE_REMIX) return;
  EXPECT_LE(computed, price + price * kEstimateSlack / 100) << "an estimate far above the price";
}

void ExpectMoney(const Cell& cell) {
  const v1::Job& job = cell.job;
  ASSERT_EQ(job.cost().attempts_size(), 1) << job.ShortDebugString();
  const v1::AttemptCost& cost = job.cost().attempts(0);
  if (IsBad(cell.outcome) && job.state() == v1::JOB_STATE_HELD) {
    EXPECT_FALSE(cost.has_settled()) << "no one knows yet";
    EXPECT_GT(NanosOf(cost.reserved()), 0) << "nothing is set aside";
    return;
  }
  EXPECT_EQ(cost.settlement(), v1::SETTLEMENT_STATE_SETTLED);
  if (cost.source() == v1::COST_SOURCE_PROVIDER) {
    EXPECT_EQ(Dollars(NanosOf(cost.settled())), Dollars(cell.truth.charged)) << "what the provider has said";
  }
  if (job.state() != v1::JOB_STATE_SUCCEEDED) {
    EXPECT_EQ(Dollars(NanosOf(cost.settled())), Dollars(cell.truth.charged));
    return;
  }
  EXPECT_EQ(cell.truth.charged, cell.truth.price);
  if (cost.has_computed()) ExpectSamePrice(cell, cost);
  EXPECT_EQ(cost.has_computed(), cell.quote.certainty() != v1::PRICE_CERTAINTY_UNKNOWN);
  EXPECT_EQ(Dollars(NanosOf(cost.computed())), Dollars(NanosOf(cell.quote.price())))
      << "not what was promised";
}

// What became of a submission that nobody answered, and how often it was sent.
struct Unanswered {
  v1::JobState state = v1::JOB_STATE_HELD;
  std::size_t creations = 0;
  std::size_t posts = 1;
};

Unanswered ExpectedOf(const Cell& cell) {
  const std::string& dialect = cell.offered.offering.dialect();
  const bool made = cell.outcome == Outcome::kUnknown;
  if (dialect == "runware") return {v1::JOB_STATE_SUCCEEDED, 1, 2};  // the same again, under its id
  // Lists show what was made; an extension is not known by what it shows.
  const bool listed = (dialect == "fal" || dialect == "wavespeed" || dialect == "openai") &&
                      cell.offered.offering.mode() != v1::GENERATION_MODE_EXTEND;
  if (made && listed) return {v1::JOB_STATE_SUCCEEDED, 1, 1};
  return {v1::JOB_STATE_HELD, made ? 1u : 0u, 1};
}

void ExpectOutcome(const Cell& cell) {
  const v1::Job& job = cell.job;
  v1::JobState state = v1::JOB_STATE_SUCCEEDED;
  v1::FailureReason reason = v1::FAILURE_REASON_UNSPECIFIED;
  std::size_t creations = 1;
  std::size_t posts = 1;
  const std::string& dialect = cell.offered.offering.dialect();
  if (cell.outcome == Outcome::kModeration) {
    state = v1::JOB_STATE_FAILED;
    reason = v1::FAILURE_REASON_CONTENT_REJECTED;
    creations = dialect == "fal" ? 1 : 0;  // whose queue takes the job and has the model reject it
  } else if (IsBad(cell.outcome)) {
    const Unanswered expected = ExpectedOf(cell);
    state = expected.state;
    if (state == v1::JOB_STATE_HELD) reason = v1::FAILURE_REASON_OUTCOME_UNKNOWN;
    creations = expected.creations;
    posts = expected.posts;
  }
  EXPECT_EQ(v1::JobState_Name(job.state()), v1::JobState_Name(state)) << job.ShortDebugString();
  EXPECT_EQ(v1::FailureReason_Name(job.failure().reason()), v1::FailureReason_Name(reason));
  EXPECT_EQ(cell.truth.creations, creations);
  EXPECT_EQ(cell.truth.posts, posts);
  EXPECT_EQ(job.outputs_size(), state == v1::JOB_STATE_SUCCEEDED ? 1 : 0);
  ExpectMoney(cell);
}

std::string CostText(const Cell& cell) {
  const v1::Cost& cost = cell.job.cost();
  if (cell.job.state() == v1::JOB_STATE_HELD) return "set aside " + Dollars(NanosOf(cost.reserved()));
  if (cell.job.state() != v1::JOB_STATE_SUCCEEDED || cost.attempts_size() == 0)
    return "settled " + Dollars(NanosOf(cost.settled()));
  const v1::AttemptCost& attempt = cost.attempts(0);
  const bool reported = attempt.source() == v1::COST_SOURCE_PROVIDER;
  const std::string settled = "settled " + Dollars(NanosOf(attempt.settled()));
  const std::string charged = "; charged " + Dollars(cell.truth.charged);
  if (!attempt.has_computed()) {
    return reported ? settled + " as reported; no price is published"
                    : settled + " as set aside, for no price is published" + charged;
  }
  const std::string computed = Dollars(NanosOf(attempt.computed()));
  if (computed == Dollars(cell.truth.price)) return settled + (reported ? " as reported" : " as computed");
  return settled + (reported ? " as reported; computed " + computed : " as computed" + charged);
}

void PrintMatrix(const std::vector<Cell>& cells) {
  std::printf("%-48s %-10s %-10s %-9s %-16s %-9s %s\n", "OFFERING", "FROM", "OUTCOME", "STATE", "REASON",
              "CREATIONS", "COST (USD)");
  for (const Cell& cell : cells) {
    const v1::Job& job = cell.job;
    const std::string reason = Short(v1::FailureReason_Name(job.failure().reason()), "FAILURE_REASON_");
    std::printf("%-48s %-10s %-10s %-9s %-16s %-9zu %s\n", cell.offered.offering.id().c_str(),
                ModeName(cell.offered.offering.mode()).c_str(), TextOf(cell.outcome).name,
                Short(v1::JobState_Name(job.state()), "JOB_STATE_").c_str(),
                reason == "UNSPECIFIED" ? "-" : reason.c_str(), cell.truth.creations, CostText(cell).c_str());
  }
  std::fflush(stdout);
}

class OfferingMatrixTest : public ::testing::Test {
 protected:
  // Starts the programs with so many spare accounts for each dialect, and lists what is in service.
  void Start(int spare_accounts) {
    // What a provider passes over in silence is a mistake of the catalogue all the same.
    world_.emplace(WorldOptions{.bin_dir = ZOETROPE_BIN_DIR,
                                .config = ConfigText(spare_accounts),
                                .sandbox_flags = {"--refuse-unknown-fields", "1"}});
    ASSERT_TRUE(world_->Start());
  }

  // The account of this cell's job.
  std::string AccountFor(const Offered& offered, Outcome outcome) {
    const std::string& dialect = offered.offering.dialect();
    if (!IsBad(outcome)) return dialect;
    const int number = bad_jobs_[dialect]++ / kBadJobsPerAccount;
    EXPECT_LT(number, kSpareAccounts) << "more offerings than accounts; add some";
    return SpareAccount(dialect, number);
  }

  // The cells of one offering, submitted; `source` is the video that it starts from, where it does.
  void SubmitCells(const Offered& offered, const std::string& source, std::vector<Cell>* cells) {
    for (const Outcome outcome : kOutcomes) {
      Cell cell;
      cell.offered = offered;
      cell.outcome = outcome;
      cell.prompt = absl::StrCat(offered.offering.id(), " ", TextOf(outcome).name, TextOf(outcome).marker);
      v1::SubmitRequest request = RequestFor(offered, AccountFor(offered, outcome), cell.prompt);
      if (HasSource(offered.offering)) {
        v1::SourceVideo& video = *request.mutable_generation()->mutable_source_video();
        video.set_provider_video_id(source);
        video.set_mode(offered.offering.mode() == v1::GENERATION_MODE_REMIX ? v1::SOURCE_VIDEO_MODE_REMIX
                                                                            : v1::SOURCE_VIDEO_MODE_EXTEND);
      }
      SCOPED_TRACE(cell.prompt);
      cell.quote = QuoteOf(request, offered.offering.id());
      cell.job = world_->Submit(request);
      cells->push_back(std::move(cell));
    }
  }

  // What the offering would charge at the account that the request names.
  v1::Quote QuoteOf(const v1::SubmitRequest& request, const std::string& offering) {
    v1::GetCostRequest question;
    *question.mutable_quote()->mutable_generation() = request.generation();
    *question.mutable_quote()->mutable_routing() = request.routing();
    const auto answer = world_->client().GetCost(question);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return {};
    for (const v1::Quote& quote : answer->quotation().quotes()) {
      if (quote.offering() == offering && quote.provider() == request.routing().provider()) return quote;
    }
    ADD_FAILURE() << "no quote";
    return {};
  }

  void AwaitCells(std::vector<Cell>* cells, std::size_t first) {
    for (std::size_t i = first; i < cells->size(); ++i) {
      Cell& cell = (*cells)[i];
      if (!cell.job.id().empty()) cell.job = world_->AwaitEnd(cell.job.id(), kPatience);
    }
  }

  std::optional<World> world_;
  std::map<std::string, int> bad_jobs_;
};

// The provider's id of a video of this model, which has been made before.
std::string SourceOf(const Offered& offered, const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) {
    const bool fits = cell.outcome == Outcome::kSuccess && cell.offered.model.id() == offered.model.id() &&
                      cell.offered.offering.dialect() == offered.offering.dialect();
    if (fits && cell.job.outputs_size() == 1) return cell.job.outputs(0).provider_video_id();
  }
  return "";
}

TEST_F(OfferingMatrixTest, EveryOfferingUnderEveryOutcome) {
  ASSERT_NO_FATAL_FAILURE(Start(kSpareAccounts));
  const std::vector<Offered> offered = ListOffered(world_->client());
  ASSERT_FALSE(offered.empty());
  std::vector<Cell> cells;
  for (const Offered& one : offered) {
    if (!HasSource(one.offering)) SubmitCells(one, "", &cells);
  }
  AwaitCells(&cells, 0);
  const std::size_t made = cells.size();
  for (const Offered& one : offered) {
    if (!HasSource(one.offering)) continue;
    const std::string source = SourceOf(one, cells);
    EXPECT_FALSE(source.empty()) << "no video to start from, for " << one.offering.id();
    SubmitCells(one, source, &cells);
  }
  AwaitCells(&cells, made);

  std::map<std::string, Truth> truth = TruthByPrompt(world_->Ledger());
  for (Cell& cell : cells) cell.truth = truth[cell.prompt];
  PrintMatrix(cells);
  for (const Cell& cell : cells) {
    SCOPED_TRACE(cell.prompt);
    ASSERT_EQ(cell.job.attempts_size(), 1) << cell.job.ShortDebugString();
    EXPECT_EQ(cell.job.attempts(0).offering(), cell.offered.offering.id());
    ExpectOutcome(cell);
  }
}

// One thing that a request may ask for beside the defaults.
struct Variation {
  std::string name;
  v1::SubmitRequest request;
};

class Variations {
 public:
  Variations(const Offered& offered, std::vector<Variation>* out)
      : offered_(offered), base_(RequestFor(offered, offered.offering.dialect(), "")), out_(out) {}

  void AddAll() {
    const v1::Offering& offering = offered_.offering;
    for (const auto& duration : offering.durations())
      *Add(absl::StrCat(duration.seconds(), "s")).mutable_duration() = duration;
    for (const std::string& resolution : offering.resolutions())
      Add("tier " + resolution).set_resolution(resolution);
    for (const std::string& ratio : offering.aspect_ratios()) {
      // Two want a picture of exactly the video's size, which that of an address is not known to have.
      const bool exact = offering.dialect() == "openai" || offering.dialect() == "vtrix";
      if (!exact || ratio != "auto") Add("ratio " + ratio).set_aspect_ratio(ratio);
    }
    for (const std::int32_t rate : offering.frame_rates_hertz())
      Add(absl::StrCat(rate, "Hz")).set_frame_rate_hertz(rate);
    if (offering.audio_selectable()) {
      Add("silent").set_audio(false);
      Add("sound").set_audio(true);
    }
    if (offering.seed_supported()) Add("seed").set_seed(7);
    if (offering.negative_prompt_supported()) Add("negative").set_negative_prompt("rain");
    for (const v1::ParameterSpec& extra : offering.extras()) AddExtra(extra);
  }

 private:
  // One more, to be changed.
  v1::Generation& Add(const std::string& what) {
    out_->push_back({absl::StrCat(offered_.offering.id(), " with ", what), base_});
    v1::Generation& wish = *out_->back().request.mutable_generation();
    wish.set_prompt(out_->back().name);
    return wish;
  }

  v1::Parameter& AddNamed(const v1::ParameterSpec& extra, const std::string& value) {
    v1::Generation& wish = Add(absl::StrCat(extra.name(), " ", value));
    wish.clear_extras();
    v1::Parameter& parameter = *wish.add_extras();
    parameter.set_name(extra.name());
    return parameter;
  }

  void AddExtra(const v1::ParameterSpec& extra) {
    for (const v1::Parameter& allowed : extra.allowed_values()) {
      const std::string name = extra.name();
      v1::Parameter& parameter = AddNamed(extra, allowed.ShortDebugString());
      parameter = allowed;
      parameter.set_name(name);
    }
    if (extra.allowed_values_size() > 0) return;
    if (extra.type() == v1::PARAMETER_TYPE_BOOL) {
      AddNamed(extra, "on").set_bool_value(true);
      AddNamed(extra, "off").set_bool_value(false);
    } else if (extra.type() == v1::PARAMETER_TYPE_STRING) {
      AddNamed(extra, "text").set_string_value("a word");
    }
    for (const auto& [given, value] :
         {std::pair(extra.has_minimum(), extra.minimum()), std::pair(extra.has_maximum(), extra.maximum())}) {
      if (!given) continue;
      v1::Parameter& parameter = AddNamed(extra, absl::StrCat(value));
      if (extra.type() == v1::PARAMETER_TYPE_INTEGER) {
        parameter.set_integer_value(static_cast<std::int64_t>(value));
      } else {
        parameter.set_number_value(value);
      }
    }
  }

  const Offered& offered_;
  const v1::SubmitRequest base_;
  std::vector<Variation>* const out_;
};

constexpr const char* kUnpriced[] = {
    "kling-3.0/image-to-video-720p@wavespeed with sound",
    "kling-3.0/first-last-frame-720p@wavespeed with sound",
    "kling-3.0/text-to-video-720p@wavespeed with sound",
    "ltx-2.3-fast/image-to-video@fal with tier 1440p",
    "ltx-2.3-fast/image-to-video@fal with tier 2160p",
    "ltx-2.3-fast/text-to-video@fal with tier 1440p",
    "ltx-2.3-fast/text-to-video@fal with tier 2160p",
    "ltx-2.3/first-last-frame@fal with tier 1440p",
    "ltx-2.3/first-last-frame@fal with tier 2160p",
    "ltx-2.3/image-to-video@fal with tier 1440p",
    "ltx-2.3/image-to-video@fal with tier 2160p",
    "ltx-2.3/text-to-video@fal with tier 1440p",
    "ltx-2.3/text-to-video@fal with tier 2160p",
};

TEST_F(OfferingMatrixTest, EverythingThatIsOfferedIsTaken) {
  ASSERT_NO_FATAL_FAILURE(Start(0));
  std::vector<Variation> variations;
  for (const Offered& one : ListOffered(world_->client())) {
    if (!HasSource(one.offering)) Variations(one, &variations).AddAll();
  }
  std::vector<std::string> ids;
  std::vector<std::string> unpriced;
  for (const Variation& variation : variations) {
    SCOPED_TRACE(variation.name);
    const auto answer = world_->client().Submit(variation.request);
    const bool no_price = client::GetErrorDetails(answer.status()).reason == "PRICE_UNKNOWN";
    if (no_price) unpriced.push_back(variation.name);
    EXPECT_TRUE(answer.ok() || no_price) << answer.status();
    ids.push_back(answer.ok() ? answer->job().id() : "");
  }
  // What its provider takes, and publishes no price for though it does for the rest, is refused whatever the
  // operator sets aside for offerings without any.
  EXPECT_THAT(unpriced, ::testing::UnorderedElementsAreArray(kUnpriced));
  std::vector<v1::Job> jobs;
  for (const std::string& id : ids) jobs.push_back(id.empty() ? v1::Job() : world_->AwaitEnd(id, kPatience));
  std::map<std::string, Truth> truth = TruthByPrompt(world_->Ledger());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    SCOPED_TRACE(variations[i].name);
    const v1::Job& job = jobs[i];
    if (job.id().empty()) continue;
    EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.failure().ShortDebugString();
    if (job.cost().attempts_size() != 1) continue;
    const v1::AttemptCost& cost = job.cost().attempts(0);
    const std::int64_t price = truth[variations[i].name].price;
    if (cost.source() == v1::COST_SOURCE_PROVIDER) {
      EXPECT_EQ(NanosOf(cost.settled()), price);
    }
    if (!cost.has_computed()) continue;  // no price is published
    EXPECT_GE(NanosOf(cost.computed()), price);
    EXPECT_LE(NanosOf(cost.computed()), price + price * kEstimateSlack / 100);
  }
  std::cout << jobs.size() << " requests, each with one value that an offering lists" << std::endl;
}

}  // namespace
}  // namespace zoetrope::testing
