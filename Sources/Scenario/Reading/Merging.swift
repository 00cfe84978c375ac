import JSON

/// Lays overrides over a tree of nodes, so that each node keeps the place that it was written at.
///
/// Objects are merged member by member; lists and plain values are replaced whole; `null` takes a member away. Two kinds of
/// objects are alternatives rather than sums: a load or a data source of another kind replaces the old one. Lists of
/// steps are merged by an object whose keys are the steps' names or their positions from 0.
struct Merging {
  private(set) var diagnostics: [Diagnostic] = []

  private static let alternatives: [[String]] = [["users", "arrivals", "burst"], ["sequence", "list", "csv"]]
  private static let listsByName: Set<String> = ["steps", "set_up", "tear_down"]

  mutating func merge(_ base: JSONNode, with override: JSONNode, key: String = "") -> JSONNode {
    guard case .object(let changes) = override.value else { return override }
    if case .array(let elements) = base.value, Self.listsByName.contains(key) {
      return JSONNode(.array(merge(elements, with: changes)), range: base.range)
    }
    guard case .object(var members) = base.value, !isOther(changes, than: members) else { return override }
    var places: [String: Int] = [:]
    for (index, member) in members.enumerated() where places[member.key] == nil { places[member.key] = index }
    var removed: Set<String> = []
    for change in changes {
      if case .null = change.value.value {
        removed.insert(change.key)
        places[change.key] = nil
      } else if let index = places[change.key] {
        members[index].value = merge(members[index].value, with: change.value, key: change.key)
        members[index].keyRange = change.keyRange
      } else {
        places[change.key] = members.count
        members.append(change)
      }
    }
    if !removed.isEmpty {
      // A member that came after its removal stays.
      let kept = members.enumerated().filter { !removed.contains($1.key) || places[$1.key] == $0 }
      members = kept.map(\.element)
    }
    return JSONNode(.object(members), range: base.range)
  }

  private mutating func merge(_ elements: [JSONNode], with changes: [JSONMember]) -> [JSONNode] {
    var elements = elements
    for change in changes {
      guard let index = Self.position(of: change.key, in: elements) else {
        let names = elements.compactMap(\.stepName)
        diagnostics.append(
          Diagnostic(
            .error, "there is no step '\(change.key)' to override", at: change.keyRange,
            hint: Suggestion.hint(for: change.key, among: names, otherwise: "steps are:")))
        continue
      }
      elements[index] = merge(elements[index], with: change.value)
    }
    return elements
  }

  /// Of a list's element by the `name` that it has or by its number from 0.
  static func position(of key: String, in elements: [JSONNode]) -> Int? {
    if let index = elements.firstIndex(where: { $0.stepName == key }) { return index }
    return Int(key).flatMap { elements.indices.contains($0) ? $0 : nil }
  }

  private func isOther(_ changes: [JSONMember], than members: [JSONMember]) -> Bool {
    Self.alternatives.contains { kinds in
      let old = members.first { kinds.contains($0.key) }?.key
      let new = changes.first { kinds.contains($0.key) }?.key
      return if let old, let new { old != new } else { false }
    }
  }
}

extension JSONNode {
  var stepName: String? {
    if case .object(let members) = value,
      case .string(let name)? = members.first(where: { $0.key == "name" })?.value.value
    {
      name
    } else {
      nil
    }
  }

  func shifted(by offset: Int) -> JSONNode {
    let range = SourceRange(range.start + offset, range.end + offset)
    switch value {
    case .array(let elements): return JSONNode(.array(elements.map { $0.shifted(by: offset) }), range: range)
    case .object(let members):
      let moved = members.map { member in
        JSONMember(
          key: member.key, keyRange: SourceRange(member.keyRange.start + offset, member.keyRange.end + offset),
          value: member.value.shifted(by: offset))
      }
      return JSONNode(.object(moved), range: range)
    default: return JSONNode(value, range: range)
    }
  }
}
