/// The last member of a journal's line: `,"check":"17:9f3a2b1c"}`, the line's number and the checksum of the bytes before.
package enum JournalCheck {
  private static let opening = Array(",\"check\":\"".utf8)
  private static let closing = Array("\"}".utf8)

  /// Puts it at the end of an object.
  ///
  /// - Precondition: The object has a member.
  package static func seal(_ line: inout [UInt8], number: UInt64) {
    line.removeLast()
    let check = line.withUnsafeBytes { Checksum.of($0, seed: number) }
    let digits = String(check, radix: 16)
    line += opening
    line += "\(number):\(String(repeating: "0", count: 8 - digits.count))\(digits)".utf8
    line += closing
  }

  enum State: Equatable {
    /// As it was written, as the line with this number.
    case sound(number: UInt64)
    /// There is none: a journal of version 1, or a line that is cut off.
    case absent
    case damaged
  }

  /// What the end of a line says of the line.
  static func state(of line: UnsafeRawBufferPointer) -> State {
    guard line.suffix(closing.count).elementsEqual(closing) else { return .absent }
    // A number has at most 20 digits.
    let tail = line.suffix(opening.count + closing.count + 29)
    let text = Array(tail)
    guard let place = text.indices.last(where: { text[$0...].starts(with: opening) }) else { return .absent }
    let (start, end) = (place + opening.count, text.count - closing.count)
    guard start <= end else { return .damaged }
    let parts = text[start..<end].split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    guard parts.count == 2, parts[1].utf8.count == 8, let number = UInt64(parts[0]),
      let check = UInt32(parts[1], radix: 16)
    else { return .damaged }
    let before = UnsafeRawBufferPointer(rebasing: line[..<(tail.startIndex + place)])
    return Checksum.of(before, seed: number) == check ? .sound(number: number) : .damaged
  }
}
