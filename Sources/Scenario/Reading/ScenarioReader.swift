import JSON

/// Reads scenario files.
package enum ScenarioReader {
  /// The scenario in `source` with the chosen profile and the overrides laid over it, and everything that is wrong with it.
  ///
  /// There is a scenario where no diagnostic is an error. The file without a profile and each of its profiles are checked
  /// too, so that a mistake does not wait for the day its profile is chosen; there, files and environment variables may
  /// be missing.
  ///
  /// - Complexity: O(size of the file × (profiles + 1)), and once the size of each file that it names.
  package static func read(
    _ source: SourceText, options: ReadOptions = ReadOptions()
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
    guard source.bytes.count <= Limits.fileBytes else {
      let message =
        "the file has \(grouped(source.bytes.count)) bytes, and a scenario may have \(grouped(Limits.fileBytes))"
      let hint = "long lists of data and large bodies can stand in files of their own: 'csv' and 'file'"
      return (nil, [Diagnostic(.error, message, at: SourceRange(Limits.fileBytes, Limits.fileBytes + 1), hint: hint)])
    }
    let (root, syntax) = JSONReader.read(source)
    guard let root else { return (nil, sorted(syntax)) }
    let long = texts(over: Limits.textBytes, in: root)
    guard long.isEmpty else {
      let message = "a text has at most \(grouped(Limits.textBytes)) bytes"
      let hint = "a large body can stand in a file of its own: 'file'"
      return (nil, sorted(syntax + long.map { Diagnostic(.error, message, at: $0, hint: hint) }))
    }
    var session = Session(source: source, options: options, diagnostics: syntax)
    let scenario = session.read(root)
    let diagnostics = sorted(session.diagnostics)
    return (diagnostics.contains { $0.severity == .error } ? nil : scenario, diagnostics)
  }

  /// Where there are longer texts, keys too.
  private static func texts(over limit: Int, in root: JSONNode) -> [SourceRange] {
    var found: [SourceRange] = []
    var open = [root]
    while let node = open.popLast() {
      switch node.value {
      case .string(let text): if text.utf8.count > limit { found.append(node.range) }
      case .array(let elements): open += elements
      case .object(let members):
        for member in members {
          if member.key.utf8.count > limit { found.append(member.keyRange) }
          open.append(member.value)
        }
      default: break
      }
    }
    return found
  }

  private static func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    diagnostics.enumerated().sorted { left, right in
      (left.element.range.start, left.offset) < (right.element.range.start, right.offset)
    }.map(\.element)
  }
}

/// The passes over one file: the one that counts, and those over what was not chosen.
private struct Session {
  let source: SourceText
  let options: ReadOptions
  var diagnostics: [Diagnostic]
  /// What the passes have found, in their own words.
  var seen: Set<Diagnostic> = []
  let files: FileCache

  init(source: SourceText, options: ReadOptions, diagnostics: [Diagnostic]) {
    self.source = source
    self.options = options
    self.diagnostics = diagnostics
    files = FileCache(options.readFile)
  }

  mutating func read(_ root: JSONNode) -> Scenario? {
    let (base, profiles) = split(root)
    var chosen: JSONMember?
    if let name = options.profile {
      chosen = profiles.first { $0.key == name }
      if chosen == nil {
        let range =
          root.members.first { $0.key == "profiles" }?.keyRange ?? SourceRange(root.range.start, root.range.start)
        diagnostics.append(
          Diagnostic(
            .error, "there is no profile '\(name)'", at: range,
            hint: profiles.isEmpty
              ? "the scenario has no profiles"
              : Suggestion.hint(for: name, among: profiles.map(\.key), otherwise: "profiles are:")))
      }
    }
    var scenario = pass(base, chosen, isTrial: false)
    scenario?.profileNames = profiles.map(\.key)
    scenario?.profile = chosen?.key
    scenario?.literalSecrets = Set(MaskedSource.secrets(in: root).flatMap(SecretForms.of)).sorted()
    if chosen != nil || !options.overrides.isEmpty { _ = pass(base, nil, isTrial: true) }
    for profile in profiles where profile.key != chosen?.key { _ = pass(base, profile, isTrial: true) }
    return scenario
  }

  /// Reads one combination and keeps what it finds that is new.
  private mutating func pass(_ base: JSONNode, _ profile: JSONMember?, isTrial: Bool) -> Scenario? {
    let reading = Reading(
      source: source, options: options, files: files, toleratesMissing: isTrial || options.isForReview)
    var root = base
    if let profile {
      var merging = Merging()
      _ = reading.fields(profile.value, .profile)
      root = merging.merge(base, with: profile.value)
      merging.diagnostics.forEach { reading.error($0.message, at: $0.range, hint: $0.hint) }
    }
    if !isTrial { root = reading.applyOverrides(to: root) }
    let scenario = reading.scenario(root)
    for var diagnostic in reading.diagnostics where seen.insert(diagnostic).inserted {
      if isTrial, diagnostic.severity == .warning { continue }
      if isTrial, let profile, !profile.value.range.contains(diagnostic.range) {
        diagnostic.message += " (with the profile '\(profile.key)')"
      }
      diagnostics.append(diagnostic)
    }
    return scenario
  }

  /// The scenario without its profiles, and the profiles that are objects.
  private mutating func split(_ root: JSONNode) -> (base: JSONNode, profiles: [JSONMember]) {
    guard case .object(var members) = root.value, let node = root.members.first(where: { $0.key == "profiles" })?.value
    else { return (root, []) }
    members.removeAll { $0.key == "profiles" }
    let reading = Reading(source: source, options: options, files: files, toleratesMissing: true)
    let profiles = reading.named(node, "an object of profiles") ?? []
    let usable = profiles.filter { reading.object($0.value, "an object of overrides") != nil }
    let (bytes, _) = (profiles.count + 1).multipliedReportingOverflow(by: source.bytes.count)
    if profiles.count > Limits.profiles || bytes > Limits.bytesOfProfiles {
      let most = min(Limits.profiles, Limits.bytesOfProfiles / max(1, source.bytes.count) - 1)
      reading.error(
        "there are \(grouped(profiles.count)) profiles, and a scenario of this size may have \(grouped(most))",
        at: node.range,
        hint: "each is laid over the file, and the whole is read again")
      diagnostics += reading.diagnostics
      return (JSONNode(.object(members), range: root.range), [])
    }
    diagnostics += reading.diagnostics
    return (JSONNode(.object(members), range: root.range), usable)
  }
}

extension JSONNode {
  fileprivate var members: [JSONMember] { if case .object(let members) = value { members } else { [] } }
}

extension SourceRange {
  fileprivate func contains(_ other: SourceRange) -> Bool { other.start >= start && other.end <= end }
}
