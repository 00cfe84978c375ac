import Measurement

extension Run {
  package struct Options: Sendable {
    package var identity: RunIdentity
    /// Base URL.
    package var target: String
    package var workers = 1
    /// Processors for the workers to stay on, one each; empty for any.
    package var cpus: [Int32] = []
    /// Token of the reference server's control interface; `nil`: the target is not ours to control.
    package var controlToken: String?
    /// The journal's file; `nil` for a run that leaves nothing.
    package var journal: String?
    /// What was said of the scenario before the run, for its record.
    package var warnings: [String] = []
    /// The folder, which exists, for the requests that invariants need; `nil` where they are not to be kept.
    package var history: String?
    #if DEBUG
      /// A mistake to make.
      package var mutant: Mutant?
    #endif

    package init(identity: RunIdentity, target: String) {
      self.identity = identity
      self.target = target
    }
  }

  /// Shown about five times a second.
  package struct Progress: Sendable {
    package var phase: Phase
    /// Since the start of the load, nanoseconds.
    package var elapsed: UInt64
    /// Of the whole load; `nil` where only the target knows.
    package var expected: UInt64?
    package var iterationsExpected: UInt64?
    package var requests: UInt64
    package var errors: UInt64
    package var iterations: UInt64
    package var last: IntervalSummary?
  }

  package enum Phase: String, Sendable {
    case connecting, settingUp = "setting up", running, tearingDown = "tearing down", reading = "reading the ledger"
  }
}
