/// Sets of characters in brackets.
///
///     set     = "[" [ "^" ] [ "]" ] *member "]"
///     member  = bound [ "-" bound ] / "[:" name ":]" / escape of a set
///     bound   = character / escape of a character
///
/// A `-` that is first, last, or beside a class is itself; so is a `[` that begins no class.
extension PatternParser {
  mutating func set(from start: Int) throws(PatternError) -> Item {
    var ranges: [ClosedRange<UInt32>] = []
    var isNegated = false
    if peek == "^" {
      isNegated = true
      index += 1
    }
    let first = index
    while let scalar = peek, scalar != "]" || index == first {
      let memberStart = index
      index += 1
      guard let low = try bound(scalar, from: memberStart, into: &ranges) else { continue }
      guard peek == "-", let next = peek(1), next != "]" else {
        ranges.append(low...low)
        continue
      }
      index += 2
      guard let high = try bound(next, from: index - 1, into: &ranges), low <= high else {
        throw PatternError(
          "a range in '[ ]' goes from a character to one that is not before it", at: place(from: memberStart),
          hint: "such as a-z; the character '-' itself is '\\-'")
      }
      ranges.append(low...high)
    }
    guard peek == "]" else { throw PatternError("'[' has no ']'", at: offsets[start]..<offsets[start + 1]) }
    index += 1
    var set = ScalarSet(ranges)
    if flags.ignoresCase { set = CaseFolding.closure(of: set) }
    return item(.set(isNegated ? set.inverted : set), from: start)
  }

  /// One member whose first scalar has been read: its scalar, or `nil` for a class, which is added to `ranges`.
  private mutating func bound(
    _ scalar: Unicode.Scalar, from start: Int, into ranges: inout [ClosedRange<UInt32>]
  ) throws(PatternError) -> UInt32? {
    switch scalar {
    case "\\":
      switch try escapeSequence(from: start) {
      case .scalar(let value): return value
      case .set(let set):
        ranges += set.ranges
        return nil
      case .assertion:
        throw PatternError(
          "'\\\(scalars[start + 1])' is a place, which cannot be in '[ ]'", at: place(from: start))
      }
    case "[" where peek == ":":
      ranges += try posixClass(from: start).ranges
      return nil
    case "[" where peek == "." || peek == "=":
      index += 1
      throw PatternError(
        "collating elements are not supported", at: place(from: start), hint: "the character '[' itself is '\\['")
    default: return scalar.value
    }
  }

  private mutating func posixClass(from start: Int) throws(PatternError) -> ScalarSet {
    index += 1
    var name = ""
    while let scalar = peek, ("a"..."z").contains(scalar) {
      name.unicodeScalars.append(scalar)
      index += 1
    }
    let isClosed = peek == ":" && peek(1) == "]"
    if isClosed { index += 2 }
    guard isClosed, let set = ScalarSet.posix(name) else {
      throw PatternError(
        "there is no such class in '[ ]'", at: place(from: start),
        hint: "there are [:alpha:] [:digit:] [:alnum:] [:upper:] [:lower:] [:space:] [:blank:] [:punct:] [:print:] "
          + "[:graph:] [:cntrl:] [:xdigit:]; the character '[' itself is '\\['")
    }
    return set
  }
}
