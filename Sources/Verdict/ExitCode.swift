/// What the process tells its caller. `docs/exit-codes.md` is this list for readers.
package enum ExitCode: Int32, Sendable, CaseIterable {
  /// Every threshold and invariant passed.
  case pass = 0
  /// A fault of Stampede's own.
  case fault = 70
  /// A budget, an invariant or a comparison was breached, also where the run was interrupted after the breach.
  case fail = 99
  /// The scenario or the command line is wrong; nothing was sent.
  case configuration = 104
  /// Interrupted before anything was breached; the partial report is written.
  case interrupted = 105
  /// The evidence is too thin.
  case inconclusive = 111
  /// The generator, the machine or a precondition spoiled the run.
  case invalid = 112
  /// The target could not be reached or did not become ready.
  case unreachable = 113

  /// A few words for the last line of a report.
  package var meaning: String {
    switch self {
    case .pass: "everything passed"
    case .fault: "a fault of Stampede's own"
    case .fail: "a budget or an invariant was breached"
    case .configuration: "the scenario or the command line is wrong"
    case .interrupted: "interrupted before anything was breached"
    case .inconclusive: "the evidence is too thin"
    case .invalid: "the run was spoiled"
    case .unreachable: "the target could not be reached"
    }
  }
}
