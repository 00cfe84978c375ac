import JSON
import Testing

@testable import Scenario

@Suite("Bodies")
struct BodyReadingTests {
  private func body(_ text: String) throws -> Step.Body { try Read(file(step: "post: '/', \(text)")).step().body }

  private func told(_ text: String) -> [String] { Read(file(step: "post: '/', \(text)")).told }

  @Test("say their type, unless a header does")
  func types() throws {
    let types = [
      ("json: {}", "application/json"), ("text: ''", "text/plain; charset=utf-8"),
      ("form: { a: 1 }", "application/x-www-form-urlencoded"), ("bytes: 5", "application/octet-stream"),
      ("json_batch: { count: 1, item: 1 }", "application/json"),
      ("json_sized: { bytes: 50, value: {} }", "application/json"),
    ]
    for (text, type) in types {
      let headers = try Read(file(step: "post: '/', \(text)")).step().headers
      #expect(headers == [HeaderTemplate(name: "Content-Type", value: Template(literal: type))])
    }
    let own = try Read(file(step: "post: '/', json: {}, headers: { 'content-type': 'text/json' }")).step().headers
    #expect(own.map { $0.value.constant } == ["text/json"])
  }

  @Test("of JSON keep constants whole and templates apart")
  func json() throws {
    guard case .json(let value) = try body("json: { a: [1, 2.5, null, true, 'x'], b: 'n ${iteration}', '${user}': 1 }")
    else { throw Unexpected() }
    guard case .object(let fields) = value else { throw Unexpected() }
    #expect(fields.count == 3)
    #expect(fields[0].value == .constant([1, .decimal(try #require(JSONNumber("2.5"))), .null, true, "x"]))
    #expect(fields[1].value == .string(Template(parts: [.literal("n "), .builtIn(.iteration)])))
    #expect(fields[2].key == Template(parts: [.builtIn(.user)]))
    guard case .json(.constant(let constant)) = try body("json: { a: { b: [] } }") else { throw Unexpected() }
    #expect(constant == ["a": ["b": []]])
  }

  @Test("of JSON know which variables are to be numbers")
  func numbers() throws {
    guard case .json(.object(let fields)) = try body("json: { a: '${iteration|number}', b: ['${random(1,6)|number}'] }")
    else { throw Unexpected() }
    #expect(fields[0].value == .number(Template(parts: [.builtIn(.iteration)])))
    #expect(fields[1].value == .array([.number(Template(parts: [.builtIn(.random(1, 6))]))]))
    #expect(JSONTemplate.object(fields).leastBytes == #"{"a":0,"b":[0]}"#.utf8.count)
  }

  @Test("of bytes count and repeat")
  func bytes() throws {
    let cases: [(String, Int, UInt8)] = [
      ("bytes: 5", 5, 120), ("bytes: '1MiB'", 1_048_576, 120), ("bytes: { count: '2KiB', fill: 'a' }", 2048, 97),
      ("bytes: { count: 0, fill: 255 }", 0, 255),
    ]
    for (text, count, fill) in cases {
      guard case .bytes(count, fill) = try body(text) else { throw Unexpected() }
    }
  }

  @Test("of files are read once, beside the scenario")
  func files() throws {
    var asked: [String] = []
    let options = ReadOptions(readFile: { path in
      asked.append(path)
      return [1, 2, 3]
    })
    let text = file(
      more: "profiles: { a: {}, b: {} },",
      steps: "[{ name: 'x', post: '/', file: 'a.bin' }, { name: 'y', post: '/', file: 'a.bin' }]")
    guard case .file([1, 2, 3], "a.bin") = try Read(text, options: options).step().body else { throw Unexpected() }
    #expect(asked == ["a.bin"])
    #expect(told("file: 'a.bin'") == ["'a.bin' → 'a.bin' cannot be read: files cannot be read here"])
  }

  // MARK: - Exact sizes and batches

  @Test(
    "of an exact size have exactly that, whatever is filled in",
    arguments: [
      ("{ bytes: 100, value: { title: 't' } }", 100),
      ("{ bytes: 1048576, pad: '$.content', value: { title: 't', n: '${iteration}' } }", 1_048_576),
      ("{ bytes: 64, pad: '$.content', value: { content: 'begins \\n ', z: [1, { y: '\"' }] } }", 64),
      ("{ bytes: 14, value: {} }", 14),
      ("{ bytes: 90, pad: '$.items[-1].note', value: { items: [{ id: 1 }, { id: '${user}', note: 'n' }] } }", 90),
      ("{ bytes: '1KiB', pad: '$', fill: '.', value: 'text' }", 1024),
      ("{ bytes: 40, pad: '$[1]', value: ['a', 'b'] }", 40),
    ])
  func sized(text: String, count: Int) throws {
    guard case .sizedJSON(let value, let bytes, let fill) = try body("json_sized: \(text)") else { throw Unexpected() }
    #expect(bytes == count)
    for filled in ["", "7", "한글 \" \\"] {
      guard let rendered = value.rendered(bytes: bytes, fill: fill, variables: filled) else { throw Unexpected() }
      #expect(rendered.count == count)
      _ = try JSONValue(parsing: rendered)
    }
  }

  @Test("of an exact size put the padding where it is asked for")
  func place() throws {
    let text = "json_sized: { bytes: 40, pad: '$.b.c', fill: '-', value: { a: 1, b: { c: 'x', d: 2 } } }"
    guard case .sizedJSON(let value, let bytes, let fill) = try body(text) else { throw Unexpected() }
    let rendered = try #require(value.rendered(bytes: bytes, fill: fill, variables: ""))
    #expect(String(decoding: rendered, as: UTF8.self) == #"{"a":1,"b":{"c":"x-------------","d":2}}"#)
  }

  @Test("of a batch repeat their item, which knows its number")
  func batch() throws {
    guard case .batchJSON(let item, 201) = try body("json_batch: { count: 201, item: { n: 'News ${item}' } }")
    else { throw Unexpected() }
    #expect(
      item
        == .object([
          .init(key: Template(literal: "n"), value: .string(Template(parts: [.literal("News "), .builtIn(.item)])))
        ]))
  }

  @Test(
    "tell what is wrong with them",
    arguments: [
      ("bytes: -1", "-1 → 'bytes' must be between 0 and 1,073,741,824, found -1"),
      ("bytes: '2GiB'", "'2GiB' → 'bytes' must be between 0 and 1,073,741,824 bytes"),
      (
        "bytes: '5 apples'",
        "'5 apples' → expected a number of bytes, or a size such as '64KiB', found the text '5 apples' (units are B kB MB GB KiB MiB GiB)"
      ),
      ("bytes: { fill: 'x' }", "{ → 'count' is missing in bytes"),
      (
        "bytes: { count: 1, fill: 'xy' }",
        "'xy' → expected one ASCII character, or a number from 0 to 255, found the text 'xy'"
      ),
      ("json: [NaN]", "NaN → JSON has no such number"),
      ("json_batch: { count: 1 }", "{ → 'item' is missing in json_batch"),
      ("json_batch: { count: -1, item: 1 }", "-1 → 'count' must be between 0 and 1,000,000, found -1"),
      (
        "json: { a: 'n ${iteration|number}' }",
        "${iteration|number} → '${iteration|number}' has to be a whole value in JSON (as in json: { level: '${level|number}' })"
      ),
      (
        "json: { '${iteration|number}': 1 }",
        "${iteration|number} → '${iteration|number}' has to be a whole value in JSON (as in json: { level: '${level|number}' })"
      ),
      (
        "text: '${iteration|number}'",
        "${iteration|number} → '${iteration|number}' has to be a whole value in JSON (as in json: { level: '${level|number}' })"
      ),
      (
        "json: '${iteration|text}'",
        "${iteration|text} → there is no '|text', only '|number' (as in json: { level: '${level|number}' })"
      ),
      (
        "json: '${nobody|number}'",
        "${nobody|number} → nothing defines the variable 'nobody' (known here: group, iteration, now, repeat, scenario, seed, step, unix_ms, user, uuid, random(a,b), env.NAME)"
      ),
      ("json: '${item}'", "${item} → '${item}' has a meaning only in the item of a json_batch"),
      ("json_sized: { bytes: 13, value: {} }", "13 → the value alone has 14 bytes, and the body should have 13"),
      (
        "json_sized: { bytes: 50, value: [1] }",
        "[1] → there is no place for padding at '$.padding' ('pad' names a text in 'value', or a new member of an object in it)"
      ),
      (
        "json_sized: { bytes: 50, pad: '$.a', value: { a: 5 } }",
        "'$.a' → there is no place for padding at '$.a' ('pad' names a text in 'value', or a new member of an object in it)"
      ),
      (
        "json_sized: { bytes: 50, pad: '$.a.b', value: { c: 5 } }",
        "'$.a.b' → there is no place for padding at '$.a.b' ('pad' names a text in 'value', or a new member of an object in it)"
      ),
      (
        "json_sized: { bytes: 50, fill: '\\\\', value: {} }",
        "'\\\\' → expected one ASCII character that JSON does not escape, found the text '\\'"
      ),
      ("json_sized: { size: 50, value: {} }", "size → unknown key 'size' in json_sized (did you mean 'bytes'?)"),
    ])
  func faults(text: String, expected: String) {
    let told = told(text)
    #expect(told.contains(expected), "\(told)")
  }
}

struct Unexpected: Error {}

extension JSONTemplate {
  /// The value as bytes, with `variables` for everything that is filled in: what a sender makes of a sized body.
  func rendered(bytes: Int, fill: UInt8, variables: String) -> [UInt8]? {
    var pieces: [[UInt8]?] = []
    write(&pieces, variables)
    let missing = bytes - pieces.reduce(0) { $0 + ($1?.count ?? 0) }
    guard pieces.count(where: { $0 == nil }) == 1, missing >= 0 else { return nil }
    return pieces.flatMap { $0 ?? [UInt8](repeating: fill, count: missing) }
  }

  /// `nil` is the place of the padding.
  private func write(_ pieces: inout [[UInt8]?], _ variables: String) {
    func literal(_ text: String) { pieces.append(Array(text.utf8)) }
    func string(_ template: Template) {
      literal("\"")
      for part in template.parts {
        switch part {
        case .literal(let text): literal(String(JSONValue.string(text).text().dropFirst().dropLast()))
        case .builtIn(.padding): pieces.append(nil)
        default: literal(String(JSONValue.string(variables).text().dropFirst().dropLast()))
        }
      }
      literal("\"")
    }
    switch self {
    case .constant(let value): literal(value.text())
    case .string(let template): string(template)
    case .number: literal("0")
    case .array(let elements):
      literal("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { literal(",") }
        element.write(&pieces, variables)
      }
      literal("]")
    case .object(let fields):
      literal("{")
      for (index, field) in fields.enumerated() {
        if index > 0 { literal(",") }
        string(field.key)
        literal(":")
        field.value.write(&pieces, variables)
      }
      literal("}")
    }
  }
}
