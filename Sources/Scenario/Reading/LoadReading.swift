import JSON
import Load

extension Reading {
  func load(_ node: JSONNode) -> LoadShape? {
    guard let fields = fields(node, .load) else { return nil }
    let kinds = fields.present(["users", "arrivals", "burst"])
    guard let kind = kinds.first else {
      error("a load needs 'users', 'arrivals' or 'burst'", at: opening(of: node))
      return nil
    }
    if kinds.count > 1 {
      error("a load has either '\(kind.key)' or '\(kinds[1].key)', not both", at: kinds[1].keyRange)
      return nil
    }
    let allowed: Set<String> =
      switch kind.key {
      case "users": ["users", "iterations", "shared_iterations", "for"]
      case "arrivals": ["arrivals", "for", "max_users", "poisson"]
      default: ["burst", "max_users"]
      }
    for member in fields.present(KeyTable.load.keys) where !allowed.contains(member.key) {
      error("'\(member.key)' has no meaning beside '\(kind.key)'", at: member.keyRange)
    }
    switch kind.key {
    case "users": return users(kind.value, fields)
    case "arrivals": return arrivals(kind.value, fields)
    default: return burst(kind.value, fields)
    }
  }

  private func users(_ node: JSONNode, _ fields: Fields) -> LoadShape? {
    let counts = fields.present(["iterations", "shared_iterations", "for"])
    if case .array = node.value {
      for member in counts { error("'\(member.key)' has no meaning beside stages", at: member.keyRange) }
      return profile(node, unit: "users") { level in
        self.integer(level, "a number of users", in: 0...Limits.users).map(Double.init)
      }.map { .closed($0) }
    }
    let users = integer(node, "'users'", in: 1...Limits.users)
    guard let count = counts.first else {
      error("'users' needs 'for', 'iterations' or 'shared_iterations' beside it", at: opening(of: fields.node))
      return nil
    }
    if counts.count > 1 {
      error("a load has either '\(count.key)' or '\(counts[1].key)', not both", at: counts[1].keyRange)
      return nil
    }
    switch count.key {
    case "for":
      guard let time = duration(fields, "for", in: 1...Limits.duration), let users else { return nil }
      return .closed(.constant(Double(users), nanoseconds: time))
    case "iterations":
      guard let iterations = integer(fields, "iterations", in: 1...Limits.iterations), let users else { return nil }
      return .countedPerUser(users: users, iterations: iterations)
    default:
      guard let iterations = integer(fields, "shared_iterations", in: 1...Limits.iterations), let users
      else { return nil }
      if iterations < users {
        warning(
          "\(grouped(iterations)) iterations leave \(grouped(users - iterations)) of \(grouped(users)) users idle",
          at: count.value.range)
      }
      return .countedShared(users: users, iterations: iterations)
    }
  }

  private func arrivals(_ node: JSONNode, _ fields: Fields) -> LoadShape? {
    let given = integer(fields, "max_users", in: 1...Limits.users)
    let poisson = bool(fields, "poisson") ?? false
    let read: LoadShape.Profile?
    if case .array = node.value {
      if let member = fields.member("for") { error("'for' has no meaning beside stages", at: member.keyRange) }
      read = profile(node, unit: "arrivals") { self.rate($0) }
    } else {
      let rate = rate(node)
      if rate == 0 { error("'arrivals' must be more than 0", at: node.range) }
      let time = require("for", in: fields).flatMap { duration($0, "'for'", in: 1...Limits.duration) }
      read = if let rate, rate > 0, let time { .constant(rate, nanoseconds: time) } else { nil }
    }
    guard let read else { return nil }
    return .open(read, maxUsers: given ?? Self.defaultMaxUsers(peak: read.peak), poisson: poisson)
  }

  /// Where a scenario does not say how many users may run at once: as many as arrive in two seconds at the peak, and 50
  /// at least. An arrival beyond them waits, and its wait counts.
  static func defaultMaxUsers(peak: Double) -> Int { min(Limits.users, max(50, Int((peak * 2).rounded(.up)))) }

  private func burst(_ node: JSONNode, _ fields: Fields) -> LoadShape? {
    let count = integer(node, "'burst'", in: 1...Limits.burst)
    let most = integer(fields, "max_users", in: 1...Limits.users)
    guard let count else { return nil }
    if let most, most > count, let node = fields["max_users"] {
      warning(
        "a burst of \(grouped(count)) leaves \(grouped(most - count)) of \(grouped(most)) users idle", at: node.range)
    }
    if most == nil, count > Limits.users {
      error("a burst of more than \(grouped(Limits.users)) needs 'max_users'", at: node.range)
      return nil
    }
    return .burst(count: count, maxUsers: most ?? count)
  }

  /// Arrivals a second of `'200/s'`.
  private func rate(_ node: JSONNode) -> Double? {
    let expected = "a rate such as '200/s'"
    guard case .string(let text) = node.value, let rate = QuantityText.perSecond(text) else {
      let hint: String? =
        switch node.value {
        case .integer(let value): "did you mean '\(value)/s'?"
        case .string(let text) where text.hasPrefix("-"): "a rate cannot be negative"
        default: "a rate carries its unit: /s /m /h"
        }
      mismatch(node, expected, hint: hint)
      return nil
    }
    if rate > Limits.rate {
      error("a rate must be at most \(grouped(Int(Limits.rate)))/s", at: node.range)
      return nil
    }
    return rate
  }

  /// Straight lines through the stages; the first begins at 0 unless it says `from`, the others where the last ended. A
  /// stage `over: 0` takes no time: the next begins at its level.
  private func profile(
    _ node: JSONNode, unit: String, _ level: (JSONNode) -> Double?
  ) -> LoadShape.Profile? {
    guard let stages = list(node, "a list of stages") else { return nil }
    var segments: [LoadShape.Segment] = []
    var last = 0.0
    var total: UInt64 = 0
    var isValid = true
    for stage in stages {
      guard let fields = fields(stage, .stage) else {
        isValid = false
        continue
      }
      let from = fields["from"].map { level($0) }
      let to = require("to", in: fields).flatMap { level($0) }
      let over = require("over", in: fields).flatMap { duration($0, "'over'") }
      guard let to, let over, from.map({ $0 != nil }) ?? true else {
        isValid = false
        continue
      }
      if over > 0 {
        segments.append(LoadShape.Segment(from: (from ?? nil) ?? last, to: to, nanoseconds: over))
        total += over
      } else if let from = fields.member("from") {
        error("'from' has no meaning where 'over' is 0", at: from.keyRange)
        isValid = false
      }
      last = to
    }
    guard isValid else { return nil }
    if segments.isEmpty {
      error("the stages take no time", at: node.range, hint: "a stage is { to: …, over: '10s' }")
      return nil
    }
    if segments.allSatisfy({ $0.from == 0 && $0.to == 0 }) {
      error("the stages never come to any \(unit)", at: node.range)
      return nil
    }
    if total > Limits.duration {
      error("the stages take longer than \(words(nanoseconds: Limits.duration))", at: node.range)
      return nil
    }
    return LoadShape.Profile(segments: segments)
  }
}
