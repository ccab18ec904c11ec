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
 private:
  struct State;
  struct Wish;

 public:
  // Room for something, until it is dropped. Dropping it may call others who wait.
  class Place {
   public:
    Place(std::shared_ptr<State> state, std::size_t bytes);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Gives back what is beyond `bytes`. Not for several threads at once.
    void Shrink(std::size_t bytes);

   private:
    const std::shared_ptr<State> state_;
    std::size_t bytes_;
  };
  // Who drops it before there is room does not wait any more.
  using Ticket = std::shared_ptr<Wish>;

  explicit ByteRoom(std::size_t bytes_max);
  ~ByteRoom();
  ByteRoom(const ByteRoom&) = delete;
  ByteRoom& operator=(const ByteRoom&) = delete;

  // Room at once; null where there is none, or somebody waits.
  std::shared_ptr<Place> TryTake(std::size_t bytes);

  // Calls `enter` once, in the order of asking: inside the call where there is room and nobody waits,
  // otherwise when enough has been given back, on a thread that gives back or asks. What is larger than the
  // whole room gets the whole room. `enter` must not own a Place.
  [[nodiscard]] Ticket Ask(std::size_t bytes, std::function<void(std::shared_ptr<Place>)> enter);

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace zoetrope

#endif  // ZOETROPE_SERVER_ENGINE_BYTE_ROOM_H_
