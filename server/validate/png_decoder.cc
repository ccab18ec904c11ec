#include <png.h>

#include <csetjmp>
#include <cstring>
#include <memory>

#include "server/base/limits.h"
#include "server/validate/image_decoders.h"

namespace zoetrope {
namespace {

// Of one chunk that is kept; a palette and its transparency are all there are.
constexpr png_alloc_size_t kChunkBytes = png_alloc_size_t{1} << 20;

struct Source {
  const char* bytes;
  std::size_t left;
};

void ReadBytes(png_structp png, png_bytep out, png_size_t wanted) {
  auto* const source = static_cast<Source*>(png_get_io_ptr(png));
  if (wanted > source->left) png_error(png, "truncated");
  std::memcpy(out, source->bytes, wanted);
  source->bytes += wanted;
  source->left -= wanted;
}

[[noreturn]] void Fail(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void Silent(png_structp, png_const_charp) {}

enum class Result { kWhole, kDamaged, kTooLarge };

// Everything between setjmp and longjmp happens in here and in C: no object that needs a destructor lives in
// this frame. `*image` is freed by the caller. An interlaced picture is decoded over seven passes into one
// row each, which needs no more memory.
Result Run(png_structp png, png_infop info, Source* source, PixelSize* size, unsigned char** row) {
  if (setjmp(png_jmpbuf(png)) != 0) return Result::kDamaged;
  png_set_read_fn(png, source, ReadBytes);
  // Above these the library itself refuses the header; the caller is told by the check below.
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(png, kChunkBytes);
  // Texts, profiles and palettes beside the pixels are packed: a few kilobytes unfold to megabytes each, and
  // the library would keep them all. Their checksums are looked at all the same.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_benign_errors(png, 0);
  png_read_info(png, info);
  const std::uint64_t width = png_get_image_width(png, info);
  const std::uint64_t height = png_get_image_height(png, info);
  size->width = static_cast<std::int32_t>(width);
  size->height = static_cast<std::int32_t>(height);
  if (width > kSidePixels || height > kSidePixels ||
      width * height > static_cast<std::uint64_t>(limits::kImagePixels)) {
    return Result::kTooLarge;
  }
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  *row = static_cast<unsigned char*>(png_malloc(png, png_get_rowbytes(png, info)));
  for (int pass = 0; pass < passes; ++pass) {
    for (std::uint64_t y = 0; y < height; ++y) png_read_row(png, *row, nullptr);
  }
  png_read_end(png, info);
  return Result::kWhole;
}

}  // namespace

absl::StatusOr<PixelSize> DecodePng(std::string_view bytes) {
  Source source{bytes.data(), bytes.size()};
  PixelSize size;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, Fail, Silent);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr) {
    png_destroy_read_struct(&png, nullptr, nullptr);
    return absl::ResourceExhaustedError("no memory to look at a picture");
  }
  unsigned char* row = nullptr;
  const Result result = Run(png, info, &source, &size, &row);
  png_free(png, row);
  png_destroy_read_struct(&png, &info, nullptr);
  if (result == Result::kTooLarge) {
    return CheckPixels(static_cast<std::uint64_t>(size.width), static_cast<std::uint64_t>(size.height));
  }
  if (result == Result::kDamaged) return absl::InvalidArgumentError("is a damaged PNG picture");
  return size;
}

}  // namespace zoetrope
