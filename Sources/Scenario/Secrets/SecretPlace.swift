import JSON

/// What the names on the way to a value say of it.
struct SecretPlace {
  private enum Kind {
    case scenario
    /// Its members' names are the author's: of groups, steps and data.
    case names
    /// What is sent, or rows of data.
    case content
    /// Named after what is tested; a ledger is asked with headers.
    case tests
    /// Named after answers, and what is in it is not sent.
    case answers
  }

  private var kind = Kind.scenario
  private(set) var isSecret = false
  /// A proxy, whose password is secret; that of a URL is found in any text.
  private var isProxy = false

  /// An element of a list that stands here.
  var element: SecretPlace {
    var place = self
    if kind == .names { place.kind = .scenario }
    return place
  }

  func entering(_ name: String) -> SecretPlace {
    var place = self
    place.isProxy = kind == .scenario && name == "proxy"
    switch (kind, name) {
    case (.answers, _): break
    case (.content, _): place.isSecret = isSecret || SecretName.isSecret(name)
    case (.tests, "headers"): place.kind = .content
    case (.tests, _): break
    case (.names, _): (place.kind, place.isSecret) = (.scenario, SecretName.isSecret(name))
    case (.scenario, "list"): place.kind = .content
    case (.scenario, "headers"), (.scenario, "query"), (.scenario, "json"), (.scenario, "form"),
      (.scenario, "value"), (.scenario, "item"), (.scenario, "settings"):
      (place.kind, place.isSecret) = (.content, false)
    case (.scenario, "thresholds"), (.scenario, "invariants"): (place.kind, place.isSecret) = (.tests, false)
    case (.scenario, "outcomes"), (.scenario, "capture"): (place.kind, place.isSecret) = (.answers, false)
    case (.scenario, "traffic"), (.scenario, "data"), (.scenario, "steps"), (.scenario, "set_up"),
      (.scenario, "tear_down"):
      (place.kind, place.isSecret) = (.names, false)
    case (.scenario, _): place.isSecret = SecretName.isSecret(name)
    }
    return place
  }
}

extension SecretPlace {
  /// A value that is secret, and where it stands.
  struct Value {
    var text: String
    var range: SourceRange
  }

  /// The secret values in a tree that stands here, in order.
  func secrets(in node: JSONNode) -> [Value] {
    switch node.value {
    case .null, .bool: []
    case .string(let text): isSecret(text) ? [Value(text: text, range: node.range)] : []
    case .integer(let number): isSecret ? [Value(text: String(number), range: node.range)] : []
    case .number(let number):
      isSecret ? [Value(text: node.number?.spelling ?? JSONValue.number(number).text(), range: node.range)] : []
    case .array(let elements): elements.flatMap { element.secrets(in: $0) }
    case .object(let members):
      members.flatMap { member in
        let place = entering(member.key)
        return kind == .scenario && member.key == "list"
          ? place.secrets(inRows: member.value, of: Self.columns(beside: members)) : place.secrets(in: member.value)
      }
    }
  }

  /// The secret values in rows of data, whose columns may be named beside them.
  private func secrets(inRows node: JSONNode, of columns: [String]) -> [Value] {
    guard !columns.isEmpty, case .array(let rows) = node.value else { return secrets(in: node) }
    return rows.flatMap { row -> [Value] in
      switch row.value {
      case .object: secrets(in: row)
      case .array(let cells): zip(columns, cells).flatMap { entering($0).secrets(in: $1) }
      default: entering(columns[0]).secrets(in: row)
      }
    }
  }

  private static func columns(beside members: [JSONMember]) -> [String] {
    guard case .array(let names)? = members.first(where: { $0.key == "columns" })?.value.value else { return [] }
    return names.map { if case .string(let name) = $0.value { name } else { "" } }
  }

  func isSecret(_ text: String) -> Bool {
    if isProxy { return URLPassword.isUnclear(text) }
    return isSecret && !Self.isFilledIn(text)
  }

  /// Whether nothing is written there but what is filled in, with a scheme (`Bearer ${token}`) or names (`SID=${sid}`)
  /// before it.
  private static func isFilledIn(_ text: String) -> Bool {
    guard text.contains("${") else { return false }
    var rest = text[...]
    if let space = rest.firstIndex(of: " "), rest[..<space].allSatisfy({ $0.isASCII && $0.isLetter }) {
      rest = rest[space...]
    }
    return rest.split(separator: ";").allSatisfy { pair in
      let pair = pair.drop { $0 == " " }
      let start = pair.firstIndex(of: "$") ?? pair.endIndex
      let name = pair[..<start]
      let isName =
        name.isEmpty || name.last == "=" && name.dropLast().allSatisfy { $0.isASCII && $0 != "=" && $0 != " " }
      return isName && pair[start...].hasPrefix("${") && pair[start...].firstIndex(of: "}") == pair.indices.last
    }
  }
}
