import JSON

extension Reading {
  func readData(_ node: JSONNode) {
    guard let members = named(node, "an object of data sources") else { return }
    for member in limited(members, to: Limits.dataSources, "data sources", at: { $0.keyRange }) {
      if !isName(member.key) {
        error(
          "'\(member.key)' cannot be the name of data", at: member.keyRange,
          hint: "a name is a letter or _, then letters, digits and _")
      } else if BuiltInVariable.reserved.contains(member.key) {
        error("'\(member.key)' is a variable that every scenario has", at: member.keyRange, hint: "choose another name")
      }
      if var source = dataSource(member) {
        source.range = place(source.range)
        data.append(source)
      } else {
        brokenData.insert(member.key)
      }
    }
  }

  private func dataSource(_ member: JSONMember) -> DataSource? {
    let node = member.value
    if case .array = node.value {
      return list(node, columns: nil).map {
        DataSource(name: member.key, columns: $0.columns, rows: .list($0.rows), order: .cycle, range: member.keyRange)
      }
    }
    guard let fields = fields(node, .data) else { return nil }
    let kinds = fields.present(["sequence", "list", "csv"])
    guard let kind = kinds.first else {
      error("data needs 'sequence', 'list' or 'csv'", at: opening(of: node))
      return nil
    }
    if kinds.count > 1 {
      error("data has either '\(kind.key)' or '\(kinds[1].key)', not both", at: kinds[1].keyRange)
      return nil
    }
    let allowed =
      kind.key == "sequence"
      ? ["sequence", "count", "start", "order", "each"] : [kind.key, "columns", "order", "each"]
    for member in fields.present(KeyTable.data.keys) where !allowed.contains(member.key) {
      error("'\(member.key)' has no meaning beside '\(kind.key)'", at: member.keyRange)
    }
    let order: DataSource.Order? = fields["order"].flatMap { word($0, "order") }
    if order == .random, let each = fields.member("each") {
      error("'each' has no meaning beside the order 'random'", at: each.keyRange)
    }
    if kind.key == "sequence" { return sequence(member, kind.value, fields, order ?? .unique) }
    let columns = fields["columns"].flatMap { columnNames($0) }
    if fields["columns"] != nil, columns == nil { return nil }
    let table = kind.key == "list" ? list(kind.value, columns: columns) : csv(kind.value, columns: columns)
    return table.map {
      DataSource(
        name: member.key, columns: $0.columns, rows: .list($0.rows), order: order ?? .cycle, each: each(fields),
        range: member.keyRange)
    }
  }

  private func each(_ fields: Fields) -> Int { integer(fields, "each", in: 1...Limits.dataRows) ?? 1 }

  private func sequence(
    _ member: JSONMember, _ node: JSONNode, _ fields: Fields, _ order: DataSource.Order
  ) -> DataSource? {
    let count = integer(fields, "count", in: 1...Limits.dataRows)
    let start = integer(fields, "start", in: 0...Limits.dataRows) ?? 1
    if fields["count"] == nil, order == .cycle || order == .random, let node = fields["order"] {
      error("a sequence without 'count' has no end: its order can be 'unique' or 'per_user'", at: node.range)
    }
    guard let text = string(node, "a pattern such as 'user-{n:05}'"), let pattern = pattern(text, node) else {
      return nil
    }
    return DataSource(
      name: member.key, columns: [], rows: .sequence(pattern, start: start, count: count), order: order,
      each: each(fields),
      range: member.keyRange)
  }

  private func pattern(_ text: String, _ node: JSONNode) -> SequencePattern? {
    guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else {
      error(
        "the pattern has no place for the number", at: node.range, hint: "such as '\(text)-{n}' or '\(text)-{n:05}'")
      return nil
    }
    let place = text[text.index(after: open)..<close]
    let rest = text[text.index(after: close)...]
    let width: Int? =
      if place == "n" {
        0
      } else if place.hasPrefix("n:"), place.count > 2, place.dropFirst(2).allSatisfy({ $0.isASCII && $0.isNumber }) {
        Int(place.dropFirst(2))
      } else {
        nil
      }
    guard let width, width <= 18, !rest.contains("{") else {
      error(
        "expected one place for the number in the pattern", at: node.range,
        hint: "{n}, or {n:05} for five digits at least")
      return nil
    }
    return SequencePattern(prefix: String(text[..<open]), width: width, suffix: String(rest))
  }

  private func columnNames(_ node: JSONNode) -> [String]? {
    guard let elements = list(node, "a list of column names") else { return nil }
    let names = elements.map { plainText($0, "the name of a column") }
    let read = names.compactMap { $0 }
    if read.count != names.count { return nil }
    if let fault = columnFault(read) {
      error(fault, at: node.range)
      return nil
    }
    return read
  }

  private func columnFault(_ names: [String]) -> String? {
    if names.isEmpty { return "there are no columns" }
    if names.count > Limits.columns {
      return "there are \(grouped(names.count)) columns, and a scenario may have \(grouped(Limits.columns))"
    }
    if names.contains("") { return "a column has no name" }
    if let bad = names.first(where: { $0.contains("}") || $0.contains("{") }) {
      return "the column '\(bad)' has a brace"
    }
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      return "two columns are named '\(twice)'"
    }
    return nil
  }

  // MARK: - Lists

  private typealias Table = (columns: [String], rows: DataRows)

  private func list(_ node: JSONNode, columns: [String]?) -> Table? {
    guard let elements = list(node, "a list of values") else { return nil }
    guard let first = elements.first else {
      error("the list has no rows", at: node.range)
      return nil
    }
    switch first.value {
    case .object: return objectRows(node, elements, columns)
    case .array:
      guard let columns else {
        error("a list of rows needs 'columns'", at: node.range, hint: "{ list: […], columns: ['id', 'name'] }")
        return nil
      }
      return complete(columns, elements.map { listRow($0, columns) })
    default:
      if let columns, columns.count != 1 {
        error("plain values are one column, not \(columns.count)", at: node.range)
        return nil
      }
      return complete(columns ?? [], elements.map { value($0).map { [$0] } })
    }
  }

  private func complete(_ columns: [String], _ rows: [[String]?]) -> Table? {
    let read = rows.compactMap { $0 }
    return read.count == rows.count ? (columns, DataRows(read)) : nil
  }

  private func listRow(_ node: JSONNode, _ columns: [String]) -> [String]? {
    guard let elements = list(node, "a list of \(columns.count) values") else { return nil }
    if elements.count != columns.count {
      error("expected \(columns.count) values, found \(elements.count)", at: node.range)
      return nil
    }
    let values = elements.compactMap { value($0) }
    return values.count == elements.count ? values : nil
  }

  private func objectRows(_ node: JSONNode, _ elements: [JSONNode], _ columns: [String]?) -> Table? {
    guard let first = named(elements[0], "an object") else { return nil }
    let columns = columns ?? first.map(\.key)
    if let fault = columnFault(columns) {
      error(fault, at: elements[0].range)
      return nil
    }
    let known = Set(columns)
    let rows = elements.map { element -> [String]? in
      guard let members = named(element, "an object with \(Suggestion.list(columns))") else { return nil }
      for member in members where !known.contains(member.key) {
        error(
          "the first row has no '\(member.key)'", at: member.keyRange,
          hint: Suggestion.hint(for: member.key, among: columns, otherwise: "columns are:"))
      }
      let byName = Dictionary(members.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
      let values = columns.map { column -> String? in
        guard let member = byName[column] else {
          error("'\(column)' is missing in a row", at: opening(of: element))
          return nil
        }
        return value(member.value)
      }
      return values.contains(where: { $0 == nil }) ? nil : values.compactMap { $0 }
    }
    return complete(columns, rows)
  }

  private func value(_ node: JSONNode) -> String? {
    switch node.value {
    case .string(let text): return text
    case .integer(let number): return String(number)
    case .number where node.number != nil: return node.number?.spelling
    case .bool(let bool): return bool ? "true" : "false"
    default:
      mismatch(node, "a text or a number")
      return nil
    }
  }

  // MARK: - Files

  /// How many faults of one file are told.
  private static let toldFaults = 5

  private func csv(_ node: JSONNode, columns: [String]?) -> Table? {
    guard let path = plainText(node, "the path of a CSV file") else { return nil }
    let table: CSVTable
    do {
      table = try files.table(path)
    } catch let reason {
      if !toleratesMissing { error("'\(path)' cannot be read: \(reason)", at: node.range) }
      return nil
    }
    for fault in table.faults.prefix(Self.toldFaults) {
      error("\(path):\(fault.line): \(fault.message)", at: node.range)
    }
    if table.faultCount > Self.toldFaults {
      error("\(path): \(grouped(table.faultCount - Self.toldFaults)) more faults of this kind", at: node.range)
    }
    guard table.faults.isEmpty else { return nil }
    guard table.rows.count > 0 else {
      error("\(path) is empty", at: node.range)
      return nil
    }
    let names = columns ?? (0..<table.rows.columns).map { table.rows.text(row: 0, column: $0) }
    let rows = columns == nil ? table.rows.dropFirst() : table.rows
    if let columns, columns.count != table.rows.columns {
      error("'columns' names \(columns.count), and \(path) has \(table.rows.columns)", at: node.range)
      return nil
    }
    if columns == nil, let fault = columnFault(names) {
      error(
        "\(path):\(table.firstLine): \(fault)", at: node.range,
        hint: "the first line names the columns, unless 'columns' does")
      return nil
    }
    if rows.count == 0 {
      error("\(path) has no rows", at: node.range, hint: "the first line names the columns, unless 'columns' does")
      return nil
    }
    return (names, rows)
  }
}
