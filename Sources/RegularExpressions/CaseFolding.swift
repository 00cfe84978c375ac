/// What `(?i)` takes for the same letter: Unicode's simple case folding, from the mappings that Swift knows.
///
/// Foldings to more than one scalar (`ß` to `ss`) and the Turkish dotted and dotless i are left out, as in other engines.
enum CaseFolding {
  /// `set` with the other cases of its letters.
  ///
  /// - Complexity: O(*n* log *n*) in the number of the set's ranges and of its letters with case.
  static func closure(of set: ScalarSet) -> ScalarSet {
    var ranges = set.ranges
    for range in set.ranges {
      var index = firstLetter(from: range.lowerBound)
      while index < letters.count, letters[index].scalar <= range.upperBound {
        ranges += letters[index].cases
        index += 1
      }
    }
    return ranges.count == set.ranges.count ? set : ScalarSet(ranges)
  }

  private static func firstLetter(from scalar: UInt32) -> Int {
    var low = 0
    var high = letters.count
    while low < high {
      let middle = (low + high) / 2
      if letters[middle].scalar < scalar { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where scalars with case are; looking at all 1.1 million would take a tenth of a second.
  private static let cased: [ClosedRange<UInt32>] = [
    0x41...0x587, 0x10A0...0x10FF, 0x13A0...0x13FD, 0x1C80...0x1CBF, 0x1D79...0x1D8E, 0x1E00...0x1FFF, 0x2126...0x2188,
    0x24B6...0x24E9, 0x2C00...0x2D2D, 0xA640...0xA7FF, 0xAB53...0xABBF, 0xFF21...0xFF5A, 0x10400...0x104FF,
    0x10570...0x105BC, 0x10C80...0x10CFF, 0x10D50...0x10D85, 0x118A0...0x118DF, 0x16E40...0x16E7F, 0x1E900...0x1E943,
  ]

  /// Every scalar that has other cases, in ascending order, and all of its cases.
  private static let letters: [(scalar: UInt32, cases: [ClosedRange<UInt32>])] = {
    var members: [UInt32: Set<UInt32>] = [:]
    for value in cased.joined() where value != 0x130 && value != 0x131 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let upper = single(scalar.properties.uppercaseMapping) ?? scalar
      let folded = single(upper.properties.lowercaseMapping) ?? upper
      if folded != scalar { members[folded.value, default: [folded.value]].insert(value) }
    }
    var letters: [(scalar: UInt32, cases: [ClosedRange<UInt32>])] = []
    for cases in members.values {
      let ranges = cases.map { $0...$0 }
      letters += cases.map { ($0, ranges) }
    }
    return letters.sorted { $0.scalar < $1.scalar }
  }()

  private static func single(_ mapping: String) -> Unicode.Scalar? {
    let scalars = mapping.unicodeScalars
    return scalars.count == 1 ? scalars.first : nil
  }
}
