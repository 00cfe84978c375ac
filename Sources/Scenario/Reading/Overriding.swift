import JSON

extension Reading {
  /// The tree with the overrides of the command line, in order.
  func applyOverrides(to root: JSONNode) -> JSONNode {
    var root = root
    for (path, value) in options.overrides {
      let start = overrides.last.map { $0.start + $0.length } ?? source.bytes.count + 1
      let text = "--set " + MaskedOverride.text("\(path)=\(value)")
      let length = 2 * (path.utf8.count + value.utf8.count) + 32
      overrides.append(PlacedOverride(start: start, length: length, text: text, anchor: opening(of: root)))
      guard let node = overrideValue(value, at: start), let keys = pathKeys(path) else { continue }
      if keys.first == "profiles" {
        error(
          "profiles are chosen, not set", at: SourceRange(start, start),
          hint: "set the place that the profile overrides")
        continue
      }
      guard let changed = set(keys[...], of: root, to: node, known: []) else { continue }
      root = changed
    }
    return root
  }

  /// JSON5, or else the text as it is; what looks like an object or a list must be one.
  private func overrideValue(_ text: String, at start: Int) -> JSONNode? {
    let (node, faults) = JSONReader.read(SourceText(name: "--set", text))
    if let node, faults.isEmpty { return node.shifted(by: start) }
    let first = text.first { !$0.isWhitespace }
    if first == "{" || first == "[", let fault = faults.first {
      error(fault.message, at: SourceRange(start, start), hint: fault.hint)
      return nil
    }
    return JSONNode(.string(text), range: SourceRange(start, start + text.utf8.count))
  }

  /// `a.b.'key with . in it'`; a part in braces keeps its dots: `latency{step:a.b}`.
  private func pathKeys(_ path: String) -> [String]? {
    var keys: [String] = []
    var key = ""
    var quote: Character?
    var depth = 0
    for character in path {
      if let open = quote {
        if character == open { quote = nil } else { key.append(character) }
        continue
      }
      switch character {
      case "'", "\"": quote = character
      case "." where depth == 0:
        keys.append(key)
        key = ""
      default:
        if character == "{" { depth += 1 }
        if character == "}" { depth -= 1 }
        key.append(character)
      }
    }
    keys.append(key)
    if quote == nil, !keys.contains("") { return keys }
    let start = overrides[overrides.count - 1].start
    error(
      quote == nil ? "the path has an empty part" : "the path has no closing quote", at: SourceRange(start, start),
      hint: "such as traffic.rush.load.burst; keys with dots stand in quotes")
    return nil
  }

  /// `node` with `value` at the place that `keys` lead to; `nil` once it is reported that they lead nowhere.
  ///
  /// Objects with fixed keys are made where they are missing, so that the reader tells what is wrong with them; those
  /// whose names the file makes up are not.
  private func set(_ keys: ArraySlice<String>, of node: JSONNode, to value: JSONNode, known: [String]) -> JSONNode? {
    guard let key = keys.first else {
      overrides[overrides.count - 1].anchor = place(node.range)
      var merging = Merging()
      return merging.merge(node, with: value)
    }
    switch node.value {
    case .array(var elements):
      guard let index = Merging.position(of: key, in: elements) else {
        return reportUnknown(key, known, in: node, among: elements.indices.map { elements[$0].stepName ?? String($0) })
      }
      guard let changed = set(keys.dropFirst(), of: elements[index], to: value, known: known + [key]) else {
        return nil
      }
      elements[index] = changed
      return JSONNode(.array(elements), range: node.range)
    case .object(var members):
      if let index = members.firstIndex(where: { $0.key == key }) {
        if keys.count == 1 {
          overrides[overrides.count - 1].anchor = place(members[index].value.range)
          var merging = Merging()
          if case .null = value.value {
            members.remove(at: index)
          } else {
            members[index].value = merging.merge(members[index].value, with: value, key: key)
          }
          merging.diagnostics.forEach { error($0.message, at: $0.range, hint: $0.hint) }
        } else {
          guard let changed = set(keys.dropFirst(), of: members[index].value, to: value, known: known + [key])
          else { return nil }
          members[index].value = changed
        }
        return JSONNode(.object(members), range: node.range)
      }
      if keys.count > 1, known.count == 1, ["traffic", "data", "invariants"].contains(known[0]) {
        return reportUnknown(key, known, in: node, among: members.map(\.key))
      }
      if known.isEmpty, !KeyTable.file.keys.contains(key) {
        return reportUnknown(key, known, in: node, among: KeyTable.file.keys)
      }
      if case .null = value.value { return reportUnknown(key, known, in: node, among: members.map(\.key)) }
      let current = overrides[overrides.count - 1]
      overrides[overrides.count - 1].anchor = place(opening(of: node))
      let range = SourceRange(current.start, current.start + key.utf8.count)
      let made = keys.dropFirst().reversed().reduce(value) { inner, key in
        JSONNode(.object([JSONMember(key: key, keyRange: range, value: inner)]), range: value.range)
      }
      members.append(JSONMember(key: key, keyRange: range, value: made))
      return JSONNode(.object(members), range: node.range)
    default:
      overrides[overrides.count - 1].anchor = place(node.range)
      let place = known.joined(separator: ".")
      error(
        "'\(place)' is \(node.described) and has nothing within", at: SourceRange(value.range.start, value.range.start),
        hint: "nearest known path: \(place)")
      return nil
    }
  }

  private func reportUnknown(
    _ key: String, _ known: [String], in node: JSONNode, among names: [String]
  ) -> JSONNode? {
    overrides[overrides.count - 1].anchor = place(opening(of: node))
    let start = overrides[overrides.count - 1].start
    let place = known.joined(separator: ".")
    let near = Suggestion.nearest(to: key, among: names)
    let hint =
      if let near {
        "did you mean '\((known + [near]).joined(separator: "."))'?"
      } else if known.isEmpty {
        "a scenario knows: \(Suggestion.list(names))"
      } else {
        "nearest known path: \(place)" + (names.isEmpty ? "" : ", which has: \(Suggestion.list(names))")
      }
    error("there is no '\(key)'" + (place.isEmpty ? "" : " in \(place)"), at: SourceRange(start, start), hint: hint)
    return nil
  }
}
