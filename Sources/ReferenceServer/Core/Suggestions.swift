/// Names that somebody may have meant.
package enum Suggestions {
  /// The known names nearest to `name`, nearest first; only such as a slip of the hand explains, or that contain it.
  package static func nearest(to name: String, in known: [String], limit: Int = 3) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let bound = max(2, wanted.count / 3)
    let scored = known.compactMap { candidate -> (distance: Int, name: String)? in
      let bytes = Array(candidate.lowercased().utf8)
      let distance = distance(wanted, bytes)
      if distance <= bound { return (distance, candidate) }
      return wanted.count >= 3 && contains(bytes, wanted) ? (bound + 1, candidate) : nil
    }
    return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(limit).map(\.name)
  }

  /// Insertions, deletions and replacements that turn one into the other (Levenshtein).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }

  private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= bytes.count else { return false }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
