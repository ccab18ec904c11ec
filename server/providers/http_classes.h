// What an HTTP status means to each kind of call, the same for every dialect: the table of verdicts in one
// place.
#ifndef ZOETROPE_SERVER_PROVIDERS_HTTP_CLASSES_H_
#define ZOETROPE_SERVER_PROVIDERS_HTTP_CLASSES_H_

#include <optional>
#include <string>
#include <variant>

#include "absl/time/time.h"
#include "server/domain/job.h"
#include "server/http/http_message.h"
#include "server/providers/json_value.h"
#include "server/providers/outcome.h"

namespace zoetrope {

// A body as far as it can be read.
struct Body {
  enum class Form {
    kJson,
    kText,    // complete, but not meant as JSON: empty, plain text, a proxy's HTML page
    kBroken,  // cut, too large, or JSON that is none
  };
  Form form = Form::kText;
  JsonValue json;  // null unless kJson
  // Of kText, for people: bounded and printable; empty for a page of HTML and for no text.
  std::string text = {};
};
Body ReadBody(const HttpResponse& response);

// The job that a callback is about, as the field of that name says it; nullopt: there is no id in it.
std::optional<ProviderJob> ReadCallbackId(std::string_view body, std::string_view field);

inline bool IsSuccess(int status) { return status >= 200 && status < 300; }

// What the error in a body says, as far as the dialect knows how to find it.
struct ErrorText {
  std::string code;
  std::string message;
  std::optional<FailureReason> reason;  // where the code or the words tell more than the status

  bool operator==(const ErrorText&) const = default;
};

// The reason that an error status stands for.
FailureReason ReasonOfStatus(int status);

// A failure for people: bounded and printable. `error.reason`, else `fallback`.
Failure MakeFailure(const ErrorText& error, FailureReason fallback);

// Reads an answer to a submission that is not 2xx; without an error in the body, what it says as plain text
// stands in for one. Refused for the complete refusals that HTTP itself defines
// as such (400, 401, 402, 403, 404, 405, 413, 415, 422), Throttled for 429, Unrecognized for all else and for
// every body that is cut or unreadable: with 5xx, 408, 409 and redirects something may have been created.
SubmitOutcome ReadSubmitError(const HttpResponse& response, const Body& body, const ErrorText& error);

// Reads an answer to a preparation step that is not 2xx: refused as a submission is; load and the 5xx kind
// are TryAgain, since a step can be repeated; all else, and a body that is cut, Unrecognized.
PrepareOutcome ReadPrepareError(const HttpResponse& response, const Body& body, const ErrorText& error);

// Reads an answer to a poll or to a wish to cancel that is not 2xx: the account's troubles and passing ones
// are TryAgain, 404 and 410 NotFoundThere, all else Unrecognized.
using LaterError = std::variant<NotFoundThere, TryAgain, Unrecognized>;
LaterError ReadLaterError(const HttpResponse& response, const ErrorText& error);

// The alternative that `error` holds, as any outcome that has it.
template <typename Outcome>
Outcome As(LaterError error) {
  return std::visit([](auto&& what) -> Outcome { return std::forward<decltype(what)>(what); },
                    std::move(error));
}

// The same for a question to a list or to books: what is not there is the list itself.
template <typename Outcome>
Outcome AsOfList(LaterError error) {
  if (std::holds_alternative<NotFoundThere>(error)) return Unrecognized{"the list is not there"};
  if (auto* again = std::get_if<TryAgain>(&error)) return std::move(*again);
  return std::get<Unrecognized>(std::move(error));
}

// By the answer's Date (RFC 9110 §6.6.1), its sender's clock; nullopt: it says none that can be read.
std::optional<absl::Time> DateOf(const HttpResponse& response);

// Retry-After as seconds or as an HTTP date (RFC 9110 §10.2.3). A date counts from the answer's own Date
// header, because there is no clock here; nullopt without one. At most limits::kDeadlineMax.
std::optional<absl::Duration> RetryAfter(const HttpResponse& response);

// An amount from decimal text, to the nearest billionth; nullopt for what is none, or negative.
std::optional<Money> ReportedAmount(const std::optional<std::string>& decimal);

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_PROVIDERS_HTTP_CLASSES_H_
