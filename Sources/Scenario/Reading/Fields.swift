import JSON

/// The members of an object that its table knows; the others were reported when this was made.
struct Fields {
  let node: JSONNode
  let table: KeyTable
  private let members: [String: JSONMember]

  init(node: JSONNode, table: KeyTable, members: [String: JSONMember]) {
    self.node = node
    self.table = table
    self.members = members
  }

  /// `key` must be in the table, so that what is read and what is known cannot part.
  subscript(key: String) -> JSONNode? { member(key)?.value }

  func member(_ key: String) -> JSONMember? {
    precondition(table.keys.contains(key), "'\(key)' is missing in the table of \(table.name)")
    return members[key]
  }

  /// Of the keys given, those that are there, in the order of the file.
  func present(_ keys: [String]) -> [JSONMember] {
    keys.compactMap { member($0) }.sorted { $0.keyRange.start < $1.keyRange.start }
  }
}

extension Reading {
  /// Reports a node that is no object, and keys that the table does not know.
  func fields(_ node: JSONNode, _ table: KeyTable) -> Fields? {
    guard
      let members = object(node, table.name == "a scenario" ? "a scenario (an object)" : "an object for \(table.name)")
    else { return nil }
    var known: [String: JSONMember] = [:]
    for member in members {
      if table.keys.contains(member.key) {
        if known[member.key] == nil { known[member.key] = member }
      } else {
        reportUnknown(member, in: table)
      }
    }
    return Fields(node: node, table: table, members: known)
  }

  private func reportUnknown(_ member: JSONMember, in table: KeyTable) {
    // Nobody reads so many, and each hint takes time.
    guard errorCount < Diagnostic.mostShown else {
      return error("unknown key '\(member.key)' in \(table.name)", at: member.keyRange)
    }
    let folded = member.key.lowercased()
    let words = table.synonyms.keys.sorted()
    let synonym = (table.synonyms[folded] == nil ? Suggestion.nearest(to: folded, among: words) : folded)
      .flatMap { table.synonyms[$0] }
    let hint =
      if let gap = table.gaps[folded] {
        gap
      } else if let near = Suggestion.didYouMean(member.key, among: table.keys) {
        near
      } else if let synonym {
        "did you mean '\(synonym)'?"
      } else {
        "\(table.name) knows: \(Suggestion.list(table.keys))"
      }
    error("unknown key '\(member.key)' in \(table.name)", at: member.keyRange, hint: hint)
  }

  /// The elements up to a limit; the first beyond it is reported.
  func limited<Element>(
    _ elements: [Element], to limit: Int, _ what: String, at range: (Element) -> SourceRange
  ) -> [Element] {
    guard elements.count > limit else { return elements }
    error(
      "there are \(grouped(elements.count)) \(what), and a scenario may have \(grouped(limit))",
      at: range(elements[limit]), hint: "this is the first too many")
    return Array(elements.prefix(limit))
  }

  func object(_ node: JSONNode, _ expected: String) -> [JSONMember]? {
    if case .object(let members) = node.value { return members }
    mismatch(node, expected)
    return nil
  }

  /// A list, or reports that it is none.
  func list(_ node: JSONNode, _ expected: String) -> [JSONNode]? {
    if case .array(let elements) = node.value { return elements }
    mismatch(node, expected)
    return nil
  }

  /// Members of an object whose keys are names that the file makes up, each once.
  func named(_ node: JSONNode, _ expected: String) -> [JSONMember]? {
    guard let members = object(node, expected) else { return nil }
    var seen: Set<String> = []
    return members.filter { seen.insert($0.key).inserted }
  }

  /// The value of a key that must be there.
  func require(_ key: String, in fields: Fields) -> JSONNode? {
    if let node = fields[key] { return node }
    error("'\(key)' is missing in \(fields.table.name)", at: opening(of: fields.node))
    return nil
  }

  /// Where to point for something that is missing in an object: its opening brace.
  func opening(of node: JSONNode) -> SourceRange {
    SourceRange(node.range.start, min(node.range.start + 1, node.range.end))
  }

  func mismatch(_ node: JSONNode, _ expected: String, hint: String? = nil) {
    error("expected \(expected), found \(node.described)", at: node.range, hint: hint)
  }
}

extension JSONNode {
  /// For messages: "a number", "the text '30x'".
  var described: String {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer, .number: "a number"
    case .string(let text): text.utf8.count <= 40 ? "the text '\(text)'" : "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
