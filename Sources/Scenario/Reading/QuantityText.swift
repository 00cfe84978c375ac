/// Quantities as scenario files and the command line write them: a number and its unit, without space: `500ms`, `64KiB`.
package enum QuantityText {
  /// Nanoseconds of `30s`, `1.5m`, `1h30m`; units `ns us µs ms s m h`. `nil` where the text is no duration or too large.
  ///
  /// Exact to the nanosecond; what is finer is cut off.
  package static func nanoseconds(_ text: some StringProtocol) -> UInt64? {
    var rest = Array(text.utf8)[...]
    var total: UInt64 = 0
    if rest.isEmpty { return nil }
    while !rest.isEmpty {
      guard let number = takeDecimal(&rest) else { return nil }
      let unit = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
      rest = rest.dropFirst(unit.count)
      guard let scale = durationUnits[String(decoding: unit, as: UTF8.self)], let part = number.scaled(by: scale)
      else { return nil }
      let (sum, overflow) = total.addingReportingOverflow(part)
      if overflow { return nil }
      total = sum
    }
    return total
  }

  /// Bytes of `1048576`, `64KiB`, `1.5MB`; units `B kB KB MB GB KiB MiB GiB`. `nil` where the text is no size, no whole
  /// number of bytes, or too large.
  package static func bytes(_ text: some StringProtocol) -> Int? {
    var rest = Array(text.utf8)[...]
    guard let number = takeDecimal(&rest), let scale = sizeUnits[String(decoding: rest, as: UTF8.self)],
      let bytes = number.scaled(by: scale), number.isWhole(times: scale)
    else { return nil }
    return Int(exactly: bytes)
  }

  /// Events a second of `200/s`, `1.5/s`, `12000/m`, `600/min`, `100/h`. `nil` where the text is no rate.
  package static func perSecond(_ text: some StringProtocol) -> Double? {
    let bytes = Array(text.utf8)
    guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    var rest = bytes[..<slash]
    guard let number = takeDecimal(&rest), rest.isEmpty,
      let seconds = rateUnits[String(decoding: bytes[slash...], as: UTF8.self)]
    else { return nil }
    return number.double / seconds
  }

  /// A fraction of 1 of `5%`, `0.1%`. `nil` where the text is no percentage.
  package static func fraction(_ text: some StringProtocol) -> Double? {
    var rest = Array(text.utf8)[...]
    guard let number = takeDecimal(&rest), rest.elementsEqual("%".utf8) else { return nil }
    return number.double / 100
  }

  static let durationUnits: [String: UInt64] = [
    "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
    "h": 3_600_000_000_000,
  ]
  static let sizeUnits: [String: UInt64] = [
    "": 1, "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20,
    "GiB": 1 << 30,
  ]
  static let rateUnits: [String: Double] = ["/s": 1, "/m": 60, "/min": 60, "/h": 3600]
}

extension QuantityText {
  /// `digits` / 10^`places`: a decimal number as written, so that no rounding comes in before the unit is known.
  struct Decimal {
    var digits: UInt64
    var places: Int

    private var divisor: UInt64 { (0..<places).reduce(1) { power, _ in power * 10 } }

    var double: Double { Double(digits) / Double(divisor) }

    /// Rounded down; `nil` where it does not fit.
    func scaled(by scale: UInt64) -> UInt64? {
      let product = digits.multipliedFullWidth(by: scale)
      if product.high >= divisor { return nil }
      return divisor.dividingFullWidth(product).quotient
    }

    func isWhole(times scale: UInt64) -> Bool {
      let product = digits.multipliedFullWidth(by: scale)
      return product.high < divisor && divisor.dividingFullWidth(product).remainder == 0
    }
  }

  /// Takes `12`, `1.5` from the front; no sign, no exponent, at most 18 digits.
  static func takeDecimal(_ text: inout ArraySlice<UInt8>) -> Decimal? {
    var digits: UInt64 = 0
    var places = 0
    var taken = 0
    var hasPoint = false
    while let byte = text.first {
      if isDigit(byte) {
        if taken == 18 { return nil }
        digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        taken += 1
        if hasPoint { places += 1 }
      } else if byte == UInt8(ascii: "."), !hasPoint, taken > 0 {
        hasPoint = true
      } else {
        break
      }
      text = text.dropFirst()
    }
    if taken == 0 || (hasPoint && places == 0) { return nil }
    return Decimal(digits: digits, places: places)
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
