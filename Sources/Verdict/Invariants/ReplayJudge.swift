import JSON
import Measurement
import Scenario

/// Works recorded results out again from their inputs.
///
/// - Complexity: O(n) time and, with weights, a digest for each input; memory for the keys of one portion, and without weights
///   some 30 bytes for each input.
struct ReplayJudge {
  let rule: Invariant.Replay
  let context: InvariantContext

  private struct Survey {
    var results: UInt64 = 0
    var repeatedInputs = 0
    var keyless: UInt64 = 0
    /// Results that are not what they must be.
    var differences = 0
    /// Of the first of them.
    var summary = ""
    var explanation = ""
    var requests: [Witness] = []

    /// Adds what other inputs gave.
    mutating func add(_ other: Survey) {
      results += other.results
      repeatedInputs += other.repeatedInputs
      keyless += other.keyless
      if differences == 0 { (summary, explanation, requests) = (other.summary, other.explanation, other.requests) }
      differences += other.differences
    }
  }

  /// A result that is not what it must be.
  private struct Difference {
    var total = 0
    var operations: [Int] = []
    var summary = ""
    var explanation = ""
  }

  func judge() throws(OperationSourceError) -> Finding {
    guard let input = context.column(rule.column) else { return context.missing(rule.column) }
    guard let result = context.column(rule.result) else { return context.missing(rule.result) }
    var conclusion = Conclusion()
    var clock: TargetClock?
    if let zone = rule.zone {
      switch TargetClock.of(
        context.record.clock, zone: DayZone(secondsAhead: Int64(zone.secondsAhead)), tolerance: rule.tolerance)
      {
      case .success(let known): clock = known
      case .failure(let fault):
        conclusion.add(.inconclusive, "nobody knows which day it was: \(fault.reason)")
        return context.finding(conclusion, otherwise: "")
      }
    }
    let exercise = try context.exercise(context.series(of: rule.outcome.step))
    var survey = Survey()
    try context.source.forEachPortion(by: input, also: [result]) { portion throws(OperationSourceError) in
      try survey.add(self.survey(portion, input: input, result: result, clock))
    }
    var counterexample: Counterexample?
    if survey.differences > 0 {
      conclusion.add(
        .fail,
        "\(counted(survey.differences, "result")) of \(Quantity.grouped(survey.results)) not what "
          + (rule.weights == nil ? "the same input gave before" : "the input gives"))
      counterexample = Counterexample(
        summary: survey.summary, explanation: survey.explanation, requests: survey.requests,
        total: UInt64(survey.differences))
    }
    checkExercise(exercise, survey, &conclusion)
    context.checkCompleteness(of: rule.outcome.step, recorded: exercise.measured, &conclusion)
    return context.finding(
      conclusion, observed: Quantity(Double(survey.differences), .count), bound: Quantity(0, .count),
      samples: survey.results,
      otherwise: (rule.weights == nil
        ? "\(counted(survey.repeatedInputs, "input")) drawn again gave the same"
        : "all of \(counted(survey.results, "result")) worked out again from their inputs")
        + ", up to \(Quantity.grouped(exercise.overlap.peak)) at once",
      counterexample: counterexample,
      contention: exercise.requests == 0
        ? nil : Contention(peakInFlight: exercise.overlap.peak, isLowerBound: exercise.overlap.isLowerBound))
  }

  /// What a portion of the inputs gave.
  private func survey(
    _ portion: any OperationPortion, input: Int, result: Int, _ clock: TargetClock?
  ) throws(OperationSourceError) -> Survey {
    let accepting = context.outcomes(rule.outcome)
    var survey = Survey()
    var replay = Replay(rule, portion)
    try portion.forEach { operation in
      guard accepting.at(operation.outcome) else { return }
      guard operation.keys[input] != 0, operation.keys[result] != 0 else {
        survey.keyless += 1
        return
      }
      survey.results += 1
      replay.add(
        input: operation.keys[input], result: operation.keys[result],
        days: clock?.days(of: operation, isAmbiguous: false))
    }
    survey.repeatedInputs = replay.repeatedInputs
    let difference = replay.difference
    survey.differences = difference.total
    guard difference.total > 0 else { return survey }
    (survey.summary, survey.explanation) = (difference.summary, difference.explanation)
    survey.requests = try context.operations(at: difference.operations, in: portion) {
      accepting.at($0.outcome) && $0.keys[input] != 0 && $0.keys[result] != 0
    }.map { Witness($0, in: portion) }
    return survey
  }

  private func checkExercise(
    _ exercise: InvariantContext.Exercise, _ survey: Survey, _ conclusion: inout Conclusion
  ) {
    let outcome = rule.outcome
    if exercise.requests == 0 {
      context.addUnexercised(
        "no request of \(outcome.step) was sent", &conclusion)
    } else if survey.results == 0 {
      context.addUnexercised(
        "no request of \(outcome.step) was \(outcome.outcome)", &conclusion)
    } else if rule.weights == nil, survey.repeatedInputs == 0 {
      context.addUnexercised(
        "no input was drawn from twice, and there are no weights", &conclusion)
    } else {
      context.checkOverlap(exercise.overlap, of: [outcome.step], &conclusion)
    }
    if survey.keyless > 0 {
      conclusion.add(
        .inconclusive,
        "\(counted(survey.keyless, "request")) answered \(outcome.outcome) without an input or a result on record")
    }
  }

  /// The results, one after another.
  private struct Replay {
    private let weights: [Invariant.Replay.Weight]?
    private let draw: WeightedDraw?
    private let source: any OperationSequence
    private var count = 0
    /// By input and day, without weights: the first result and its place.
    private var first: [UInt64: (result: UInt32, place: Int)] = [:]
    private(set) var repeatedInputs = 0
    private var firstDifference = Difference()
    private var checker = ReplayChecker<String>()

    /// The first, and how many there are.
    var difference: Difference {
      guard draw != nil, let violation = checker.result().violation else { return firstDifference }
      var difference = firstDifference
      (difference.total, difference.operations) = (violation.total, violation.operations)
      return difference
    }

    init(_ rule: Invariant.Replay, _ source: any OperationSequence) {
      weights = rule.weights
      draw = rule.weights.map { WeightedDraw(weights: $0.map(\.weight)) }
      self.source = source
    }

    mutating func add(input: UInt32, result: UInt32, days: ClosedRange<Int32>?) {
      let place = count
      count += 1
      if let draw, let weights {
        check(input, result, days, draw, weights)
      } else if days.map({ $0.count == 1 }) ?? true {
        // What was under way at midnight may have had either day's input.
        let key = UInt64(input) << 32 | UInt64(UInt32(bitPattern: days?.lowerBound ?? 0))
        guard let known = first[key] else {
          first[key] = (result, place)
          return
        }
        repeatedInputs += 1
        if known.result != result { note([known.place, place], input, days, published: result, other: known.result) }
      }
    }

    private mutating func check(
      _ input: UInt32, _ result: UInt32, _ days: ClosedRange<Int32>?, _ draw: WeightedDraw,
      _ weights: [Invariant.Replay.Weight]
    ) {
      let published = source.text(ofKey: result)
      let texts = inputs(input, days)
      let drawn = texts.map { weights[draw.index(drawnBy: Array($0.utf8))].result }
      checker.add(published: [published]) { [drawn.contains(published) ? published : drawn[0]] }
      guard !drawn.contains(published), firstDifference.summary.isEmpty else { return }
      firstDifference.summary = "'\(texts[0])' gives \(drawn[0]), and was answered \(published)"
      firstDifference.explanation =
        "The result follows from the input alone, by its SHA-256 and the weights; what else was drawn before, or at the "
        + "same time, has no part in it."
    }

    private mutating func note(
      _ places: [Int], _ input: UInt32, _ days: ClosedRange<Int32>?, published: UInt32, other: UInt32
    ) {
      firstDifference.total += 1
      guard firstDifference.operations.isEmpty else { return }
      firstDifference.operations = places
      firstDifference.summary =
        "'\(inputs(input, days)[0])' gave \(source.text(ofKey: other)), and then \(source.text(ofKey: published))"
      firstDifference.explanation = "The result follows from the input alone, in whatever order it is asked for."
    }

    /// The input with each day that it may have been.
    private func inputs(_ input: UInt32, _ days: ClosedRange<Int32>?) -> [String] {
      let text = source.text(ofKey: input)
      guard let days else { return [text] }
      return days.prefix(3).map {
        text.replacing(Invariant.Replay.recordedDay, with: DayZone.text(ofDay: $0))
      }
    }
  }
}
