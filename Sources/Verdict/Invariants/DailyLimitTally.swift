import Measurement
import Scenario

/// What the requests with a part of the keys tell of a daily limit, to be added up.
struct DailyLimitTally {
  private(set) var accepted: UInt64 = 0
  private(set) var ambiguous: UInt64 = 0
  private(set) var keyless: UInt64 = 0
  /// Without a clear answer, and no key is on record: such as the answer would have told.
  private(set) var unknown: UInt64 = 0
  /// The most that a key can have been accepted on all days together, these apart.
  private(set) var mostPossible: UInt64 = 0
  /// The most that one key asked on one day, and was accepted for on it for sure.
  private(set) var mostAsked: UInt32 = 0
  private(set) var mostAccepted: UInt32 = 0
  private(set) var keys = 0
  private(set) var days: ClosedRange<Int32>?
  private(set) var straddlers: UInt64 = 0
  private(set) var contention = KeyContention()
  /// Of the gravest kind, with the total of all keys.
  private(set) var violation: HistoryViolation<DailyLimitChecker.Reason>?
  /// Of the violation: whose it is, and the requests that show it.
  private(set) var name = ""
  private(set) var shown: [Witness] = []
  /// More than the limit may have been accepted, and nobody knows.
  private(set) var isDoubtful = false

  init() {}

  /// Of one portion.
  init(
    _ judge: DailyLimitJudge, _ portion: any OperationPortion, _ column: Int, _ clock: TargetClock
  ) throws(OperationSourceError) {
    let answers = Answers(judge)
    var tally = DailyLimitTally()
    var checker = DailyLimitChecker(limit: judge.rule.limit)
    var asked: [UInt64: UInt32] = [:]
    var acceptedOf: [UInt64: UInt32] = [:]
    var isSeen = [Bool](repeating: false, count: portion.keyCount + 1)
    var possibleOf = [UInt32](repeating: 0, count: portion.keyCount + 1)
    try portion.forEach { operation in
      guard answers.ofStep.at(operation.outcome) else { return }
      let answer = answers.answer(operation)
      let key = operation.keys[column]
      guard key != 0 else {
        if answer == .accepted { tally.keyless += 1 }
        if answer == .ambiguous { tally.unknown += 1 }
        return
      }
      guard let answer else { return }
      let days = clock.days(of: operation, isAmbiguous: answer == .ambiguous)
      if !isSeen[Int(key)] {
        isSeen[Int(key)] = true
        tally.keys += 1
      }
      tally.addDays(days)
      if days.count > 1 { tally.straddlers += 1 }
      let place = UInt64(key) << 32 | UInt64(UInt32(bitPattern: days.lowerBound))
      asked[place, default: 0] += 1
      if answer != .rejected { possibleOf[Int(key)] += 1 }
      switch answer {
      case .accepted:
        tally.accepted += 1
        if days.count == 1 { acceptedOf[place, default: 0] += 1 }
      case .rejected: break
      case .ambiguous: tally.ambiguous += 1
      }
      checker.add(
        CounterOperation(answer, invoked: operation.invoked, returned: operation.returned), user: key, days: days)
    }
    tally.mostAsked = asked.values.max() ?? 0
    tally.mostAccepted = acceptedOf.values.max() ?? 0
    tally.contention = try KeyContention(limit: judge.rule.limit) { survey throws(OperationSourceError) in
      try portion.forEach { operation in
        guard operation.keys[column] != 0, answers.isContender(operation) else { return }
        let isAmbiguous = answers.answer(operation) == .ambiguous
        let contender = Contender(
          invoked: operation.invoked, returned: operation.returned,
          isAccepted: answers.answer(operation) == .accepted)
        // What may count for several days may meet others on each of them.
        for day in clock.days(of: operation, isAmbiguous: isAmbiguous) {
          survey.add(key: operation.keys[column], group: UInt32(bitPattern: day), contender)
        }
      }
    }
    (asked, acceptedOf) = ([:], [:])
    let (violation, isDoubtful) = checker.findings()
    tally.isDoubtful = isDoubtful
    tally.mostPossible = UInt64(possibleOf.max() ?? 0)
    if let violation {
      tally.violation = violation
      tally.name = portion.text(ofKey: violation.reason.user)
      tally.shown = try judge.context.operations(at: violation.operations, in: portion) {
        answers.ofStep.at($0.outcome) && $0.keys[column] != 0 && answers.answer($0) != nil
      }.map { Witness($0, in: portion) }
    }
    self = tally
  }

  /// Adds what other keys had.
  mutating func add(_ other: DailyLimitTally) {
    accepted += other.accepted
    ambiguous += other.ambiguous
    keyless += other.keyless
    unknown += other.unknown
    mostPossible = max(mostPossible, other.mostPossible)
    mostAsked = max(mostAsked, other.mostAsked)
    mostAccepted = max(mostAccepted, other.mostAccepted)
    keys += other.keys
    if let days = other.days { addDays(days) }
    straddlers += other.straddlers
    contention.add(other.contention)
    isDoubtful = isDoubtful || other.isDoubtful
    guard let found = other.violation else { return }
    if let known = violation, known.reason.rank <= found.reason.rank {
      if known.reason.rank == found.reason.rank { violation?.total += found.total }
    } else {
      (violation, name, shown) = (found, other.name, other.shown)
    }
  }

  private mutating func addDays(_ more: ClosedRange<Int32>) {
    days = days.map { min($0.lowerBound, more.lowerBound)...max($0.upperBound, more.upperBound) } ?? more
  }

  /// What a request was to the limit.
  private struct Answers {
    let ofStep: [Bool]
    private let accepting: [Bool]
    private let rejecting: [Bool]?

    init(_ judge: DailyLimitJudge) {
      ofStep = judge.context.series(of: judge.rule.accepted.step)
      accepting = judge.context.outcomes(judge.rule.accepted)
      rejecting = judge.rule.rejected.map { judge.context.outcomes($0) }
    }

    /// It asked for one of what there is: one of another outcome did too, where the rule does not say how it is turned away.
    func isContender(_ operation: Operation) -> Bool {
      ofStep.at(operation.outcome) && (rejecting == nil || answer(operation) != nil)
    }

    /// `nil` where it had no effect and says nothing.
    func answer(_ operation: Operation) -> HistoryAnswer? {
      if rejecting?.at(operation.outcome) == true { return .rejected }
      if accepting.at(operation.outcome) { return .accepted }
      return operation.flags.contains(.ambiguous) ? .ambiguous : nil
    }
  }
}

extension DailyLimitChecker.Reason {
  fileprivate var user: UInt32 {
    switch self {
    case .tooMany(let user, _), .acceptedAfterRejection(let user, _), .rejectedTooEarly(let user, _, _): user
    }
  }

  /// The gravest first.
  fileprivate var rank: Int {
    switch self {
    case .tooMany: 0
    case .acceptedAfterRejection: 1
    case .rejectedTooEarly: 2
    }
  }
}
