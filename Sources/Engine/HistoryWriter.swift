import EventLoop
import HTTPClient
import Measurement
import Scenario

/// One worker's record of the requests that invariants need, on its way to two files.
///
/// What the disk does not take is kept in memory, up to a bound, and given to the verdict from there.
final class HistoryWriter {
  private let log: OperationLog
  private let plan: Plan
  private let files: Files
  private var key: [UInt8] = []
  /// Of each step, where its answers begin.
  private let firstAnswers: [Int]
  private let answers: [Answer]
  /// By column: the variable's slot, where the text is that of a captured variable and nothing else.
  private let slots: [Int?]

  /// What is recorded of an answer: found out once, so that nothing is looked up for a request.
  private struct Answer {
    /// One bit for each column.
    var columns: UInt8 = 0
    var hasSequence = false
    var isNamed = false
    var effect: Outcome.Effect?
  }

  private final class Files {
    private let operations: AppendingFile?
    private let names: AppendingFile?
    private(set) var failure: SystemError?
    /// From the first failure on, all that comes.
    private(set) var tail: HistoryTail
    private let limit: Int
    private(set) var isFull = false

    init(directory: String, worker: Int, limit: Int) {
      tail = HistoryTail(worker: worker)
      self.limit = limit
      var files: (operations: AppendingFile, names: AppendingFile)?
      do throws(SystemError) {
        let operations = try AppendingFile("\(directory)/worker-\(worker).operations")
        files = (operations, try AppendingFile("\(directory)/worker-\(worker).names"))
      } catch {
        failure = error
      }
      (operations, names) = (files?.operations, files?.names)
    }

    func append(_ bytes: UnsafeRawBufferPointer, to file: OperationLogFile) {
      if failure != nil { return keep(bytes, of: file) }
      guard let files = file == .operations ? operations : names else { return }
      var written = 0
      do throws(SystemError) {
        try files.append(bytes, written: &written)
      } catch {
        failure = error
        keep(UnsafeRawBufferPointer(rebasing: bytes[written...]), of: file)
      }
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, of file: OperationLogFile) {
      // After a gap nothing can be put together again.
      if isFull { return }
      guard tail.operations.count + tail.names.count + bytes.count <= limit else {
        isFull = true
        return
      }
      switch file {
      case .operations: tail.operations.append(contentsOf: bytes)
      case .names: tail.names.append(contentsOf: bytes)
      }
    }
  }

  /// - Parameter run: When the run began, nanoseconds since 1970.
  init(directory: String, worker: Int, run: UInt64, plan: Plan) {
    self.plan = plan
    var firstAnswers: [Int] = []
    var answers: [Answer] = []
    for step in plan.allSteps {
      firstAnswers.append(answers.count)
      // After those with a name, all that have none.
      for outcome in step.outcomes.map(Optional.some) + [nil] { answers.append(Self.answer(outcome, of: step, plan)) }
    }
    (self.firstAnswers, self.answers) = (firstAnswers, answers)
    slots = plan.keyTexts.map { text in
      if text.fragments.count == 1, case .slot(let slot, .none) = text.fragments[0] { slot } else { nil }
    }
    let files = Files(directory: directory, worker: worker, limit: HistoryTail.limit / plan.workers)
    self.files = files
    log = OperationLog(
      worker: worker, run: run, series: plan.rowKeys, keyNames: plan.needs.keys,
      sink: { file, bytes in files.append(bytes, to: file) })
  }

  private static func answer(_ outcome: CompiledOutcome?, of step: CompiledStep, _ plan: Plan) -> Answer {
    var answer = Answer(isNamed: outcome != nil, effect: outcome?.effect)
    for column in plan.needs.columns(of: step.name) {
      // What an answer before this one captured says nothing of it.
      let ownCaptures = plan.keyTexts[column].fragments.compactMap(\.slot).filter { slot in
        step.outcomes.contains { $0.captures(into: slot) }
      }
      if ownCaptures.allSatisfy({ outcome?.captures(into: $0) == true }) { answer.columns |= 1 << UInt8(column) }
    }
    if let slot = step.sequenceSlot { answer.hasSequence = outcome?.captures(into: slot) == true }
    return answer
  }

  /// What became of requests that the disk did not take; `nil` where it took all.
  var failure: String? {
    files.failure.map {
      "recorded requests could not be written (\($0)): "
        + (files.isFull
          ? "the first \(HistoryTail.limit >> 20) MB of them were kept in memory, and the rest is lost"
          : "they were kept in memory and judged, and the files in the run's directory end early")
    }
  }

  /// What the disk did not take; `nil` where it took all.
  var tail: HistoryTail? { files.failure == nil ? nil : files.tail }

  /// Requests that were recorded.
  var count: UInt64 { log.count }

  /// Records the request that the user's exchange holds.
  ///
  /// - Parameters:
  ///   - row: Of the outcome, in the plan.
  ///   - origin: The run's start, monotonic nanoseconds.
  func append(
    _ user: VirtualUser, _ step: CompiledStep, row: Int, outcome: Int, since origin: UInt64, isWarmUp: Bool
  ) {
    let exchange = user.exchange
    // What was never sent had no effect, and is no operation.
    if exchange.sent == 0 { return }
    var operation = Operation(
      invoked: exchange.sent &- origin, returned: exchange.failure == nil ? exchange.done &- origin : Operation.never,
      outcome: UInt32(row), user: UInt32(truncatingIfNeeded: user.index),
      iteration: UInt32(truncatingIfNeeded: user.iteration))
    operation.status = UInt16(clamping: exchange.failure == nil ? exchange.status : 0)
    if isWarmUp { operation.flags.insert(.warmUp) }
    let answer = answers[firstAnswers[step.ordinal] + min(outcome, step.outcomes.count)]
    if step.isError(outcome) { operation.flags.insert(.error) }
    if Self.isAmbiguous(answer, exchange) { operation.flags.insert(.ambiguous) }
    if exchange.wasRepeated, !step.request.isSafe {
      // A refusal may be of the second copy, after the first took effect.
      if exchange.failure == nil, !(200..<300).contains(exchange.status) { operation.flags.insert(.ambiguous) }
      if !step.request.isIdempotent { appendLost(user, step, like: operation) }
    }
    var columns = answer.columns
    while columns != 0 {
      let column = columns.trailingZeroBitCount
      columns &= columns - 1
      operation.keys[column] = number(ofColumn: column, user)
    }
    if answer.hasSequence, let slot = step.sequenceSlot, let number = Self.number(user.values[slot]) {
      operation.sequence = number
      operation.flags.insert(.sequenced)
    }
    log.append(operation)
  }

  /// Records the first copy of a request that was sent twice and counts twice: nobody knows what became of it.
  private func appendLost(_ user: VirtualUser, _ step: CompiledStep, like second: Operation) {
    let row = step.firstSeries + step.transport(TransportOutcome.number[.closed]!)
    var operation = Operation(
      invoked: second.invoked, returned: Operation.never, outcome: UInt32(row), user: second.user,
      iteration: second.iteration)
    operation.flags = second.flags.intersection(.warmUp).union([.error, .ambiguous])
    var columns = answers[firstAnswers[step.ordinal] + step.outcomes.count].columns
    while columns != 0 {
      let column = columns.trailingZeroBitCount
      columns &= columns - 1
      operation.keys[column] = number(ofColumn: column, user)
    }
    log.append(operation)
  }

  func flush() { log.flush() }

  /// Whether the request may have taken effect though no answer says so: without an answer, after a server gave up
  /// half-way, and after an answer that nobody foresaw and that is no refusal. What the scenario says of an answer
  /// counts first.
  private static func isAmbiguous(_ answer: Answer, _ exchange: HTTPExchange) -> Bool {
    guard exchange.failure == nil else { return true }
    switch answer.effect {
    case .some(.none): return false
    case .unknown: return true
    case nil: return !answer.isNamed ? !(400..<500).contains(exchange.status) : exchange.status >= 500
    }
  }

  /// The number of the key that the user's request has in a column.
  private func number(ofColumn column: Int, _ user: VirtualUser) -> UInt32 {
    if let slot = slots[column] { return user.values[slot].withUnsafeBytes { log.number(ofKey: $0) } }
    // Taken out and put back, so that it is written in place.
    var key = self.key
    self.key = []
    key.removeAll(keepingCapacity: true)
    user.write(plan.keyTexts[column], into: &key)
    let number = key.withUnsafeBytes { log.number(ofKey: $0) }
    self.key = key
    return number
  }

  private static func number(_ text: [UInt8]) -> Int64? {
    text.withUnsafeBytes { number($0) }
  }

  private static func number(_ text: UnsafeRawBufferPointer) -> Int64? {
    var digits = text[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    if digits.isEmpty { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(Int64(byte - 0x30))
      if overflow || carry { return nil }
      value = sum
    }
    return isNegative ? -value : value
  }
}
