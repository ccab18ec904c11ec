#include "server/providers/likeness.h"

#include <cstddef>
#include <span>
#include <string>

namespace zoetrope {
namespace {

// `8`, `8.0` and `"8"` are one number: a list is as tolerant with types as any other answer.
Likeness CompareScalars(const JsonValue& theirs, const JsonValue& ours) {
  const bool number = theirs.Integer() && theirs.Integer() == ours.Integer();
  const bool text = theirs.Text() && theirs.Text() == ours.Text();
  const bool truth = theirs.Bool() && theirs.Bool() == ours.Bool();
  if (number || text || truth) return Likeness::kSame;
  // A picture that was sent by value may be listed by the address where the provider keeps it.
  return ours.Text().value_or("").starts_with("data:") ? Likeness::kUntold : Likeness::kOther;
}

Likeness CompareValues(const JsonValue& theirs, const JsonValue& ours);

Likeness CompareItems(const JsonValue& theirs, const JsonValue& ours) {
  const std::span<const JsonValue> left = theirs.Items();
  const std::span<const JsonValue> right = ours.Items();
  if (!theirs.is_array() || left.size() != right.size()) return Likeness::kOther;
  Likeness likeness = Likeness::kSame;
  for (std::size_t i = 0; i < left.size(); ++i) likeness = Both(likeness, CompareValues(left[i], right[i]));
  return likeness;
}

Likeness CompareMembers(const JsonValue& theirs, const JsonValue& ours) {
  if (!theirs.is_object()) return Likeness::kOther;
  Likeness likeness = Likeness::kSame;
  for (const std::string& name : ours.Keys()) {
    // A name with a dot in it would be read as a path; no field of a provider has one.
    const JsonValue* left = theirs.Find(name);
    const JsonValue* right = ours.Find(name);
    if (right == nullptr) return Likeness::kUntold;
    const bool shown = left != nullptr && left->kind() != JsonValue::Kind::kNull;
    likeness = Both(likeness, shown ? CompareValues(*left, *right) : Likeness::kUntold);
  }
  return likeness;
}

Likeness CompareValues(const JsonValue& theirs, const JsonValue& ours) {
  switch (ours.kind()) {
    case JsonValue::Kind::kNull:
      return Likeness::kSame;
    case JsonValue::Kind::kBool:
    case JsonValue::Kind::kNumber:
    case JsonValue::Kind::kString:
      return CompareScalars(theirs, ours);
    case JsonValue::Kind::kArray:
      return CompareItems(theirs, ours);
    case JsonValue::Kind::kObject:
      break;
  }
  return CompareMembers(theirs, ours);
}

}  // namespace

Likeness Both(Likeness a, Likeness b) {
  if (a == Likeness::kOther || b == Likeness::kOther) return Likeness::kOther;
  return a == Likeness::kSame && b == Likeness::kSame ? Likeness::kSame : Likeness::kUntold;
}

Likeness CompareTime(std::optional<absl::Time> created, absl::Time sent_at) {
  if (!created) return Likeness::kUntold;
  const bool then = *created >= sent_at - kCreatedBefore && *created <= sent_at + kCreatedAfter;
  return then ? Likeness::kSame : Likeness::kOther;
}

std::optional<absl::Time> TimeIn(const JsonValue& item, std::string_view path) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, item.Text(path).value_or(""), &time, &error)) return std::nullopt;
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return std::nullopt;
  return time;
}

Likeness CompareInput(const JsonValue* theirs, const JsonValue& ours) {
  if (theirs == nullptr || !theirs->is_object()) return Likeness::kUntold;
  return CompareMembers(*theirs, ours);
}

}  // namespace zoetrope
