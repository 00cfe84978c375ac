/// Reads a regular expression, in linear time and without calling itself.
///
///     alternation   = concatenation *( "|" concatenation )
///     concatenation = *( atom *quantifier )
///     quantifier    = ( "*" / "+" / "?" / "{" n "}" / "{" [n] "," [m] "}" ) [ "?" ]
///     atom          = character / "." / "^" / "$" / escape / set / group
///     group         = "(" [ "?:" / "?<" name ">" / "?P<" name ">" / "?" flags ":" ] alternation ")" / "(?" flags ")"
///     flags         = *( "i" / "m" / "s" ) [ "-" 1*( "i" / "m" / "s" ) ]
///
/// Sets, escapes, quantifiers and what follows `(?` have files of their own.
struct PatternParser {
  /// A part of the tree with what bounds need to know of it.
  struct Item {
    var node: Syntax
    var height = 1
    /// Instructions, as `ProgramCompiler` writes them.
    var size = 1
    var isNullable = false
    /// Stands for a place rather than characters, and is no group.
    var isPlace = false
    var range: Range<Int>
  }

  struct Flags: Hashable {
    var ignoresCase = false
    /// `^` and `$` are the ends of lines.
    var isMultiline = false
    /// `.` is any character, a line's end too: as it always is in POSIX.
    var dotIsAll = true
  }

  /// A group that is open, or the whole expression.
  struct Frame {
    var opening: Range<Int>
    var capture: Int?
    var outerFlags: Flags
    var branches: [Item] = []
    var items: [Item] = []
  }

  let scalars: [Unicode.Scalar]
  /// Of each scalar, and of the end.
  let offsets: [Int]
  var index = 0
  var flags = Flags()
  var frames: [Frame]
  private var captureNames: [String?] = []

  /// - Returns: the tree, and the names of its capturing groups in their order.
  static func parse(_ pattern: String) throws(PatternError) -> (syntax: Syntax, captureNames: [String?]) {
    let count = pattern.utf8.count
    guard count <= PatternLimits.bytes else {
      throw PatternError(
        "it is longer than \(grouped(PatternLimits.bytes)) bytes", at: PatternLimits.bytes..<count,
        hint: "check for its most telling part, or with several matchers")
    }
    var parser = PatternParser(pattern)
    let item = try parser.run()
    return (item.node, parser.captureNames)
  }

  private init(_ pattern: String) {
    scalars = Array(pattern.unicodeScalars)
    var offsets: [Int] = []
    offsets.reserveCapacity(scalars.count + 1)
    var offset = 0
    for scalar in scalars {
      offsets.append(offset)
      offset += scalar.utf8.count
    }
    offsets.append(offset)
    self.offsets = offsets
    frames = [Frame(opening: 0..<0, outerFlags: Flags())]
  }

  private mutating func run() throws(PatternError) -> Item {
    while index < scalars.count {
      let start = index
      let scalar = scalars[index]
      index += 1
      switch scalar {
      case "\\": append(try escape(from: start))
      case "[": append(try set(from: start))
      case "(": try open(from: start)
      case ")": try close(from: start)
      case "|": try endBranch()
      case "*": try quantify(0, nil, from: start)
      case "+": try quantify(1, nil, from: start)
      case "?": try quantify(0, 1, from: start)
      case "{" where beginsInterval: try interval(from: start)
      case "^": append(assertion(flags.isMultiline ? .lineStart : .textStart, from: start))
      case "$": append(assertion(flags.isMultiline ? .lineEnd : .textEnd, from: start))
      case ".": append(item(.set(flags.dotIsAll ? .all : ScalarSet.newline.inverted), from: start))
      default: append(literal(scalar.value, from: start))
      }
    }
    if frames.count > 1 { throw PatternError("'(' has no ')'", at: frames[frames.count - 1].opening) }
    try endBranch()
    return try joined(frames[0])
  }

  // MARK: Places and items

  var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  func peek(_ distance: Int) -> Unicode.Scalar? {
    index + distance < scalars.count ? scalars[index + distance] : nil
  }

  /// From the scalar with a number to what comes next.
  func place(from start: Int) -> Range<Int> { offsets[start]..<offsets[index] }

  func item(_ node: Syntax, from start: Int) -> Item { Item(node: node, range: place(from: start)) }

  func literal(_ value: UInt32, from start: Int) -> Item {
    let set = ScalarSet(value)
    return item(.set(flags.ignoresCase ? CaseFolding.closure(of: set) : set), from: start)
  }

  func assertion(_ assertion: Assertion, from start: Int) -> Item {
    var item = item(.assertion(assertion), from: start)
    item.isNullable = true
    item.isPlace = true
    return item
  }

  mutating func append(_ item: Item) { frames[frames.count - 1].items.append(item) }

  // MARK: Groups

  private mutating func open(from start: Int) throws(PatternError) {
    let outer = flags
    var capture: Int?
    if peek == "?" {
      switch try groupKind(from: start) {
      case .plain: break
      case .flags: return
      case .named(let name):
        if captureNames.contains(name) {
          throw PatternError("two groups are named '\(name)'", at: place(from: start))
        }
        captureNames.append(name)
        capture = captureNames.count
      }
    } else {
      captureNames.append(nil)
      capture = captureNames.count
    }
    guard captureNames.count <= PatternLimits.captures else {
      throw PatternError(
        "more than \(PatternLimits.captures) groups capture", at: place(from: start),
        hint: "groups that need not capture are written (?: )")
    }
    guard frames.count <= PatternLimits.depth else {
      throw PatternError("groups are nested more than \(PatternLimits.depth) deep", at: place(from: start))
    }
    frames.append(Frame(opening: place(from: start), capture: capture, outerFlags: outer))
  }

  private mutating func close(from start: Int) throws(PatternError) {
    guard frames.count > 1 else {
      throw PatternError("')' has no '('", at: place(from: start), hint: "the character itself is '\\)'")
    }
    try endBranch()
    let frame = frames.removeLast()
    flags = frame.outerFlags
    var item = try joined(frame)
    item.range = frame.opening.lowerBound..<offsets[index]
    item.isPlace = false
    if let number = frame.capture {
      item.node = .capture(item.node, number)
      item.height += 1
      item.size += 2
    }
    append(try bounded(item))
  }

  private mutating func endBranch() throws(PatternError) {
    let items = frames[frames.count - 1].items
    frames[frames.count - 1].items = []
    var branch = Item(node: .empty, size: 0, isNullable: true, range: offsets[index]..<offsets[index])
    if items.count == 1 {
      branch = items[0]
    } else if items.count > 1 {
      branch.node = .concatenation(items.map(\.node))
      branch.height = items.reduce(0) { max($0, $1.height) } + 1
      branch.isNullable = items.allSatisfy(\.isNullable)
      for item in items {
        branch.size += item.size
        branch.range = item.range
        branch = try bounded(branch)
      }
      branch.range = items[0].range.lowerBound..<items[items.count - 1].range.upperBound
    }
    frames[frames.count - 1].branches.append(branch)
  }

  /// The branches of a group as one.
  private func joined(_ frame: Frame) throws(PatternError) -> Item {
    let branches = frame.branches
    if branches.count == 1 { return branches[0] }
    let sets = branches.compactMap { branch -> ScalarSet? in
      guard case .set(let set) = branch.node else { return nil }
      return set
    }
    if sets.count == branches.count {
      // One character either way, so which is preferred makes no difference.
      let all = ScalarSet(sets.flatMap(\.ranges))
      return Item(node: .set(all), range: branches[0].range.lowerBound..<branches[branches.count - 1].range.upperBound)
    }
    return try bounded(
      Item(
        node: .alternation(branches.map(\.node)), height: branches.reduce(0) { max($0, $1.height) } + 1,
        size: branches.reduce(branches.count - 1) { $0 + $1.size }, isNullable: branches.contains(where: \.isNullable),
        range: branches[0].range.lowerBound..<branches[branches.count - 1].range.upperBound))
  }

  /// A group is up to four nodes deep: with its capture, alternatives, concatenation and quantifier.
  func bounded(_ item: Item) throws(PatternError) -> Item {
    if item.height > 5 * PatternLimits.depth {
      throw PatternError("groups and quantifiers are nested too deeply", at: item.range)
    }
    if item.size > PatternLimits.instructions {
      throw PatternError(
        "it is too large: with its repetitions written out it has more than "
          + "\(grouped(PatternLimits.instructions)) parts", at: item.range,
        hint: "repeat a smaller part, or fewer times; + and * cost nothing")
    }
    return item
  }
}

/// A scalar as a message may repeat it.
func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
  scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar
}

/// `4,096`
func grouped(_ number: Int) -> String {
  number < 1000 ? "\(number)" : "\(number / 1000)," + String(1000 + number % 1000).dropFirst()
}
