import EventLoop
import HTTPClient
import Measurement
import Scenario

/// One worker's record of the requests that invariants need, on its way to two files.
final class HistoryWriter {
  private let log: OperationLog
  private let plan: Plan
  private let files: Files
  private var key: [UInt8] = []
  /// By step: the columns that are recorded, and for each the slots in its text that the step's own answers capture.
  private let columns: [[(column: Int, ownCaptures: [Int])]]

  private final class Files {
    let operations: AppendingFile
    let names: AppendingFile
    var failure: SystemError?

    init(directory: String, worker: Int) throws(SystemError) {
      operations = try AppendingFile("\(directory)/worker-\(worker).operations")
      names = try AppendingFile("\(directory)/worker-\(worker).names")
    }

    func append(_ bytes: UnsafeRawBufferPointer, to file: OperationLogFile) {
      if failure != nil { return }
      do throws(SystemError) {
        switch file {
        case .operations: try operations.append(bytes)
        case .names: try names.append(bytes)
        }
      } catch {
        failure = error
      }
    }
  }

  init(directory: String, worker: Int, plan: Plan) throws(SystemError) {
    self.plan = plan
    columns = plan.allSteps.map { step in
      plan.needs.columns(of: step.name).map { column in
        let slots = plan.keyTexts[column].fragments.compactMap(\.slot)
        return (column, slots.filter { slot in step.outcomes.contains { $0.captures(into: slot) } })
      }
    }
    let files = try Files(directory: directory, worker: worker)
    self.files = files
    log = OperationLog(
      worker: worker, steps: plan.allSteps.map(\.name), series: plan.rowKeys, keyNames: plan.needs.keys,
      sink: { file, bytes in files.append(bytes, to: file) })
  }

  /// Why the record ends early; `nil` where it does not.
  var failure: String? { files.failure.map { "the recorded requests end early: \($0)" } }

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
      step: UInt16(step.ordinal), outcome: UInt16(row), user: UInt32(truncatingIfNeeded: user.index),
      iteration: UInt32(truncatingIfNeeded: user.iteration))
    operation.status = UInt16(clamping: exchange.failure == nil ? exchange.status : 0)
    if isWarmUp { operation.flags.insert(.warmUp) }
    let named = outcome < step.outcomes.count ? step.outcomes[outcome] : nil
    if step.isError(outcome) { operation.flags.insert(.error) }
    if Self.isAmbiguous(named, exchange) { operation.flags.insert(.ambiguous) }
    for (column, ownCaptures) in columns[step.ordinal] {
      // What an answer before this one captured says nothing of it.
      if !ownCaptures.allSatisfy({ named?.captures(into: $0) == true }) { continue }
      key.removeAll(keepingCapacity: true)
      user.write(plan.keyTexts[column], into: &key)
      operation.keys[column] = key.withUnsafeBytes { log.number(ofKey: $0) }
    }
    if let slot = step.sequenceSlot, named?.captures(into: slot) == true, let number = Self.number(user.values[slot]) {
      operation.sequence = number
      operation.flags.insert(.sequenced)
    }
    log.append(operation)
  }

  func flush() { log.flush() }

  /// Whether the request may have taken effect though no answer says so: without an answer, after a server gave up
  /// half-way, and after an answer that nobody foresaw and that is no refusal. What the scenario says of an answer
  /// counts first.
  private static func isAmbiguous(_ outcome: CompiledOutcome?, _ exchange: HTTPExchange) -> Bool {
    guard exchange.failure == nil else { return true }
    switch outcome?.effect {
    case .some(.none): return false
    case .unknown: return true
    case nil: return outcome == nil ? !(400..<500).contains(exchange.status) : exchange.status >= 500
    }
  }

  private static func number(_ text: [UInt8]) -> Int64? {
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
