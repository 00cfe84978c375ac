import Measurement
import Scenario

/// What the checks of invariants share: the recorded requests, whose outcome is whose, and how to name a request.
struct InvariantContext {
  /// How many requests a counterexample shows.
  static let shown = 5

  let invariant: Invariant
  let record: RunRecord
  /// The requests; what is told apart by keys goes through portions of them.
  let source: any OperationSource

  /// What comes of a check, with what every finding of the invariant has.
  func finding(
    _ conclusion: Conclusion, observed: Quantity? = nil, bound: Quantity? = nil, samples: UInt64 = 0, otherwise: String,
    counterexample: Counterexample? = nil, contention: Contention? = nil
  ) -> Finding {
    var finding = Finding(
      kind: .invariant, name: invariant.name, text: invariant.text, verdict: conclusion.verdict,
      cause: conclusion.cause,
      observed: observed,
      bound: bound, samples: samples, message: conclusion.message(otherwise: otherwise), range: invariant.range,
      counterexample: conclusion.verdict == .fail ? counterexample : nil, contention: contention)
    finding.ledgerDiffers = conclusion.ledgerDiffers
    return finding
  }

  /// The finding where a column that the check needs is not on record.
  func missing(_ variable: String) -> Finding {
    var conclusion = Conclusion()
    conclusion.add(.inconclusive, "the requests on record do not have \(variable)")
    return finding(conclusion, otherwise: "")
  }

  /// For each number that `Operation.outcome` can be, whether its series is `reference` in any group.
  func outcomes(_ reference: OutcomeReference) -> [Bool] {
    source.series.map { $0.step == reference.step && $0.outcome == reference.outcome }
  }

  /// For each number that `Operation.outcome` can be, whether its series is of `step`.
  func series(of step: String) -> [Bool] { source.series.map { $0.step == step } }

  func outcomes(_ references: [OutcomeReference]) -> [Bool] {
    source.series.map { references.contains(OutcomeReference(step: $0.step, outcome: $0.outcome)) }
  }

  func series(of references: [OutcomeReference]) -> [Bool] {
    let steps = Set(references.map(\.step))
    return source.series.map { steps.contains($0.step) }
  }

  /// The column of `Operation.keys` that holds `variable`.
  func column(_ variable: String) -> Int? { source.keyNames.firstIndex(of: variable) }

  func witness(_ operation: Operation) -> Witness { Witness(operation, in: source) }

  /// What of these steps was recorded, and how much at once.
  func exercise(_ ofSteps: [Bool]) throws(OperationSourceError) -> Exercise {
    var exercise = Exercise()
    try source.forEach { operation in
      guard ofSteps.at(operation.outcome) else { return }
      exercise.requests += 1
      if !operation.flags.contains(.warmUp) { exercise.measured += 1 }
      exercise.overlap.add(invoked: operation.invoked, returned: operation.returned)
    }
    return exercise
  }

  /// What one pass over the requests of some steps tells, whatever their keys.
  struct Exercise {
    var requests: UInt64 = 0
    /// Outside warm-up.
    var measured: UInt64 = 0
    var overlap = OverlapSurvey()
  }

  /// The run went to its end, so that what it did not do is not owed to its being cut short.
  var ranToItsEnd: Bool { record.ending == .completed || record.ending == .aborted }

  /// All requests of `steps` are on record: only then does it prove anything that nobody got something.
  ///
  /// - Parameter recorded: Of these steps together, outside warm-up.
  func isWhole(_ steps: [String], recorded: UInt64) -> Bool {
    ranToItsEnd && source.loss == nil && recorded >= steps.reduce(into: UInt64(0)) { $0 += counted($1) }
  }

  /// Ends a sentence of what nobody on record accounts for, where not all requests are.
  static let offRecord = ": requests that are not on record may make up for it"

  /// A run that did not put an invariant to the test is spoiled; one that was cut short had no time to, and of one whose
  /// records are incomplete nobody knows.
  var unexercised: Verdict {
    ranToItsEnd && source.loss == nil && record.losses.isEmpty ? .invalid : .inconclusive
  }

  /// How many requests of `step` were counted outside warm-up; what was never sent is counted, and is no operation.
  func counted(_ step: String) -> UInt64 {
    record.series.reduce(into: UInt64(0)) {
      guard $1.key.step == step, !BuiltInOutcome.neverSent.contains($1.key.outcome) else { return }
      // What the run cut short may still have waited for a connection.
      $0 += $1.kind == .cancelled ? $1.serviceTime.count : $1.count
    }
  }

  /// Says so where fewer requests of `step` are on record than were counted.
  func checkCompleteness(of step: String, recorded: UInt64, _ conclusion: inout Conclusion) {
    checkCompleteness(of: [step], recorded: recorded, &conclusion)
  }

  /// - Parameter recorded: Of these steps together, outside warm-up.
  func checkCompleteness(of steps: [String], recorded: UInt64, _ conclusion: inout Conclusion) {
    if let loss = source.loss { conclusion.add(.inconclusive, "requests are missing: \(loss)") }
    let counted = steps.reduce(into: UInt64(0)) { $0 += self.counted($1) }
    guard recorded < counted else { return }
    conclusion.add(
      .inconclusive,
      "only \(Quantity.grouped(recorded)) of \(Quantity.grouped(counted)) requests of \(steps.listed) are on record")
  }

  /// Says that the run did not do what the invariant is about.
  func addUnexercised(_ reason: String, _ conclusion: inout Conclusion) {
    conclusion.add(unexercised, "not exercised: \(reason)", cause: .notExercised)
  }

  /// Says so where no two requests of `steps` were in flight together, unless the invariant does not ask for it.
  ///
  /// - Returns: Whether there were such requests, or nobody asks for them.
  @discardableResult
  func checkOverlap(_ survey: OverlapSurvey, of steps: [String], _ conclusion: inout Conclusion) -> Bool {
    guard !invariant.isSequential, !survey.isLowerBound, survey.peak < 2 else { return true }
    addUnexercised("no two requests of \(steps.listed) were in flight together, so nothing contended", &conclusion)
    return false
  }

  /// Says so where no two requests with the same value of `variable` were in flight together.
  @discardableResult
  func checkOverlap(_ contention: KeyContention, of variable: String, _ conclusion: inout Conclusion) -> Bool {
    guard !invariant.isSequential, contention.keys == 0 else { return true }
    addUnexercised(
      "no two requests with the same \(variable) were in flight together, so nothing contended", &conclusion)
    return false
  }

  /// Says so where no value of `variable` reached its limit in a contest.
  func checkContests(_ contention: KeyContention, of variable: String, _ limit: String, _ conclusion: inout Conclusion)
  {
    guard checkOverlap(contention, of: variable, &conclusion), !invariant.isSequential, contention.contests == 0 else {
      return
    }
    addUnexercised(
      "each \(variable) came to its limit of \(limit) with one request at a time: no two were in flight together for the "
        + "last one, so nothing contended; send more at once for the same \(variable)", &conclusion)
  }

  /// The requests at these places, in the order of the source, among those that `isCounted`; in the order of `places`.
  func operations(
    at places: [Int], in source: any OperationSequence, among isCounted: (Operation) -> Bool
  ) throws(OperationSourceError) -> [Operation] {
    let wanted = Set(places)
    var found: [Int: Operation] = [:]
    var place = 0
    try source.forEach { operation in
      guard isCounted(operation) else { return }
      if wanted.contains(place) { found[place] = operation }
      place += 1
    }
    return places.compactMap { found[$0] }
  }
}

extension [String] {
  /// `issue`, `issue and use`, `issue, use and pay`.
  var listed: String {
    guard let last, count > 1 else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " and " + last
  }
}

extension [OutcomeReference] {
  /// Their steps, each once, in order.
  var steps: [String] {
    reduce(into: []) { steps, reference in
      if !steps.contains(reference.step) { steps.append(reference.step) }
    }
  }

  var texts: String { map(\.text).listed }
}
