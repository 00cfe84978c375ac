import Scenario

/// What of a text must not be shown or written: the values that a scenario has from the environment, or under secret
/// names, however a target spells them when it repeats them. That is percent-encoded in either case, form-encoded, with
/// escapes of JSON or entities of HTML for any of their characters, one of these within another; and whole in hexadecimal
/// digits or base64, also as a part of something longer.
package struct SecretMask: Sendable {
  /// Patterns of values, and of their base64.
  private let sets: [(values: PatternSet, base64: PatternSet)]

  package init(_ scenario: Scenario) { self.init(sets: [Self.patterns(scenario.secrets.map { Array($0.utf8) })]) }

  private init(sets: [(values: PatternSet, base64: PatternSet)]) {
    self.sets = sets.filter { !$0.values.isEmpty }
  }

  /// The mask with more to hide, but for what is too short to be met by anything but chance.
  func hiding(_ values: [[UInt8]]) -> SecretMask {
    let values = values.filter { $0.count >= Self.leastHidden }
    return values.isEmpty ? self : SecretMask(sets: sets + [Self.patterns(values)])
  }

  private static let leastHidden = 4

  /// The variables that the scenario sends as credentials: a token that a sign-in answered is as secret as one from the
  /// environment.
  static func credentials(_ scenario: Scenario) -> Set<String> {
    let steps = scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown
    return Set(steps.flatMap(\.headers).filter { SecretName.isSecret($0.name) }.flatMap(\.value.variables))
  }

  // MARK: - What is looked for

  private static func patterns(_ secrets: [[UInt8]]) -> (values: PatternSet, base64: PatternSet) {
    var values: Set<[UInt8]> = []
    var base64: Set<[UInt8]> = []
    for secret in secrets where !secret.isEmpty {
      var inHeader: [UInt8] = []
      Escaping.header.append(secret, to: &inHeader)
      values.insert(secret)
      if !inHeader.isEmpty { values.insert(inHeader) }
      if secret.count < leastHidden { continue }
      values.insert(hexadecimal(secret, "0123456789abcdef"))
      values.insert(hexadecimal(secret, "0123456789ABCDEF"))
      for alphabet in [Base64.standard, Base64.forURLs] {
        for offset in 0..<3 {
          let core = Base64.core(of: secret, after: offset, alphabet)
          if core.count >= leastHidden { base64.insert(core) }
        }
      }
    }
    return (PatternSet(values), PatternSet(base64))
  }

  private static func hexadecimal(_ bytes: [UInt8], _ digits: StaticString) -> [UInt8] {
    bytes.flatMap { [digits.utf8Start[Int($0 >> 4)], digits.utf8Start[Int($0 & 15)]] }
  }

  // MARK: - Hiding

  /// The text with `***` for each secret, also for the beginning of one at the end of a text that was cut.
  ///
  /// - Complexity: O(n), whatever there is to hide.
  package func apply(_ text: String, isCut: Bool = false) -> String {
    if sets.isEmpty { return text }
    let bytes = Array(text.utf8)
    var hidden: [Range<Int>] = []
    func look(_ text: SpelledText, depth: Int) {
      for set in sets {
        find(set.values, in: text, isCut) { hidden.append($0) }
        find(set.base64, in: text, isCut) { hidden.append(Base64.whole($0, in: bytes)) }
      }
      if depth == 2 { return }
      for spelling in SpelledText.Spelling.allCases {
        if let resolved = text.resolved(spelling, isCut: isCut) { look(resolved, depth: depth + 1) }
      }
    }
    look(SpelledText(bytes), depth: 0)
    if hidden.isEmpty { return text }
    var masked: [UInt8] = []
    var end = 0
    for range in hidden.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > end || masked.isEmpty {
        masked += bytes[end..<range.lowerBound]
        masked += "***".utf8
      }
      end = max(end, range.upperBound)
    }
    return String(decoding: masked + bytes[end...], as: UTF8.self)
  }

  /// Fewer characters than this tell nothing.
  private static let leastBeginning = 3

  private func find(_ patterns: PatternSet, in text: SpelledText, _ isCut: Bool, _ found: (Range<Int>) -> Void) {
    if patterns.isEmpty { return }
    var state = 0
    for (index, byte) in text.bytes.enumerated() {
      state = patterns.next(state, byte)
      let length = patterns.match(state)
      if length > 0 { found(text.starts[index + 1 - length]..<text.ends[index]) }
    }
    let beginning = patterns.beginning(state)
    if isCut, beginning >= Self.leastBeginning { found(text.starts[text.bytes.count - beginning]..<text.length) }
  }

  /// A header's value: those that carry credentials are masked whatever they hold. Schemes, and names and attributes of
  /// cookies, stay.
  package func apply(header name: String, value: String) -> String {
    guard SecretName.isSecret(name) else { return apply(value) }
    switch name.lowercased() {
    case let name where name.hasSuffix("authorization"):
      let scheme = value.prefix { $0 != " " }
      return scheme.count == value.count ? "***" : "\(scheme) ***"
    case "cookie":
      return value.split(separator: ";", omittingEmptySubsequences: false).map { Self.withoutValue($0) }
        .joined(separator: ";")
    case "set-cookie":
      let pair = value.prefix { $0 != ";" }
      return Self.withoutValue(pair) + apply(String(value[pair.endIndex...]))
    default: return "***"
    }
  }

  /// `SID=***`; what has no name is hidden whole.
  private static func withoutValue(_ pair: Substring) -> String {
    guard let equals = pair.firstIndex(of: "="), pair[..<equals].contains(where: { $0 != " " }) else { return "***" }
    return pair[...equals] + "***"
  }
}

/// Base64 (RFC 4648, sections 4 and 5) of something that holds a secret.
private enum Base64 {
  static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  static let forURLs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// The characters that the secret alone decides, if `offset` bytes (modulo 3) come before it.
  static func core(of secret: [UInt8], after offset: Int, _ alphabet: [UInt8]) -> [UInt8] {
    let bytes = [UInt8](repeating: 0, count: offset) + secret
    func sextet(_ index: Int) -> UInt8 {
      let bit = index * 6
      let first = UInt16(bytes[bit / 8]) << 8
      let pair = bit / 8 + 1 < bytes.count ? first | UInt16(bytes[bit / 8 + 1]) : first
      return UInt8(pair >> UInt16(10 - bit % 8) & 63)
    }
    let start = (offset * 8 + 5) / 6
    return (start..<max(start, bytes.count * 8 / 6)).map { alphabet[Int(sextet($0))] }
  }

  /// With the characters on both sides that the secret decides in part, and the padding.
  static func whole(_ core: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
    func isDigit(_ index: Int) -> Bool {
      bytes.indices.contains(index) && (standard.contains(bytes[index]) || forURLs.contains(bytes[index]))
    }
    var (start, end) = (core.lowerBound, core.upperBound)
    if isDigit(start - 1) { start -= 1 }
    if isDigit(end) { end += 1 }
    while end < bytes.count, bytes[end] == UInt8(ascii: "=") { end += 1 }
    return start..<end
  }
}

extension VirtualUser {
  /// Hides what the user itself was told and sends as its credentials, too, and what is secret of its rows of data.
  var mask: SecretMask {
    worker.plan.mask.hiding(
      worker.plan.credentials.map { credential in
        var text: [UInt8] = []
        write(credential, into: &text)
        return text
      })
  }
}
