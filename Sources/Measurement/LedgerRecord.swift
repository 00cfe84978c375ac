/// The target's own list of what it granted, as it was read.
package struct LedgerRecord: Sendable, Hashable {
  /// The key of each row, in the ledger's order; empty texts where rows have none.
  package var keys: [String]
  /// The amount of each row; empty where they have none.
  package var amounts: [Int64]
  /// Why it could not be read, or not be trusted; then `keys` is empty and proves nothing.
  package var failure: String?
  /// Why there may be more rows than these, or fewer; `nil` where the list is whole beyond doubt.
  package var doubt: LedgerDoubt?
  /// Responses.
  package var pages: Int

  package init(
    keys: [String], amounts: [Int64] = [], failure: String? = nil, doubt: LedgerDoubt? = nil, pages: Int = 1
  ) {
    self.keys = keys
    self.amounts = amounts
    self.failure = failure
    self.doubt = doubt
    self.pages = pages
  }

  /// Rows.
  package var count: Int { keys.count }
}

/// Why rows that seem missing may be there all the same. It spoils no other conclusion.
package struct LedgerDoubt: Sendable, Hashable {
  package enum Kind: String, Sendable {
    /// There may be more rows than were read.
    case moreRows = "more_rows"
    /// Rows were read twice, and so others may not have been read at all.
    case repeatedRows = "repeated_rows"
  }

  package var kind: Kind
  /// What was seen, and what to do; a sentence without its full stop.
  package var text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}
