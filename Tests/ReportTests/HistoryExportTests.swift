import JSON
import Measurement
import Testing
import Verdict

@testable import Report

/// Recorded requests in memory.
private struct Requests: OperationSource, OperationPortion {
  let series = [
    SeriesKey(group: "rush", step: "issue", outcome: "issued"),
    SeriesKey(group: "rush", step: "issue", outcome: "time\"out"), SeriesKey(group: "rush", step: "use", outcome: "ok"),
  ]
  let keyNames = ["buyer", "coupon"]
  let texts = ["", "b\"1", "c1", "b2"]
  var operations: [Measurement.Operation] = []

  var keyCount: Int { texts.count - 1 }
  func text(ofKey number: UInt32) -> String { texts[Int(number)] }
  func forEach(_ body: (Measurement.Operation) -> Void) { operations.forEach(body) }
  func numbers(ofKey text: String) -> Set<UInt32> { Set(texts.indices.filter { texts[$0] == text }.map(UInt32.init)) }
  let portionCount = 1
  func portion(_ index: Int, by column: Int, also columns: [Int]) -> any OperationPortion { self }
  func holds(_ text: String) -> Bool { true }

  mutating func add(_ outcome: UInt32, _ invoked: UInt64, _ returned: UInt64, keys: [UInt32] = [], number: Int64? = nil)
  {
    var operation = Measurement.Operation(
      invoked: invoked, returned: returned, outcome: outcome, user: UInt32(operations.count), iteration: 7)
    for (column, key) in keys.enumerated() { operation.keys[column] = key }
    operation.status = returned == Measurement.Operation.never ? 0 : 201
    if returned == Measurement.Operation.never { operation.flags = [.ambiguous, .error, .warmUp] }
    if let number {
      operation.sequence = number
      operation.flags.insert(.sequenced)
    }
    operations.append(operation)
  }

  static var sample: Requests {
    var requests = Requests()
    requests.add(0, 30, 50, keys: [1, 2], number: -4)
    requests.add(1, 10, Measurement.Operation.never, keys: [1])
    requests.add(2, 20, 40, keys: [3])
    requests.add(0, 60, 70)
    return requests
  }
}

@Suite struct HistoryExportTests {
  private func lines(_ filter: HistoryFilter = HistoryFilter()) throws -> [JSONValue] {
    var identity = RunIdentity(scenario: "shop", file: "shop.json5", target: "reference", seed: .max)
    identity.startedAt = 5
    let export = HistoryExport(RunRecord(identity: identity), Requests.sample)
    var bytes = export.head
    let count = try export.lines(of: filter) { bytes += $0 }
    let lines = try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    #expect(lines.count == count + 1)
    return lines
  }

  @Test("the head says what was run, and each line is a request with its names")
  func members() throws {
    let lines = try lines()
    #expect(
      lines[0] == [
        "schema": "stampede.history/1", "scenario": "shop", "target": "reference", "seed": "18446744073709551615",
        "started_at": 5, "keys": ["buyer", "coupon"],
      ])
    #expect(
      lines[1] == [
        "invoked": 30, "returned": 50, "group": "rush", "step": "issue", "outcome": "issued", "status": 201,
        "ambiguous": false, "error": false, "sequence": -4, "keys": ["buyer": "b\"1", "coupon": "c1"], "user": 0,
        "iteration": 7, "warm_up": false,
      ])
    #expect(
      lines[2] == [
        "invoked": 10, "returned": .null, "group": "rush", "step": "issue", "outcome": "time\"out", "status": 0,
        "ambiguous": true, "error": true, "sequence": .null, "keys": ["buyer": "b\"1"], "user": 1, "iteration": 7,
        "warm_up": true,
      ])
    #expect(lines[4]["keys"] == [:])
  }

  @Test(
    "only those that are meant are there",
    arguments: [
      (HistoryFilter(), [0, 1, 2, 3]), (HistoryFilter(step: "issue"), [0, 1, 3]), (HistoryFilter(outcome: "ok"), [2]),
      (HistoryFilter(value: "b\"1"), [0, 1]), (HistoryFilter(variable: "coupon", value: "b\"1"), []),
      (HistoryFilter(variable: "coupon", value: "c1"), [0]), (HistoryFilter(value: "nobody"), []),
      (HistoryFilter(step: "issue", outcome: "issued", value: "b\"1"), [0]),
    ] as [(HistoryFilter, [Int64])])
  func filters(filter: HistoryFilter, users: [Int64]) throws {
    #expect(try lines(filter).dropFirst().compactMap { $0["user"]?.integer } == users)
  }
}

@Suite struct HistoryViewTests {
  private let view = HistoryView(Requests.sample, width: 80, style: .plain)

  @Test("an overview counts steps and outcomes")
  func overview() throws {
    #expect(
      try view.overview() == """
        4 requests on record
          rush / issue:  issued 2  time"out 1
          rush / use:  ok 1
          1 without a clear answer: they may have taken effect
          by buyer, coupon

        """)
  }

  @Test("values are listed with what came of them, those with the most requests first")
  func keys() throws {
    #expect(
      try view.keys(of: "buyer", HistoryFilter(), limit: 9) == """
        2 values of buyer:
          b"1  2 requests, 2 at once:  issued 1  time"out 1
          b2  1 request, 1 at once:  ok 1
          1 request without a buyer

        """)
    #expect(try view.keys(of: "buyer", HistoryFilter(), limit: 1).contains("2 values of buyer, the 1 with the most"))
  }

  @Test("requests stand in the order in which they were sent, as many as are wanted", arguments: [1, 2, 100])
  func timeline(limit: Int) throws {
    let (text, total) = try view.timeline(HistoryFilter(), limit: limit)
    #expect(total == 4)
    let names = text.split(separator: "\n").filter { $0.contains("iteration") }.map { $0.split(separator: " ")[1] }
    #expect(names.map(String.init) == Array(["issue", "use", "issue", "issue"].prefix(limit)))
    #expect(text.hasPrefix(limit < 4 ? "4 requests, the first \(limit) of them:" : "4 requests\n"))
  }

  @Test("of very many requests the first are found without keeping all")
  func many() throws {
    var requests = Requests()
    for place in 0..<1_000 as Range<UInt64> { requests.add(0, (place * 7_919) % 1_000, 2_000, keys: [1]) }
    let (text, total) = try HistoryView(requests, width: 100, style: .plain).timeline(HistoryFilter(), limit: 3)
    #expect(total == 1_000)
    let users = requests.operations.sorted { $0.invoked < $1.invoked }.prefix(3).map(\.user)
    for user in users { #expect(text.contains("user \(user)  ")) }
  }
}
