import Testing

@testable import Engine

@Suite("How long answers take a user")
struct AnswerTimesTests {
  @Test(
    "it is the shorter of the last two",
    arguments: [
      ([], nil), ([200], 200), ([200, 300], 200), ([300, 200], 200), ([1, 200, 300], 200), ([200, 9000], 200),
      ([200, 9000, 210], 210),
    ] as [([UInt64], UInt64?)])
  func usual(answers: [UInt64], usual: UInt64?) {
    var times = AnswerTimes()
    for answer in answers { times.add(answer) }
    #expect(times.usual == usual)
  }
}
