extension LoadShape: CustomStringConvertible {
  /// In words: `burst of 5,000 with at most 500 users`.
  package var description: String {
    switch self {
    case .closed(let profile):
      "\(Self.words(profile)) \(profile.peak == 1 ? "user" : "users")\(Self.span(profile))"
    case .countedPerUser(let users, let iterations):
      "\(Self.count(users, "user")), \(Self.count(iterations, "iteration")) each"
    case .countedShared(let users, let iterations):
      "\(Self.count(users, "user")) sharing \(Self.count(iterations, "iteration"))"
    case .open(let profile, let maxUsers, let poisson):
      "\(Self.words(profile)) \(poisson ? "Poisson arrivals/s" : "arrivals/s")\(Self.span(profile))"
        + ", at most \(Self.count(maxUsers, "user"))"
    case .burst(let count, let maxUsers):
      "burst of \(Self.grouped(UInt64(count))) with at most \(Self.count(maxUsers, "user"))"
    }
  }

  /// The levels: `50`, or `0 to 50 to 10`.
  private static func words(_ profile: Profile) -> String {
    var levels: [String] = []
    for segment in profile.segments {
      for level in [number(segment.from), number(segment.to)] where levels.last != level { levels.append(level) }
    }
    return levels.isEmpty ? "0" : levels.joined(separator: " to ")
  }

  private static func span(_ profile: Profile) -> String {
    let isLevel = profile.segments.allSatisfy { $0.from == $0.to && $0.from == profile.segments[0].from }
    return " \(isLevel ? "for" : "over") \(duration(profile.nanoseconds))"
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(grouped(UInt64(number))) \(noun)\(number == 1 ? "" : "s")"
  }

  /// At most three decimals, and none where the number is whole.
  private static func number(_ value: Double) -> String {
    let thousandths = UInt64((value * 1000).rounded())
    guard thousandths % 1000 != 0 else { return grouped(thousandths / 1000) }
    var decimals = String(thousandths % 1000 + 1000).dropFirst()
    while decimals.last == "0" { decimals.removeLast() }
    return "\(grouped(thousandths / 1000)).\(decimals)"
  }

  /// `5000000` as `5,000,000`.
  private static func grouped(_ value: UInt64) -> String {
    value < 1000 ? String(value) : "\(grouped(value / 1000)),\(String(value % 1000 + 1000).dropFirst())"
  }

  /// In the largest unit that gives a whole number, or seconds: `90 s`, `2 min`, `1.5 s`, `250 ms`.
  private static func duration(_ nanoseconds: UInt64) -> String {
    let units: [(UInt64, String)] = [(3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s")]
    for (length, unit) in units where nanoseconds > 0 && nanoseconds % length == 0 {
      return "\(grouped(nanoseconds / length)) \(unit)"
    }
    return nanoseconds < 1_000_000_000
      ? "\(number(Double(nanoseconds) / 1e6)) ms" : "\(number(Double(nanoseconds) / 1e9)) s"
  }
}
