import HTTPClient
import JSON
import Measurement
import Scenario

/// A step ready to be sent: its bytes laid out, its outcomes indexed.
///
/// Outcomes are numbered within the step: first the named ones in the scenario's order, then `unexpected`, then one for
/// each way in which no answer can come.
final class CompiledStep: Sendable {
  let name: String
  let group: String
  /// Position among all the scenario's steps: `Operation.step`.
  let ordinal: Int
  /// First of the step's rows in the recorder; an outcome's row is this plus its number.
  let firstSeries: Int

  let request: CompiledRequest
  let timeout: UInt64
  let repeatCount: Int
  let thinkTime: DurationRange?
  let ifPresent: Fragment?
  let continueOnError: Bool
  /// Users wait for each other before the step.
  let rendezvous: Step.Rendezvous?

  let outcomes: [CompiledOutcome]
  /// For steps whose outcomes look at the status alone: the outcome's number by status.
  let outcomeByStatus: [Int16]?
  let keepsBody: Bool
  /// One of the outcomes takes something from its answer.
  let captures: Bool
  /// A matcher or a capture looks at header fields.
  let keepsHeaders: Bool
  /// The scenario says what responses mean; else any status below 400 is `ok`.
  let listsOutcomes: Bool
  /// A header of its own or the client's sends cookies.
  let sendsCookies: Bool
  /// An invariant needs the step's operations.
  let isRecorded: Bool
  /// Slot of the captured number that operations carry.
  let sequenceSlot: Int?

  var unexpected: Int { outcomes.count }
  func transport(_ index: Int) -> Int { outcomes.count + 1 + index }
  var outcomeCount: Int { outcomes.count + 1 + TransportOutcome.names.count }

  /// The outcome's name by its number in the step.
  func outcomeName(_ number: Int) -> String {
    if number < outcomes.count { return outcomes[number].name }
    if number == outcomes.count { return BuiltInOutcome.unexpected }
    return TransportOutcome.names[number - outcomes.count - 1]
  }

  func isError(_ number: Int) -> Bool {
    number < outcomes.count ? outcomes[number].isError : number != transport(TransportOutcome.cancelled)
  }

  func outcomeKind(_ number: Int) -> OutcomeKind {
    if number < outcomes.count { return outcomes[number].isError ? .namedError : .expected }
    if number == outcomes.count { return .unexpected }
    return number == transport(TransportOutcome.cancelled) ? .cancelled : .transport
  }

  init(
    _ step: Step, group: String, ordinal: Int, firstSeries: Int, isRecorded: Bool, sequence: String?,
    client: ClientOptions, target: HTTPEndpoint, pathPrefix: String, variables: VariableTable
  ) throws(PlanError) {
    name = step.name
    self.group = group
    self.ordinal = ordinal
    self.firstSeries = firstSeries
    self.isRecorded = isRecorded
    sequenceSlot = sequence.flatMap { variables.slots[$0] }
    request = try CompiledRequest(step, client: client, target: target, pathPrefix: pathPrefix, variables: variables)
    timeout = step.timeout ?? client.requestTimeout
    repeatCount = step.repeatCount
    thinkTime = step.thinkTime
    ifPresent = step.ifPresent.flatMap { variables.condition(for: $0) }
    continueOnError = step.continueOnError
    rendezvous = step.rendezvous
    listsOutcomes = step.listsOutcomes
    sendsCookies = (step.headers + client.headers).contains { $0.name.lowercased() == "cookie" }

    if step.outcomes.isEmpty {
      // Without outcomes, any answer that HTTP calls a success or a redirection is what was looked for.
      outcomes = [
        CompiledOutcome(name: "ok", matchers: [], captures: [], isError: false, effect: nil, range: step.range)
      ]
      outcomeByStatus = (0..<600).map { $0 >= 200 && $0 < 400 ? 0 : 1 }
      keepsBody = false
      keepsHeaders = false
      captures = false
      return
    }
    outcomes = step.outcomes.map { outcome in
      CompiledOutcome(
        name: outcome.name, matchers: outcome.matchers.map { CompiledMatcher($0, variables) },
        captures: outcome.captures.map { capture in
          CompiledCapture(
            slot: variables.slots[capture.variable]!, condition: variables.conditions[capture.variable],
            variable: capture.variable, source: capture.source)
        },
        isError: outcome.isError, effect: outcome.effect, range: outcome.range)
    }
    keepsBody = outcomes.contains {
      $0.matchers.contains(where: \.readsBody) || $0.captures.contains(where: \.readsBody)
    }
    keepsHeaders = outcomes.contains {
      $0.matchers.contains(where: \.readsHeaders) || $0.captures.contains(where: \.readsHeaders)
    }
    captures = outcomes.contains { !$0.captures.isEmpty }
    outcomeByStatus = Self.statusTable(outcomes)
  }

  private static func statusTable(_ outcomes: [CompiledOutcome]) -> [Int16]? {
    var table: [Int16] = []
    table.reserveCapacity(600)
    for status in 0..<600 {
      var found = outcomes.count
      search: for (index, outcome) in outcomes.enumerated() {
        for matcher in outcome.matchers {
          guard let accepts = matcher.acceptsStatus(status) else { return nil }
          if !accepts { continue search }
        }
        found = index
        break
      }
      table.append(Int16(found))
    }
    return table
  }
}

/// The outcomes without an answer, in the order of their numbers.
enum TransportOutcome {
  static let names: [String] = TransportFailure.allCases.map(\.rawValue) + [BuiltInOutcome.unsent]
  static let unsent = TransportFailure.allCases.count
  static let cancelled = number[.cancelled]!
  static let number: [TransportFailure: Int] = Dictionary(
    uniqueKeysWithValues: TransportFailure.allCases.enumerated().map { ($1, $0) })
}

extension CompiledStep {
  /// Indices of the data sources that the step's texts draw from.
  var dataSources: Set<Int> {
    var lists = [request.head]
    switch request.body {
    case .inline(let list): lists.append(list)
    case .padded(let before, let after, _, _): lists += [before, after]
    case .none, .bytes, .repeated: break
    }
    for matcher in outcomes.flatMap(\.matchers) { lists += matcher.predicate.lists }
    var found = Set(lists.flatMap(\.fragments).compactMap(\.dataSource))
    if let source = ifPresent?.dataSource { found.insert(source) }
    return found
  }
}

struct CompiledOutcome: Sendable {
  let name: String
  let matchers: [CompiledMatcher]
  let captures: [CompiledCapture]
  let isError: Bool
  let effect: Outcome.Effect?
  let range: SourceRange

  func captures(into slot: Int) -> Bool { captures.contains { $0.slot == slot } }
}

struct CompiledCapture: Sendable {
  let slot: Int
  /// Where the user keeps whether it captured something other than `null`, if a step depends on it.
  let condition: Int?
  let variable: String
  let source: Capture.Source

  var readsBody: Bool {
    switch source {
    case .json, .body: true
    case .header, .cookie, .status: false
    }
  }

  var readsHeaders: Bool {
    switch source {
    case .header, .cookie: true
    case .json, .body, .status: false
    }
  }
}
