import JSON

/// Writes JSON straight to bytes, for answers that are made often: no tree of values in between.
///
/// ```swift
/// var text = JSONText()
/// text.object {
///   $0.member("status", "ok")
///   $0.member("items") { $0.array { … } }
/// }
/// ```
package struct JSONText {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  package mutating func object(_ members: (inout JSONText) -> Void) {
    nest(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
  }
  package mutating func array(_ elements: (inout JSONText) -> Void) {
    nest(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
  }

  package mutating func value(_ text: String) {
    separate()
    JSONWriter.writeString(text, into: &bytes)
    needsComma = true
  }

  package mutating func value(_ number: Int) {
    separate()
    appendDecimal(number)
    needsComma = true
  }

  package mutating func value(_ flag: Bool) {
    separate()
    append(flag ? "true" : "false")
    needsComma = true
  }

  package mutating func value(_ value: JSONValue) {
    separate()
    value.write(into: &bytes)
    needsComma = true
  }

  /// Bytes that are a JSON value already.
  package mutating func raw(_ json: [UInt8]) {
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  /// An instant of the server's clock as Seoul has it.
  package mutating func timestamp(_ instant: Int64) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    CivilTime.writeISO(instant, offsetMinutes: KSTClock.offsetMinutes, into: &bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  package mutating func member(_ key: StaticString, _ text: String) {
    self.key(key)
    value(text)
  }

  package mutating func member(_ key: StaticString, _ number: Int) {
    self.key(key)
    value(number)
  }

  package mutating func member(_ key: StaticString, _ flag: Bool) {
    self.key(key)
    value(flag)
  }

  package mutating func member(_ key: StaticString, json: JSONValue) {
    self.key(key)
    value(json)
  }

  package mutating func member(_ key: StaticString, timestamp instant: Int64) {
    self.key(key)
    timestamp(instant)
  }

  /// An instant in UTC.
  package mutating func member(_ key: StaticString, utcTimestamp instant: Int64) {
    self.key(key)
    bytes.append(UInt8(ascii: "\""))
    CivilTime.writeISO(instant, offsetMinutes: 0, into: &bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// A non-negative number with three decimals.
  package mutating func member(_ key: StaticString, thousandths number: Int) {
    self.key(key)
    appendDecimal(number / 1000)
    bytes.append(UInt8(ascii: "."))
    CivilTime.write(number % 1000, digits: 3, into: &bytes)
    needsComma = true
  }

  package mutating func member(_ key: StaticString, _ write: (inout JSONText) -> Void) {
    self.key(key)
    write(&self)
    needsComma = true
  }

  /// - Precondition: nothing in `key` needs an escape.
  private mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    append(key)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  private mutating func nest(_ open: UInt8, _ close: UInt8, _ body: (inout JSONText) -> Void) {
    separate()
    bytes.append(open)
    needsComma = false
    body(&self)
    bytes.append(close)
    needsComma = true
  }

  @inline(__always)
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  @inline(__always)
  private mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func appendDecimal(_ number: Int) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var magnitude = number.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
      magnitude /= 10
    } while magnitude > 0
    if bytes.count - start > 1 { bytes[start...].reverse() }
  }
}
