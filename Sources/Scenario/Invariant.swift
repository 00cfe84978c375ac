import JSON

/// A statement about the target's answers taken together that no amount of load may break.
package struct Invariant: Sendable {
  package enum Rule: Sendable {
    /// At most `cap` accepted; `sequence` names the captured number, `ledger` where the target lists what it granted.
    case capped(Capped)
    /// At most `count` of an outcome for each value of a variable.
    case atMost(count: Int, of: OutcomeReference, per: String, ledger: Ledger?)
  }

  package struct Capped: Sendable {
    package var accepted: OutcomeReference
    package var rejected: OutcomeReference?
    package var cap: Int
    package var sequence: String?
    package var ledger: Ledger?

    package init(
      accepted: OutcomeReference, rejected: OutcomeReference?, cap: Int, sequence: String?, ledger: Ledger?
    ) {
      self.accepted = accepted
      self.rejected = rejected
      self.cap = cap
      self.sequence = sequence
      self.ledger = ledger
    }
  }

  /// The target's own list of what it granted, read after the load.
  package struct Ledger: Sendable {
    package var path: Template
    package var headers: [HeaderTemplate]
    /// The list in the answer.
    package var rows: JSONPath
    /// The key of a row, to hold against `of`'s or the step's variable.
    package var key: JSONPath
    /// The variable whose values are the keys; `nil`: only counts are compared.
    package var variable: String?
    /// Query parameter that pages (from `firstPage`), and its size parameter and value; `nil`: one answer holds all.
    package var page: Paging?

    package struct Paging: Sendable, Hashable {
      package var parameter: String
      package var first: Int
      package var sizeParameter: String?
      package var size: Int?

      package init(parameter: String, first: Int, sizeParameter: String?, size: Int?) {
        self.parameter = parameter
        self.first = first
        self.sizeParameter = sizeParameter
        self.size = size
      }
    }

    package init(
      path: Template, headers: [HeaderTemplate], rows: JSONPath, key: JSONPath, variable: String?, page: Paging?
    ) {
      self.path = path
      self.headers = headers
      self.rows = rows
      self.key = key
      self.variable = variable
      self.page = page
    }
  }

  package var name: String
  package var rule: Rule
  package var range: SourceRange

  package init(name: String, rule: Rule, range: SourceRange) {
    self.name = name
    self.rule = rule
    self.range = range
  }
}

/// `issue.issued`: an outcome of a step.
package struct OutcomeReference: Sendable, Hashable {
  package var step: String
  package var outcome: String

  package init(step: String, outcome: String) {
    self.step = step
    self.outcome = outcome
  }
}
