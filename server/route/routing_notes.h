// Why a job is given to one offering and not to another, in words. Pure.
#ifndef ZOETROPE_SERVER_ROUTE_ROUTING_NOTES_H_
#define ZOETROPE_SERVER_ROUTE_ROUTING_NOTES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "server/domain/budget.h"
#include "server/domain/job.h"
#include "server/route/examine.h"
#include "server/route/router.h"

namespace zoetrope {

inline constexpr std::size_t kRoutingNotes = 32;
inline constexpr std::size_t kRoutingNoteChars = 300;

// The candidates in their order, then what was passed over of the same mode at configured accounts.
std::vector<RoutingNote> NotesOn(const RoutingInput& input, const std::vector<Examined>& all,
                                 const std::vector<Candidate>& candidates);

// The first candidate is passed over for want of room in a budget.
void NoteOverBudget(const Candidate& candidate, const BudgetShortage& shortage,
                    std::vector<RoutingNote>& notes);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ROUTE_ROUTING_NOTES_H_
