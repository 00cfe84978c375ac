// Fuzzes everything that reads JSON with one input.
//
// Whatever the bytes are, nothing crashes, and
// - the readers and the parser agree: strict JSON is accepted by all three, as the same value;
// - what was read can be written and read again, and is the same (infinities and NaN become null);
// - nodes lie inside each other and inside the text, and every diagnostic can be shown;
// - the scanner finds what the tree has.

@testable import JSON

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let value = try? JSONValue(parsing: bytes)
  let json5 = checkedRead(bytes, dialect: .json5)
  let json = checkedRead(bytes, dialect: .json)

  require(areIdentical(value, json), "the parser and the strict reader agree")
  if let value { require(areIdentical(value, json5), "strict JSON is JSON5") }
  if let json5 { checkRoundTrip(json5) }
  let exact = try? JSONValue(parsing: bytes, keepingNumbers: true)
  require(value == nil || exact != nil, "what has a nearest double has a spelling")
  bytes.withUnsafeBytes { checkScanner($0, exact) }
  if let path = try? JSONPath(String(decoding: bytes, as: UTF8.self)), let value = json5 {
    require(path.all(in: value).isEmpty == (path.first(in: value) == nil), "first is the first of all")
  }
  return 0
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}

/// Reads, checks nodes and diagnostics, and gives the value where it was accepted; repeated keys are no matter of grammar.
private func checkedRead(_ bytes: [UInt8], dialect: JSONReader.Dialect) -> JSONValue? {
  let source = SourceText(name: "input", bytes: bytes)
  let (root, diagnostics) = JSONReader.read(source, dialect: dialect)
  let errors = diagnostics.filter { $0.severity == .error }
  require(errors.count <= JSONReader.mostErrors, "errors are bounded")
  for diagnostic in diagnostics {
    require(
      0 <= diagnostic.range.start && diagnostic.range.start <= diagnostic.range.end
        && diagnostic.range.end <= bytes.count,
      "a diagnostic lies in the text")
  }
  for diagnostic in diagnostics.prefix(3) {
    let shown = diagnostic.rendered(in: source)
    require(
      !shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0.value == 0x9B },
      "no control characters reach the terminal")
  }
  require(root != nil || !errors.isEmpty, "what is not read has a reason")
  guard let root else { return nil }
  checkRanges(root, within: SourceRange(0, bytes.count))
  return errors.allSatisfy { $0.message.hasSuffix("is given twice") } ? root.plain : nil
}

private func checkRanges(_ node: JSONNode, within outer: SourceRange) {
  func check(_ range: SourceRange) {
    require(outer.start <= range.start && range.start < range.end && range.end <= outer.end, "nodes lie in each other")
  }
  check(node.range)
  switch node.value {
  case .array(let elements):
    for element in elements { checkRanges(element, within: node.range) }
  case .object(let members):
    for member in members {
      require(member.keyRange.end < member.value.range.start, "a key stands before its value")
      check(member.keyRange)
      checkRanges(member.value, within: node.range)
    }
  default: break
  }
}

private func checkRoundTrip(_ value: JSONValue) {
  let expected = finite(value)
  for pretty in [false, true] {
    let text = value.text(pretty: pretty)
    require(areIdentical(try? JSONValue(parsing: text), expected), "what was written reads the same")
  }
}

/// `value` as the writer writes it.
private func finite(_ value: JSONValue) -> JSONValue {
  switch value {
  case .number(let number): number.isFinite ? value : .null
  case .array(let elements): .array(elements.map(finite))
  case .object(let fields): .object(fields.map { JSONField($0.key, finite($0.value)) })
  default: value
  }
}

private func checkScanner(_ bytes: UnsafeRawBufferPointer, _ value: JSONValue?) {
  var paths: [[JSONPath.Segment]] = [
    [], [.length], [.wildcard], [.member("a")], [.index(0)], [.index(-1)], [.wildcard, .wildcard, .length],
    [.wildcard, .member("a")], [.index(-2), .member("a")],
  ]
  // A seed from the input, so that the same input always takes the same paths.
  var seed = bytes.reduce(UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  if let value { for _ in 0..<6 { paths.append(path(into: value, &seed)) } }
  for segments in paths {
    let path = JSONPath(segments: segments, description: "fuzzed")
    let found = JSONScanner.find(path, in: bytes)
    require(areIdentical(found?.value, value.flatMap(path.first(in:))), "the scanner finds what the tree has")
    if let found {
      if let number = found.value.exactNumber {
        require(number == JSONNumber(number.spelling), "a number equals itself")
      }
      require(found.asString == found.value.string, "the scanner's string is the tree's")
      require(found.asInt64 == found.value.integer, "the scanner's integer is the tree's")
      require(found.value.string.map(found.isString) ?? true, "a string equals itself")
    }
  }
}

/// A path down random children of `value`, from either end, now and then to a child that is not there.
private func path(into value: JSONValue, _ seed: inout UInt64) -> [JSONPath.Segment] {
  func random(below bound: Int) -> Int {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((seed >> 33) % UInt64(bound))
  }
  var segments: [JSONPath.Segment] = []
  var value = value
  while true {
    if random(below: 8) == 0 { segments.append(random(below: 2) == 0 ? .wildcard : .length) }
    if segments.last == .length { return segments }
    switch value {
    case .array(let elements) where !elements.isEmpty:
      let index = random(below: elements.count)
      let isMissing = random(below: 16) == 0
      let fromEnd = random(below: 2) == 0
      segments.append(.index((fromEnd ? index - elements.count : index) + (isMissing ? fromEnd ? -1 : 1 : 0)))
      value = elements[index]
    case .object(let fields) where !fields.isEmpty:
      let field = fields[random(below: fields.count)]
      segments.append(.member(random(below: 16) == 0 ? field.key + "x" : field.key))
      value = field.value
    default: return segments
    }
  }
}

/// Equality to the bit, NaN equal to itself.
private func areIdentical(_ first: JSONValue?, _ second: JSONValue?) -> Bool {
  switch (first, second) {
  case (nil, nil): true
  case (.number(let first), .number(let second)):
    first.bitPattern == second.bitPattern || first.isNaN && second.isNaN
  case (.string(let first), .string(let second)): first.utf8.elementsEqual(second.utf8)
  case (.array(let first), .array(let second)):
    first.count == second.count && zip(first, second).allSatisfy { areIdentical($0, $1) }
  case (.object(let first), .object(let second)):
    first.count == second.count
      && zip(first, second).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && areIdentical($0.value, $1.value) }
  default: first == second
  }
}
