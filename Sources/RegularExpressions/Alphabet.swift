/// The characters that a program tells apart: scalars that are in the same sets are one *symbol*.
///
/// Looking a scalar up is two loads, from a table of pages of 256 scalars; pages that are alike are there once.
final class Alphabet: @unchecked Sendable {
  /// How many symbols there are, at least 1.
  let count: Int
  /// What each symbol is to its neighbours.
  let kinds: [Assertion.Neighbour]
  /// The symbol of every ASCII character.
  let ascii: UnsafePointer<UInt16>
  private let pageOfScalar: UnsafeMutablePointer<UInt16>
  private let pages: UnsafeMutablePointer<UInt16>
  /// A scalar of each symbol.
  private let examples: [UInt32]

  private static let pageCount = 0x1100

  /// - Complexity: O(*n* log *n*) in the number of ranges of all sets, and a few microseconds.
  init(_ program: Program) {
    let tellsWords = !program.assertions.isDisjoint(with: [.wordBoundary, .noWordBoundary])
    let tellsLines = !program.assertions.isDisjoint(with: [.lineStart, .lineEnd])
    let intervals = Self.intervals(
      program.sets + (tellsWords ? [.words] : []) + (tellsLines ? [.newline] : []))
    var examples: [UInt32] = []
    for interval in intervals where interval.symbol == examples.count { examples.append(interval.start) }
    self.examples = examples
    count = examples.count
    kinds = examples.map { example in
      if tellsWords, ScalarSet.words.contains(example) { return .word }
      return tellsLines && example == 0x0A ? .newline : .other
    }

    let pageOf = UnsafeMutablePointer<UInt16>.allocate(capacity: Self.pageCount)
    var table: [UInt16] = []
    var uniform: [Int: UInt16] = [:]
    var mixed = -1
    for (number, interval) in intervals.enumerated() {
      let end = number + 1 < intervals.count ? intervals[number + 1].start : ScalarSet.last + 1
      var scalar = interval.start
      while scalar < end {
        let page = Int(scalar >> 8)
        if scalar & 0xFF == 0, end - scalar >= 0x100 {
          if uniform[interval.symbol] == nil {
            uniform[interval.symbol] = UInt16(table.count >> 8)
            table += repeatElement(UInt16(interval.symbol), count: 0x100)
          }
          let pages = Int((end - scalar) >> 8)
          (pageOf + page).update(repeating: uniform[interval.symbol]!, count: pages)
          scalar += UInt32(pages) << 8
        } else {
          if mixed != page {
            mixed = page
            pageOf[page] = UInt16(table.count >> 8)
            table += repeatElement(0, count: 0x100)
          }
          let stop = min(end, UInt32(page + 1) << 8)
          let base = Int(pageOf[page]) << 8
          for value in scalar..<stop { table[base + Int(value & 0xFF)] = UInt16(interval.symbol) }
          scalar = stop
        }
      }
    }
    pageOfScalar = pageOf
    pages = .allocate(capacity: table.count)
    pages.update(from: table, count: table.count)
    ascii = UnsafePointer(pages + Int(pageOf[0]) << 8)
  }

  deinit {
    pageOfScalar.deallocate()
    pages.deallocate()
  }

  @inline(__always)
  func symbol(of scalar: UInt32) -> Int {
    Int(pages[Int(pageOfScalar[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)])
  }

  /// The symbols of which a set of the program consists.
  func symbols(in set: ScalarSet) -> [Int] { examples.indices.filter { set.contains(examples[$0]) } }

  /// The scalars from 0 on as intervals within which no set begins or ends; symbols are numbered as they turn up.
  private static func intervals(_ sets: [ScalarSet]) -> [(start: UInt32, symbol: Int)] {
    var starts: Set<UInt32> = [0]
    for range in sets.lazy.flatMap(\.ranges) {
      starts.insert(range.lowerBound)
      if range.upperBound < ScalarSet.last { starts.insert(range.upperBound + 1) }
    }
    let sorted = starts.sorted()
    var indexOf: [UInt32: Int] = [:]
    for (index, start) in sorted.enumerated() { indexOf[start] = index }
    var symbols = [Int](repeating: 0, count: sorted.count)
    var used = 1
    for set in sets {
      // What was one symbol and is partly in the set becomes two.
      var inside: [Int: Int] = [:]
      for range in set.ranges {
        let end = range.upperBound < ScalarSet.last ? indexOf[range.upperBound + 1]! : sorted.count
        for index in indexOf[range.lowerBound]!..<end {
          let old = symbols[index]
          if inside[old] == nil {
            inside[old] = used
            used += 1
          }
          symbols[index] = inside[old]!
        }
      }
    }
    var numbers: [Int: Int] = [:]
    return zip(sorted, symbols).map { start, symbol in
      if numbers[symbol] == nil { numbers[symbol] = numbers.count }
      return (start, numbers[symbol]!)
    }
  }
}

/// UTF-8 as a search reads it.
enum UTF8Text {
  /// The scalar that begins with a byte above 0x7F, and its length. A byte that begins none, or none that is whole and
  /// in the shortest form, is U+FFFD on its own (Unicode 3.9, D92; RFC 3629, section 4).
  @inline(__always)
  static func decode(_ text: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> (scalar: UInt32, length: Int) {
    let invalid: (UInt32, Int) = (0xFFFD, 1)
    let lead = UInt32(text[index])
    guard index + 1 < count else { return invalid }
    let second = UInt32(text[index + 1]) ^ 0x80
    guard second < 0x40 else { return invalid }
    if lead < 0xE0 { return lead >= 0xC2 ? ((lead & 0x1F) << 6 | second, 2) : invalid }
    guard index + 2 < count else { return invalid }
    let third = UInt32(text[index + 2]) ^ 0x80
    guard third < 0x40 else { return invalid }
    if lead < 0xF0 {
      let scalar = (lead & 0x0F) << 12 | second << 6 | third
      return scalar >= 0x800 && !(0xD800...0xDFFF).contains(scalar) ? (scalar, 3) : invalid
    }
    guard index + 3 < count else { return invalid }
    let fourth = UInt32(text[index + 3]) ^ 0x80
    guard fourth < 0x40, lead < 0xF5 else { return invalid }
    let scalar = (lead & 0x07) << 18 | second << 12 | third << 6 | fourth
    return scalar >= 0x10000 && scalar <= 0x10FFFF ? (scalar, 4) : invalid
  }
}
