import Engine
import EventLoop
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
    /// It is no time: lateness can make it less, too, and a single instant of it is enough.
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
    var holdsAsDisturbed: Bool { comparisons.allSatisfy { $0.holds(disturbed: $0.isCount || disturbance != nil) } }
    var description: String {
      (wrong.map(\.description) + (disturbance.map { ["disturbed: " + $0] } ?? [])).joined(separator: "\n")
    }
  }

  /// Runs until a run was not disturbed, or its figures are right all the same; `attempts` times at the most. A machine that
  /// is never quiet leaves `holdsAsDisturbed`.
  func outcome(attempts: Int = 5) throws -> Outcome {
    var outcome = try attempt()
    for _ in 1..<attempts where !outcome.holds && (outcome.disturbance != nil || outcome.holdsAsDisturbed) {
      outcome = try attempt()
    }
    return outcome
  }

  /// One run.
  func attempt(_ configure: (inout Run.Options) -> Void = { _ in }) throws -> Outcome {
    var configuration = ServerConfiguration()
    configuration.limits.stopTimeout = .milliseconds(1)
    let server = try ReferenceServer(configuration: configuration, systems: [Truth.self])
    let url = "http://127.0.0.1:\(try server.start())"
    defer { server.stop() }
    let run = try makeRun(scenario, url: url, configure: configure)
    let witness = try MachineWitness()
    let record = run.run()
    let taken = witness.stop()
    let truth = server.systems[0] as! Truth
    // A server that was kept from it reads the last requests after they timed out.
    let patience = EventLoop.now() + 10_000_000_000
    while truth.requests < record.sentRequests, EventLoop.now() < patience { sched_yield() }
    return Outcome(comparisons: compare(record, truth), disturbance: try disturbance(record, truth, taken))
  }

  /// What the generator says of itself and of the machine, that a processor was taken away for so long that more than a few
  /// requests saw it, or that the server's timers fired late by more than tolerances of milliseconds bear.
  private func disturbance(_ record: RunRecord, _ truth: Truth, _ taken: UInt64) throws -> String? {
    let check = SelfCheck(record, scenario: try EngineTests.scenario(scenario))
    if check.verdict != .pass { return check.speaking.map(\.message).joined(separator: "; ") }
    // Of a thousand requests two are too few to move a percentile by more than the tolerances.
    if taken > record.elapsed / 500 { return "a processor was taken away for \(taken) ns of \(record.elapsed)" }
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
  /// server, and arrivals and the probe tell how late one is at most.
  var lateness: Double {
    var lags = Histogram()
    for group in groups { lags.merge(group.schedule.lag) }
    return 4 * Double(max(lags.maximum, generator.probeLag.maximum))
  }

  /// Without arrivals that nobody was free to send.
  var sentRequests: Int { Int(requests - count("unsent")) }

  /// A percentile of a group's latency beside its truth, nanoseconds.
  func compare(_ group: String, p percent: Double, to truth: Double, within tolerance: Double) -> TruthCheck.Comparison
  {
    TruthCheck.Comparison(
      figure: "p(\(percent)) of '\(group)'", measured: Double(latency(group).percentile(percent)), truth: truth,
      tolerance: tolerance, late: .infinity)
  }
}

extension Truth {
  /// So far, of all services.
  var requests: Int { Service.allCases.reduce(0) { $0 + log(of: $1).entries.count } }
}
