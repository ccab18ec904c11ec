#ifndef ZOETROPE_TESTS_SANDBOX_FAULTS_H_
#define ZOETROPE_TESTS_SANDBOX_FAULTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/provider.h"

namespace zoetrope::sandbox {

inline constexpr int kForever = -1;

// One thing that goes wrong. README.md has the table of names.
struct Fault {
  std::string name;               // without a call prefix: "poll-404:2" is {status, [404], kPoll, 2}
  std::vector<std::string> args;  // the fault's own arguments, without the count
  Call call = Call::kSubmit;
  int times = 1;  // how often it strikes before it is spent
  std::optional<Provider> only;

  std::string Arg(std::size_t index, std::string_view otherwise = "") const;
  std::int64_t Number(std::size_t index, std::int64_t otherwise) const;
};

// A fault with its use count.
struct ArmedFault {
  Fault fault;
  int struck = 0;

  // True, and one use less, if it is aimed at `call` and not spent.
  bool Strike(Call call);
};

// Of the faults that decide what a call gets, one strikes at a time, in the order written: `status:429:2` and
// `lost-reply` in one prompt mean two refusals and then a lost reply. Modifiers (retry-after, hang, edits of
// the body) come on top.
bool IsModifier(const Fault& fault);

// "lost-reply", "status:429:2", "poll-404:3", "fal/fail:content". Nothing if the name is unknown or the text
// is malformed.
std::optional<Fault> ParseFault(std::string_view text);

// All `[[fault:…]]` markers of a prompt that concern this provider. Malformed ones are ignored: a prompt is
// free text.
std::vector<Fault> ParseMarkers(std::string_view prompt, Provider provider);

const Fault* FindFault(const std::vector<Fault>& faults, std::string_view name);

// Decides which faults strike a call: those of the script, those drawn by chance, and (for submits) those of
// the prompt. Faults that a prompt aims at later calls live in the job instead.
class FaultBook {
 public:
  FaultBook(std::uint64_t seed, double rate);

  // Replaces the script: an array of
  // {"provider","call","nth"|"every"|"always","times","prompt_contains","fault","arg"}. Returns "" or what is
  // wrong with it; a wrong script changes nothing.
  std::string LoadScript(const Json& script);
  const Json& script() const { return script_; }

  // Faults of the prompt's markers that are aimed at submits, consumed per provider and prompt: a re-send
  // gets through.
  std::vector<Fault> StrikeSubmit(Provider provider, const std::string& prompt,
                                  const std::vector<Fault>& markers);

  // Faults of the script and of chance. Includes faults of kind kJob when the call is a submit.
  std::vector<Fault> StrikeCall(Provider provider, Call call, std::string_view prompt);

  void Reset();

 private:
  struct Rule {
    std::optional<Provider> provider;
    Call call = Call::kAny;
    std::int64_t nth = 0;
    std::int64_t every = 0;
    std::int64_t times = kForever;
    std::string prompt_contains;
    Fault fault;
    std::int64_t seen = 0;
    std::int64_t struck = 0;
  };

  static std::string ReadRule(const Json& entry, Rule* rule);
  static bool Matches(Rule* rule, Provider provider, Call call, std::string_view prompt);
  std::optional<Fault> Draw(Call call);

  Json script_ = Json::array();
  std::vector<Rule> rules_;
  std::map<std::pair<std::size_t, std::size_t>, int>
      consumed_;  // (hash of provider and prompt, marker) -> uses
  std::mt19937_64 random_;
  double rate_;
};

}  // namespace zoetrope::sandbox

#endif  // ZOETROPE_TESTS_SANDBOX_FAULTS_H_
