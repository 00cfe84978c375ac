import JSON
import Measurement
import Scenario

/// Holds "at most so many a day for each value of a variable" against the recorded requests.
///
/// - Complexity: O(n log n) time; memory for the keys of one portion, of `DailyLimitChecker` and some 60 bytes for each day
///   of a key.
struct DailyLimitJudge {
  let rule: Invariant.DailyLimit
  let context: InvariantContext

  func judge() throws(OperationSourceError) -> Finding {
    guard let column = context.column(rule.variable) else { return context.missing(rule.variable) }
    var conclusion = Conclusion()
    let clock: TargetClock
    let zone = DayZone(secondsAhead: Int64(rule.zone.secondsAhead))
    switch TargetClock.of(context.record.clock, zone: zone, tolerance: rule.tolerance) {
    case .success(let known): clock = known
    case .failure(let fault):
      conclusion.add(.inconclusive, "nobody knows which day it was: \(fault.reason)")
      return context.finding(conclusion, otherwise: "")
    }
    let exercise = try context.exercise(context.series(of: rule.accepted.step))
    var tally = DailyLimitTally()
    try context.source.forEachPortion(by: column) { portion throws(OperationSourceError) in
      try tally.add(DailyLimitTally(self, portion, column, clock))
    }
    let isWhole = context.isWhole([rule.accepted.step], recorded: exercise.measured)
    var isProven = true
    if case .rejectedTooEarly(_, _, let possible)? = tally.violation?.reason {
      // Whoever got what is missing may not be on record, or not by name.
      isProven = isWhole && UInt64(possible) + tally.unknown + tally.keyless < UInt64(rule.limit)
    }
    var counterexample: Counterexample?
    if let violation = tally.violation, isProven {
      let told = words(violation, tally.name)
      conclusion.add(.fail, told.message)
      counterexample = Counterexample(
        summary: told.summary, explanation: told.explanation, requests: tally.shown,
        total: UInt64(max(violation.total, violation.operations.count)))
    } else {
      checkDoubts(tally, isWhole: isWhole, &conclusion)
    }
    if tally.mostAsked > UInt32(clamping: rule.limit), tally.accepted > 0 {
      context.checkContests(
        tally.contention, of: rule.variable, "\(Quantity.grouped(rule.limit)) a day", &conclusion)
    }
    checkExercise(exercise, tally, &conclusion)
    context.checkCompleteness(of: rule.accepted.step, recorded: exercise.measured, &conclusion)
    let observed = counterexample == nil ? .count(tally.mostAccepted) : observed(tally)
    return context.finding(
      conclusion, observed: observed, bound: observed.noun.isEmpty ? .count(rule.limit) : .count(0),
      samples: exercise.requests, otherwise: praise(tally), counterexample: counterexample,
      contention: exercise.requests == 0
        ? nil
        : Contention(
          peakInFlight: exercise.overlap.peak, isLowerBound: exercise.overlap.isLowerBound,
          contendedKeys: tally.contention.keys, contestedLimits: tally.contention.contests))
  }

  private func checkDoubts(_ tally: DailyLimitTally, isWhole: Bool, _ conclusion: inout Conclusion) {
    if let violation = tally.violation {
      conclusion.add(
        .inconclusive,
        words(violation, tally.name).message
          + (isWhole ? ": requests without a \(rule.variable) may make up for it" : InvariantContext.offRecord))
    }
    if tally.isDoubtful {
      conclusion.add(
        .inconclusive,
        "\(counted(tally.ambiguous, "request")) had no clear answer, and may have been \(rule.accepted.outcome) once "
          + "too often on a day")
    }
    if tally.unknown > 0, tally.mostPossible + tally.unknown > UInt64(rule.limit) {
      conclusion.add(
        .inconclusive,
        "\(counted(tally.unknown, "request")) without a clear answer \(tally.unknown == 1 ? "has" : "have") no "
          + "\(rule.variable) on record, and may have been \(rule.accepted.outcome) once too often on a day")
    }
  }

  /// What broke the limit, in number.
  private func observed(_ tally: DailyLimitTally) -> Quantity {
    guard let violation = tally.violation else { return .count(tally.mostAccepted) }
    return switch violation.reason {
    case .tooMany:
      tally.mostAccepted > UInt32(clamping: rule.limit)
        ? .count(tally.mostAccepted) : .count(violation.total, "too many")
    case .acceptedAfterRejection: .count(violation.total, "\(rule.accepted.outcome) too late")
    case .rejectedTooEarly: .count(violation.total, "\(rule.rejected?.outcome ?? "rejected") too early")
    }
  }

  private func praise(_ tally: DailyLimitTally) -> String {
    let days = tally.days.map { Int($0.upperBound) - Int($0.lowerBound) + 1 } ?? 0
    let span =
      days == 1
      ? "on \(DayZone.text(ofDay: tally.days!.lowerBound))"
      : "on each of \(counted(days, "day"))"
        + (tally.straddlers > 0 ? " (\(counted(tally.straddlers, "request")) under way at midnight)" : "")
    return "at most \(Quantity.grouped(tally.mostAccepted)) \(rule.accepted.outcome) \(span) for each of "
      + "\(counted(tally.keys, "value")) of \(rule.variable), and up to \(Quantity.grouped(tally.mostAsked)) asked for"
      + ", \(counted(tally.contention.keys, "value")) with two at once and "
      + "\(Quantity.grouped(tally.contention.contests)) with more requests in flight than were left"
  }

  private func checkExercise(
    _ exercise: InvariantContext.Exercise, _ tally: DailyLimitTally, _ conclusion: inout Conclusion
  ) {
    let (step, outcome) = (rule.accepted.step, rule.accepted.outcome)
    if exercise.requests == 0 {
      context.addUnexercised(
        "no request of \(step) was sent", &conclusion)
    } else if tally.accepted == 0 {
      context.addUnexercised(
        "no request of \(step) was \(outcome)", &conclusion)
    } else if tally.mostAsked <= UInt32(clamping: rule.limit) {
      context.addUnexercised(
        "no value of \(rule.variable) asked more than \(counted(rule.limit, "time")) on a day", &conclusion)
    }
    if tally.keyless > 0 {
      conclusion.add(
        .inconclusive, "\(counted(tally.keyless, "request")) answered \(outcome) without a \(rule.variable)")
    }
  }

  // MARK: - Counterexample

  private func words(
    _ violation: HistoryViolation<DailyLimitChecker.Reason>, _ user: String
  ) -> (message: String, summary: String, explanation: String) {
    let (accepted, rejected) = (rule.accepted.outcome, rule.rejected?.outcome ?? "")
    let name = "\(rule.variable) \(user)"
    func date(_ day: Int32) -> String { "\(DayZone.text(ofDay: day)) (\(rule.zone.name))" }
    switch violation.reason {
    case .tooMany(_, let days):
      let when =
        days.count == 1
        ? "on \(date(days.lowerBound))"
        : "from \(DayZone.text(ofDay: days.lowerBound)) to \(date(days.upperBound))"
      let allowed = rule.limit * days.count
      return (
        "\(counted(violation.total, "request")) \(accepted) beyond the limit of \(Quantity.grouped(rule.limit)) a day",
        "\(accepted) \(counted(violation.operations.count, "time")) \(when) for \(name), where "
          + "\(Quantity.grouped(allowed)) may be",
        days.count == 1
          ? "Each of them counts for that day, in whatever order they took effect."
          : "What was under way at midnight was counted for the earlier day as far as it fits, and still it is too much."
      )
    case .acceptedAfterRejection(_, let day):
      return (
        "\(counted(violation.total, "value")) of \(rule.variable) \(accepted) after being told \(rejected) the same day",
        "\(name) was told \(rejected) on \(date(day)), and then \(accepted)",
        "The first was turned away before the second was sent, and a day's share that is used up does not come back."
      )
    case .rejectedTooEarly(_, let day, let possible):
      return (
        "\(counted(violation.total, "value")) of \(rule.variable) told \(rejected) with something left of the day",
        "\(name) was told \(rejected) on \(date(day)) when no more than \(Quantity.grouped(possible)) of "
          + "\(Quantity.grouped(rule.limit)) can have been used",
        "Counting every request of that day that was \(accepted), under way at midnight or without a clear answer, "
          + "something was left (a target that was not reset before the run looks the same)."
      )
    }
  }
}
