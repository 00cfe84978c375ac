import JSON

extension JSONValue {
  /// Counts and ids are `Int` here.
  static func integer(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
