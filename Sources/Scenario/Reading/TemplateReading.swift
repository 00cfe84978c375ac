import JSON

extension Reading {
  /// A text with `${name}` places; numbers and booleans stand for their text.
  func template(_ node: JSONNode, _ expected: String = "a text") -> Template? {
    switch node.value {
    case .string(let text): return template(text) { start, end in self.span(node, start, end) }
    case .integer(let value): return Template(literal: String(value))
    case .number where node.number != nil: return Template(literal: node.number!.spelling)
    case .bool(let value): return Template(literal: value ? "true" : "false")
    default:
      mismatch(node, expected)
      return nil
    }
  }

  /// The key of a member as a template.
  func template(keyOf member: JSONMember) -> Template? {
    let quotes = member.keyRange.end - member.keyRange.start - member.key.utf8.count
    return template(member.key) { start, end in
      quotes == 0 || quotes == 2
        ? SourceRange(member.keyRange.start + quotes / 2 + start, member.keyRange.start + quotes / 2 + end)
        : member.keyRange
    }
  }

  /// - Parameter span: the place in the source of a part of `text`, by offsets in bytes.
  private func template(_ text: String, span: (Int, Int) -> SourceRange) -> Template? {
    let bytes = Array(text.utf8)
    let dollar = UInt8(ascii: "$")
    let brace = UInt8(ascii: "{")
    var parts: [Template.Part] = []
    var literal: [UInt8] = []
    var isValid = true
    var index = 0
    while index < bytes.count {
      let rest = bytes[index...]
      if rest.starts(with: [dollar, dollar, brace]) {
        literal += [dollar, brace]
        index += 3
      } else if rest.starts(with: [dollar, brace]) {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
          error("'${' has no '}'", at: span(index, bytes.count), hint: "for the characters themselves write $${")
          return nil
        }
        if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
        literal = []
        let name = String(decoding: bytes[(index + 2)..<end], as: UTF8.self)
        if let part = place(named: name, at: span(index, end + 1)) { parts.append(part) } else { isValid = false }
        index = end + 1
      } else {
        literal.append(bytes[index])
        index += 1
      }
    }
    if !literal.isEmpty { parts.append(.literal(String(decoding: literal, as: UTF8.self))) }
    return isValid ? Template(parts: parts) : nil
  }

  private func place(named name: String, at range: SourceRange) -> Template.Part? {
    if let builtIn = BuiltInVariable.plain[name] { return .builtIn(builtIn) }
    if name == "item" {
      if isInBatchItem { return .builtIn(.item) }
      error("'${item}' has a meaning only in the item of a json_batch", at: range)
      return nil
    }
    if let bar = name.firstIndex(of: "|") {
      let filter = name[bar...]
      error(
        filter == "|number"
          ? "'${\(name)}' has to be a whole value in JSON" : "there is no '\(filter)', only '|number'",
        at: range, hint: "as in json: { level: '${level|number}' }")
      return nil
    }
    if name.hasPrefix("random(") { return random(name, at: range) }
    if name.hasPrefix("env.") { return environment(String(name.dropFirst(4)), at: range) }
    let trimmed = name.drop { $0 == " " }
    if name.isEmpty || trimmed.count != name.count || name.last == " " {
      error(
        name.isEmpty ? "'${}' names no variable" : "'${\(name)}' has spaces around its name", at: range,
        hint: "for the characters themselves write $${")
      return nil
    }
    uses.append(VariableUse(name: name, range: range))
    return .variable(name, range: place(range))
  }

  private func random(_ text: String, at range: SourceRange) -> Template.Part? {
    let arguments = text.dropFirst("random(".count).dropLast().split(separator: ",", omittingEmptySubsequences: false)
    let numbers = arguments.compactMap { Int64($0.filter { $0 != " " }) }
    guard text.last == ")", arguments.count == 2, numbers.count == 2 else {
      error("expected two whole numbers, as in '${random(1,100)}'", at: range)
      return nil
    }
    if numbers[0] > numbers[1] {
      error("the first number of random is larger than the second", at: range)
      return nil
    }
    return .builtIn(.random(numbers[0], numbers[1]))
  }

  private func environment(_ name: String, at range: SourceRange) -> Template.Part? {
    if let value = options.environment(name) {
      if !value.isEmpty { secrets.insert(value) }
      return .environment(name: name, value: value)
    }
    if toleratesMissing { return .environment(name: name, value: "") }
    error("the environment variable '\(name)' is not set", at: range, hint: "set it: \(name)=… stampede …")
    return nil
  }

  /// Any JSON value; its strings are templates.
  func jsonTemplate(_ node: JSONNode) -> JSONTemplate? {
    switch node.value {
    case .null: return .constant(.null)
    case .bool(let value): return .constant(.bool(value))
    case .integer(let value): return .constant(.integer(value))
    case .number:
      if let number = node.number { return .constant(.decimal(number)) }
      error("JSON has no such number", at: node.range)
      return nil
    case .string(let text):
      if let number = number(text, node) { return .number(number) }
      guard let template = template(node) else { return nil }
      return template.constant.map { .constant(.string($0)) } ?? .string(template)
    case .array(let elements):
      let read = elements.map { jsonTemplate($0) }
      guard !read.contains(where: { $0 == nil }) else { return nil }
      return JSONTemplate.array(read.compactMap { $0 }).folded
    case .object:
      guard let members = named(node, "an object") else { return nil }
      let read = members.map { member -> JSONTemplate.Field? in
        let key = template(keyOf: member)
        let value = jsonTemplate(member.value)
        guard let key, let value else { return nil }
        return JSONTemplate.Field(key: key, value: value)
      }
      guard !read.contains(where: { $0 == nil }) else { return nil }
      return JSONTemplate.object(read.compactMap { $0 }).folded
    }
  }
}

extension Reading {
  /// The variable of `${name|number}`, where that is the whole text; `nil` for any other text.
  private func number(_ text: String, _ node: JSONNode) -> Template? {
    let filter = "|number}"
    guard text.hasPrefix("${"), text.hasSuffix(filter), text.firstIndex(of: "}") == text.index(before: text.endIndex),
      text.utf8.count > "${".utf8.count + filter.utf8.count
    else { return nil }
    let name = String(text.dropFirst(2).dropLast(filter.count))
    guard !name.contains("|"), let part = place(named: name, at: span(node, 0, text.utf8.count)) else { return nil }
    return Template(parts: [part])
  }
}

extension JSONTemplate {
  /// A constant where all parts are, else the value as it is. Only the outermost level is looked at.
  var folded: JSONTemplate {
    switch self {
    case .constant, .number: return self
    case .string(let template): return template.constant.map { .constant(.string($0)) } ?? self
    case .array(let elements):
      let values = elements.compactMap(\.constantValue)
      return values.count == elements.count ? .constant(.array(values)) : self
    case .object(let fields):
      let constants = fields.compactMap { field -> JSONField? in
        guard let key = field.key.constant, let value = field.value.constantValue else { return nil }
        return JSONField(key, value)
      }
      return constants.count == fields.count ? .constant(.object(constants)) : self
    }
  }

  var constantValue: JSONValue? { if case .constant(let value) = self { value } else { nil } }

  /// The same value with its outermost list or object taken apart, where it is one.
  var opened: JSONTemplate {
    switch self {
    case .constant(.array(let values)): .array(values.map { .constant($0) })
    case .constant(.object(let fields)):
      .object(fields.map { Field(key: Template(literal: $0.key), value: .constant($0.value)) })
    case .constant(.string(let text)): .string(Template(literal: text))
    default: self
    }
  }
}

/// Names that every template knows without the scenario's doing.
package enum BuiltInVariable {
  /// Those without arguments that are known everywhere.
  static let plain: [String: Template.BuiltIn] = [
    "user": .user, "iteration": .iteration, "repeat": .repetition, "group": .group, "step": .step,
    "scenario": .scenario, "seed": .seed, "uuid": .uuid, "now": .now, "unix_ms": .unixMilliseconds,
  ]

  /// Names that data and captures cannot have.
  static let reserved: Set<String> = Set(plain.keys).union(["item", "random", "env"])

  /// As hints list them.
  static let listed = plain.keys.sorted() + ["random(a,b)", "env.NAME"]
}
