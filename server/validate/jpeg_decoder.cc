#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <memory>

// In a block of its own, because it needs FILE and size_t to be there.
#include <jpeglib.h>

#include "server/base/limits.h"
#include "server/validate/image_decoders.h"

namespace zoetrope {
namespace {

// A progressive picture keeps all its coefficients and is gone over once per scan: without a bound a few
// kilobytes take minutes.
constexpr int kMostScans = 100;

struct Decoder {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  jpeg_progress_mgr progress;
  std::jmp_buf failed;
  bool too_large = false;
};

[[noreturn]] void Fail(j_common_ptr info) {
  std::longjmp(static_cast<Decoder*>(info->client_data)->failed, 1);
}

// The library calls what is truncated or corrupt a warning and paints it grey; here both are the end.
void OnMessage(j_common_ptr info, int level) {
  if (level < 0) Fail(info);
}
void Silent(j_common_ptr) {}
void OnProgress(j_common_ptr info) {
  const auto* const decoder = static_cast<const Decoder*>(info->client_data);
  if (decoder->info.input_scan_number > kMostScans) Fail(info);
}

void Prepare(Decoder& decoder) {
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = Fail;
  decoder.errors.emit_message = OnMessage;
  decoder.errors.output_message = Silent;
  decoder.info.client_data = &decoder;
}

// Everything between setjmp and longjmp happens in here and in C: no object that needs a destructor lives in
// this frame. False where the picture is damaged or too large; `decoder` must be destroyed either way.
bool Run(Decoder& decoder, const unsigned char* bytes, unsigned long size, unsigned char* row) {
  if (setjmp(decoder.failed) != 0) return false;
  jpeg_create_decompress(&decoder.info);
  decoder.progress.progress_monitor = OnProgress;
  decoder.info.progress = &decoder.progress;
  jpeg_mem_src(&decoder.info, bytes, size);
  jpeg_read_header(&decoder.info, TRUE);
  const std::uint64_t pixels = std::uint64_t{decoder.info.image_width} * decoder.info.image_height;
  if (pixels == 0 || pixels > static_cast<std::uint64_t>(limits::kImagePixels)) {
    decoder.too_large = pixels != 0;
    return false;
  }
  // Grey is the cheapest target that still decodes every coefficient that decides whether the data is whole.
  if (decoder.info.jpeg_color_space == JCS_YCbCr || decoder.info.jpeg_color_space == JCS_GRAYSCALE) {
    decoder.info.out_color_space = JCS_GRAYSCALE;
  }
  jpeg_start_decompress(&decoder.info);
  while (decoder.info.output_scanline < decoder.info.output_height) {
    JSAMPROW rows[1] = {row};
    jpeg_read_scanlines(&decoder.info, rows, 1);
  }
  jpeg_finish_decompress(&decoder.info);
  return true;
}

}  // namespace

absl::StatusOr<PixelSize> DecodeJpeg(std::string_view bytes) {
  // The widest row of the format, with four components.
  constexpr std::size_t kRowBytes = std::size_t{kSidePixels} * 4;
  const auto decoder = std::make_unique<Decoder>();
  const auto row = std::make_unique<unsigned char[]>(kRowBytes);
  Prepare(*decoder);
  const bool whole = Run(*decoder, reinterpret_cast<const unsigned char*>(bytes.data()),
                         static_cast<unsigned long>(bytes.size()), row.get());
  const std::uint64_t width = decoder->info.image_width;
  const std::uint64_t height = decoder->info.image_height;
  jpeg_destroy_decompress(&decoder->info);
  if (decoder->too_large) return CheckPixels(width, height);
  if (!whole) return absl::InvalidArgumentError("is a damaged JPEG picture");
  return PixelSize{static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
}

}  // namespace zoetrope
