/// The sets of `\p{…}`: general categories, from the properties that Swift knows, and a few scripts.
enum UnicodeClass {
  /// The set of a name such as `L`, `Lu`, `Uppercase_Letter`, `Hangul`, `Script=Han` or `gc=Nd`; case, `_`, `-` and
  /// spaces in it do not count.
  static func set(named name: String) -> ScalarSet? {
    var key = name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    for prefix in ["generalcategory=", "gc=", "script=", "sc="] where key.hasPrefix(prefix) {
      key.removeFirst(prefix.count)
      return prefix.hasPrefix("s") ? script(key) : categories(key)
    }
    switch key {
    case "any": return .all
    case "ascii": return ScalarSet([0...0x7F])
    default: return categories(key) ?? script(key)
    }
  }

  private static func script(_ key: String) -> ScalarSet? { UnicodeScript.ranges[key].map { ScalarSet($0) } }

  private static func categories(_ key: String) -> ScalarSet? {
    guard let codes = codes[key] else { return nil }
    return ScalarSet(runs.filter { codes.contains($0.code) }.map(\.range))
  }

  /// The two-letter codes that a name covers.
  private static let codes: [String: Set<String>] = {
    let names: [(String, String)] = [
      ("Lu", "uppercaseletter"), ("Ll", "lowercaseletter"), ("Lt", "titlecaseletter"), ("Lm", "modifierletter"),
      ("Lo", "otherletter"), ("Mn", "nonspacingmark"), ("Mc", "spacingmark"), ("Me", "enclosingmark"),
      ("Nd", "decimalnumber"), ("Nl", "letternumber"), ("No", "othernumber"), ("Pc", "connectorpunctuation"),
      ("Pd", "dashpunctuation"), ("Ps", "openpunctuation"), ("Pe", "closepunctuation"), ("Pi", "initialpunctuation"),
      ("Pf", "finalpunctuation"), ("Po", "otherpunctuation"), ("Sm", "mathsymbol"), ("Sc", "currencysymbol"),
      ("Sk", "modifiersymbol"), ("So", "othersymbol"), ("Zs", "spaceseparator"), ("Zl", "lineseparator"),
      ("Zp", "paragraphseparator"), ("Cc", "control"), ("Cf", "format"), ("Cs", "surrogate"), ("Co", "privateuse"),
      ("Cn", "unassigned"),
    ]
    let groups: [(String, String)] = [
      ("L", "letter"), ("M", "mark"), ("N", "number"), ("P", "punctuation"), ("S", "symbol"), ("Z", "separator"),
      ("C", "other"),
    ]
    var codes: [String: Set<String>] = [:]
    for (code, name) in names {
      codes[code.lowercased()] = [code]
      codes[name] = [code]
    }
    for (letter, name) in groups {
      let members = Set(names.map(\.0).filter { $0.hasPrefix(letter) })
      codes[letter.lowercased()] = members
      codes[name] = members
    }
    codes["lc"] = ["Lu", "Ll", "Lt"]
    codes["casedletter"] = codes["lc"]
    return codes
  }()

  /// All scalars as runs of one category. Made at the first `\p` of a process, in some milliseconds.
  private static let runs: [(range: ClosedRange<UInt32>, code: String)] = {
    var runs: [(range: ClosedRange<UInt32>, code: String)] = []
    func add(_ range: ClosedRange<UInt32>, _ code: String) {
      if let last = runs.last, last.code == code, last.range.upperBound + 1 == range.lowerBound {
        runs[runs.count - 1].range = last.range.lowerBound...range.upperBound
      } else {
        runs.append((range, code))
      }
    }
    func scan(_ range: ClosedRange<UInt32>) {
      for value in range {
        add(value...value, Unicode.Scalar(value).map { code($0.properties.generalCategory) } ?? "Cs")
      }
    }
    // Planes 4 to 13 hold nothing, and 15 and 16 are for private use.
    scan(0...0x3FFFF)
    add(0x40000...0xDFFFF, "Cn")
    scan(0xE0000...0xE0FFF)
    add(0xE1000...0xEFFFF, "Cn")
    for plane: UInt32 in [0xF0000, 0x100000] {
      add(plane...plane + 0xFFFD, "Co")
      add(plane + 0xFFFE...plane + 0xFFFF, "Cn")
    }
    return runs
  }()

  private static func code(_ category: Unicode.GeneralCategory) -> String {
    switch category {
    case .uppercaseLetter: "Lu"
    case .lowercaseLetter: "Ll"
    case .titlecaseLetter: "Lt"
    case .modifierLetter: "Lm"
    case .otherLetter: "Lo"
    case .nonspacingMark: "Mn"
    case .spacingMark: "Mc"
    case .enclosingMark: "Me"
    case .decimalNumber: "Nd"
    case .letterNumber: "Nl"
    case .otherNumber: "No"
    case .connectorPunctuation: "Pc"
    case .dashPunctuation: "Pd"
    case .openPunctuation: "Ps"
    case .closePunctuation: "Pe"
    case .initialPunctuation: "Pi"
    case .finalPunctuation: "Pf"
    case .otherPunctuation: "Po"
    case .mathSymbol: "Sm"
    case .currencySymbol: "Sc"
    case .modifierSymbol: "Sk"
    case .otherSymbol: "So"
    case .spaceSeparator: "Zs"
    case .lineSeparator: "Zl"
    case .paragraphSeparator: "Zp"
    case .control: "Cc"
    case .format: "Cf"
    case .surrogate: "Cs"
    case .privateUse: "Co"
    case .unassigned: "Cn"
    @unknown default: "Cn"
    }
  }
}
