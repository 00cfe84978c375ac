import EventLoop
import Testing

@Suite("First in, first out")
struct FIFOTests {
  @Test("what goes in comes out in its order, however it is filled and emptied", arguments: [1, 2, 3] as [UInt64])
  func order(seed: UInt64) {
    var queue = FIFO<Int>()
    var model: [Int] = []
    #expect(queue.isEmpty && queue.count == 0 && queue.first == nil && queue.popFirst() == nil)
    var state = seed
    for value in 0..<20_000 {
      // Knuth's MMIX generator.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // More comes than goes in the first half, and the other way round in the second.
      if state >> 33 & 0xff < (value < 10_000 ? 180 : 76) {
        queue.append(value)
        model.append(value)
      } else {
        #expect(queue.popFirst() == (model.isEmpty ? nil : model.removeFirst()))
      }
      #expect(queue.first == model.first && queue.count == model.count && queue.isEmpty == model.isEmpty)
    }
  }

  private final class Element {}

  @Test("what was taken is let go at once, and what is in it lives")
  func lettingGo() {
    var queue = FIFO<Element>()
    weak var first: Element?
    weak var last: Element?
    for number in 0..<100 {
      let element = Element()
      if number == 0 { first = element }
      if number == 99 { last = element }
      queue.append(element)
    }
    #expect(first != nil && last != nil)
    #expect(queue.popFirst() === first)
    #expect(first == nil && last != nil)
    #expect(queue.count == 99)
  }
}
