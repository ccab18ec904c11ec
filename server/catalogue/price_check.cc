#include "server/catalogue/price_check.h"

namespace zoetrope {
namespace {

bool IsDated(const PriceRow& row) { return !row.valid_from_date.empty() || !row.valid_until_date.empty(); }

int Conditions(const PriceRow& row) {
  return (row.unit == PriceUnit::kVideo ? 0 : 1) + (row.resolution.empty() ? 0 : 1) + (row.audio ? 1 : 0) +
         (row.duration_ms ? 1 : 0) + (row.video_input ? 1 : 0) + (row.extra_on.empty() ? 0 : 1) +
         (IsDated(row) ? 1 : 0);
}

template <typename T>
bool Differ(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b && *a != *b;
}

// Whether the last day of `a` comes before the first one of `b`. Dates of this form compare as texts.
bool EndsBefore(const PriceRow& a, const PriceRow& b) {
  return !a.valid_until_date.empty() && !b.valid_from_date.empty() && a.valid_until_date < b.valid_from_date;
}

// Whether a generation and a day exist for which both rows hold and neither is the more specific one.
bool Ambiguous(const PriceRow& a, const PriceRow& b) {
  if (Conditions(a) != Conditions(b)) return false;
  const bool apart = (!a.resolution.empty() && !b.resolution.empty() && a.resolution != b.resolution) ||
                     Differ(a.audio, b.audio) || Differ(a.duration_ms, b.duration_ms) ||
                     Differ(a.video_input, b.video_input) || EndsBefore(a, b) || EndsBefore(b, a);
  return !apart;
}

class PriceCheck {
 public:
  PriceCheck(const Offering& offering, const std::string& path, const Report& report)
      : offering_(offering), path_(path), report_(report) {}

  void Run() const {
    for (std::size_t i = 0; i < offering_.prices.size(); ++i) {
      const PriceRow& row = offering_.prices[i];
      const std::string at = At(path_, "prices", i);
      CheckEvidence(row.source, row.as_of_date, at);
      CheckConditions(row, at);
      CheckArithmetic(row, at);
      for (std::size_t j = 0; j < i; ++j) {
        if (Ambiguous(row, offering_.prices[j]))
          report_(at, "prices: no telling which counts, this row or row " + std::to_string(j));
      }
    }
    for (std::size_t i = 0; i < offering_.surcharges.size(); ++i) CheckSurcharge(i);
  }

 private:
  void CheckEvidence(const std::string& source, const std::string& as_of_date, const std::string& at) const {
    if (!source.starts_with("https://"))
      report_(At(at, "source"), "source: must be the https URL of a public page");
    if (!IsDate(as_of_date)) report_(At(at, "as_of_date"), "as_of_date: must be a day as YYYY-MM-DD");
  }

  void CheckResolution(const std::string& resolution, const std::string& at) const {
    if (!resolution.empty() && !Contains(offering_.resolutions, resolution)) {
      report_(At(at, "resolution"), resolution + ": is not an offered resolution");
    }
  }

  bool IsSwitch(const std::string& name) const {
    return std::any_of(offering_.extras.begin(), offering_.extras.end(), [&name](const ExtraSpec& extra) {
      return extra.name == name && extra.type == ParameterType::kBool;
    });
  }

  void CheckConditions(const PriceRow& row, const std::string& at) const {
    CheckResolution(row.resolution, at);
    if (row.duration_ms && !Contains(offering_.durations_ms, *row.duration_ms)) {
      report_(At(at, "duration"), "duration: is not an offered one");
    }
    if (row.video_input && offering_.Find(Field::kReferenceVideos) == nullptr) {
      report_(At(at, "video_input"), "video_input: no reference videos are taken");
    }
    if (!row.extra_on.empty() && !IsSwitch(row.extra_on)) {
      report_(At(at, "extra_on"), row.extra_on + ": is no extra that is a switch");
    }
    for (const auto& [key, date] :
         {std::pair("valid_from_date", &row.valid_from_date), {"valid_until_date", &row.valid_until_date}}) {
      if (!date->empty() && !IsDate(*date))
        report_(At(at, key), std::string(key) + ": must be a day as YYYY-MM-DD");
    }
    if (EndsBefore(row, row))
      report_(At(at, "valid_until_date"), "valid_until_date: is before the first day");
  }

  void CheckArithmetic(const PriceRow& row, const std::string& at) const {
    const bool counted = !(row.tokens == TokenSize());
    if (counted != (row.unit == PriceUnit::kMillionTokens)) {
      report_(At(at, "tokens"),
              "tokens: a price of tokens and the size that they are counted from go together");
    }
  }

  void CheckSurcharge(std::size_t index) const {
    const Surcharge& surcharge = offering_.surcharges[index];
    const std::string at = At(path_, "surcharges", index);
    CheckEvidence(surcharge.source, surcharge.as_of_date, at);
    CheckResolution(surcharge.resolution, at);
    const bool by_second = surcharge.unit == SurchargeUnit::kInputVideoSecond;
    if (by_second != (surcharge.seconds_max != 0)) {
      report_(At(at, "seconds_max"), "seconds_max: seconds of video, and only they, need their most");
    }
    const bool pictures =
        offering_.Find(Field::kFirstFrame) != nullptr || offering_.Find(Field::kReferenceImages) != nullptr;
    if (by_second ? offering_.Find(Field::kReferenceVideos) == nullptr : !pictures) {
      report_(At(at, "unit"), "unit: no such input is taken");
    }
    for (std::size_t j = 0; j < index; ++j) {
      const Surcharge& other = offering_.surcharges[j];
      const bool apart = !surcharge.resolution.empty() && !other.resolution.empty() &&
                         surcharge.resolution != other.resolution;
      if (surcharge.unit == other.unit && !apart)
        report_(at, "surcharges: the same input as row " + std::to_string(j));
    }
  }

  const Offering& offering_;
  const std::string& path_;
  const Report& report_;
};

}  // namespace

void CheckPrices(const Offering& offering, const std::string& path, const Report& report) {
  PriceCheck(offering, path, report).Run();
}

}  // namespace zoetrope
