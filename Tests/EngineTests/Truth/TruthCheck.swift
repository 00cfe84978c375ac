import Engine
import Glibc
import Measurement
import ReferenceServer
import Verdict

/// A run against a service whose latency is known beforehand, and what of the run's figures is not as it must be.
///
/// The same check stands for both: that the figures are true, and that it notices where they are not.
struct TruthCheck: Sendable {
  /// The scenario.
  var scenario: String
  /// Holds the record against the formula and against what the server did.
  var compare: @Sendable (RunRecord, Truth) -> [Comparison]

  /// A figure beside what it has to be. Nanoseconds, or counts.
  struct Comparison: CustomStringConvertible {
    var figure: String
    var measured: Double
    var truth: Double
    var tolerance: Double
    /// By how much more a machine that disturbed the run may have changed it: lateness makes times longer, by any amount, and
    /// none shorter.
    var late = 0.0
    /// It is no time: lateness can make it less, too.
    var isCount = false

    func holds(disturbed: Bool) -> Bool {
      let late = disturbed ? late : 0
      return measured >= truth - tolerance - (isCount ? late : 0) && measured <= truth + tolerance + late
    }
    var description: String {
      "\(figure) is \(Self.shown(measured)), and has to be \(Self.shown(truth)) ± \(Self.shown(tolerance))"
    }

    private static func shown(_ value: Double) -> String {
      value >= 100_000 ? "\((value / 10_000).rounded() / 100) ms" : "\(value)"
    }
  }

  struct Outcome {
    var comparisons: [Comparison]
    /// What the machine did to the run, where it was too much for these tolerances.
    var disturbance: String?

    /// As on a quiet machine.
    var holds: Bool { wrong.isEmpty }
    var wrong: [Comparison] { comparisons.filter { !$0.holds(disturbed: false) } }
    /// As far as what the run says of its own lateness lets it be told.
    var holdsAsDisturbed: Bool { comparisons.allSatisfy { $0.holds(disturbed: disturbance != nil) } }
    var description: String {
      (wrong.map(\.description) + (disturbance.map { ["disturbed: " + $0] } ?? [])).joined(separator: "\n")
    }
  }

  /// Runs until a run was not disturbed, or its figures are right all the same; `attempts` times at the most. A machine that
  /// is never quiet leaves `holdsAsDisturbed`.
  func outcome(attempts: Int = 5, configure: (inout Run.Options) -> Void = { _ in }) throws -> Outcome {
    var outcome = try attempt(configure)
    for _ in 1..<attempts where !outcome.holds && outcome.disturbance != nil { outcome = try attempt(configure) }
    return outcome
  }

  private func attempt(_ configure: (inout Run.Options) -> Void) throws -> Outcome {
    var configuration = ServerConfiguration()
    configuration.limits.stopTimeout = .milliseconds(1)
    let server = try ReferenceServer(configuration: configuration, systems: [Truth.self])
    let url = "http://127.0.0.1:\(try server.start())"
    defer { server.stop() }
    let record = try makeRun(scenario, url: url, configure: configure).run()
    let truth = server.systems[0] as! Truth
    return Outcome(comparisons: compare(record, truth), disturbance: try disturbance(record, truth))
  }

  /// What the generator says of itself and of the machine, or that the server's timers fired late by more than tolerances
  /// of milliseconds bear.
  private func disturbance(_ record: RunRecord, _ truth: Truth) throws -> String? {
    let check = SelfCheck(record, scenario: try EngineTests.scenario(scenario))
    if check.verdict != .pass { return check.speaking.map(\.message).joined(separator: "; ") }
    let late = Truth.Service.allCases.flatMap { service in
      truth.log(of: service).answered.map { $0.departure - min($0.departure, $0.due) }
    }.sorted()
    guard !late.isEmpty else { return "nothing was answered" }
    let lateness = late[(late.count * 99 + 99) / 100 - 1]
    return lateness > 2_000_000 ? "the server was late by \(lateness) ns at p99" : nil
  }
}

extension RunRecord {
  /// Of a traffic group, as reports have it: of answers that were looked for, and of requests that nobody answered in time.
  func latency(_ group: String) -> Histogram {
    var latency = Histogram()
    for series in series
    where series.key.group == group && series.kind.countsInLatency(outcome: series.key.outcome) {
      latency.merge(series.latency)
    }
    return latency
  }

  /// What the machine may have added to a time, nanoseconds: a request waits for four turns, of the generator and of the
  /// server, and arrivals and the probe tell how late one is at p99.
  var lateness: Double {
    var lags = Histogram()
    for group in groups { lags.merge(group.schedule.lag) }
    return 4 * Double(max(lags.percentile(99), generator.probeLag.percentile(99)))
  }

  /// A percentile of a group's latency beside its truth, nanoseconds.
  func compare(_ group: String, p percent: Double, to truth: Double, within tolerance: Double) -> TruthCheck.Comparison
  {
    TruthCheck.Comparison(
      figure: "p(\(percent)) of '\(group)'", measured: Double(latency(group).percentile(percent)), truth: truth,
      tolerance: tolerance, late: .infinity)
  }
}
