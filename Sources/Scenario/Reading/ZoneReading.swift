import JSON

extension Reading {
  /// A zone by its name or by its distance from UTC.
  func zone(_ node: JSONNode) -> Invariant.Zone? {
    guard let text = plainText(node, "a zone such as 'Asia/Seoul' or '+09:00'") else { return nil }
    if let zone = Invariant.Zone(text) { return zone }
    error(
      "no zone whose clocks never change is called '\(text)'", at: node.range,
      hint: Suggestion.nearest(to: text, among: Invariant.Zone.minutesAhead.map(\.key)).map { "did you mean '\($0)'?" }
        ?? "write how far it is ahead of UTC when the run takes place, such as '+01:00'")
    return nil
  }
}

extension Invariant.Zone {
  /// Zones without summer time; minutes ahead of UTC. Source: the IANA time zone database, 2025b.
  static let minutesAhead: KeyValuePairs<String, Int> = [
    "UTC": 0, "Etc/UTC": 0, "KST": 540, "Asia/Seoul": 540, "Asia/Pyongyang": 540, "Asia/Tokyo": 540, "JST": 540,
    "Asia/Shanghai": 480, "Asia/Hong_Kong": 480, "Asia/Taipei": 480, "Asia/Singapore": 480, "Asia/Manila": 480,
    "Asia/Kuala_Lumpur": 480, "Australia/Perth": 480, "Asia/Bangkok": 420, "Asia/Ho_Chi_Minh": 420,
    "Asia/Jakarta": 420, "Asia/Dhaka": 360, "Asia/Almaty": 300, "Asia/Kathmandu": 345, "Asia/Kolkata": 330,
    "Asia/Karachi": 300, "Asia/Tashkent": 300, "Asia/Dubai": 240, "Asia/Riyadh": 180, "Europe/Istanbul": 180,
    "Europe/Moscow": 180, "Africa/Nairobi": 180, "Africa/Johannesburg": 120, "Africa/Lagos": 60,
    "Atlantic/Reykjavik": 0, "America/Sao_Paulo": -180, "America/Argentina/Buenos_Aires": -180,
    "America/Bogota": -300, "America/Lima": -300, "America/Phoenix": -420, "Pacific/Honolulu": -600,
  ]

  /// One of `minutesAhead`, or `+hh:mm` or `-hh:mm`.
  init?(_ text: String) {
    if let known = Self.minutesAhead.first(where: { $0.key == text }) {
      self.init(name: text, secondsAhead: 60 * known.value)
      return
    }
    let bytes = Array(text.utf8)
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-")
    else { return nil }
    let digits = [1, 2, 4, 5].map { Int(bytes[$0]) - 48 }
    guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
    let (hours, minutes) = (10 * digits[0] + digits[1], 10 * digits[2] + digits[3])
    guard hours <= 14, minutes < 60 else { return nil }
    let seconds = 3600 * hours + 60 * minutes
    self.init(name: text, secondsAhead: bytes[0] == UInt8(ascii: "-") ? -seconds : seconds)
  }
}
