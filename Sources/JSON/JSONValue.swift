/// A JSON value without positions: what programs build, match and write.
///
/// Objects keep the order of their members. Integers that fit `Int64` stay exact; `decimal` keeps any other number as it was
/// written, if the reader was asked for that. `nil` is no literal of it: in a function that
/// returns `JSONValue?`, `found ? value : nil` would quietly become a null that is there.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case decimal(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object([JSONField])
}

/// One member of an object.
package struct JSONField: Sendable, Hashable {
  package var key: String
  package var value: JSONValue

  package init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { JSONField($0.0, $0.1) })
  }
}

extension JSONValue {
  /// The member named `key`, the last one where it is repeated, or `nil` where this is no object or has none.
  ///
  /// Keys are compared by their code points, as RFC 8259 section 8.3 wants it, not by canonical equivalence.
  package subscript(key: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
  }

  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The number as a double, whichever way it is kept.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .decimal(let number): number.double
    default: nil
    }
  }

  /// The number as an integer where it is one exactly.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    case .decimal(let number): number.integer
    default: nil
    }
  }

  /// The number as it is spelled, whichever way it is kept; `nil` for infinities and NaN as well.
  package var exactNumber: JSONNumber? {
    switch self {
    case .integer(let value): JSONNumber(value)
    case .number(let value): JSONNumber(value)
    case .decimal(let number): number
    default: nil
    }
  }
}
