import JSON
import RegularExpressions

extension Reading {
  /// `200`, `'2xx'`, `[200, 201]` or predicates; `nil` where it is none of these.
  func status(_ node: JSONNode) -> [Matcher]? {
    let predicate: Matcher.Predicate?
    switch node.value {
    case .integer, .number: predicate = statusNumber(node).map { .equals(.constant(.integer(Int64($0)))) }
    case .string: predicate = statusClass(node)
    case .array(let elements):
      if elements.isEmpty { error("the list has no statuses", at: node.range) }
      let numbers = elements.compactMap { statusNumber($0) }
      predicate = numbers.count == elements.count ? .oneOf(numbers.map { .constant(.integer(Int64($0))) }) : nil
    default: return matchers(node, .status)
    }
    return predicate.map { [Matcher(subject: .status, predicate: $0, range: place(node.range))] }
  }

  private func statusNumber(_ node: JSONNode) -> Int? {
    switch node.value {
    case .integer, .number: return integer(node, "a status", in: 100...599)
    default:
      mismatch(node, "a status such as 200", hint: "a class of statuses stands alone: '2xx'")
      return nil
    }
  }

  private func statusClass(_ node: JSONNode) -> Matcher.Predicate? {
    if case .string(let text) = node.value, text.count == 3, text.lowercased().hasSuffix("xx"),
      let digit = text.first?.wholeNumberValue, (1...5).contains(digit)
    {
      return .statusClass(digit)
    }
    mismatch(node, "a status such as 200, or a class such as '2xx'")
    return nil
  }

  /// A literal, or an object of predicates that must all hold.
  func matchers(_ node: JSONNode, _ subject: Matcher.Subject) -> [Matcher] {
    guard case .object = node.value else {
      return operand(node, subject).map {
        [Matcher(subject: subject, predicate: .equals($0), range: place(node.range))]
      }
        ?? []
    }
    guard let fields = fields(node, .predicates) else { return [] }
    let present = fields.present(KeyTable.predicates.keys)
    if present.isEmpty, case .object(let members) = node.value, members.isEmpty {
      error("there is no predicate", at: node.range, hint: "such as { exists: true }")
    }
    return present.compactMap { member in
      predicate(member, subject).map {
        Matcher(
          subject: subject, predicate: $0, range: place(SourceRange(member.keyRange.start, member.value.range.end)))
      }
    }
  }

  /// What a value is compared with: a size for `bytes`, milliseconds for `duration`, a text for texts.
  private func operand(_ node: JSONNode, _ subject: Matcher.Subject) -> JSONTemplate? {
    switch subject {
    case .bytes: return size(node, "'bytes'", in: 0...Limits.bodyBytes).map { .constant(.integer(Int64($0))) }
    case .duration:
      guard let nanoseconds = duration(node, "'duration'", in: 0...Limits.timeout) else { return nil }
      if nanoseconds % 1_000_000 == 0 { return .constant(.integer(Int64(nanoseconds / 1_000_000))) }
      return .constant(.number(Double(nanoseconds) / 1_000_000))
    case .status: return statusNumber(node).map { .constant(.integer(Int64($0))) }
    case .header, .cookie, .body:
      switch node.value {
      case .array, .object, .null:
        mismatch(node, "a text", hint: "for one of several: { oneOf: […] }")
        return nil
      default: return template(node).map { JSONTemplate.string($0).folded }
      }
    case .json: return jsonTemplate(node)
    }
  }

  private func predicate(_ member: JSONMember, _ subject: Matcher.Subject) -> Matcher.Predicate? {
    let node = member.value
    if let fault = misuse(of: member.key, on: subject) {
      error(fault, at: member.keyRange)
      return nil
    }
    switch member.key {
    case "equals": return operand(node, subject).map { .equals($0) }
    case "notEquals": return operand(node, subject).map { .notEquals($0) }
    case "greaterThan": return number(node, subject).map { .greaterThan($0) }
    case "greaterThanOrEqual": return number(node, subject).map { .greaterThanOrEqual($0) }
    case "lessThan": return number(node, subject).map { .lessThan($0) }
    case "lessThanOrEqual": return number(node, subject).map { .lessThanOrEqual($0) }
    case "startsWith": return text(node).map { .startsWith($0) }
    case "endsWith": return text(node).map { .endsWith($0) }
    case "contains": return operand(node, subject).map { .contains($0) }
    case "matches": return expression(node).map { .matches($0) }
    case "exists": return bool(node).map { .exists($0) }
    case "count": return integer(node, "'count'", in: 0...Int(Int32.max)).map { .count($0) }
    case "oneOf":
      guard let elements = list(node, "a list of values") else { return nil }
      if elements.isEmpty { error("the list has no values", at: node.range) }
      let values = elements.compactMap { operand($0, subject) }
      return values.count == elements.count ? .oneOf(values) : nil
    default: return kind(member)
    }
  }

  private func kind(_ member: JSONMember) -> Matcher.Predicate? {
    guard let holds = bool(member.value) else { return nil }
    if !holds {
      error("'\(member.key)' can only be true", at: member.value.range)
      return nil
    }
    return switch member.key {
    case "isString": .isString
    case "isNumber": .isNumber
    case "isBoolean": .isBoolean
    case "isList": .isList
    case "isObject": .isObject
    case "isUuid": .isUuid
    default: .isIsoDate
    }
  }

  /// Why a predicate says nothing about a subject; `nil` where it does.
  private func misuse(of predicate: String, on subject: Matcher.Subject) -> String? {
    let comparisons: Set = [
      "equals", "notEquals", "greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual", "oneOf",
    ]
    switch subject {
    case .status, .bytes, .duration:
      return comparisons.contains(predicate) ? nil : "'\(predicate)' has no meaning for a number"
    case .header, .cookie, .body:
      let meaningless: Set = ["isString", "isBoolean", "isList", "isObject", "count"]
      return meaningless.contains(predicate) ? "'\(predicate)' has no meaning for a text" : nil
    case .json: return nil
    }
  }

  /// What an order is asked of: a number, or a template that becomes one.
  private func number(_ node: JSONNode, _ subject: Matcher.Subject) -> JSONTemplate? {
    switch subject {
    case .status, .bytes, .duration: return operand(node, subject)
    default: break
    }
    switch node.value {
    case .integer, .number: return jsonTemplate(node)
    case .string:
      guard let template = template(node) else { return nil }
      if template.constant == nil { return .string(template) }
      mismatch(node, "a number")
      return nil
    default:
      mismatch(node, "a number")
      return nil
    }
  }

  private func text(_ node: JSONNode) -> Template? {
    guard case .string = node.value else {
      mismatch(node, "a text")
      return nil
    }
    return template(node)
  }

  private func expression(_ node: JSONNode) -> Pattern? {
    guard let text = string(node, "a regular expression") else { return nil }
    for escape in source.idleEscapes(in: node.range) {
      let letter = String(decoding: source.bytes[escape.start + 1..<escape.end], as: UTF8.self)
      warning(
        "'\\\(letter)' in a string is only '\(letter)'", at: escape,
        hint: "the regular expression '\\\(letter)' is written '\\\\\(letter)'")
    }
    do {
      return try Pattern(text)
    } catch let fault {
      error(
        "the regular expression is not valid: \(fault.message)",
        at: span(node, fault.range.lowerBound, fault.range.upperBound), hint: fault.hint)
      return nil
    }
  }
}
