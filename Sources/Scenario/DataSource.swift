import JSON

/// Rows of values that iterations draw; a row is drawn once an iteration, so that its columns belong together.
package struct DataSource: Sendable {
  package enum Rows: Sendable {
    /// `pattern` with `{n}` or `{n:05}` replaced by `start`, `start + 1`, …; without end where `count` is `nil`.
    case sequence(SequencePattern, start: Int, count: Int?)
    /// A row each; one column for a list of plain values.
    case list(DataRows)
  }

  package enum Order: String, Sendable, CaseIterable {
    /// Each row once over the whole run; running out ends the traffic group.
    case unique
    /// From the first row again after the last (default for lists and files).
    case cycle
    /// Seeded draws with replacement.
    case random
    /// The same row for every iteration of a user.
    case perUser = "per_user"
  }

  package var name: String
  /// Empty for a source of plain values, which `${name}` gives; else `${name.column}`.
  package var columns: [String]
  package var rows: Rows
  package var order: Order
  /// How many draws in a row have the same row, from 1.
  package var each: Int
  package var range: SourceRange

  package init(
    name: String, columns: [String], rows: Rows, order: Order, each: Int = 1, range: SourceRange
  ) {
    self.each = each
    self.name = name
    self.columns = columns
    self.rows = rows
    self.order = order
    self.range = range
  }

  /// `nil` where it has no end.
  package var rowCount: Int? {
    switch rows {
    case .sequence(_, _, let count): count
    case .list(let rows): rows.count
    }
  }

  /// Whether the values of a column are secret by its name, or by that of the data. A sequence has none.
  package func isSecret(column: Int) -> Bool {
    guard case .list = rows else { return false }
    return SecretName.isSecret(name) || !columns.isEmpty && SecretName.isSecret(columns[column])
  }
}

extension Scenario {
  /// What a variable stands for, `${name}` or `${name.column}`; `nil` where that is no data.
  package func column(named variable: String) -> (source: DataSource, column: Int)? {
    for source in data {
      if source.columns.isEmpty {
        if source.name == variable { return (source, 0) }
      } else if variable.hasPrefix(source.name + "."),
        let column = source.columns.firstIndex(where: { $0 == variable.dropFirst(source.name.count + 1) })
      {
        return (source, column)
      }
    }
    return nil
  }
}

/// `user-{n:05}`: a prefix, a number padded with zeros to a width, a suffix.
package struct SequencePattern: Sendable, Hashable {
  package var prefix: String
  package var width: Int
  package var suffix: String

  package init(prefix: String, width: Int, suffix: String) {
    self.prefix = prefix
    self.width = width
    self.suffix = suffix
  }
}
