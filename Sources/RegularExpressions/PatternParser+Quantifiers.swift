/// How often the last item is repeated.
extension PatternParser {
  /// Whether a `{` is one of `{n}`, `{n,}`, `{,m}`, `{n,m}`; any other is the character itself, as in `{"id":`.
  var beginsInterval: Bool {
    guard let next = peek else { return false }
    if next == "," { return peek(1).map { isDigit($0) || $0 == "}" } ?? false }
    return isDigit(next)
  }

  func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  mutating func interval(from start: Int) throws(PatternError) {
    let minimum = try number()
    var maximum = minimum
    if peek == "," {
      index += 1
      maximum = try number()
    }
    guard peek == "}" else {
      throw PatternError(
        "'{' begins a number of repetitions that has no '}'", at: place(from: start),
        hint: "such as {3}, {2,} or {2,5}; the character itself is '\\{'")
    }
    index += 1
    if let minimum, let maximum, minimum > maximum {
      throw PatternError("the first number of repetitions is above the second", at: place(from: start))
    }
    try quantify(minimum ?? 0, maximum, from: start)
  }

  private mutating func number() throws(PatternError) -> Int? {
    let start = index
    var value: Int?
    while let digit = peek, isDigit(digit) {
      value = min((value ?? 0) * 10 + Int(digit.value - 0x30), PatternLimits.repetitions + 1)
      index += 1
    }
    if let value, value > PatternLimits.repetitions {
      throw PatternError("repetitions are \(grouped(PatternLimits.repetitions)) at most", at: place(from: start))
    }
    return value
  }

  mutating func quantify(_ minimum: Int, _ maximum: Int?, from start: Int) throws(PatternError) {
    let quantifier = String(String.UnicodeScalarView(scalars[start..<index]))
    guard var item = frames[frames.count - 1].items.popLast() else {
      throw PatternError(
        "there is nothing before '\(quantifier)' that could be repeated", at: place(from: start),
        hint: "the character itself is '\\\(scalars[start])'")
    }
    if item.isPlace {
      throw PatternError("what is before '\(quantifier)' is a place, which cannot be repeated", at: place(from: start))
    }
    var isLazy = false
    if peek == "?" {
      isLazy = true
      index += 1
    } else if peek == "+" {
      index += 1
      throw PatternError(
        "possessive quantifiers are not supported", at: place(from: start),
        hint: "'\(quantifier)' alone takes no longer: a search here never goes back")
    }
    item.node = .repetition(
      .init(body: item.node, bodyIsNullable: item.isNullable, minimum: minimum, maximum: maximum, isLazy: isLazy))
    item.height += 1
    if let maximum {
      item.size = minimum * item.size + (maximum - minimum) * (item.size + 1)
    } else {
      item.size = max(minimum, 1) * item.size + 2
    }
    item.isNullable = item.isNullable || minimum == 0
    item.range = item.range.lowerBound..<offsets[index]
    append(try bounded(item))
  }
}
