import Testing

@testable import Verdict

@Suite struct FirstFewTests {
  @Test("the few smallest are those that sorting would give", arguments: [0, 1, 5, 64, 1000])
  func smallest(_ limit: Int) {
    var generator = SeededGenerator(state: UInt64(limit) + 1)
    let numbers = (0..<500).map { _ in Int.random(in: 0..<200, using: &generator) }
    var few = FirstFew<Int>(limit, by: <)
    for number in numbers { few.insert(number) }
    #expect(few.sorted == Array(numbers.sorted().prefix(limit)))
  }

  @Test("numbers are new once, wherever they lie")
  func seenNumbers() {
    var generator = SeededGenerator(state: 7)
    var seen = SeenNumbers()
    var known: Set<Int64> = []
    var numbers: [Int64] = [.min, .max, 0, -1, -4096, -4097, 4095, 4096, 1, 63, 64]
    for _ in 0..<5000 { numbers.append(Int64.random(in: -3000...3000, using: &generator)) }
    for number in numbers { #expect(seen.insert(number) == known.insert(number).inserted) }
  }

  @Test("the peak of overlap is that of a count at every start")
  func overlap() {
    var generator = SeededGenerator(state: 11)
    for _ in 0..<50 {
      let spans = (0..<40).map { _ in
        let start = UInt64.random(in: 0..<100, using: &generator)
        return (start, start + UInt64.random(in: 1..<20, using: &generator))
      }
      var survey = OverlapSurvey()
      for span in spans { survey.add(invoked: span.0, returned: span.1) }
      let naive = spans.map { span in spans.count { $0.0 <= span.0 && $0.1 > span.0 } }.max()
      #expect(survey.peak == naive)
    }
  }

  @Test("one after the other is no overlap, and an answer that never came overlaps with all that follow")
  func overlapEdges() {
    var inTurn = OverlapSurvey()
    for start in UInt64(0)..<10 { inTurn.add(invoked: start, returned: start + 1) }
    #expect(inTurn.peak == 1)
    inTurn.add(invoked: 3, returned: .max)
    #expect(inTurn.peak == 2)
    #expect(OverlapSurvey().peak == 0)
  }
}
