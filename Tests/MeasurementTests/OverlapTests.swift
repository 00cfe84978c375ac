import Measurement
import Testing

@Suite struct OverlapTests {
  @Test("the peak is the most that were open at one instant; what touches does not overlap")
  func peak() {
    #expect(peakOverlap(invoked: [0, 10, 5, 11], returned: [10, 20, 12, 30]) == 3)
    #expect(peakOverlap(invoked: [0, 10, 20], returned: [10, 20, 30]) == 1)
    #expect(peakOverlap(invoked: [], returned: []) == 0)
  }

  @Test("a release is judged by the first requests of all its users, whichever worker had them")
  func wave() {
    var first = ReleasedWave()
    var second = ReleasedWave()
    for place in 0..<100 as Range<UInt64> {
      if place % 2 == 0 { first.add(sent: place, done: 1000) } else { second.add(sent: place, done: place + 1) }
    }
    first.merge(second)
    #expect(first.record == ReleaseRecord(users: 100, skew: 98, peakInFlight: 51))
    #expect(ReleasedWave().record == ReleaseRecord(users: 0, skew: 0, peakInFlight: 0))
  }
}
