import JSON

/// All that a run left to be judged and reported: made by the engine as it happens, or rebuilt from the journal.
///
/// Instants are nanoseconds since the run's start on the monotonic clock; warm-up is left out of every figure but
/// `operations`.
package struct RunRecord: Sendable {
  package var identity: RunIdentity
  package var ending: RunEnding
  /// Of the measured window: from the end of warm-up to the last answer.
  package var elapsed: UInt64
  package var warmUp: UInt64
  /// One for each outcome of each step of each group that the scenario names, and those that turned up besides.
  package var series: [SeriesRecord]
  package var groups: [GroupRecord]
  package var connections: ConnectionRecord
  package var generator: GeneratorRecord
  package var intervals: [IntervalSummary]
  /// What the invariants found out from the target itself, by invariant: the ledger.
  package var ledgers: [String: LedgerRecord]
  /// The same as it was before the load.
  package var ledgersBefore: [String: LedgerRecord]
  /// What time it was, for invariants that speak of days.
  package var clock: ClockRecord
  /// While the run goes on: what was under way at the end of the last interval. It is in no figure before it has ended.
  package var underWay: [UnderWay]
  /// Thresholds that ended the run, by their text.
  package var aborts: [String]
  /// What was said of the scenario before the run, a sentence or two each, with the place in the file.
  package var warnings: [String]
  /// Things worth a sentence in the report: what could not be read, what was cut off.
  package var notes: [String]
  /// How many requests each worker recorded for invariants; `nil` where that is not known.
  package var recorded: [UInt64]?
  /// What of the run's records is lost or damaged, in sentences: nothing passes then.
  package var losses: [String]
  /// Figures of some intervals are among what is lost.
  package var lacksFigures: Bool
  /// What the reference server measured, as its control interface gave it.
  package var serverLog: JSONValue?

  package init(identity: RunIdentity) {
    self.identity = identity
    ending = .completed
    elapsed = 0
    warmUp = 0
    series = []
    groups = []
    connections = ConnectionRecord()
    generator = GeneratorRecord()
    intervals = []
    ledgers = [:]
    ledgersBefore = [:]
    clock = ClockRecord()
    underWay = []
    aborts = []
    warnings = []
    notes = []
    losses = []
    lacksFigures = false
  }
}

extension RunRecord {
  /// No request of the load ended later, nanoseconds since the run's start; `Operation.latest` where the end is not known.
  package var latest: UInt64 {
    guard ending != .cutOff, !lacksFigures else { return Operation.latest }
    let last = max(intervals.last?.end ?? 0, min(warmUp, Operation.latest) &+ min(elapsed, Operation.latest))
    // Instants are taken by several threads; a second is far more than lies between them.
    return min(last, Operation.latest) + 1_000_000_000
  }
}

/// What was run: enough to run it again.
package struct RunIdentity: Sendable, Hashable {
  package var scenario: String
  package var summary: String
  package var file: String
  package var target: String
  package var seed: UInt64
  package var profile: String?
  package var incidents: [String]
  package var overrides: [String]
  package var workers: Int
  package var serverLoops: Int
  /// Nanoseconds since 1970.
  package var startedAt: UInt64
  package var gitRevision: String?
  package var machine: String
  package var version: String
  /// Runs of the same before this one that were made again.
  package var attempts: [RunAttempt]
  /// The checksum of the scenario's text as it was kept; `nil` in the directory of a version that kept none.
  package var scenarioCheck: String?

  package init(scenario: String, file: String, target: String, seed: UInt64) {
    self.scenario = scenario
    self.file = file
    self.target = target
    self.seed = seed
    summary = ""
    incidents = []
    overrides = []
    workers = 1
    serverLoops = 0
    startedAt = 0
    machine = ""
    version = ""
    attempts = []
  }
}

/// A run that was made again, because its generator was late or its machine busy.
package struct RunAttempt: Sendable, Hashable {
  /// `invalid` or `inconclusive`.
  package var verdict: String
  package var exitCode: Int
  /// For programs: `noise`.
  package var cause: String?
  /// What happened, in a sentence.
  package var reason: String
  /// Where its files are; `nil` where none were written.
  package var directory: String?

  package init(verdict: String, exitCode: Int, cause: String?, reason: String, directory: String?) {
    self.verdict = verdict
    self.exitCode = exitCode
    self.cause = cause
    self.reason = reason
    self.directory = directory
  }
}

package enum RunEnding: Sendable, Hashable {
  case completed
  /// By a signal: `SIGINT`.
  case interrupted(String)
  /// By a threshold with `abort_on_fail`.
  case aborted
  /// The process was killed; the record was rebuilt from the journal.
  case cutOff
  /// Nothing could be sent: which address, and why.
  case unreachable(String)
  /// A set-up step had another answer than it looks for.
  case setUpFailed(String)
  /// Nothing was sent, for the machine or the control interface was not ready: what was missing.
  case notReady(String)
  /// Nothing was sent, since the target's ledger is not what the scenario says of it: what is wrong, and where in the scenario.
  case wrongScenario(String, at: SourceRange)
}

/// Names an outcome of a step of a traffic group.
package struct SeriesKey: Sendable, Hashable {
  package var group: String
  package var step: String
  package var outcome: String

  package init(group: String, step: String, outcome: String) {
    self.group = group
    self.step = step
    self.outcome = outcome
  }
}

/// What an outcome is: a looked-for answer, an answer that nobody looked for, or no answer.
package enum OutcomeKind: String, Sendable, CaseIterable {
  case expected
  /// Named in the scenario and marked as an error.
  case namedError = "named_error"
  case unexpected
  case transport
  /// The run itself cut the request short: neither a good response nor an error of the target.
  case cancelled

  package var isError: Bool { self != .expected && self != .cancelled }
}

extension OutcomeKind {
  /// Whether the times of an outcome belong to a distribution of latencies: those of answers that were looked for, and
  /// those of requests that nobody answered in time or that the run cut short, for whoever waits that long has waited at
  /// least that long.
  package func countsInLatency(outcome: String) -> Bool {
    switch self {
    case .expected, .cancelled: true
    case .transport: outcome == "timeout" || outcome == "unsent"
    case .namedError, .unexpected: false
    }
  }
}

package struct SeriesRecord: Sendable {
  package var key: SeriesKey
  package var kind: OutcomeKind
  package var count: UInt64
  package var latency: Histogram
  package var serviceTime: Histogram
  package var timeToFirstByte: Histogram
  package var bytesSent: UInt64
  package var bytesReceived: UInt64
  /// For each budget on a latency that the scenario's thresholds name: samples above it, exactly, by time.
  package var exceedances: [ExceedanceCounter]
  /// Counts and sums of the times, by measured interval.
  package var timeline: Timeline
  /// A few answers of an outcome nobody looked for, for the report: status and the first bytes of the body.
  package var samples: [String]

  package init(key: SeriesKey, kind: OutcomeKind) {
    self.key = key
    self.kind = kind
    count = 0
    latency = Histogram()
    serviceTime = Histogram()
    timeToFirstByte = Histogram()
    bytesSent = 0
    bytesReceived = 0
    exceedances = []
    timeline = Timeline()
    samples = []
  }
}

package struct GroupRecord: Sendable {
  package var name: String
  /// The load shape in words: "burst of 5,000 with at most 500 users".
  package var load: String
  package var isOpen: Bool
  package var iterationsStarted: UInt64
  package var iterationsCompleted: UInt64
  /// Arrivals that the shape called for; equal to started where nothing was cut short.
  package var intended: UInt64
  /// Arrivals that nobody could take before the end; in the latency figures as "at least this long".
  package var unsent: UInt64
  package var peakInFlight: Int
  /// How late the generator sent this group's requests, added up, nanoseconds; 0 in a journal of a version that did not look.
  package var lag: UInt64
  /// Of a burst: how well its users were let go together.
  package var release: ReleaseRecord?
  /// Of an open group: how late its arrivals were, and what that did.
  package var schedule: ScheduleFigures
  /// How much of the load there was; `nil` in a journal without an end, or of a version that did not look.
  package var offered: OfferedLoad?

  package init(name: String, load: String, isOpen: Bool) {
    self.name = name
    self.load = load
    self.isOpen = isOpen
    iterationsStarted = 0
    iterationsCompleted = 0
    intended = 0
    unsent = 0
    peakInFlight = 0
    lag = 0
    schedule = ScheduleFigures()
  }
}

/// How well users that were let go together overlapped, by the first request of each.
package struct ReleaseRecord: Sendable, Hashable {
  package var users: Int
  /// From the release to the requests' `sent`, at p99. Nanoseconds.
  package var skew: UInt64
  /// The most of these requests in flight at one instant.
  package var peakInFlight: Int

  package init(users: Int, skew: UInt64, peakInFlight: Int) {
    self.users = users
    self.skew = skew
    self.peakInFlight = peakInFlight
  }
}

package struct ConnectionRecord: Sendable {
  package var opened: UInt64 = 0
  package var failed: UInt64 = 0
  package var events = ConnectionEvents()
  package var connectTime = Histogram()

  package init() {}
}

/// What the generator says of itself.
package struct GeneratorRecord: Sendable {
  /// sent − intended that the worker itself caused.
  package var lag = Histogram()
  /// sent − intended spent waiting for a free user or connection.
  package var wait = Histogram()
  /// How long connections that were opened had waited until their worker began them, for a crowd's begin in turns; empty in a
  /// journal of a version that did not look.
  package var turnWait = Histogram()
  /// How late a thread beside the workers was let in that asks for nothing; empty where no group's arrivals are on a
  /// schedule, and in a journal of a version that did not look.
  package var probeLag = Histogram()
  /// The longest time for which a worker stood still at once, nanoseconds, within 100 ms below; `nil` in a journal of a
  /// version that did not look.
  package var longestPause: UInt64?
  package var workerCPU: [UInt64] = []
  package var serverCPU: [UInt64] = []
  package var peakResidentBytes: UInt64 = 0

  package init() {}
}

/// One second of the run, for the time line. Nanoseconds.
package struct IntervalSummary: Sendable {
  package var start: UInt64
  package var end: UInt64
  package var requests: UInt64
  package var errors: UInt64
  package var inFlight: Int
  package var median: UInt64
  package var p95: UInt64
  package var p99: UInt64
  package var maximum: UInt64
  package var isWarmUp: Bool
  /// `nil` in a journal of a version that did not read it.
  package var usage: IntervalUsage?

  package init(start: UInt64, end: UInt64) {
    self.start = start
    self.end = end
    requests = 0
    errors = 0
    inFlight = 0
    median = 0
    p95 = 0
    p99 = 0
    maximum = 0
    isWarmUp = false
  }
}
