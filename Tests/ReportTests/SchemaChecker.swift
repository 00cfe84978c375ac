import JSON

/// Checks a value against a JSON Schema, as far as the project's schemas go: `type`, `enum`, `const`, `required`,
/// `properties`, `additionalProperties`, `items`, `minimum`, `maximum` and `$ref` within the document.
///
/// A keyword that it does not know is a complaint, so that a schema cannot say more than is checked.
struct SchemaChecker {
  let root: JSONValue

  private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

  /// What does not conform, each with its place: `$.totals.errors: is not of type integer`.
  func complaints(_ value: JSONValue) -> [String] {
    var complaints: [String] = []
    check(value, root, "$", &complaints)
    return complaints
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ place: String, _ complaints: inout [String]) {
    guard case .object(let keywords) = schema else {
      if schema.bool != true { complaints.append("\(place): is not allowed") }
      return
    }
    for keyword in keywords where !Self.annotations.contains(keyword.key) {
      switch keyword.key {
      case "$ref":
        let name = String((keyword.value.string ?? "").dropFirst("#/$defs/".count))
        if let definition = root["$defs"]?[name] {
          check(value, definition, place, &complaints)
        } else {
          complaints.append("\(place): the schema has no definition \(name)")
        }
      case "type":
        let names = keyword.value.array?.compactMap(\.string) ?? [keyword.value.string ?? ""]
        if !names.contains(where: { isOf($0, value) }) {
          complaints.append("\(place): is not of type \(names.joined(separator: " or "))")
        }
      case "enum":
        if keyword.value.array?.contains(value) != true { complaints.append("\(place): is none of the enumeration") }
      case "const": if keyword.value != value { complaints.append("\(place): is not the constant") }
      case "minimum":
        if let number = value.double, number < keyword.value.double! { complaints.append("\(place): is too small") }
      case "maximum":
        if let number = value.double, number > keyword.value.double! { complaints.append("\(place): is too large") }
      case "required":
        guard case .object = value else { continue }
        for key in keyword.value.array!.map({ $0.string! }) where value[key] == nil {
          complaints.append("\(place): has no \(key)")
        }
      case "properties": continue
      case "additionalProperties":
        guard case .object(let fields) = value else { continue }
        for field in fields where schema["properties"]?[field.key] == nil {
          check(field.value, keyword.value, "\(place).\(field.key)", &complaints)
        }
      case "items":
        for (index, element) in (value.array ?? []).enumerated() {
          check(element, keyword.value, "\(place)[\(index)]", &complaints)
        }
      default: complaints.append("\(place): the schema has a keyword that is not checked: \(keyword.key)")
      }
    }
    guard case .object(let fields) = value else { return }
    for field in fields {
      if let property = schema["properties"]?[field.key] {
        check(field.value, property, "\(place).\(field.key)", &complaints)
      }
    }
  }

  private func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
      ("integer", .integer), ("number", .integer), ("number", .number):
      true
    default: false
    }
  }
}
