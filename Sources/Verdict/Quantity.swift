/// A number with its unit, and how people read it.
package struct Quantity: Sendable, Hashable {
  package enum Unit: String, Sendable, CaseIterable {
    case nanoseconds
    /// Of 1; shown in percent.
    case fraction
    case perSecond = "per_second"
    case count
    case bytes
    case bytesPerSecond = "bytes_per_second"
  }

  package var value: Double
  package var unit: Unit
  /// What was counted, where the name of the finding does not say it: `rows missing`; else empty.
  package var noun: String

  package init(_ value: Double, _ unit: Unit, noun: String = "") {
    self.value = value
    self.unit = unit
    self.noun = noun
  }

  /// So many things of a kind.
  package static func count(_ number: some BinaryInteger, _ noun: String = "") -> Quantity {
    Quantity(Double(number), .count, noun: noun)
  }

  /// For sentences and tables: `312 ms`, `1.31 s`, `20.0 %`, `4,000/s`, `1.2 MB`.
  package var text: String {
    switch unit {
    case .nanoseconds: Quantity.duration(value)
    case .fraction: Quantity.percent(value)
    case .perSecond: Quantity.rounded(value) + "/s"
    case .count: Quantity.rounded(value) + (noun.isEmpty ? "" : " \(noun)")
    case .bytes: Quantity.bytes(value)
    case .bytesPerSecond: Quantity.bytes(value) + "/s"
    }
  }

  /// `443 ms (431–452)`, with the ends of an interval in full where they have another unit; an open end in words.
  package func text(within interval: Evidence.Range?) -> String {
    guard let interval else { return text }
    let (number, unit) = Quantity.split(text)
    let ends = [interval.lower, interval.upper].map { end in
      end.map { Quantity.split(Quantity($0, self.unit).text) }
    }
    let isShort = ends.allSatisfy { $0 == nil || $0?.unit == unit }
    let texts = ends.map { end in end.map { isShort || $0.unit.isEmpty ? $0.number : "\($0.number) \($0.unit)" } }
    switch (texts[0], texts[1]) {
    case (let lower?, let upper?):
      return lower == upper && lower == number ? text : "\(text) (\(lower)–\(upper))"
    case (let lower?, nil): return "\(text) (\(lower) or more)"
    case (nil, let upper?): return "\(text) (up to \(upper))"
    case (nil, nil): return text
    }
  }

  /// `312 ms` in its number and its unit.
  private static func split(_ text: String) -> (number: String, unit: String) {
    guard let space = text.lastIndex(of: " "), text.firstIndex(of: " ") == space else { return (text, "") }
    return (String(text[..<space]), String(text[text.index(after: space)...]))
  }

  /// Three significant digits in the largest unit that leaves at least 1; hours, minutes and seconds from 100 s.
  package static func duration(_ nanoseconds: Double) -> String {
    if nanoseconds < 0 { return "-" + duration(-nanoseconds) }
    if nanoseconds < 1 { return "0 s" }
    if nanoseconds >= 99.95e9 {
      let seconds = UInt64(min(nanoseconds / 1e9, 1e15).rounded())
      let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
      if hours > 0 { return "\(hours) h \(padded(minutes)) m \(padded(rest)) s" }
      return "\(minutes) m \(padded(rest)) s"
    }
    var scaled = nanoseconds
    for unit in ["ns", "µs", "ms"] {
      if scaled < 999.5 { return "\(significant(scaled)) \(unit)" }
      scaled /= 1000
    }
    return "\(significant(scaled)) s"
  }

  /// One decimal; more where the share is small but not nothing, so that an error in a million is not `0.0 %`.
  package static func percent(_ fraction: Double) -> String {
    let percent = fraction * 100
    if percent != 0, abs(percent) < 0.1 {
      return percent.magnitude < 0.00005 ? (percent < 0 ? "> -0.0001 %" : "< 0.0001 %") : "\(fixed(percent, 4)) %"
    }
    // 99.96 % is not all of them.
    if percent < 100, percent >= 99.95 { return percent >= 99.9999 ? "> 99.999 %" : "\(fixed(percent, 4)) %" }
    return "\(fixed(percent, 1)) %"
  }

  /// Decimal multiples: 1 kB is 1,000 bytes.
  package static func bytes(_ count: Double) -> String {
    var scaled = count
    for unit in ["B", "kB", "MB", "GB"] {
      if abs(scaled) < 999.5 { return "\(significant(scaled)) \(unit)" }
      scaled /= 1000
    }
    return "\(significant(scaled)) TB"
  }

  /// Whole where it is whole or large; else three significant digits. Thousands are set off with commas.
  package static func rounded(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    if value.magnitude >= 99.95 || value == value.rounded() {
      guard value.magnitude < 9e18 else { return "\(value)" }
      return grouped(Int64(value.rounded()))
    }
    return significant(value)
  }

  /// `12,345`.
  package static func grouped(_ number: some BinaryInteger) -> String {
    let digits = Array(String(number.magnitude).utf8)
    var text: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(UInt8(ascii: ",")) }
      text.append(digit)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Three significant digits without an exponent, for values below 1,000: `1.31`, `24.6`, `312`.
  package static func significant(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    if value == value.rounded(), value.magnitude < 1e15 { return String(Int64(value)) }
    let magnitude = value.magnitude
    let decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3
    return fixed(value, decimals)
  }

  /// Rounded to `decimals` places, all of them written.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite, value.magnitude < 1e12 else { return "\(value)" }
    var factor = 1.0
    for _ in 0..<decimals { factor *= 10 }
    let scaled = Int64((value.magnitude * factor).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let fraction = String(scaled % Int64(factor))
    return sign + "\(scaled / Int64(factor))." + String(repeating: "0", count: decimals - fraction.utf8.count)
      + fraction
  }

  private static func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
