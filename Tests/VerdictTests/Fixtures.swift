import JSON
import Load
import Measurement
import Scenario

@testable import Verdict

/// Recorded requests in memory, in as many portions as one likes.
struct MemoryOperations: OperationSource, OperationPortion {
  var series: [SeriesKey]
  var keyNames: [String]
  var operations: [Operation] = []
  private var texts: [String] = [""]
  private var numbers: [KeyText: UInt32] = [:]
  var failure: OperationSourceError?
  /// So that what is judged in portions is tested with some, and with one: by the number of requests if it is not set.
  var portionCount: Int {
    get { fixedPortionCount ?? 1 + operations.count % 3 }
    set { fixedPortionCount = newValue }
  }
  private var fixedPortionCount: Int?
  /// Of a portion: its number, and of how many.
  private var place = (index: 0, count: 1)

  init(_ outcomes: [(step: String, outcome: String)], keys: [String] = []) {
    series = outcomes.map { SeriesKey(group: "rush", step: $0.step, outcome: $0.outcome) }
    keyNames = keys
  }

  var keyCount: Int { texts.count - 1 }
  func text(ofKey number: UInt32) -> String { texts[Int(number)] }

  func forEach(_ body: (Operation) -> Void) throws(OperationSourceError) {
    if let failure { throw failure }
    for operation in operations { body(operation) }
  }

  func numbers(ofKey text: String) -> Set<UInt32> { numbers[KeyText(text)].map { [$0] } ?? [] }

  func portion(
    _ index: Int, by column: Int, also columns: [Int]
  ) throws(OperationSourceError) -> any OperationPortion {
    if let failure { throw failure }
    var portion = self
    portion.place = (index, portionCount)
    portion.operations = operations.filter { portion.holds(texts[Int($0.keys[column])]) }
    return portion
  }

  func holds(_ text: String) -> Bool {
    text.utf8.reduce(text.isEmpty ? 0 : 7) { ($0 * 31 + Int($1)) % 1_009 } % place.count == place.index
  }

  private mutating func intern(_ text: String) -> UInt32 {
    if let number = numbers[KeyText(text)] { return number }
    texts.append(text)
    numbers[KeyText(text)] = UInt32(texts.count - 1)
    return UInt32(texts.count - 1)
  }

  /// Adds a request that was sent at `sent` and answered at `returned`.
  mutating func add(
    _ outcome: String, step: String = "issue", sent: UInt64, returned: UInt64 = Operation.never, user: UInt32 = 0,
    keys: [String] = [], sequence: Int64? = nil, flags: Operation.Flags = []
  ) {
    let index = series.firstIndex { $0.step == step && $0.outcome == outcome }!
    var operation = Operation(
      invoked: sent, returned: returned, outcome: UInt32(index), user: user,
      iteration: UInt32(operations.count))
    for (column, key) in keys.enumerated() where !key.isEmpty { operation.keys[column] = intern(key) }
    operation.flags = flags
    operation.status = outcome == "issued" ? 201 : outcome == "sold_out" ? 409 : 0
    if let sequence {
      operation.sequence = sequence
      operation.flags.insert(.sequenced)
    }
    operations.append(operation)
  }
}

extension RunRecord {
  /// A completed run of 10 s.
  static func sample(_ series: [SeriesRecord] = [], elapsed: UInt64 = 10_000_000_000) -> RunRecord {
    var record = RunRecord(
      identity: RunIdentity(scenario: "sample", file: "sample.json5", target: "reference", seed: 1))
    record.series = series
    record.elapsed = elapsed
    return record
  }
}

extension SeriesRecord {
  /// `count` answers that took `milliseconds` each.
  static func of(
    _ outcome: String, group: String = "rush", step: String = "issue", _ kind: OutcomeKind = .expected, count: UInt64,
    milliseconds: UInt64 = 10, budget: UInt64? = nil
  ) -> SeriesRecord {
    of(
      outcome, group: group, step: step, kind, latencies: [UInt64](repeating: milliseconds, count: Int(count)),
      budget: budget)
  }

  /// An answer for each of `latencies`, in milliseconds; exceedances counted for `budget` nanoseconds.
  static func of(
    _ outcome: String, group: String = "rush", step: String = "issue", _ kind: OutcomeKind = .expected,
    latencies: [UInt64], budget: UInt64? = nil
  ) -> SeriesRecord {
    var series = SeriesRecord(key: SeriesKey(group: group, step: step, outcome: outcome), kind: kind)
    if let budget { series.exceedances = [ExceedanceCounter(budgetNanoseconds: budget)] }
    for (index, latency) in latencies.enumerated() {
      series.count += 1
      series.latency.record(latency * 1_000_000)
      series.serviceTime.record(latency * 500_000)
      series.timeToFirstByte.record(latency * 400_000)
      series.bytesSent += 100
      series.bytesReceived += 1000
      for counter in series.exceedances.indices {
        series.exceedances[counter].record(at: UInt64(index) * 1_000_000, value: latency * 1_000_000)
      }
    }
    return series
  }
}

extension Scenario {
  static func sample(invariants: [Invariant] = [], thresholds: [Threshold] = []) -> Scenario {
    var scenario = Scenario(source: SourceText(name: "sample.json5", ""), name: "sample")
    scenario.invariants = invariants
    scenario.thresholds = thresholds
    return scenario
  }
}

extension Threshold {
  static func of(
    _ metric: Metric, _ aggregation: Aggregation, _ comparison: Comparison, _ bound: Double, group: String? = nil,
    step: String? = nil, outcome: String? = nil
  ) -> Threshold {
    var threshold = Threshold(
      metric: MetricSelector(metric: metric, group: group, step: step, outcome: outcome), aggregation: aggregation,
      comparison: comparison, bound: bound, text: "", range: SourceRange(0, 0))
    threshold.text = "\(threshold.figure) \(comparison.rawValue) \(Quantity(bound, threshold.unit).text)"
    return threshold
  }
}

extension Invariant {
  static func capped(
    _ cap: Int, rejected: String? = "sold_out", sequence: String? = nil, ledger: Ledger? = nil
  ) -> Invariant {
    Invariant(
      name: "never over-issued",
      rule: .capped(
        Capped(
          accepted: OutcomeReference(step: "issue", outcome: "issued"),
          rejected: rejected.map { OutcomeReference(step: "issue", outcome: $0) }, cap: cap, sequence: sequence,
          ledger: ledger)),
      range: SourceRange(0, 0))
  }

  static func atMost(_ count: Int, per variable: String = "buyer", ledger: Ledger? = nil) -> Invariant {
    Invariant(
      name: "one per buyer",
      rule: .atMost(
        AtMost(count: count, of: OutcomeReference(step: "issue", outcome: "issued"), per: variable, ledger: ledger)),
      range: SourceRange(0, 0))
  }
}

extension DayZone {
  static let utc = DayZone(secondsAhead: 0)
  /// Korea Standard Time.
  static let kst = DayZone(secondsAhead: 9 * 3600)
}

extension Invariant.Ledger {
  static func keyed(by variable: String?) -> Invariant.Ledger {
    Invariant.Ledger(
      path: Template(literal: "/coupons"), headers: [],
      rows: JSONPath(segments: [.member("coupons")], description: "$.coupons"),
      key: JSONPath(segments: [.member("userId")], description: "$.userId"), variable: variable, page: nil)
  }
}

/// SplitMix64: a seeded source for histories that are drawn at random.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
