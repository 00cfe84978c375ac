import JSON

/// What the target itself is asked before the load and after it.
extension Reading {
  func ledger(
    _ node: JSONNode, _ step: MeasuredStep?, _ outcome: Outcome?, _ setUp: VariableScope, variable given: String?
  ) -> Invariant.Ledger? {
    guard let fields = fields(node, .ledger) else { return nil }
    guard let source = ledgerSource(fields, setUp) else { return nil }
    let rows = isTable(source) ? nil : require("rows", in: fields).flatMap { singularPath($0) }
    let key = require("key", in: fields).flatMap { rowPath($0, source) }
    let variable = fields["per"].flatMap { self.variable($0, of: step, outcome) } ?? given
    let allowsOthers = bool(fields, "others") ?? false
    if isTable(source), let member = fields.member("rows") { reportRows(member) }
    guard isTable(source) || rows != nil, let key else { return nil }
    var ledger = Invariant.Ledger(
      source: source, rows: rows, key: key, variable: variable, allowsOthers: allowsOthers)
    readCommon(fields, into: &ledger)
    return ledger
  }

  /// What a list that a rule holds against answers, and one whose rows are only counted, have in common.
  func readCommon(_ fields: Fields, into ledger: inout Invariant.Ledger) {
    ledger.range = place(fields.node.range)
    if let node = fields["page"] {
      if case .string("none") = node.value { ledger.isOnePage = true } else { ledger.page = page(node) }
    }
    ledger.total = fields["total"].flatMap { responsePlace($0, .total) }
    ledger.eventually = duration(fields, "eventually", in: 0...Limits.timeout) ?? 0
    ledger.isReadBefore = bool(fields, "before") ?? true
    if let time = duration(fields, "timeout", in: 1...Limits.timeout) { ledger.limits.time = time }
    if let node = fields["limits"], let limits = self.fields(node, .ledgerLimits) {
      if let pages = integer(limits, "pages", in: 1...10_000_000) { ledger.limits.pages = pages }
      if let rows = integer(limits, "rows", in: 1...Limits.cap) { ledger.limits.rows = rows }
      if let bytes = limits["bytes"].flatMap({ size($0, "'bytes'", in: 1...(1 << 36)) }) { ledger.limits.bytes = bytes }
    }
    guard ledger.isCommand else { return }
    for member in fields.present(["page", "total"]) {
      error("'\(member.key)' has no meaning beside 'command', whose output is the whole list", at: member.keyRange)
    }
  }

  // MARK: - Where it comes from

  /// `get` with `headers`, or `command` with `format`.
  func ledgerSource(_ fields: Fields, _ setUp: VariableScope) -> Invariant.Ledger.Source? {
    _ = takeUses()
    defer { check(takeUses(), in: setUp) }
    let kinds = fields.present(["get", "command"])
    guard let kind = kinds.first else {
      error(
        "\(fields.table.name) needs 'get', the path of the list", at: opening(of: fields.node),
        hint: "or 'command', a program that prints it")
      return nil
    }
    if kinds.count > 1 {
      error("\(fields.table.name) is read from one place: either 'get' or 'command'", at: kinds[1].keyRange)
    }
    if kind.key == "get" {
      for member in fields.present(["format", "columns"]) {
        error("'\(member.key)' has no meaning beside 'get', which is answered with JSON", at: member.keyRange)
      }
      let path = self.path(kind.value)
      let headers = fields["headers"].map { self.headers($0) } ?? []
      return path.map { .get(path: $0, headers: headers) }
    }
    if let member = fields.member("headers") {
      error("'headers' has no meaning beside 'command'", at: member.keyRange)
    }
    return command(kind.value, fields).map { .command($0) }
  }

  private func command(_ node: JSONNode, _ fields: Fields) -> Invariant.Ledger.Command? {
    guard
      let elements = list(node, "a list of the program and its arguments, such as ['psql', '-At', '-c', 'select …']")
    else { return nil }
    if elements.isEmpty {
      error("the command is empty", at: node.range, hint: "the first text is the program, the others its arguments")
      return nil
    }
    let words = elements.compactMap { template($0, "a text: the program, or one of its arguments") }
    let format: Invariant.Ledger.Command.Format? = require("format", in: fields).flatMap { word($0, "format") }
    let columns = fields["columns"].flatMap { list($0, "a list of the columns' names") } ?? []
    let names = columns.compactMap { plainText($0, "the name of a column") }
    if let member = fields.member("columns") {
      if let format, format != .csv {
        error("'columns' has a meaning only with format: 'csv'", at: member.keyRange)
      } else if Set(names).count != names.count {
        error("two columns have the same name", at: member.value.range)
      }
    }
    guard words.count == elements.count, let format else { return nil }
    return Invariant.Ledger.Command(words: words, format: format, columns: names)
  }

  /// What is read is a list by itself, without a path to it.
  func isTable(_ source: Invariant.Ledger.Source) -> Bool {
    if case .command(let command) = source { command.format != .json } else { false }
  }

  func reportRows(_ member: JSONMember) {
    error("'rows' has no meaning here: each line of the output is a row", at: member.keyRange)
  }

  /// A path to one place in a row; in a table the name of a column.
  func rowPath(_ node: JSONNode, _ source: Invariant.Ledger.Source) -> JSONPath? {
    guard case .command(let command) = source, command.format == .csv else { return singularPath(node) }
    guard let name = plainText(node, "the name of a column") else { return nil }
    if !command.columns.isEmpty, !command.columns.contains(name) {
      error(
        "there is no column '\(name)'", at: node.range,
        hint: Suggestion.hint(for: name, among: command.columns, otherwise: "columns are:"))
      return nil
    }
    return JSONPath(segments: [.member(name)], description: name)
  }

  /// Reports a ledger whose rows have another variable's values as keys than what they are held against.
  func checkVariable(of ledger: Invariant.Ledger?, _ per: String?, _ node: JSONNode?) {
    guard let own = ledger?.variable, own != per, let node else { return }
    error("the ledger's 'per' is another variable than the rule's", at: node.range, hint: "leave the ledger's away")
  }

  /// A path to one place.
  func singularPath(_ node: JSONNode) -> JSONPath? {
    guard let path = string(node, "a JSON path such as '$.rows'").flatMap({ jsonPath($0, at: node.range) })
    else { return nil }
    if !path.isPlural { return path }
    error("'\(path.description)' leads to many places, and one is needed", at: node.range)
    return nil
  }

  // MARK: - Pages

  /// `'$.total'`, or `{ header: 'X-Total-Count' }`.
  private func responsePlace(_ node: JSONNode, _ table: KeyTable) -> Invariant.Ledger.Place? {
    if case .string = node.value { return singularPath(node).map { .json($0) } }
    guard let fields = fields(node, table) else { return nil }
    return require("header", in: fields).flatMap { headerName($0) }.map { .header($0) }
  }

  private func headerName(_ node: JSONNode) -> String? {
    guard let name = plainText(node, "the name of a header") else { return nil }
    if isToken(name) { return name }
    error("'\(name)' cannot be the name of a header", at: node.range)
    return nil
  }

  private func page(_ node: JSONNode) -> Invariant.Ledger.Paging? {
    guard case .object = node.value else {
      mismatch(node, "an object that says how pages are asked for, or 'none' where one response holds all")
      return nil
    }
    guard let fields = fields(node, .page) else { return nil }
    let parameter = fields["parameter"].flatMap { plainText($0, "the name of a query parameter") }
    let sizeParameter = fields["size_parameter"].flatMap { plainText($0, "the name of a query parameter") }
    let size = integer(fields, "size", in: 1...Limits.cap)
    if (fields["size_parameter"] == nil) != (fields["size"] == nil) {
      error("'size_parameter' and 'size' belong together", at: opening(of: node))
    }
    let advance: Invariant.Ledger.Paging.Advance
    if let next = fields["next"] {
      for member in fields.present(["by", "first"]) {
        error("'\(member.key)' has no meaning beside 'next': the response says what comes next", at: member.keyRange)
      }
      guard let read = self.next(next, hasParameter: fields["parameter"] != nil) else { return nil }
      advance = read
      if case .link = read, let member = fields.member("parameter") {
        error("'parameter' has no meaning beside a link, which is the next page's whole URL", at: member.keyRange)
      }
    } else {
      let by: PageCount = fields["by"].flatMap { word($0, "what the parameter counts") } ?? .pages
      advance = by == .rows ? .rows : .pages
      if fields["parameter"] == nil { _ = require("parameter", in: fields) }
      if by == .pages, let parameter, let member = fields.member("parameter"),
        Self.offsets.contains(parameter.lowercased()), fields["by"] == nil
      {
        warning(
          "'\(parameter)' usually counts rows, and here it counts pages", at: member.value.range,
          hint: "by: 'rows' if it is an offset, by: 'pages' if it does count pages")
      }
    }
    let first = integer(fields, "first", in: 0...1) ?? (advance == .rows ? 0 : 1)
    if case .link = advance {} else if parameter == nil { return nil }
    return Invariant.Ledger.Paging(
      parameter: parameter, first: first, sizeParameter: sizeParameter, size: size, advance: advance)
  }

  private enum PageCount: String, CaseIterable {
    case pages, rows
  }

  /// Names of parameters that count rows by habit.
  private static let offsets: Set<String> = ["offset", "skip", "start", "startindex", "start_index", "from"]

  /// `'$.next'` and `{ header: … }` are cursors for `parameter`; `{ link: '$.next' }` and, without a parameter,
  /// `{ header: 'Link' }` are the next page's URL.
  private func next(_ node: JSONNode, hasParameter: Bool) -> Invariant.Ledger.Paging.Advance? {
    if case .string = node.value {
      guard let path = singularPath(node) else { return nil }
      if hasParameter { return .cursor(.json(path)) }
      error(
        "a cursor needs the 'parameter' that it is sent as", at: node.range,
        hint: "where it is the next page's URL, write next: { link: '\(path.description)' }")
      return nil
    }
    guard let fields = fields(node, .nextPage) else { return nil }
    let places = fields.present(["header", "link"])
    guard let place = places.first, places.count == 1 else {
      error("'next' needs one of 'header' and 'link'", at: opening(of: node))
      return nil
    }
    if place.key == "link" { return singularPath(place.value).map { .link(.json($0)) } }
    return headerName(place.value).map { hasParameter ? .cursor(.header($0)) : .link(.header($0)) }
  }
}
