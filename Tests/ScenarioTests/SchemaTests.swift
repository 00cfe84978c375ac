import Foundation
import JSON
import Testing

@testable import Scenario

@Suite("The JSON Schema")
struct SchemaTests {
  static let schema: JSONValue = {
    let url = ShippedScenarioTests.root.appending(path: "schema/scenario.schema.json")
    return try! JSONValue(parsing: Array(try! Data(contentsOf: url)))
  }()

  private static func properties(_ definition: String?) -> [String]? {
    let object = definition.map { schema["$defs"]?[$0] } ?? schema
    guard case .object(let fields)? = object?["properties"] else { return nil }
    return fields.map(\.key)
  }

  @Test("names the keys that the reader knows, and no others", arguments: KeyTable.all.map(\.definition))
  func keys(definition: String?) throws {
    let table = try #require(KeyTable.all.first { $0.definition == definition })
    let properties = try #require(Self.properties(definition))
    #expect(properties.sorted() == table.keys.sorted())
    let object = definition.map { Self.schema["$defs"]?[$0] } ?? Self.schema
    #expect(object?["additionalProperties"] == false)
  }

  @Test("describes every property, and refers to nothing that is not there")
  func complete() {
    var undescribed: [String] = []
    var dangling: [String] = []
    func walk(_ value: JSONValue, _ path: String) {
      if case .object(let fields) = value {
        if let name = value["$ref"]?.string, Self.schema["$defs"]?[String(name.dropFirst("#/$defs/".count))] == nil {
          dangling.append(path)
        }
        for field in fields { walk(field.value, "\(path).\(field.key)") }
        guard case .object(let properties)? = value["properties"] else { return }
        for property in properties {
          let reference = property.value["$ref"]?.string.map { String($0.dropFirst("#/$defs/".count)) }
          let described = reference.flatMap { Self.schema["$defs"]?[$0] } ?? property.value
          let isDescribed = property.value["description"] != nil || described["description"] != nil
          if !isDescribed, !path.contains("$defs.profile") { undescribed.append("\(path).\(property.key)") }
        }
      } else {
        for (index, element) in (value.array ?? []).enumerated() { walk(element, "\(path)[\(index)]") }
      }
    }
    walk(Self.schema, "$")
    #expect(undescribed == [])
    #expect(dangling == [])
  }

  @Test("takes the scenarios that come with the project", arguments: ShippedScenarioTests.files)
  func shipped(file: String) throws {
    let url = ShippedScenarioTests.root.appending(path: "scenarios").appending(path: file)
    let root = try #require(JSONReader.read(SourceText(name: file, bytes: Array(try Data(contentsOf: url)))).root)
    #expect(SchemaChecker(root: Self.schema).complaints(root.plain) == [])
  }

  @Test(
    "takes no mistakes that it can see",
    arguments: [
      "{ name: 'x' }", "{ name: 'x', traffic: {} }", "{ name: 'x', trafic: {} }",
      file(load: "{ users: 5, burst: 5, for: '1s' }"), file(load: "{}"), file(load: "{ users: 5, for: 30 }"),
      file(step: "get: '/', timeout: '30x'"), file(step: "json: {}"), file(step: "get: '/', outcomes: { a: 99 }"),
      file(step: "get: '/', outcomes: { a: { staus: 200 } }"), file(more: "thresholds: { latncy: 'avg < 1s' },"),
      file(more: "thresholds: { latency: 'average < 1s' },"), file(more: "data: { d: { sequence: 'x' } },"),
      file(more: "invariants: { i: {} },"), file(more: "target: 'ftp://x',"),
    ])
  func mistakes(text: String) throws {
    let root = try #require(JSONReader.read(SourceText(name: "test", text)).root)
    #expect(SchemaChecker(root: Self.schema).complaints(root.plain) != [])
    #expect(Read(text).scenario == nil)
  }
}

/// Checks a value against a JSON Schema (draft 2020-12), as far as the scenario's schema goes. A keyword that it does not
/// know is a complaint.
struct SchemaChecker {
  let root: JSONValue

  func complaints(_ value: JSONValue) -> [String] { complaints(value, root, "$") }

  private func complaints(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
    guard case .object(let keywords) = schema else { return schema == true ? [] : ["\(place): is not allowed"] }
    return keywords.flatMap { check(value, $0, schema, place) }
  }

  private func check(_ value: JSONValue, _ keyword: JSONField, _ schema: JSONValue, _ place: String) -> [String] {
    let wanted = keyword.value
    func complain(_ holds: Bool, _ text: String) -> [String] { holds ? [] : ["\(place): \(text)"] }
    let fields: [JSONField] = if case .object(let fields) = value { fields } else { [] }
    switch keyword.key {
    case "$schema", "$defs", "title", "description", "properties": return propertyComplaints(fields, keyword, place)
    case "$ref":
      let name = String((wanted.string ?? "").dropFirst("#/$defs/".count))
      return complaints(value, root["$defs"]?[name] ?? false, place)
    case "type":
      let names = wanted.array?.compactMap(\.string) ?? [wanted.string ?? ""]
      return complain(names.contains { Self.isOf($0, value) }, "is no \(names.joined(separator: " or "))")
    case "enum": return complain(wanted.array?.contains(value) == true, "is none of the words")
    case "const": return complain(wanted == value, "is not the constant")
    case "minimum": return complain((value.double ?? .infinity) >= wanted.double ?? 0, "is too small")
    case "maximum": return complain((value.double ?? -.infinity) <= wanted.double ?? 0, "is too large")
    case "minLength": return complain((value.string?.count ?? .max) >= Int(wanted.integer ?? 0), "is too short")
    case "maxLength": return complain((value.string?.count ?? 0) <= Int(wanted.integer ?? 0), "is too long")
    case "minItems": return complain((value.array?.count ?? .max) >= Int(wanted.integer ?? 0), "has too few elements")
    case "minProperties":
      return complain(!Self.isOf("object", value) || fields.count >= Int(wanted.integer ?? 0), "has too few members")
    case "maxProperties": return complain(fields.count <= Int(wanted.integer ?? 0), "has too many members")
    case "pattern":
      guard let text = value.string, let regex = try? Regex(wanted.string ?? "(") else { return [] }
      return complain(text.firstMatch(of: regex) != nil, "is no match for \(wanted.string ?? "")")
    case "required":
      guard Self.isOf("object", value) else { return [] }
      return (wanted.array ?? []).compactMap(\.string).filter { value[$0] == nil }.map { "\(place): has no \($0)" }
    case "additionalProperties":
      return fields.filter { schema["properties"]?[$0.key] == nil }
        .flatMap { complaints($0.value, wanted, "\(place).\($0.key)") }
    case "propertyNames": return fields.flatMap { complaints(.string($0.key), wanted, "\(place).\($0.key) (name)") }
    case "items":
      return (value.array ?? []).enumerated().flatMap { complaints($0.element, wanted, "\(place)[\($0.offset)]") }
    case "anyOf", "oneOf":
      let matching = (wanted.array ?? []).count { complaints(value, $0, place).isEmpty }
      return complain(keyword.key == "anyOf" ? matching > 0 : matching == 1, "fits \(matching) of the alternatives")
    default: return ["\(place): the schema has an unknown keyword \(keyword.key)"]
    }
  }

  private func propertyComplaints(_ fields: [JSONField], _ keyword: JSONField, _ place: String) -> [String] {
    guard keyword.key == "properties" else { return [] }
    return fields.flatMap { field in
      keyword.value[field.key].map { complaints(field.value, $0, "\(place).\(field.key)") } ?? []
    }
  }

  private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("number", .integer), ("number", .number):
      true
    case ("integer", _): value.integer != nil
    default: false
    }
  }
}
