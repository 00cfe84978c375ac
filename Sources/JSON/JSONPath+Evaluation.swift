extension JSONPath {
  /// The value at this place, the first one where a wildcard gives several, or `nil` where there is none.
  ///
  /// - Complexity: O(members looked at); nothing is collected.
  package func first(in value: JSONValue) -> JSONValue? {
    Self.first(segments[...], in: value)
  }

  /// All values at this place, in the text's order.
  package func all(in value: JSONValue) -> [JSONValue] {
    var found: [JSONValue] = []
    Self.collect(segments[...], in: value, into: &found)
    return found
  }

  /// Whether the path can give more than one value.
  package var isPlural: Bool { segments.contains(.wildcard) }

  private static func first(_ segments: ArraySlice<Segment>, in value: JSONValue) -> JSONValue? {
    guard let segment = segments.first else { return value }
    let rest = segments.dropFirst()
    guard segment == .wildcard else { return child(segment, of: value).flatMap { first(rest, in: $0) } }
    switch value {
    case .array(let elements):
      for element in elements { if let found = first(rest, in: element) { return found } }
    case .object(let fields):
      for field in fields { if let found = first(rest, in: field.value) { return found } }
    default: break
    }
    return nil
  }

  private static func collect(_ segments: ArraySlice<Segment>, in value: JSONValue, into found: inout [JSONValue]) {
    guard let segment = segments.first else { return found.append(value) }
    let rest = segments.dropFirst()
    guard segment == .wildcard else {
      if let child = child(segment, of: value) { collect(rest, in: child, into: &found) }
      return
    }
    switch value {
    case .array(let elements): for element in elements { collect(rest, in: element, into: &found) }
    case .object(let fields): for field in fields { collect(rest, in: field.value, into: &found) }
    default: break
    }
  }

  /// What a segment other than the wildcard leads to.
  private static func child(_ segment: Segment, of value: JSONValue) -> JSONValue? {
    switch (segment, value) {
    case (.member(let name), _): return value[name]
    case (.index(let index), .array(let elements)):
      let position = index < 0 ? elements.count + index : index
      guard elements.indices.contains(position) else { return nil }
      return elements[position]
    case (.length, .array(let elements)): return .integer(Int64(elements.count))
    case (.length, .object(let fields)): return .integer(Int64(fields.count))
    case (.length, .string(let text)): return .integer(Int64(text.unicodeScalars.count))
    default: return nil
    }
  }
}
