import JSON

extension Invariant {
  /// What the target itself says of what it granted, read before the load and after it.
  package struct Ledger: Sendable {
    package var source: Source
    /// The list in the response; `nil`: the response as a whole is one row (or, of lines and tables, the list).
    package var rows: JSONPath?
    /// The key of a row, to hold against a variable; `nil`: rows are only counted, or their amounts added up.
    package var key: JSONPath?
    /// A whole number in each row.
    package var amount: JSONPath?
    /// It is one number at `amount`, and no list.
    package var isNumber = false
    /// The variable whose values are the keys; `nil`: only counts are compared.
    package var variable: String?
    /// How the list is paged; `nil`: one response holds all.
    package var page: Paging?
    /// The scenario says that one response holds all: nothing about the response is taken for a sign that there is more.
    package var isOnePage = false
    /// Where a response says how many rows there are in all.
    package var total: Place?
    /// Rows with a key that no request has are another's, and left out.
    package var allowsOthers: Bool
    /// For how long after the load the list may still change, nanoseconds.
    package var eventually: UInt64 = 0
    /// It is read before the load, too.
    package var isReadBefore = true
    package var limits = LedgerLimits()
    /// In the scenario's source.
    package var range = SourceRange(0, 0)

    package enum Source: Sendable {
      case get(path: Template, headers: [HeaderTemplate])
      case command(Command)
    }

    /// A program that prints the list, run without a shell.
    package struct Command: Sendable {
      /// The program and its arguments.
      package var words: [Template]
      package var format: Format
      /// Names of the columns, for a table that has no line with them.
      package var columns: [String]

      package init(words: [Template], format: Format, columns: [String] = []) {
        self.words = words
        self.format = format
        self.columns = columns
      }

      package enum Format: String, Sendable, CaseIterable {
        case json, ndjson, csv
      }
    }

    /// Where something stands in a response.
    package enum Place: Sendable, Hashable {
      case json(JSONPath)
      case header(String)
    }

    /// How the pages of a list are asked for.
    package struct Paging: Sendable, Hashable {
      package enum Advance: Sendable, Hashable {
        /// `parameter` counts pages.
        case pages
        /// `parameter` counts rows: an offset.
        case rows
        /// `parameter` takes what the response before said.
        case cursor(Place)
        /// The response says the URL of the next page.
        case link(Place)
      }

      /// The query parameter that pages; `nil` where the response says the next page's URL.
      package var parameter: String?
      /// Its value for the first page; a cursor has none.
      package var first: Int
      package var sizeParameter: String?
      package var size: Int?
      package var advance: Advance

      package init(
        parameter: String?, first: Int, sizeParameter: String? = nil, size: Int? = nil, advance: Advance = .pages
      ) {
        self.parameter = parameter
        self.first = first
        self.sizeParameter = sizeParameter
        self.size = size
        self.advance = advance
      }
    }

    package init(
      source: Source, rows: JSONPath?, key: JSONPath?, amount: JSONPath? = nil, variable: String?, page: Paging? = nil,
      allowsOthers: Bool = false
    ) {
      self.source = source
      self.rows = rows
      self.key = key
      self.amount = amount
      self.variable = variable
      self.page = page
      self.allowsOthers = allowsOthers
    }

    package init(
      path: Template, headers: [HeaderTemplate], rows: JSONPath?, key: JSONPath?, amount: JSONPath? = nil,
      variable: String?, page: Paging? = nil, allowsOthers: Bool = false
    ) {
      self.init(
        source: .get(path: path, headers: headers), rows: rows, key: key, amount: amount, variable: variable,
        page: page, allowsOthers: allowsOthers)
    }

    /// What is asked, for messages: the path, or the program's name.
    package var name: String {
      switch source {
      case .get(let path, _): path.text
      case .command(let command): "'\(command.words.first?.text ?? "")'"
      }
    }

    /// The variables that must be known before it can be read.
    package var variables: [String] {
      switch source {
      case .get(let path, let headers): path.variables + headers.flatMap(\.value.variables)
      case .command(let command): command.words.flatMap(\.variables)
      }
    }

    /// Those that are sent for it.
    package var headers: [HeaderTemplate] { if case .get(_, let headers) = source { headers } else { [] } }

    package var isCommand: Bool { if case .command = source { true } else { false } }

    /// Changes the headers that are sent for it.
    mutating func updateHeaders(_ change: (inout [HeaderTemplate]) -> Void) {
      guard case .get(let path, var headers) = source else { return }
      change(&headers)
      source = .get(path: path, headers: headers)
    }
  }
}

/// How much of a ledger is read before it is taken for endless.
package struct LedgerLimits: Sendable, Hashable {
  package var pages = 20_000
  package var rows = 5_000_000
  /// Of all responses together.
  package var bytes = 256 << 20
  /// For all pages together, nanoseconds.
  package var time: UInt64 = 60_000_000_000

  package init() {}
}
