#include "tests/sandbox/renderer.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>

namespace zoetrope::sandbox {
namespace {

constexpr int kFramesPerSecond = 8;
constexpr int kMaxPixels = 64'000'000;  // of a submitted picture

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct PacketDeleter {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct CodecDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct ScalerDeleter {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, PacketDeleter>;
using CodecPtr = std::unique_ptr<AVCodecContext, CodecDeleter>;
using ScalerPtr = std::unique_ptr<SwsContext, ScalerDeleter>;

FramePtr NewFrame(int width, int height, AVPixelFormat format) {
  FramePtr frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = format;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  return frame;
}

AVCodecID CodecOf(const std::string& content_type) {
  if (content_type == "image/png") return AV_CODEC_ID_PNG;
  return content_type == "image/webp" ? AV_CODEC_ID_WEBP : AV_CODEC_ID_MJPEG;
}

// The demuxers of single pictures only find the borders of a file; with the whole file in hand the decoder is
// enough.
FramePtr DecodePicture(const Picture& picture) {
  const AVCodec* codec = avcodec_find_decoder(CodecOf(picture.content_type));
  if (codec == nullptr) return nullptr;
  CodecPtr context(avcodec_alloc_context3(codec));
  context->thread_count = 1;
  context->max_pixels = kMaxPixels;
  PacketPtr packet(av_packet_alloc());
  if (avcodec_open2(context.get(), codec, nullptr) < 0 ||
      av_new_packet(packet.get(), static_cast<int>(picture.bytes.size())) < 0) {
    return nullptr;
  }
  std::memcpy(packet->data, picture.bytes.data(), picture.bytes.size());
  FramePtr frame(av_frame_alloc());
  if (avcodec_send_packet(context.get(), packet.get()) < 0) return nullptr;
  avcodec_send_packet(context.get(), nullptr);
  return avcodec_receive_frame(context.get(), frame.get()) < 0 ? nullptr : std::move(frame);
}

// Bars and a diagonal gradient: enough structure to see a pan.
FramePtr TestPattern(int width, int height) {
  FramePtr frame = NewFrame(width, height, AV_PIX_FMT_RGB24);
  if (frame == nullptr) return nullptr;
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = frame->data[0] + static_cast<std::ptrdiff_t>(y) * frame->linesize[0];
    for (int x = 0; x < width; ++x) {
      const int bar = x * 8 / width;
      row[x * 3 + 0] = static_cast<std::uint8_t>((bar & 1) * 160 + y * 95 / height);
      row[x * 3 + 1] = static_cast<std::uint8_t>((bar & 2) * 80 + x * 95 / width);
      row[x * 3 + 2] = static_cast<std::uint8_t>((bar & 4) * 40 + (x + y) * 95 / (width + height));
    }
  }
  return frame;
}

// The full-range "J" formats of JPEG are deprecated names for the plain ones.
AVPixelFormat PlainFormat(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

bool Scale(const AVFrame& from, const std::uint8_t* const planes[], int width, int height, AVFrame* to,
           ScalerPtr* scaler) {
  scaler->reset(sws_getCachedContext(scaler->release(), width, height, PlainFormat(from.format), to->width,
                                     to->height, static_cast<AVPixelFormat>(to->format), SWS_FAST_BILINEAR,
                                     nullptr, nullptr, nullptr));
  if (*scaler == nullptr) return false;
  return sws_scale(scaler->get(), planes, from.linesize, 0, height, to->data, to->linesize) == to->height;
}

// The picture, a fifth larger than the clip and cut to its shape: the room in which the camera moves.
FramePtr MakeCanvas(const ClipSpec& spec) {
  FramePtr source = spec.picture ? DecodePicture(*spec.picture) : nullptr;
  if (source == nullptr) source = TestPattern(640, 360);
  if (source == nullptr) return nullptr;
  const int width = (spec.width * 6 / 5) & ~1;
  const int height = (spec.height * 6 / 5) & ~1;
  const double ratio =
      std::max(static_cast<double>(width) / source->width, static_cast<double>(height) / source->height);
  FramePtr whole = NewFrame(std::max(width, static_cast<int>(std::lround(source->width * ratio)) & ~1),
                            std::max(height, static_cast<int>(std::lround(source->height * ratio)) & ~1),
                            AV_PIX_FMT_YUV420P);
  ScalerPtr scaler;
  if (whole == nullptr ||
      !Scale(*source, source->data, source->width, source->height, whole.get(), &scaler)) {
    return nullptr;
  }
  // A view into the middle: the planes move, nothing is copied.
  const int x = (whole->width - width) / 2 & ~1;
  const int y = (whole->height - height) / 2 & ~1;
  whole->data[0] += static_cast<std::ptrdiff_t>(y) * whole->linesize[0] + x;
  for (const int plane : {1, 2})
    whole->data[plane] += static_cast<std::ptrdiff_t>(y / 2) * whole->linesize[plane] + x / 2;
  whole->width = width;
  whole->height = height;
  return whole;
}

// The camera at a moment (0 … 1): starts wide on the left and ends closer on the right.
bool Shoot(const AVFrame& canvas, double moment, AVFrame* to, ScalerPtr* scaler) {
  const double zoom = 1.0 - moment / 6;
  const int width = static_cast<int>(canvas.width * zoom * 0.96) & ~1;
  const int height = static_cast<int>(canvas.height * zoom * 0.96) & ~1;
  const int x = static_cast<int>((canvas.width - width) * (0.2 + 0.6 * moment)) & ~1;
  const int y = static_cast<int>((canvas.height - height) * 0.5) & ~1;
  const std::uint8_t* planes[4] = {
      canvas.data[0] + static_cast<std::ptrdiff_t>(y) * canvas.linesize[0] + x,
      canvas.data[1] + static_cast<std::ptrdiff_t>(y / 2) * canvas.linesize[1] + x / 2,
      canvas.data[2] + static_cast<std::ptrdiff_t>(y / 2) * canvas.linesize[2] + x / 2,
      nullptr,
  };
  return Scale(canvas, planes, width, height, to, scaler);
}

CodecPtr OpenVideoEncoder(int width, int height) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
  if (codec == nullptr) return nullptr;
  CodecPtr context(avcodec_alloc_context3(codec));
  context->width = width;
  context->height = height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = {1, kFramesPerSecond};
  context->framerate = {kFramesPerSecond, 1};
  context->gop_size = kFramesPerSecond * 2;
  context->max_b_frames = 0;
  context->thread_count = 1;
  context->bit_rate = 2'000'000;
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  // Options that mpeg4 does not know are ignored.
  av_opt_set(context->priv_data, "preset", "ultrafast", 0);
  av_opt_set(context->priv_data, "crf", "30", 0);
  if (avcodec_open2(context.get(), codec, nullptr) < 0) return nullptr;
  return context;
}

// An MP4 file in memory.
class Muxer {
 public:
  explicit Muxer(const AVCodecContext& encoder) {
    if (avformat_alloc_output_context2(&format_, nullptr, "mp4", nullptr) < 0) return;
    AVStream* stream = avformat_new_stream(format_, nullptr);
    stream->time_base = encoder.time_base;
    stream->avg_frame_rate = encoder.framerate;
    avcodec_parameters_from_context(stream->codecpar, &encoder);
    if (avio_open_dyn_buf(&format_->pb) < 0) return;
    open_ = avformat_write_header(format_, nullptr) >= 0;
    step_ = av_rescale_q(1, encoder.time_base, stream->time_base);
    base_ = encoder.time_base;
  }
  ~Muxer() {
    if (format_ != nullptr && format_->pb != nullptr) Close();
    avformat_free_context(format_);
  }
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  bool Write(AVPacket* packet) {
    av_packet_rescale_ts(packet, base_, format_->streams[0]->time_base);
    packet->duration = step_;  // or the last frame would last no time
    packet->stream_index = 0;
    return open_ && av_write_frame(format_, packet) >= 0;
  }

  std::string Finish() {
    if (open_) av_write_trailer(format_);
    return Close();
  }

 private:
  std::string Close() {
    std::uint8_t* bytes = nullptr;
    const int size = avio_close_dyn_buf(format_->pb, &bytes);
    format_->pb = nullptr;
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
    av_free(bytes);
    return open_ ? out : std::string();
  }

  AVFormatContext* format_ = nullptr;
  bool open_ = false;
  std::int64_t step_ = 1;
  AVRational base_{1, 1};
};

bool Encode(AVCodecContext* encoder, const AVFrame* frame, AVPacket* packet, Muxer* muxer) {
  if (avcodec_send_frame(encoder, frame) < 0) return false;
  while (avcodec_receive_packet(encoder, packet) >= 0) {
    const bool written = muxer->Write(packet);
    av_packet_unref(packet);
    if (!written) return false;
  }
  return true;
}

// One picture with a codec of single pictures.
std::string EncodePicture(const AVFrame& frame, AVCodecID id) {
  const AVCodec* codec = avcodec_find_encoder(id);
  if (codec == nullptr) return "";
  CodecPtr context(avcodec_alloc_context3(codec));
  context->width = frame.width;
  context->height = frame.height;
  context->pix_fmt = static_cast<AVPixelFormat>(frame.format);
  context->time_base = {1, 1};
  context->thread_count = 1;
  context->color_range = AVCOL_RANGE_JPEG;
  context->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
  PacketPtr packet(av_packet_alloc());
  if (avcodec_open2(context.get(), codec, nullptr) < 0 || avcodec_send_frame(context.get(), &frame) < 0)
    return "";
  avcodec_send_frame(context.get(), nullptr);
  if (avcodec_receive_packet(context.get(), packet.get()) < 0) return "";
  return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

}  // namespace

std::string RenderMp4(const ClipSpec& spec) {
  const FramePtr canvas = MakeCanvas(spec);
  const FramePtr frame = NewFrame(spec.width, spec.height, AV_PIX_FMT_YUV420P);
  const CodecPtr encoder = OpenVideoEncoder(spec.width, spec.height);
  const PacketPtr packet(av_packet_alloc());
  if (canvas == nullptr || frame == nullptr || encoder == nullptr) return "";
  Muxer muxer(*encoder);
  ScalerPtr scaler;
  const int frames = std::max(1, spec.seconds) * kFramesPerSecond;
  for (int i = 0; i < frames; ++i) {
    if (av_frame_make_writable(frame.get()) < 0) return "";
    if (!Shoot(*canvas, static_cast<double>(i) / frames, frame.get(), &scaler)) return "";
    frame->pts = i;
    if (!Encode(encoder.get(), frame.get(), packet.get(), &muxer)) return "";
  }
  if (!Encode(encoder.get(), nullptr, packet.get(), &muxer)) return "";
  return muxer.Finish();
}

std::string RenderThumbnail(const ClipSpec& spec) {
  const FramePtr canvas = MakeCanvas(spec);
  const FramePtr frame = NewFrame(spec.width / 4 & ~1, spec.height / 4 & ~1, AV_PIX_FMT_YUVJ420P);
  ScalerPtr scaler;
  if (canvas == nullptr || frame == nullptr || !Shoot(*canvas, 0, frame.get(), &scaler)) return "";
  return EncodePicture(*frame, AV_CODEC_ID_MJPEG);
}

std::string RenderSpritesheet(const ClipSpec& spec) {
  constexpr int kColumns = 4;
  constexpr int kRows = 2;
  const FramePtr canvas = MakeCanvas(spec);
  // Multiples of 16 keep the chroma planes of every tile on whole samples.
  const FramePtr tile =
      NewFrame(std::max(16, spec.width / 8 & ~15), std::max(16, spec.height / 8 & ~15), AV_PIX_FMT_YUVJ420P);
  if (canvas == nullptr || tile == nullptr) return "";
  const FramePtr sheet = NewFrame(tile->width * kColumns, tile->height * kRows, AV_PIX_FMT_YUVJ420P);
  if (sheet == nullptr) return "";
  ScalerPtr scaler;
  for (int i = 0; i < kColumns * kRows; ++i) {
    if (!Shoot(*canvas, i / 8.0, tile.get(), &scaler)) return "";
    const int x = i % kColumns * tile->width;
    const int y = i / kColumns * tile->height;
    for (const int plane : {0, 1, 2}) {
      const int shift = plane == 0 ? 0 : 1;
      std::uint8_t* to = sheet->data[plane] +
                         static_cast<std::ptrdiff_t>(y >> shift) * sheet->linesize[plane] + (x >> shift);
      av_image_copy_plane(to, sheet->linesize[plane], tile->data[plane], tile->linesize[plane],
                          tile->width >> shift, tile->height >> shift);
    }
  }
  return EncodePicture(*sheet, AV_CODEC_ID_MJPEG);
}

std::string RenderSamplePng(int width, int height) {
  const FramePtr frame = TestPattern(width, height);
  return frame == nullptr ? "" : EncodePicture(*frame, AV_CODEC_ID_PNG);
}

MediaCache::MediaCache(bool render, std::size_t max_bytes) : render_(render), max_bytes_(max_bytes) {
  // A broken upload is an expected input here; the library's own words about it would only confuse.
  av_log_set_level(AV_LOG_FATAL);
  if (render_) return;
  ClipSpec tiny;
  tiny.width = 64;
  tiny.height = 36;
  tiny.seconds = 1;
  fixed_video_ = std::make_shared<const std::string>(RenderMp4(tiny));
  fixed_picture_ = std::make_shared<const std::string>(RenderThumbnail(tiny));
}

std::string MediaCache::Key(const ClipSpec& spec, MediaKind kind) {
  return (spec.picture ? spec.picture->digest : std::string()) + "/" + std::to_string(spec.width) + "x" +
         std::to_string(spec.height) + "/" + std::to_string(kind == MediaKind::kVideo ? spec.seconds : 0) +
         "/" + std::to_string(static_cast<int>(kind));
}

std::shared_ptr<const std::string> MediaCache::Find(const ClipSpec& spec, MediaKind kind) {
  if (!render_) return kind == MediaKind::kVideo ? fixed_video_ : fixed_picture_;
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(Key(spec, kind));
  if (it == entries_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, it->second.use);
  return it->second.bytes;
}

std::shared_ptr<const std::string> MediaCache::Get(const ClipSpec& spec, MediaKind kind) {
  if (std::shared_ptr<const std::string> found = Find(spec, kind)) return found;
  std::string bytes = kind == MediaKind::kVideo       ? RenderMp4(spec)
                      : kind == MediaKind::kThumbnail ? RenderThumbnail(spec)
                                                      : RenderSpritesheet(spec);
  auto shared = std::make_shared<const std::string>(std::move(bytes));
  const std::string key = Key(spec, kind);
  const std::lock_guard lock(mutex_);
  if (entries_.contains(key)) return entries_[key].bytes;
  uses_.push_front(key);
  entries_[key] = {shared, uses_.begin()};
  bytes_ += shared->size();
  while (bytes_ > max_bytes_ && uses_.size() > 1) {
    const auto oldest = entries_.find(uses_.back());
    bytes_ -= oldest->second.bytes->size();
    entries_.erase(oldest);
    uses_.pop_back();
  }
  return shared;
}

}  // namespace zoetrope::sandbox
