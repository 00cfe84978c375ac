import JSON

extension Invariant {
  /// What the target itself says of what it granted, read after the load.
  package struct Ledger: Sendable {
    package var path: Template
    package var headers: [HeaderTemplate]
    /// The list in the answer; `nil`: the answer as a whole is one row.
    package var rows: JSONPath?
    /// The key of a row, to hold against a variable; `nil`: rows are only counted, or their amounts added up.
    package var key: JSONPath?
    /// A whole number in each row.
    package var amount: JSONPath?
    /// The variable whose values are the keys; `nil`: only counts are compared.
    package var variable: String?
    /// Query parameter that pages (from `firstPage`), and its size parameter and value; `nil`: one answer holds all.
    package var page: Paging?
    /// Rows with a key that no request has are another's, and left out.
    package var allowsOthers: Bool

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
      path: Template, headers: [HeaderTemplate], rows: JSONPath?, key: JSONPath?, amount: JSONPath? = nil,
      variable: String?, page: Paging?, allowsOthers: Bool = false
    ) {
      self.allowsOthers = allowsOthers
      self.path = path
      self.headers = headers
      self.rows = rows
      self.key = key
      self.amount = amount
      self.variable = variable
      self.page = page
    }
  }
}
