import JSON
import Load
import Scenario
import Testing

@testable import Engine

@Suite struct DataDrawsTests {
  private func pool(_ order: DataSource.Order, count: Int?, each: Int = 1, isShared: Bool = false) -> DataPool {
    let pattern = SequencePattern(prefix: "u", width: 2, suffix: "!")
    let source = DataSource(
      name: "data", columns: [], rows: .sequence(pattern, start: 5, count: count), order: order, each: each,
      range: SourceRange(0, 0))
    return DataPool(source, isShared: isShared)
  }

  private func rows(_ pool: DataPool, worker: Int = 0, of workers: Int = 1, user: Int = 0, _ iterations: [Int])
    -> [Int?]
  {
    var draws = DataDraws(sources: 1, worker: worker, workers: workers)
    var generator = SeededGenerator(seed: 3)
    return iterations.map { draws.draw(pool, at: 0, iteration: $0, user: user, from: &generator) }
  }

  @Test("an iteration has the row of its number, until the rows run out")
  func unique() {
    #expect(rows(pool(.unique, count: 3), [0, 2, 1, 3, 4]) == [0, 2, 1, nil, nil])
    #expect(rows(pool(.unique, count: nil), [7, 1 << 40]) == [7, 1 << 40])
    #expect(rows(pool(.cycle, count: 3), [0, 2, 3, 7]) == [0, 2, 0, 1])
  }

  @Test("a row for several iterations is drawn by those next to each other, and by users next to each other")
  func each() {
    #expect(rows(pool(.unique, count: 2, each: 3), [0, 1, 2, 3, 5, 6]) == [0, 0, 0, 1, 1, nil])
    #expect(rows(pool(.cycle, count: 2, each: 2), [0, 1, 2, 3, 4]) == [0, 0, 1, 1, 0])
    #expect(rows(pool(.perUser, count: nil, each: 2), user: 5, [0]) == [2])
    #expect(
      rows(pool(.unique, count: 4, each: 2, isShared: true), worker: 1, of: 2, [0, 0, 0, 0, 0]) == [1, 1, 3, 3, nil])
  }

  @Test("workers take shared rows in turns, so that all of them are drawn, and none twice", arguments: [1, 2, 3])
  func shared(workers: Int) {
    let drawn = (0..<workers).flatMap {
      rows(pool(.unique, count: 10, isShared: true), worker: $0, of: workers, Array(repeating: 0, count: 11))
    }
    #expect(drawn.compactMap(\.self).sorted() == Array(0..<10))
    #expect(rows(pool(.cycle, count: 3, isShared: true), worker: 1, of: 2, [0, 0, 0]) == [1, 0, 2])
  }

  @Test("a user's own row is always the same; random rows are the seed's")
  func others() {
    #expect(rows(pool(.perUser, count: 3), user: 4, [0, 1, 9]) == [1, 1, 1])
    #expect(rows(pool(.perUser, count: nil), user: 4, [0]) == [4])
    let drawn = rows(pool(.random, count: 4), Array(0..<100)).compactMap(\.self)
    #expect(drawn == rows(pool(.random, count: 4), Array(0..<100)).compactMap(\.self))
    #expect(Set(drawn) == [0, 1, 2, 3])
  }

  @Test("a row's text is its pattern with the number in it, or the list's element")
  func texts() {
    var text: [UInt8] = []
    pool(.unique, count: 3).append(row: 2, column: 0, .none, to: &text)
    pool(.unique, count: 3).append(row: 200, column: 0, .query, to: &text)
    let list = DataSource(
      name: "list", columns: ["a", "b"], rows: .list([["1", "x y"], ["2", "z"]]), order: .cycle,
      range: SourceRange(0, 0))
    DataPool(list, isShared: false).append(row: 0, column: 1, .path, to: &text)
    #expect(String(decoding: text, as: UTF8.self) == "u07!u205%21x%20y")
  }
}
