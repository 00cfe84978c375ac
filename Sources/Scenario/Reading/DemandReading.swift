import JSON
import Load

/// Whether a load can put a scenario's rules to the test at all.
extension Reading {
  /// Warns where the load cannot do what the scenario is for: unique data that runs out, rows that users have to share, a
  /// cap that is never reached.
  func checkDemand(_ scenario: Scenario) {
    let demand = Demand(scenario)
    let drawn = scenario.traffic.map { Set(demand.sources(of: $0).map(\.name)) }
    for source in data {
      let groups = zip(scenario.traffic, drawn).filter { $1.contains(source.name) }.map(\.0)
      switch source.order {
      case .unique: checkUnique(source, groups, demand)
      case .perUser: checkPerUser(source, groups)
      case .cycle, .random: break
      }
    }
    for invariant in scenario.invariants {
      switch invariant.rule {
      case .capped(let rule): checkDemand(rule, of: invariant, demand)
      case .atMost(let rule): checkDemand(rule.count, per: rule.variable, rule.outcome.step, of: invariant, demand)
      case .dailyLimit(let rule): checkDemand(rule.limit, per: rule.variable, rule.accepted.step, of: invariant, demand)
      case .conserved, .replay, .equal, .never: break
      }
    }
  }

  // MARK: - Data

  /// The time below which an iteration of a loop is thought possible, nanoseconds: a request to a target nearby.
  private static let quickRequest = 5e6

  private func checkUnique(_ source: DataSource, _ groups: [TrafficGroup], _ demand: Demand) {
    guard let rows = source.rowCount, let draws = source.draws else { return }
    let hint = "the traffic ends when the rows run out; order: 'cycle' begins again"
    // A loop of users without an end of its own asks for one iteration a user at least.
    let certain = groups.reduce(0.0) { $0 + Double($1.load.iterations ?? UInt64($1.load.maxUsers)) }
    if certain > draws {
      warning(
        "'\(source.name)' has \(grouped(rows)) rows, and the load asks for \(grouped(Int(min(certain, 1e15)))) iterations, "
          + (source.each == 1 ? "each of which takes one" : "of which \(grouped(source.each)) share one"),
        at: source.range, hint: hint)
      return
    }
    // Seconds of users for each iteration that there are rows for.
    var (time, quickest, users) = (0.0, Double.infinity, 0)
    for group in groups {
      guard case .closed(let profile) = group.load else { return }
      time += profile.area * 1e9
      users += group.load.maxUsers
      quickest = min(quickest, Double(demand.leastCycle(of: group)) + Self.quickRequest * Double(group.steps.count))
    }
    guard draws * quickest < time else { return }
    warning(
      "'\(source.name)' has \(grouped(rows)) rows, each of which is used once: \(grouped(users)) users run out of them "
        + "before the load ends unless an iteration takes \(words(nanoseconds: short(time / draws))) or longer",
      at: source.range, hint: hint + "; to end when each was used, give the load 'shared_iterations'")
  }

  /// Two digits of it are enough to be read.
  private func short(_ nanoseconds: Double) -> UInt64 {
    var scale = 1.0
    while nanoseconds / scale >= 100 { scale *= 10 }
    return UInt64((nanoseconds / scale).rounded() * scale)
  }

  private func checkPerUser(_ source: DataSource, _ groups: [TrafficGroup]) {
    // Arrivals make users only as they are needed.
    let loops = groups.filter { if case .open = $0.load { false } else { true } }
    let users = loops.reduce(0) { $0 + $1.load.maxUsers }
    guard let rows = source.rowCount, let draws = source.draws, Double(users) > draws else { return }
    warning(
      "'\(source.name)' has \(grouped(rows)) rows for \(grouped(users)) users: several users have the same row",
      at: source.range,
      hint: "add rows; where users are meant to share them, 'each' says how many to a row")
  }

  // MARK: - Limits

  private func checkDemand(_ rule: Invariant.Capped, of invariant: Invariant, _ demand: Demand) {
    guard let (group, step) = place(of: rule.accepted.step, demand),
      let requests = demand.requests(of: step, in: group), requests <= Double(rule.cap)
    else { return }
    warning(
      "the cap of \(grouped(rule.cap)) is never exceeded: the load makes at most \(grouped(Int(requests))) requests of '\(step.name)'",
      at: invariant.range)
  }

  /// The requests of one iteration come one after the other, and so do those of one user.
  private func checkDemand(
    _ limit: Int, per variable: String, _ name: String, of invariant: Invariant, _ demand: Demand
  ) {
    let source = data.first { $0.name == variable || variable.hasPrefix($0.name + ".") }
    guard let source, let (group, step) = place(of: name, demand) else { return }
    let hint = "rows for several iterations do it, such as each: 2, or order: 'cycle' with fewer rows than users"
    if let draws = mostDraws(of: source, in: group, demand), draws * Double(step.repeatCount) <= Double(limit) {
      let asked = Int(draws) * step.repeatCount
      warning(
        "the limit of \(grouped(limit)) is never put to the test: each '\(variable)' asks "
          + (asked == 1 ? "once" : "\(grouped(asked)) times"),
        at: invariant.range, hint: hint)
    } else if !invariant.isSequential, source.order == .unique, source.each == 1 {
      warning(
        "no two requests with the same '\(variable)' are ever in flight together: each is drawn once, by one user",
        at: invariant.range, hint: hint + "; where that is not the point, say sequential: true")
    } else if !invariant.isSequential, source.order == .perUser, !isShared(source, demand) {
      warning(
        "no two requests with the same '\(variable)' are ever in flight together: each is one user's",
        at: invariant.range,
        hint: "such as each: 2, for two users to a row; where that is not the point, say sequential: true")
    }
  }

  /// How often a row is drawn at the most; `nil` where that is not known.
  private func mostDraws(of source: DataSource, in group: TrafficGroup, _ demand: Demand) -> Double? {
    switch source.order {
    case .unique: return Double(source.each)
    case .cycle:
      guard !isShared(source, demand), let asked = demand.askedFor(by: group), let draws = source.draws else {
        return nil
      }
      return (asked / draws).rounded(.up) * Double(source.each)
    case .perUser:
      guard case .countedPerUser(let users, let iterations) = group.load, !isInSeveralGroups(source, demand) else {
        return nil
      }
      let rounds = source.draws.map { (Double(users) / $0).rounded(.up) } ?? 1
      return rounds * Double(min(source.each, users)) * Double(iterations)
    case .random: return nil
    }
  }

  private func isInSeveralGroups(_ source: DataSource, _ demand: Demand) -> Bool {
    demand.scenario.traffic.count { group in demand.sources(of: group).contains { $0.name == source.name } } > 1
  }

  /// Several users may have the same row at the same time.
  private func isShared(_ source: DataSource, _ demand: Demand) -> Bool {
    guard !isInSeveralGroups(source, demand) else { return true }
    guard source.order == .perUser else { return false }
    let users = demand.scenario.traffic.filter { group in demand.sources(of: group).contains { $0.name == source.name }
    }
    .reduce(0) { $0 + $1.load.maxUsers }
    return source.each > 1 || source.draws.map { Double(users) > $0 } ?? false
  }

  private func place(of step: String, _ demand: Demand) -> (TrafficGroup, Step)? {
    for group in demand.scenario.traffic {
      if let step = group.steps.first(where: { $0.name == step }) { return (group, step) }
    }
    return nil
  }
}
