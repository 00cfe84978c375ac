import JSON

/// What is wrong with a record that was read: which member, and why.
struct RecordError: Error, Hashable, Sendable {
  /// Of the member, from the record's root: `series[2].latency`.
  var path: String
  var problem: String
}

/// A JSON object that is read member by member, with errors that name the member.
struct RecordFields {
  let value: JSONValue
  let path: String

  init(_ value: JSONValue, path: String = "") throws(RecordError) {
    guard case .object = value else { throw RecordError(path: path, problem: "is not an object") }
    self.value = value
    self.path = path
  }

  func error(_ key: String, _ problem: String) -> RecordError {
    RecordError(path: path.isEmpty ? key : "\(path).\(key)", problem: problem)
  }

  /// The members' names, in their order.
  var keys: [String] { if case .object(let fields) = value { fields.map(\.key) } else { [] } }

  /// The member, or `nil` where there is none or it is `null`.
  func optional(_ key: String) -> JSONValue? {
    let member = value[key]
    return member == .null ? nil : member
  }

  private func required(_ key: String) throws(RecordError) -> JSONValue {
    guard let member = optional(key) else { throw error(key, "is missing") }
    return member
  }

  func string(_ key: String) throws(RecordError) -> String {
    guard let text = try required(key).string else { throw error(key, "is not a string") }
    return text
  }

  func optionalString(_ key: String) throws(RecordError) -> String? {
    optional(key) == nil ? nil : try string(key)
  }

  func bool(_ key: String, default absent: Bool) throws(RecordError) -> Bool {
    guard let member = optional(key) else { return absent }
    guard let flag = member.bool else { throw error(key, "is not true or false") }
    return flag
  }

  func unsigned<Value: FixedWidthInteger & UnsignedInteger>(
    _ key: String, as type: Value.Type = UInt64.self
  ) throws(RecordError) -> Value {
    guard let number = Value(json: try required(key)) else {
      throw error(key, "is not an integer from 0 to \(Value.max)")
    }
    return number
  }

  /// How much of something an interval had. More than 2^40 is refused, so that no sum over a journal can overflow.
  func amount(_ key: String) throws(RecordError) -> UInt64 {
    let number: UInt64 = try unsigned(key)
    guard number <= 1 << 40 else { throw error(key, "is \(number), which is more than an interval can have") }
    return number
  }

  /// A time since the run's start, or a duration; more than a year is refused, so that no arithmetic can overflow.
  func instant(_ key: String) throws(RecordError) -> UInt64 {
    let number: UInt64 = try unsigned(key)
    guard number <= Operation.latest else { throw error(key, "is \(number) ns, which is longer than any run") }
    return number
  }

  /// Times of threads or the like, each bounded.
  func instants(_ key: String) throws(RecordError) -> [UInt64] {
    let numbers = try unsignedList(key)
    guard numbers.allSatisfy({ $0 <= Operation.latest }), numbers.reduce(0, { $0 + Double($1) }) < 0x1p62 else {
      throw error(key, "is longer than any run")
    }
    return numbers
  }

  /// An amount of things in memory.
  func count(_ key: String) throws(RecordError) -> Int { Int(try amount(key)) }

  func array(_ key: String) throws(RecordError) -> [JSONValue] {
    guard let elements = try required(key).array else { throw error(key, "is not an array") }
    return elements
  }

  func strings(_ key: String) throws(RecordError) -> [String] {
    var strings: [String] = []
    for element in try array(key) {
      guard let text = element.string else { throw error(key, "has an element that is not a string") }
      strings.append(text)
    }
    return strings
  }

  func unsignedList(_ key: String) throws(RecordError) -> [UInt64] {
    var numbers: [UInt64] = []
    for element in try array(key) {
      guard let number = UInt64(json: element) else { throw error(key, "has an element that is not an integer from 0") }
      numbers.append(number)
    }
    return numbers
  }

  /// A quantity that need not be whole: finite, and not negative.
  func quantity(_ key: String) throws(RecordError) -> Double {
    let number: Double? =
      switch try required(key) {
      case .integer(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    guard let number, number.isFinite, number >= 0 else { throw error(key, "is not a number from 0") }
    return number
  }

  func integer(_ key: String) throws(RecordError) -> Int64 {
    guard let number = try required(key).integer else { throw error(key, "is not an integer") }
    return number
  }

  func integers(_ key: String) throws(RecordError) -> [Int64] {
    var numbers: [Int64] = []
    for element in try array(key) {
      guard let number = element.integer else { throw error(key, "has an element that is not an integer") }
      numbers.append(number)
    }
    return numbers
  }

  func object(_ key: String) throws(RecordError) -> RecordFields {
    try RecordFields(try required(key), path: path.isEmpty ? key : "\(path).\(key)")
  }

  func objects(_ key: String) throws(RecordError) -> [RecordFields] {
    let prefix = path.isEmpty ? key : "\(path).\(key)"
    var objects: [RecordFields] = []
    for (index, element) in try array(key).enumerated() {
      objects.append(try RecordFields(element, path: "\(prefix)[\(index)]"))
    }
    return objects
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// As it stands in our files: a number, or in quotes where it is beyond the integers that JSON readers keep exact.
  var json: JSONValue {
    if let small = Int64(exactly: self) { .integer(small) } else { .string(String(self)) }
  }

  init?(json: JSONValue) {
    switch json {
    case .integer(let value): self.init(exactly: value)
    case .string(let text) where !text.hasPrefix("+"): self.init(text)
    default: return nil
    }
  }
}

extension Int {
  var json: JSONValue { .integer(Int64(self)) }
}

extension Array where Element == String {
  var json: JSONValue { .array(map { .string($0) }) }
}
