#include "tests/sandbox/media.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tests/sandbox/mangle.h"

namespace zoetrope::sandbox {
namespace {

Reply PlainText(int status, std::string text) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(text);
  return reply;
}

template <typename Number>
bool ReadNumber(std::string_view text, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

struct MediaName {
  std::uint64_t seq = 0;
  int index = 0;
  MediaKind kind = MediaKind::kVideo;
};

std::optional<MediaName> ParseName(std::string_view name) {
  MediaName parsed;
  const std::size_t first = name.find('-');
  const std::size_t second = name.find('-', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  if (!ReadNumber(name.substr(0, first), &parsed.seq)) return std::nullopt;
  if (!ReadNumber(name.substr(first + 1, second - first - 1), &parsed.index)) return std::nullopt;
  if (name.ends_with("-t.jpg")) parsed.kind = MediaKind::kThumbnail;
  if (name.ends_with("-s.jpg")) parsed.kind = MediaKind::kSpritesheet;
  return parsed;
}

// "bytes=a-b", "bytes=a-", "bytes=-n"; nothing for any other form, which then gets the whole file as HTTP
// allows.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
  bool satisfiable = true;
};

std::optional<Range> ParseRange(std::string_view header, std::size_t size) {
  if (!StartsWith(header, "bytes=") || header.find(',') != std::string_view::npos) return std::nullopt;
  header.remove_prefix(6);
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::size_t first = 0;
  std::size_t last = 0;
  const bool has_first = ReadNumber(header.substr(0, dash), &first);
  const bool has_last = ReadNumber(header.substr(dash + 1), &last);
  if (!has_first && !has_last) return std::nullopt;
  Range range;
  range.first = has_first ? first : size - std::min(last, size);
  range.last = has_first && has_last ? std::min(last, size - 1) : size - 1;
  range.satisfiable = size > 0 && range.first <= range.last;
  return range;
}

Reply FileReply(const std::shared_ptr<const std::string>& bytes, MediaKind kind,
                const std::string& range_header) {
  if (bytes == nullptr || bytes->empty()) return PlainText(500, "rendering failed\n");
  Reply reply;
  reply.content_type = kind == MediaKind::kVideo ? "video/mp4" : "image/jpeg";
  reply.headers = {{"Accept-Ranges", "bytes"}, {"Cache-Control", "public, max-age=604800, immutable"}};
  const std::optional<Range> range = ParseRange(range_header, bytes->size());
  if (!range) {
    reply.blob = bytes;
    return reply;
  }
  const std::string size = std::to_string(bytes->size());
  if (!range->satisfiable) {
    reply = PlainText(416, "");
    reply.headers.emplace_back("Content-Range", "bytes */" + size);
    return reply;
  }
  reply.status = 206;
  reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                  std::to_string(range->last) + "/" + size);
  reply.body = bytes->substr(range->first, range->last - range->first + 1);
  return reply;
}

Reply PictureReply(const Picture& picture) {
  Reply reply;
  reply.content_type = picture.content_type;
  reply.body = picture.bytes;
  return reply;
}

}  // namespace

Reply DeliverMedia(const World& world, const Job& job, MediaKind kind, std::string range) {
  if (std::shared_ptr<const std::string> ready = world.media->Find(job.clip, kind)) {
    return FileReply(ready, kind, range);
  }
  Reply later;
  later.next_on_worker = true;
  later.next = [media = world.media, clip = job.clip, kind, range = std::move(range)] {
    return FileReply(media->Get(clip, kind), kind, range);
  };
  return later;
}

Reply HandleMedia(World* world, const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return PlainText(405, "method not allowed\n");
  const std::vector<std::string> parts = SplitPath(request.path);
  const std::optional<MediaName> name = parts.size() == 2 ? ParseName(parts[1]) : std::nullopt;
  Job* job = name ? world->jobs.FindBySeq(name->seq) : nullptr;
  if (job == nullptr || !MediaUrl(request, *job, name->index, name->kind).ends_with(request.path)) {
    return PlainText(404, "not found\n");
  }
  world->ledger.Count(job->provider, Call::kMedia);
  const std::vector<Fault> faults = StrikeJobCall(world, job->provider, Call::kMedia, job);
  if (std::optional<Reply> stopped = StopBefore(faults, job->provider)) return *std::move(stopped);
  const std::int64_t now = world->now_ms();
  const int delivered = std::min(ResultsReady(*job, now), job->results - job->plan.failed_results);
  if (name->index >= delivered || job->plan.completed_with_error) return PlainText(404, "not found\n");
  if (job->evicted || job->plan.result_expired) return PlainText(410, "gone\n");
  if (job->media_ms != 0 && now >= EndsAt(*job) + job->media_ms) return PlainText(410, "gone\n");
  return Mangle(DeliverMedia(*world, *job, name->kind, std::string(request.Header("range"))), faults,
                job->provider);
}

Reply HandlePictures(World* world, const Request& request) {
  const std::vector<std::string> parts = SplitPath(request.path);
  const bool named = parts.size() == 2;
  if (request.method == "GET" || request.method == "HEAD") {
    const std::shared_ptr<const Picture> picture = named ? world->pictures.Find(parts[1]) : nullptr;
    return picture == nullptr ? PlainText(404, "no such picture\n") : PictureReply(*picture);
  }
  const bool put = request.method == "PUT" && named;
  const bool post = request.method == "POST" && parts.size() == 1;
  if (!put && !post) return PlainText(405, "POST /pictures, PUT or GET /pictures/{name}\n");
  const std::string name = put ? parts[1] : Sha256Hex(request.body).substr(0, 16);
  const std::shared_ptr<const Picture> picture = world->pictures.Put(name, request.body);
  if (picture == nullptr) return PlainText(415, "neither PNG nor JPEG nor WebP\n");
  return JsonReply(201, {{"name", name},
                         {"url", BaseUrl(request) + "/pictures/" + name},
                         {"content_type", picture->content_type},
                         {"width", picture->width},
                         {"height", picture->height}});
}

}  // namespace zoetrope::sandbox
