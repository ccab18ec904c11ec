#include "server/route/routing_notes.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/route/ranking.h"

namespace zoetrope {
namespace {

std::string Usd(Money amount) { return absl::StrCat(std::string(kCurrency), " ", FormatMoney(amount)); }

Money Less(Money a, Money b) { return Subtract(a, b).value_or(Money()); }

std::string WhyCandidate(const std::vector<Candidate>& candidates, std::size_t index,
                         RoutingStrategy strategy) {
  const Candidate& candidate = candidates[index];
  if (!candidate.price) {
    return absl::StrCat("its price is not published; ", Usd(candidate.reservation_cap), " is set aside");
  }
  const std::optional<Money>& first = candidates.front().price;
  if (index == 0) {
    const char* const best = candidates.size() == 1 ? "the only one that can do it" : FirstText(strategy);
    return absl::StrCat(best, ", at ", Usd(*candidate.price));
  }
  if (!first || *candidate.price == *first) return absl::StrCat("at ", Usd(*candidate.price));
  const bool dearer = *candidate.price > *first;
  const Money difference = dearer ? Less(*candidate.price, *first) : Less(*first, *candidate.price);
  return absl::StrCat("at ", Usd(*candidate.price), ", ", Usd(difference), dearer ? " more" : " less",
                      " than the first");
}

std::string WhyNot(const Unsuitability& reason, const Evaluation& evaluation, const RoutingInput& input) {
  if (reason.reason == v1::ERROR_REASON_MAX_COST_EXCEEDED && evaluation.price && input.max_cost) {
    return absl::StrCat("over max_cost by ", Usd(Less(evaluation.price->amount, *input.max_cost)));
  }
  return reason.field.empty() ? reason.description : absl::StrCat(reason.field, " ", reason.description);
}

std::string Bounded(std::string text) {
  if (text.size() <= kRoutingNoteChars) return text;
  std::size_t end = kRoutingNoteChars - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U)
    --end;  // not within a character
  return text.substr(0, end) + "...";
}

}  // namespace

std::vector<RoutingNote> NotesOn(const RoutingInput& input, const std::vector<Examined>& all,
                                 const std::vector<Candidate>& candidates) {
  std::vector<RoutingNote> notes;
  // What can serve stands first in `all`, in the order of the candidates.
  for (std::size_t i = 0; i < candidates.size() && notes.size() < kRoutingNotes; ++i) {
    notes.push_back({candidates[i].provider, candidates[i].offering, true,
                     Bounded(absl::StrCat(WhyCandidate(candidates, i, input.routing.strategy),
                                          MeritText(input.routing, all[i].evaluation)))});
  }
  const Mode mode = ModeOf(input.generation);
  for (const Examined& examined : all) {
    const Evaluation& evaluation = examined.evaluation;
    if (evaluation.suitable() || evaluation.provider.empty() || evaluation.offering->mode != mode) continue;
    if (notes.size() >= kRoutingNotes) break;
    std::string why = "passed over: ";
    const char* separator = "";
    for (const Unsuitability& reason : evaluation.reasons) {
      absl::StrAppend(&why, separator, WhyNot(reason, evaluation, input));
      separator = "; ";
    }
    notes.push_back({evaluation.provider, evaluation.offering->id, false, Bounded(std::move(why))});
  }
  return notes;
}

void NoteOverBudget(const Candidate& candidate, const BudgetShortage& shortage,
                    std::vector<RoutingNote>& notes) {
  const auto note = std::find_if(notes.begin(), notes.end(), [&candidate](const RoutingNote& n) {
    return n.provider == candidate.provider && n.offering == candidate.offering;
  });
  if (note == notes.end()) return;
  RoutingNote passed = std::move(*note);
  notes.erase(note);
  passed.candidate = false;
  passed.why = Bounded(
      absl::StrCat("passed over: over budget `", shortage.key.budget, "` by ",
                   Usd(Less(Add(shortage.used, shortage.asked).value_or(shortage.asked), shortage.limit))));
  notes.push_back(std::move(passed));
}

}  // namespace zoetrope
