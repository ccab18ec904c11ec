// How many bytes may be held at once, with a queue for those who find no room.
#ifndef ZOETROPE_SERVER_ENGINE_BYTE_ROOM_H_
#define ZOETROPE_SERVER_ENGINE_BYTE_ROOM_H_

#include <cstddef>
#include <functional>
#include <memory>

namespace zoetrope {

// Thread-safe. What was given may be given back after the room itself is gone; who still waits then is not
// called any more.
class ByteRoom {
 public:
  // Room for something, until the last copy of it is dropped. Dropping it may call others who wait.
  using Place = std::shared_ptr<void>;

  explicit ByteRoom(std::size_t bytes_max);
  ~ByteRoom();
  ByteRoom(const ByteRoom&) = delete;
  ByteRoom& operator=(const ByteRoom&) = delete;

  // Calls `enter` once, in the order of asking: inside the call where there is room and nobody waits,
  // otherwise when enough has been given back, on a thread that gives back or asks. What is larger than the
  // whole room gets the whole room. Nothing waits for no bytes.
  void Ask(std::size_t bytes, std::function<void(Place)> enter);

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_BYTE_ROOM_H_
