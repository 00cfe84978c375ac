import JSON

extension Reading {
  typealias TypedBody = (body: Step.Body, contentType: String?)

  /// The body of a step and the type that it has where no header says otherwise.
  func body(_ fields: Fields) -> TypedBody? {
    let bodies = fields.present(KeyTable.bodies)
    guard let first = bodies.first else { return nil }
    if bodies.count > 1 {
      error("a step has one body: either '\(first.key)' or '\(bodies[1].key)'", at: bodies[1].keyRange)
    }
    let node = first.value
    switch first.key {
    case "json": return jsonTemplate(node).map { (.json($0), "application/json") }
    case "text":
      return string(node).flatMap { _ in template(node) }.map { (.text($0), "text/plain; charset=utf-8") }
    case "form": return (.form(pairs(node, "form fields")), "application/x-www-form-urlencoded")
    case "bytes": return bytes(node).map { ($0, "application/octet-stream") }
    case "file": return file(node).map { ($0, "application/octet-stream") }
    case "json_sized": return sized(node).map { ($0, "application/json") }
    default: return batch(node).map { ($0, "application/json") }
    }
  }

  private func bytes(_ node: JSONNode) -> Step.Body? {
    guard case .object = node.value else {
      return size(node, "'bytes'", in: 0...Limits.bodyBytes).map { .bytes(count: $0, fill: UInt8(ascii: "x")) }
    }
    guard let fields = fields(node, .bytes) else { return nil }
    let count = require("count", in: fields).flatMap { size($0, "'count'", in: 0...Limits.bodyBytes) }
    let fill = fields["fill"].map { self.fill($0) } ?? UInt8(ascii: "x")
    guard let count, let fill else { return nil }
    return .bytes(count: count, fill: fill)
  }

  /// One ASCII character, or a number from 0 to 255.
  private func fill(_ node: JSONNode) -> UInt8? {
    switch node.value {
    case .integer: return integer(node, "'fill'", in: 0...255).map { UInt8($0) }
    case .string(let text) where text.utf8.count == 1: return text.utf8.first
    default:
      mismatch(node, "one ASCII character, or a number from 0 to 255")
      return nil
    }
  }

  private func file(_ node: JSONNode) -> Step.Body? {
    guard let path = plainText(node, "the path of a file") else { return nil }
    do {
      return .file(bytes: try files.bytes(path), path: beside(path))
    } catch let reason {
      if !toleratesMissing { error("'\(path)' cannot be read: \(reason)", at: node.range) }
      return nil
    }
  }

  private func batch(_ node: JSONNode) -> Step.Body? {
    guard let fields = fields(node, .batch) else { return nil }
    let count = require("count", in: fields).flatMap { integer($0, "'count'", in: 0...Limits.batchItems) }
    isInBatchItem = true
    defer { isInBatchItem = false }
    let item = require("item", in: fields).flatMap { jsonTemplate($0) }
    guard let count, let item else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: item.leastBytes + 1)
    if overflow || bytes > Limits.batchBytes {
      error(
        "the batch has \(overflow ? "far" : grouped(bytes) + " bytes,") more than the \(grouped(Limits.batchBytes)) that one may have",
        at: (fields["count"] ?? node).range)
      return nil
    }
    return .batchJSON(item: item, count: count)
  }

  // MARK: - JSON of an exact size

  private func sized(_ node: JSONNode) -> Step.Body? {
    guard let fields = fields(node, .sized) else { return nil }
    let bytes = require("bytes", in: fields).flatMap { size($0, "'bytes'", in: 1...Limits.bodyBytes) }
    let value = require("value", in: fields).flatMap { jsonTemplate($0) }
    let fill = fields["fill"].map { jsonFill($0) } ?? UInt8(ascii: "x")
    let text = fields["pad"].map { plainText($0, "a JSON path such as '$.content'") } ?? "$.padding"
    guard let path = text.flatMap({ jsonPath($0, at: (fields["pad"] ?? node).range) }), let bytes, let value, let fill
    else { return nil }
    let place = fields["pad"] ?? fields["value"] ?? node
    guard let padded = value.padded(at: path.segments[...]) else {
      error(
        "there is no place for padding at '\(path.description)'", at: place.range,
        hint: "'pad' names a text in 'value', or a new member of an object in it")
      return nil
    }
    let least = padded.leastBytes
    if least > bytes {
      error(
        "the value alone has \(grouped(least)) bytes, and the body should have \(grouped(bytes))",
        at: (fields["bytes"] ?? node).range)
      return nil
    }
    return .sizedJSON(padded, bytes: bytes, fill: fill)
  }

  /// A character that stands for itself in a JSON string.
  private func jsonFill(_ node: JSONNode) -> UInt8? {
    if case .string(let text) = node.value, text.utf8.count == 1, let byte = text.utf8.first, byte >= 0x20,
      byte != 0x7F,
      byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
    {
      return byte
    }
    mismatch(node, "one ASCII character that JSON does not escape")
    return nil
  }
}

extension JSONTemplate {
  /// The value with padding at the end of the text that `path` names, or in a new member of that name, last in its
  /// object; `nil` where there is no such place.
  func padded(at path: ArraySlice<JSONPath.Segment>) -> JSONTemplate? {
    guard let segment = path.first else {
      guard case .string(let template) = opened else { return nil }
      return .string(Template(parts: template.parts + [.builtIn(.padding)]))
    }
    switch (segment, opened) {
    case (.member(let name), .object(var fields)):
      if let index = fields.lastIndex(where: { $0.key.constant == name }) {
        guard let value = fields[index].value.padded(at: path.dropFirst()) else { return nil }
        fields[index].value = value
      } else {
        guard let value = JSONTemplate.string(Template(parts: [])).padded(at: path.dropFirst()) else { return nil }
        fields.append(Field(key: Template(literal: name), value: value))
      }
      return .object(fields)
    case (.index(let position), .array(var elements)):
      let index = position < 0 ? elements.count + position : position
      guard elements.indices.contains(index), let value = elements[index].padded(at: path.dropFirst())
      else { return nil }
      elements[index] = value
      return .array(elements)
    default: return nil
    }
  }

  /// Bytes of the value written compactly with nothing filled in.
  var leastBytes: Int {
    switch self {
    case .constant(let value): value.text().utf8.count
    case .string(let template): template.leastBytes
    case .number: 1
    case .array(let elements): elements.reduce(2 + max(0, elements.count - 1)) { $0 + $1.leastBytes }
    case .object(let fields):
      fields.reduce(2 + max(0, fields.count - 1)) { $0 + $1.key.leastBytes + 1 + $1.value.leastBytes }
    }
  }
}

extension Template {
  /// Bytes as a JSON string with nothing filled in, quotes included.
  fileprivate var leastBytes: Int {
    parts.reduce(2) { sum, part in
      guard case .literal(let text) = part else { return sum }
      return sum + JSONValue.string(text).text().utf8.count - 2
    }
  }
}
