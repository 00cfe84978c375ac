import JSON
import Measurement
import Scenario

/// Holds "at most so many a day for each value of a variable" against the recorded requests.
///
/// - Complexity: O(n log n) time; about 120 bytes of memory a request.
struct DailyLimitJudge {
  let rule: Invariant.DailyLimit
  let context: InvariantContext

  private struct Survey {
    var requests: UInt64 = 0
    var measured: UInt64 = 0
    var accepted: UInt64 = 0
    var rejected: UInt64 = 0
    var ambiguous: UInt64 = 0
    var keyless: UInt64 = 0
    /// The most that one key asked on one day, and was accepted for on it for sure.
    var mostAsked: UInt32 = 0
    var mostAccepted: UInt32 = 0
    var keys = 0
    var days: ClosedRange<Int32>?
    var straddlers: UInt64 = 0
    var whole = OverlapSurvey()
    var contended = 0
    var result = HistoryResult<DailyLimitChecker.Reason>.holds
  }

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
    let survey = try survey(column, clock, &conclusion)
    let violation = survey.result.violation
    let isShortage = if case .rejectedTooEarly? = violation?.reason { true } else { false }
    let isWhole = context.ranToItsEnd && survey.measured >= context.counted(rule.accepted.step)
    var counterexample: Counterexample?
    if let violation, !isShortage || isWhole {
      let told = words(violation)
      conclusion.add(.fail, told.message)
      counterexample = Counterexample(
        summary: told.summary, explanation: told.explanation,
        requests: try requests(at: violation.operations, column).map(context.witness),
        total: UInt64(max(violation.total, violation.operations.count)))
    } else if case .undecided = survey.result {
      conclusion.add(
        .inconclusive,
        "\(counted(survey.ambiguous, "request")) had no clear answer, and may have been \(rule.accepted.outcome) once "
          + "too often on a day")
    }
    checkExercise(survey, &conclusion)
    context.checkCompleteness(of: rule.accepted.step, recorded: survey.measured, &conclusion)
    let observed = counterexample == nil ? .count(survey.mostAccepted) : observed(violation, survey)
    return context.finding(
      conclusion, observed: observed, bound: observed.noun.isEmpty ? .count(rule.limit) : .count(0),
      samples: survey.requests, otherwise: praise(survey), counterexample: counterexample,
      contention: survey.requests == 0
        ? nil
        : Contention(
          peakInFlight: survey.whole.peak, isLowerBound: survey.whole.isLowerBound, contendedKeys: survey.contended))
  }

  /// What broke the limit, in number.
  private func observed(
    _ violation: HistoryViolation<DailyLimitChecker.Reason>?, _ survey: Survey
  ) -> Quantity {
    guard let violation else { return .count(survey.mostAccepted) }
    return switch violation.reason {
    case .tooMany:
      survey.mostAccepted > UInt32(clamping: rule.limit)
        ? .count(survey.mostAccepted) : .count(violation.total, "too many")
    case .acceptedAfterRejection: .count(violation.total, "\(rule.accepted.outcome) too late")
    case .rejectedTooEarly: .count(violation.total, "\(rule.rejected?.outcome ?? "rejected") too early")
    }
  }

  private func praise(_ survey: Survey) -> String {
    let days = survey.days.map { Int($0.upperBound) - Int($0.lowerBound) + 1 } ?? 0
    let span =
      days == 1
      ? "on \(DayZone.text(ofDay: survey.days!.lowerBound))"
      : "on each of \(counted(days, "day"))"
        + (survey.straddlers > 0 ? " (\(counted(survey.straddlers, "request")) under way at midnight)" : "")
    return "at most \(Quantity.grouped(survey.mostAccepted)) \(rule.accepted.outcome) \(span) for each of "
      + "\(counted(survey.keys, "value")) of \(rule.variable), and up to \(Quantity.grouped(survey.mostAsked)) asked for"
      + ", \(counted(survey.contended, "value")) with two at once"
  }

  // MARK: - Counting

  private func answer(_ operation: Operation, _ tables: Tables) -> HistoryAnswer? {
    if tables.rejecting?.at(operation.outcome) == true { return .rejected }
    if tables.accepting.at(operation.outcome) { return .accepted }
    return operation.flags.contains(.ambiguous) ? .ambiguous : nil
  }

  private struct Tables {
    var accepting: [Bool]
    var rejecting: [Bool]?
    var ofStep: [Bool]
  }

  private var tables: Tables {
    Tables(
      accepting: context.outcomes(rule.accepted), rejecting: rule.rejected.map { context.outcomes($0) },
      ofStep: context.series(of: rule.accepted.step))
  }

  private func survey(
    _ column: Int, _ clock: TargetClock, _ conclusion: inout Conclusion
  ) throws(OperationSourceError) -> Survey {
    let tables = tables
    var survey = Survey()
    var checker = DailyLimitChecker(limit: rule.limit)
    var keyOverlap = KeyOverlapSurvey()
    var asked: [UInt64: UInt32] = [:]
    var accepted: [UInt64: UInt32] = [:]
    var keys: Set<UInt32> = []
    try context.source.forEach { operation in
      guard tables.ofStep.at(operation.outcome) else { return }
      survey.requests += 1
      if !operation.flags.contains(.warmUp) { survey.measured += 1 }
      survey.whole.add(invoked: operation.invoked, returned: operation.returned)
      let answer = answer(operation, tables)
      let key = operation.keys[column]
      guard key != 0 else {
        if answer == .accepted { survey.keyless += 1 }
        return
      }
      keyOverlap.add(key: key, invoked: operation.invoked, returned: operation.returned)
      guard let answer else { return }
      let days = clock.days(of: operation, isAmbiguous: answer == .ambiguous)
      keys.insert(key)
      survey.days =
        survey.days.map {
          min($0.lowerBound, days.lowerBound)...max($0.upperBound, days.upperBound)
        } ?? days
      if days.count > 1 { survey.straddlers += 1 }
      let place = UInt64(key) << 32 | UInt64(UInt32(bitPattern: days.lowerBound))
      asked[place, default: 0] += 1
      switch answer {
      case .accepted:
        survey.accepted += 1
        if days.count == 1 { accepted[place, default: 0] += 1 }
      case .rejected: survey.rejected += 1
      case .ambiguous: survey.ambiguous += 1
      }
      checker.add(
        CounterOperation(answer, invoked: operation.invoked, returned: operation.returned), user: key, days: days)
    }
    survey.keys = keys.count
    survey.mostAsked = asked.values.max() ?? 0
    survey.mostAccepted = accepted.values.max() ?? 0
    survey.contended = keyOverlap.contendedKeys
    survey.result = checker.result()
    if survey.mostAsked > UInt32(clamping: rule.limit), survey.accepted > 0 {
      context.checkOverlap(keyOverlap, of: rule.variable, &conclusion)
    }
    return survey
  }

  private func checkExercise(_ survey: Survey, _ conclusion: inout Conclusion) {
    let (step, outcome) = (rule.accepted.step, rule.accepted.outcome)
    if survey.requests == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(step) was sent")
    } else if survey.accepted == 0 {
      conclusion.add(context.unexercised, "not exercised: no request of \(step) was \(outcome)")
    } else if survey.mostAsked <= UInt32(clamping: rule.limit) {
      conclusion.add(
        context.unexercised,
        "not exercised: no value of \(rule.variable) asked more than \(counted(rule.limit, "time")) on a day")
    }
    if survey.keyless > 0 {
      conclusion.add(
        .inconclusive, "\(counted(survey.keyless, "request")) answered \(outcome) without a \(rule.variable)")
    }
  }

  // MARK: - Counterexample

  private func words(
    _ violation: HistoryViolation<DailyLimitChecker.Reason>
  ) -> (message: String, summary: String, explanation: String) {
    let (accepted, rejected) = (rule.accepted.outcome, rule.rejected?.outcome ?? "")
    func name(_ key: UInt32) -> String { "\(rule.variable) \(context.source.text(ofKey: key))" }
    func date(_ day: Int32) -> String { "\(DayZone.text(ofDay: day)) (\(rule.zone.name))" }
    switch violation.reason {
    case .tooMany(let user, let days):
      let when =
        days.count == 1
        ? "on \(date(days.lowerBound))"
        : "from \(DayZone.text(ofDay: days.lowerBound)) to \(date(days.upperBound))"
      let allowed = rule.limit * days.count
      return (
        "\(counted(violation.total, "request")) \(accepted) beyond the limit of \(Quantity.grouped(rule.limit)) a day",
        "\(accepted) \(counted(violation.operations.count, "time")) \(when) for \(name(user)), where "
          + "\(Quantity.grouped(allowed)) may be",
        days.count == 1
          ? "Each of them counts for that day, in whatever order they took effect."
          : "What was under way at midnight was counted for the earlier day as far as it fits, and still it is too much."
      )
    case .acceptedAfterRejection(let user, let day):
      return (
        "\(counted(violation.total, "value")) of \(rule.variable) \(accepted) after being told \(rejected) the same day",
        "\(name(user)) was told \(rejected) on \(date(day)), and then \(accepted)",
        "The first was turned away before the second was sent, and a day's share that is used up does not come back."
      )
    case .rejectedTooEarly(let user, let day, let possible):
      return (
        "\(counted(violation.total, "value")) of \(rule.variable) told \(rejected) with something left of the day",
        "\(name(user)) was told \(rejected) on \(date(day)) when no more than \(Quantity.grouped(possible)) of "
          + "\(Quantity.grouped(rule.limit)) can have been used",
        "Counting every request of that day that was \(accepted), under way at midnight or without a clear answer, "
          + "something was left (a target that was not reset before the run looks the same)."
      )
    }
  }

  private func requests(at places: [Int], _ column: Int) throws(OperationSourceError) -> [Operation] {
    let tables = tables
    return try context.operations(at: places) {
      tables.ofStep.at($0.outcome) && $0.keys[column] != 0 && answer($0, tables) != nil
    }
  }
}
