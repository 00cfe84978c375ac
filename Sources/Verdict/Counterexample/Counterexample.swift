import Measurement

/// The requests that prove a violation.
package struct Counterexample: Sendable, Hashable {
  /// What the requests show, in one line: `the 1,001st and later to be answered issued`.
  package var summary: String
  /// Why no order of events explains them, in a sentence; empty where there is nothing to explain.
  package var explanation: String
  /// The first few, in the order in which they prove it.
  package var requests: [Witness]
  /// How many requests offend in all; `requests` may be fewer.
  package var total: UInt64
  /// Rows of the target's own list that prove it, where no request does.
  package var rows: [String]
  /// How many rows in all.
  package var totalRows: UInt64
  /// The command that runs it again with the same draws.
  package var again: String
  /// The commands that make a bundled server as the run's was, for the requests' own commands; empty where the target was
  /// another.
  package var server: [String]

  package init(
    summary: String, explanation: String = "", requests: [Witness] = [], total: UInt64? = nil, rows: [String] = [],
    totalRows: UInt64? = nil
  ) {
    self.summary = summary
    self.explanation = explanation
    again = ""
    server = []
    self.requests = requests
    self.total = total ?? UInt64(requests.count)
    self.rows = rows
    self.totalRows = totalRows ?? UInt64(rows.count)
  }
}

/// A request as the client saw it, with everything that is needed to find it again.
package struct Witness: Sendable, Hashable {
  package struct Key: Sendable, Hashable {
    package var variable: String
    package var value: String

    package init(_ variable: String, _ value: String) {
      self.variable = variable
      self.value = value
    }
  }

  package var group: String
  package var step: String
  package var outcome: String
  package var status: UInt16
  /// Number of the virtual user, from 0.
  package var user: UInt32
  /// Number of the iteration in its group, from 0.
  package var iteration: UInt32
  package var keys: [Key]
  /// Nanoseconds since the run's start.
  package var sent: UInt64
  /// `nil` where no answer came.
  package var returned: UInt64?
  package var sequence: Int64?
  /// What the number is called; `nil` for a sequence number, and where nobody said.
  package var numberName: String?
  /// Commands that ask again for what the request needs from earlier answers, each setting a variable of the shell.
  package var before: [String]
  /// The request as a command, with what is secret or unknown by name; empty where it cannot be told.
  package var curl: String

  package init(
    group: String, step: String, outcome: String, status: UInt16, user: UInt32, iteration: UInt32, keys: [Key],
    sent: UInt64, returned: UInt64?, sequence: Int64?
  ) {
    self.group = group
    self.step = step
    self.outcome = outcome
    self.status = status
    self.user = user
    self.iteration = iteration
    self.keys = keys
    self.sent = sent
    self.returned = returned
    self.sequence = sequence
    numberName = nil
    before = []
    curl = ""
  }
}

extension Witness {
  /// A recorded request with its names in place of numbers.
  package init(_ operation: Operation, in source: any OperationSequence) {
    let index = Int(operation.outcome)
    let series = index < source.series.count ? source.series[index] : SeriesKey(group: "", step: "", outcome: "")
    var keys: [Key] = []
    for (column, name) in source.keyNames.enumerated() where column < operation.keys.count {
      let key = operation.keys[column]
      if key != 0 { keys.append(Key(name, source.text(ofKey: key))) }
    }
    self.init(
      group: series.group, step: series.step, outcome: series.outcome, status: operation.status, user: operation.user,
      iteration: operation.iteration, keys: keys, sent: operation.invoked,
      returned: operation.returned == Operation.never ? nil : operation.returned,
      sequence: operation.flags.contains(.sequenced) ? operation.sequence : nil)
  }
}
