/// A JSON value with its place in the source text: what the scenario file is read into.
package struct JSONNode: Sendable {
  package enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([JSONMember])
  }

  package var value: Value
  /// Bytes of the whole value, quotes and brackets included.
  package var range: SourceRange
  /// A number that is kept as a double, as JSON spells it; `nil` for other values.
  package var number: JSONNumber?

  package init(_ value: Value, range: SourceRange, number: JSONNumber? = nil) {
    self.value = value
    self.range = range
    self.number = number
  }
}

/// One member of an object, in source order; duplicate keys are kept here and reported as diagnostics.
package struct JSONMember: Sendable {
  package var key: String
  package var keyRange: SourceRange
  package var value: JSONNode

  package init(key: String, keyRange: SourceRange, value: JSONNode) {
    self.key = key
    self.keyRange = keyRange
    self.value = value
  }
}

extension JSONNode {
  /// The value without its places. Repeated keys stay.
  package var plain: JSONValue {
    switch value {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.plain))
    case .object(let members): .object(members.map { JSONField($0.key, $0.value.plain) })
    }
  }
}
