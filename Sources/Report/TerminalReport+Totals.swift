import Measurement
import Scenario
import Verdict

extension TerminalReport {
  private static let column = 18

  func addTotals(to layout: inout Layout) {
    let totals = RunTotals(record)
    addTitle("TOTALS", to: &layout)
    func add(_ label: String, _ value: String, _ emphasis: Emphasis = .plain) {
      layout.add(label, StyledLine(value, emphasis), column: Self.column)
    }
    add(
      "requests",
      Quantity.grouped(totals.requests) + rate(totals.requestRate)
        + (totals.cancelled > 0
          ? ", \(Quantity.grouped(totals.cancelled)) of them cut short by the end of the run" : "")
        + (judgement.selfCheck?.isGeneratorBound == true ? ", generator-bound" : ""))
    add(
      "errors", "\(Quantity.grouped(totals.errors)) (\(Quantity.percent(totals.errorRate)))",
      totals.errors > 0 ? .bad : .plain)
    add("iterations", Quantity.grouped(totals.iterations))
    add("connections", connections)
    let events = record.connections.events
    if events.surplusResponses > 0 {
      add("surplus responses", surplus(events.surplusResponses), .bad)
    }
    for (deviation, count) in events.lenient.sorted(by: { $0.key < $1.key }) {
      add("lenient", "\(Quantity.grouped(count)) \(count == 1 ? "response" : "responses") with \(deviation)")
    }
    add(
      "bytes",
      "\(Quantity.bytes(Double(totals.bytesSent))) sent, \(Quantity.bytes(Double(totals.bytesReceived))) received")
    add(
      "duration",
      Quantity.duration(Double(record.elapsed))
        + (record.warmUp > 0 ? ", after a warm-up of \(Quantity.duration(Double(record.warmUp)))" : ""))
    if !record.generator.lag.isEmpty { add("generator", generator) }
    for group in record.groups { addGroup(group, to: &layout) }
  }

  private var connections: String {
    let (record, turnWait) = (record.connections, record.generator.turnWait)
    var text = Quantity.grouped(record.opened)
    if record.failed > 0 { text += ", \(Quantity.grouped(record.failed)) failed" }
    let events = record.events
    if events.reopened > 0 { text += ", \(Quantity.grouped(events.reopened)) reopened to send a request again" }
    if events.renewed > 0 { text += ", \(Quantity.grouped(events.renewed)) renewed after being idle" }
    if turnWait.maximum >= 1_000_000 {
      text += ", waited for their turn up to \(Quantity.duration(Double(turnWait.maximum)))"
    }
    return text
  }

  private func surplus(_ count: UInt64) -> String {
    "\(Quantity.grouped(count)): the target answers more than it is asked. A response before the first of them may belong to"
      + " another request. After it no connection was used twice."
  }

  private var generator: String {
    let lag = Quantity.duration(Double(record.generator.lag.percentile(99)))
    let cpu = record.generator.workerCPU.reduce(0, +)
    return "sent no more than \(lag) late at p(99)"
      + (cpu > 0 ? ", \(Quantity.duration(Double(cpu))) of processor time" : "")
  }

  private func rate(_ perSecond: Double?) -> String {
    perSecond.map { " (\(Quantity($0, .perSecond).text))" } ?? ""
  }

  /// What says whether the load was what the shape asked for.
  private func addGroup(_ group: GroupRecord, to layout: inout Layout) {
    var facts: [String] = ["up to \(Quantity.grouped(group.peakInFlight)) in flight"]
    if let release = group.release {
      facts.append(
        "\(Quantity.grouped(release.users)) released within \(Quantity.duration(Double(release.skew))) at p(99) and "
          + "\(Quantity.grouped(release.peakInFlight)) of them in flight at once")
    }
    if group.iterationsCompleted < group.iterationsStarted {
      facts.append("\(Quantity.grouped(group.iterationsStarted - group.iterationsCompleted)) iterations not finished")
    }
    if group.unsent > 0 {
      facts.append(
        "\(Quantity.grouped(group.unsent)) of \(Quantity.grouped(group.intended)) arrivals found no free user: the target or max_users is the limit"
      )
    }
    layout.add(group.name, StyledLine(facts.joined(separator: ", ")), column: Self.column)
  }
}

/// A run's figures taken together.
package struct RunTotals: Sendable, Hashable {
  package var requests: UInt64 = 0
  package var errors: UInt64 = 0
  /// Those under way when the run was interrupted or aborted; among `requests`, and no errors.
  package var cancelled: UInt64 = 0
  package var iterations: UInt64 = 0
  package var bytesSent: UInt64 = 0
  package var bytesReceived: UInt64 = 0
  /// Per second of the measured window; `nil` where it has no length.
  package var requestRate: Double?

  package init(_ record: RunRecord) {
    for series in record.series {
      requests += series.count
      if series.kind.isError { errors += series.count }
      if series.kind == .cancelled { cancelled += series.count }
      bytesSent += series.bytesSent
      bytesReceived += series.bytesReceived
    }
    iterations = record.groups.reduce(0) { $0 + $1.iterationsCompleted }
    requestRate = record.elapsed > 0 ? Double(requests) * 1e9 / Double(record.elapsed) : nil
  }

  /// Of 1; 0 where there were no requests.
  package var errorRate: Double { requests > 0 ? Double(errors) / Double(requests) : 0 }
}
