/// A date in the proleptic Gregorian calendar.
package struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  package var year: Int
  package var month: Int
  package var day: Int

  package init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date that lies `days` days after 1970-01-01.
  ///
  /// Counted in eras of 400 years that begin on 1 March, so that the leap day is a year's last.
  package init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  package var daysSince1970: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  package func adding(days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

  /// 0 for Sunday.
  package var weekday: Int { ((daysSince1970 + 4) % 7 + 7) % 7 }

  /// `2026-02-28`.
  package var description: String {
    var text: [UInt8] = []
    CivilTime.write(year, digits: 4, into: &text)
    text.append(UInt8(ascii: "-"))
    CivilTime.write(month, digits: 2, into: &text)
    text.append(UInt8(ascii: "-"))
    CivilTime.write(day, digits: 2, into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads `2026-02-28`; `nil` where it is no date.
  package init?(_ text: some StringProtocol) {
    var reader = CivilTime.Reader(Array(text.utf8))
    guard let date = reader.date(), reader.isAtEnd else { return nil }
    self = date
  }

  package static func < (left: CivilDate, right: CivilDate) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }
}

/// Instants as text: ISO 8601 and HTTP dates, without Foundation.
package enum CivilTime {
  static let nanosecondsPerSecond: Int64 = 1_000_000_000
  static let secondsPerDay: Int64 = 86_400

  /// Appends a number of two, three or four digits.
  @inline(__always)
  static func write(_ value: Int, digits: Int, into text: inout [UInt8]) {
    // Divisors that are constants: a division by a variable takes some 30 cycles, and an instant has 17 digits.
    let value = UInt32(truncatingIfNeeded: value)
    if digits > 3 { text.append(digit(value / 1_000)) }
    if digits > 2 { text.append(digit(value / 100)) }
    text.append(digit(value / 10))
    text.append(digit(value))
  }

  @inline(__always)
  private static func digit(_ value: UInt32) -> UInt8 { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10) }

  static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : (value - divisor + 1) / divisor
  }

  /// Appends `2026-02-28T09:00:00.123+09:00` (UTC: `Z`) for nanoseconds since 1970 in UTC.
  package static func writeISO(
    _ nanoseconds: Int64, offsetMinutes: Int, into text: inout [UInt8]
  ) {
    let local = nanoseconds + Int64(offsetMinutes) * 60 * nanosecondsPerSecond
    let seconds = floorDivide(local, nanosecondsPerSecond)
    let days = floorDivide(seconds, secondsPerDay)
    let date = CivilDate(daysSince1970: Int(days))
    let second = Int(seconds - days * secondsPerDay)
    let milliseconds = Int((local - seconds * nanosecondsPerSecond) / 1_000_000)
    // Put together apart, and appended as one: 29 checks for room cost more than all the rest.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 29) { place in
      var end = 0
      func put(_ value: Int, _ digits: Int, then mark: Unicode.Scalar?) {
        let value = UInt32(truncatingIfNeeded: value)
        if digits > 3 { put(digit(value / 1_000)) }
        if digits > 2 { put(digit(value / 100)) }
        put(digit(value / 10))
        put(digit(value))
        if let mark { put(UInt8(ascii: mark)) }
      }
      func put(_ byte: UInt8) {
        place[end] = byte
        end += 1
      }
      put(date.year, 4, then: "-")
      put(date.month, 2, then: "-")
      put(date.day, 2, then: "T")
      put(second / 3600, 2, then: ":")
      put(second / 60 % 60, 2, then: ":")
      put(second % 60, 2, then: ".")
      put(milliseconds, 3, then: offsetMinutes == 0 ? "Z" : offsetMinutes < 0 ? "-" : "+")
      if offsetMinutes != 0 {
        put(abs(offsetMinutes) / 60, 2, then: ":")
        put(abs(offsetMinutes) % 60, 2, then: nil)
      }
      text.append(contentsOf: place[..<end])
    }
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Appends `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7) for seconds since 1970.
  package static func writeHTTPDate(_ seconds: Int64, into text: inout [UInt8]) {
    let days = floorDivide(seconds, secondsPerDay)
    let date = CivilDate(daysSince1970: Int(days))
    let second = Int(seconds - days * secondsPerDay)
    text.append(contentsOf: weekdays[date.weekday].utf8)
    text.append(contentsOf: ", ".utf8)
    write(date.day, digits: 2, into: &text)
    text.append(UInt8(ascii: " "))
    text.append(contentsOf: months[date.month - 1].utf8)
    text.append(UInt8(ascii: " "))
    write(date.year, digits: 4, into: &text)
    text.append(UInt8(ascii: " "))
    write(second / 3600, digits: 2, into: &text)
    text.append(UInt8(ascii: ":"))
    write(second / 60 % 60, digits: 2, into: &text)
    text.append(UInt8(ascii: ":"))
    write(second % 60, digits: 2, into: &text)
    text.append(contentsOf: " GMT".utf8)
  }

  /// Nanoseconds since 1970 in UTC of an instant that names its zone: `2026-02-28T23:59:59.9+09:00`, `…Z`.
  ///
  /// `nil` where it is none. Seconds go to 59; a fraction may have up to nine digits.
  package static func parseISO(_ text: some StringProtocol) -> Int64? {
    var reader = Reader(Array(text.utf8))
    guard let date = reader.date(), reader.take("T") || reader.take("t") || reader.take(" "),
      let hour = reader.number(2), hour < 24, reader.take(":"), let minute = reader.number(2), minute < 60
    else { return nil }
    var second = 0
    var fraction: Int64 = 0
    if reader.take(":") {
      guard let value = reader.number(2), value < 60 else { return nil }
      second = value
      if reader.take(".") {
        guard let value = reader.fraction() else { return nil }
        fraction = value
      }
    }
    guard let zone = reader.zoneMinutes(), reader.isAtEnd else { return nil }
    let seconds =
      Int64(date.daysSince1970) * secondsPerDay + Int64(hour * 3600 + minute * 60 + second) - Int64(zone) * 60
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: nanosecondsPerSecond)
    return overflow ? nil : nanoseconds + fraction
  }

  struct Reader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ byte: Unicode.Scalar) -> Bool {
      guard index < bytes.count, bytes[index] == UInt8(ascii: byte) else { return false }
      index += 1
      return true
    }

    mutating func digit() -> Int? {
      guard index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
      index += 1
      return Int(bytes[index - 1] - UInt8(ascii: "0"))
    }

    mutating func number(_ digits: Int) -> Int? {
      var value = 0
      for _ in 0..<digits {
        guard let digit = digit() else { return nil }
        value = value * 10 + digit
      }
      return value
    }

    mutating func fraction() -> Int64? {
      var value: Int64 = 0
      var scale = nanosecondsPerSecond
      while let digit = digit() {
        scale /= 10
        if scale == 0 { return nil }
        value += Int64(digit) * scale
      }
      return scale == nanosecondsPerSecond ? nil : value
    }

    mutating func date() -> CivilDate? {
      guard let year = number(4), take("-"), let month = number(2), (1...12).contains(month), take("-"),
        let day = number(2), day >= 1
      else { return nil }
      let date = CivilDate(year: year, month: month, day: day)
      // A day that the month does not have comes back as one of the next month.
      return CivilDate(daysSince1970: date.daysSince1970) == date ? date : nil
    }

    mutating func zoneMinutes() -> Int? {
      if take("Z") || take("z") { return 0 }
      let sign: Int
      if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
      guard let hours = number(2), hours < 24 else { return nil }
      _ = take(":")
      guard let minutes = number(2), minutes < 60 else { return nil }
      return sign * (hours * 60 + minutes)
    }
  }
}
