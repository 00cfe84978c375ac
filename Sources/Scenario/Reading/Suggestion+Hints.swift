import JSON

extension Suggestion {
  /// "did you mean 'name'?", or where nothing is near `fallback` and the names that there are; `nil` where there is none.
  static func hint(for name: String, among candidates: [String], otherwise fallback: String) -> String? {
    if let near = didYouMean(name, among: candidates) { return near }
    return candidates.isEmpty ? nil : "\(fallback) \(list(candidates))"
  }

  /// `a, b, c`; cut off after 24.
  static func list(_ names: [String]) -> String {
    names.count <= 24
      ? names.joined(separator: ", ")
      : names.prefix(24).joined(separator: ", ") + " and \(names.count - 24) more"
  }
}
