import JSON
import Measurement
import Verdict

/// A run's recorded requests as lines of JSON, for other checkers. `docs/history-format.md` describes the members.
package struct HistoryExport {
  /// Names the format and its version; a change that readers would misread raises the version.
  package static let schema = "stampede.history/1"

  private let record: RunRecord
  private let source: any OperationSource
  /// Of each series: the members that say what it is, as text.
  private let seriesText: [String]
  private let keyNames: [String]

  package init(_ record: RunRecord, _ source: any OperationSource) {
    self.record = record
    self.source = source
    seriesText = source.series.map { key in
      "\"group\":\(Self.text(key.group)),\"step\":\(Self.text(key.step)),\"outcome\":\(Self.text(key.outcome))"
    }
    keyNames = source.keyNames.map(Self.text)
  }

  /// The first line: what was run.
  package var head: [UInt8] {
    let head: JSONValue = [
      "schema": .string(Self.schema),
      "scenario": .string(record.identity.scenario),
      "target": .string(record.identity.target),
      "seed": Int64(exactly: record.identity.seed).map { .integer($0) } ?? .string(String(record.identity.seed)),
      "started_at": .integer(Int64(clamping: record.identity.startedAt)),
      "keys": .array(source.keyNames.map { .string($0) }),
    ]
    return Array((head.text() + "\n").utf8)
  }

  /// Appends a line for each request that is meant, and gives what has come together to `write`, portion by portion.
  ///
  /// - Returns: how many there were.
  /// - Complexity: O(requests) time, O(1) memory.
  package func lines(
    of filter: HistoryFilter, _ write: ([UInt8]) -> Void
  ) throws(OperationSourceError) -> Int {
    var count = 0
    var buffer: [UInt8] = []
    try filter.forEach(in: source) { operation in
      count += 1
      append(operation, to: &buffer)
      if buffer.count >= 1 << 16 {
        write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    if !buffer.isEmpty { write(buffer) }
    return count
  }

  private func append(_ operation: Operation, to buffer: inout [UInt8]) {
    func add(_ text: String) { buffer.append(contentsOf: text.utf8) }
    add("{\"invoked\":\(operation.invoked),\"returned\":")
    add(operation.returned == Operation.never ? "null" : String(operation.returned))
    add(",\(seriesText[Int(operation.outcome)])")
    add(",\"status\":\(operation.status),\"ambiguous\":\(operation.flags.contains(.ambiguous))")
    add(",\"error\":\(operation.flags.contains(.error)),\"sequence\":")
    add(operation.flags.contains(.sequenced) ? String(operation.sequence) : "null")
    add(",\"keys\":{")
    var isFirst = true
    for column in keyNames.indices where operation.keys[column] != 0 {
      if !isFirst { add(",") }
      isFirst = false
      add("\(keyNames[column]):\(Self.text(source.text(ofKey: operation.keys[column])))")
    }
    add("},\"user\":\(operation.user),\"iteration\":\(operation.iteration)")
    add(",\"warm_up\":\(operation.flags.contains(.warmUp))}\n")
  }

  private static func text(_ text: String) -> String { JSONValue.string(text).text() }
}
