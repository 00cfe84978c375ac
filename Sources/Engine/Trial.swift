import EventLoop
import HTTPClient
import HTTPMessage
import JSON
import Measurement
import Scenario

/// One request of a trial, whole, with what it was taken for and why.
package struct TrialExchange: Sendable {
  package var group: String
  package var step: String
  package var outcome: String
  package var kind: OutcomeKind
  /// Request line and headers as sent; secret values are masked.
  package var requestHead: String
  /// What follows the head, or what it is where it is too long to show.
  package var requestBody: String
  package var failure: String?
  package var status: Int
  package var reason: String
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var bodyBytes: Int
  package var captures: [(variable: String, value: String)]
  /// For each outcome that was tried and was not it: the first matcher that did not hold.
  package var refusals: [Refusal]
  /// done − sent, nanoseconds; 0 where nothing was sent.
  package var serviceTime: UInt64

  /// Of a body, at the most.
  package static let shownBytes = 4096

  package struct Refusal: Sendable {
    package var outcome: String
    /// Of the matcher in the scenario's source.
    package var range: SourceRange
    /// `status is 200, expected 201`.
    package var actual: String
    /// How many of the outcome's matchers hold before the one that does not.
    package var held: Int
  }
}

extension Run {
  /// Does set-up, one iteration of each traffic group and tear-down, one request after the other, and shows each.
  ///
  /// - Parameters:
  ///   - show: called on a worker's thread.
  ///   - showLedger: called on the calling thread.
  /// - Returns: how it ended; the record has no figures.
  package func runTrial(
    _ show: @escaping (TrialExchange) -> Void, ledger showLedger: @escaping (TrialLedger) -> Void = { _ in }
  ) -> RunRecord {
    let show = UncheckedBox(show)
    onLedger = showLedger
    trial = { worker in
      worker.onExchange = { user, step, outcome in
        // What the answer at hand captured is hidden from this answer on.
        show.value(user.trialExchange(step, outcome, user.mask))
      }
    }
    return run()
  }

  /// The part of a trial that stands for the load.
  func driveTrial(_ values: [[UInt8]]) async {
    for group in plan.groups where !isStopping {
      await onWorker { worker in
        let user = VirtualUser(worker: worker, group: group, index: 0, values: values)
        guard user.begin(iteration: 0) == nil else { return }
        _ = await user.iterate(intended: EventLoop.now(), waited: 0)
        user.connection.close()
      }
    }
  }
}

extension VirtualUser {
  func trialExchange(_ step: CompiledStep, _ outcome: Int, _ mask: SecretMask) -> TrialExchange {
    let sent = String(decoding: exchange.head, as: UTF8.self)
    let end = sent.firstRange(of: "\r\n\r\n")
    let head = end.map { sent[..<$0.lowerBound] } ?? sent[...]
    var lines = head.split(separator: "\r\n").map(String.init)
    for index in lines.indices.dropFirst() {
      guard let colon = lines[index].firstIndex(of: ":") else { continue }
      let name = String(lines[index][..<colon])
      let value = String(lines[index][lines[index].index(after: colon)...].drop { $0 == " " })
      lines[index] = "\(name): \(mask.apply(header: name, value: value))"
    }
    if !lines.isEmpty { lines[0] = mask.apply(lines[0]) }
    let captures = outcome < step.outcomes.count ? step.outcomes[outcome].captures : []
    return TrialExchange(
      group: step.group, step: step.name, outcome: step.outcomeName(outcome), kind: step.outcomeKind(outcome),
      requestHead: lines.joined(separator: "\n"), requestBody: mask.apply(bodyInWords(after: end, in: sent)),
      failure: exchange.failure.map { mask.apply("\($0.rawValue): \(exchange.detail)") }, status: exchange.status,
      reason: mask.apply(exchange.reason),
      headers: (0..<exchange.headers.count).map { index in
        let (name, value) = exchange.headers[index]
        return (name, mask.apply(header: name, value: value))
      },
      body: shownBody(mask), bodyBytes: exchange.bodyBytes,
      captures: captures.map { capture in
        let value = values[capture.slot].prefix(TrialExchange.shownBytes)
        return (
          capture.variable,
          mask.apply(String(decoding: value, as: UTF8.self), isCut: value.count == TrialExchange.shownBytes)
        )
      },
      refusals: exchange.failure == nil ? refusals(step, upTo: outcome, mask) : [],
      serviceTime: exchange.sent == 0 ? 0 : exchange.done - exchange.sent)
  }

  /// As much of the response's body as is shown.
  private func shownBody(_ mask: SecretMask) -> [UInt8] {
    let shown = exchange.body.prefix(TrialExchange.shownBytes)
    let text = String(decoding: shown, as: UTF8.self)
    return Array(mask.apply(text, isCut: shown.count < exchange.body.count).utf8)
  }

  private func bodyInWords(after end: Range<String.Index>?, in sent: String) -> String {
    switch exchange.requestBody {
    case .none: end.map { String(sent[$0.upperBound...]) } ?? ""
    case .bytes(let bytes):
      bytes.count <= TrialExchange.shownBytes
        ? String(decoding: bytes, as: UTF8.self)
        : "(\(bytes.count) bytes, beginning with \(String(decoding: bytes.prefix(80), as: UTF8.self)))"
    case .repeated(let byte, let count): "(\(count) times '\(Character(Unicode.Scalar(byte)))')"
    }
  }
}

extension Matcher.Subject {
  /// For messages.
  var words: String {
    switch self {
    case .status: "status"
    case .header(let name): "header \(name)"
    case .cookie(let name): "cookie \(name)"
    case .json(let path): path.description
    case .body: "body"
    case .bytes: "bytes"
    case .duration: "duration (ms)"
    }
  }
}
