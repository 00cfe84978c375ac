import Load
import Measurement
import Scenario

/// The rules on arrivals: that each was made, and made in time.
extension SelfCheckContext {
  private static let slower = "add workers, lower the rate, move the target off this machine, or try again (--retry 3)"

  /// An intended arrival was neither sent nor counted as unsent.
  func lostArrivals() -> SelfCheckRule {
    guard isScheduled else {
      return SelfCheckRule(.lostArrivals, .notApplicable, "no group's arrivals are on a schedule")
    }
    // What was under way between intervals is lost with the rest of the journal.
    guard record.ending != .cutOff else {
      return SelfCheckRule(.lostArrivals, .notApplicable, "the run was cut off, and arrivals under way with it")
    }
    var (lost, intended): (UInt64, UInt64) = (0, 0)
    // Arrivals that found no row of data were never to be sent.
    for (group, _) in scheduled where group.offered?.exhausted == nil {
      let accounted = group.iterationsStarted + group.unsent
      lost += group.intended > accounted ? group.intended - accounted : accounted - group.intended
      intended += group.intended
    }
    let text =
      "\(counted(lost, "arrival")) of \(Quantity.grouped(intended)) "
      + "\(lost == 1 ? "was" : "were") neither sent nor counted as unsent"
    return rule(
      .lostArrivals, Quantity(Double(lost), .count), limit: Quantity(0, .count), speaks: .invalid, isBroken: lost > 0,
      text, advice: "this is a fault of Stampede's own, and its figures are not to be used")
  }

  /// The arrivals made are not as many as the load calls for.
  func arrivalRate() -> SelfCheckRule {
    let whole = scheduled.filter { pair in !ranOut(pair.group) }
    guard !whole.isEmpty, record.ending == .completed else {
      return SelfCheckRule(.arrivalRate, .notApplicable, "no group's schedule was to be carried out to its end")
    }
    var worst = (deviation: 0.0, made: UInt64(0), wanted: 0.0, isBroken: false)
    for (group, traffic) in whole {
      guard case .open(let rate, _, let isPoisson) = traffic.load else { continue }
      let from = record.warmUp > traffic.startAfter ? record.warmUp - traffic.startAfter : 0
      let wanted = rate.area - rate.area(upTo: from)
      guard wanted > 0 else { continue }
      // Those that found no free user were made; somebody else is to blame.
      let made = group.iterationsStarted + group.unsent
      let difference = Double(made) - wanted
      // Both ends round, and a Poisson count varies by its square root.
      let slack = 1 + (isPoisson ? 4 * wanted.squareRoot() : 0)
      let deviation = difference / wanted
      let isBroken = difference.magnitude > slack + (limits.rate ?? 1) * wanted
      if isBroken && !worst.isBroken || isBroken == worst.isBroken && deviation.magnitude > worst.deviation.magnitude {
        worst = (deviation, made, wanted, isBroken)
      }
    }
    let text =
      "\(counted(worst.made, "arrival")) were made, and the load calls for \(Quantity.grouped(UInt64(worst.wanted.rounded())))"
    return rule(
      .arrivalRate, Quantity(worst.deviation.magnitude, .fraction), limit: limits.rate.map { Quantity($0, .fraction) },
      speaks: .invalid, isBroken: worst.isBroken, text, advice: Self.slower)
  }

  /// Data that is used once ended the group before its schedule did. An older journal does not tell: it may have.
  private func ranOut(_ group: GroupRecord) -> Bool {
    guard let offered = group.offered else { return scenario.data.contains { $0.order == .unique } }
    return offered.exhausted != nil
  }

  /// How late the generator was at p99, nanoseconds; `nil` where there is nothing to be late for.
  var lateness: Double? {
    var lags = Histogram()
    for (group, _) in scheduled { lags.merge(group.schedule.lag) }
    // A closed load's lag is the generator's own work; it matters where times are judged. Journals of older versions know
    // no other.
    if lags.isEmpty, isScheduled || smallestBudget != nil { lags = record.generator.lag }
    guard !lags.isEmpty else { return nil }
    // One late arrival among few is a hiccup; two are 1 % of two hundred.
    return Double(lags.value(atRank: min(Histogram.rank(ofPercentile: 99, count: lags.count), max(lags.count, 2) - 1)))
  }

  /// How late threads of this machine that ask for nothing were let in at p99, nanoseconds: the workers of a schedule, or the
  /// probe beside them. A target on this machine has no better turns than that.
  var turnLateness: Double? {
    let probed = record.generator.probeLag
    return probed.isEmpty ? lateness : max(lateness ?? 0, Double(probed.percentile(99)))
  }

  /// The generator was late.
  func lag() -> SelfCheckRule {
    guard let late = lateness else {
      return SelfCheckRule(
        .lag, .notApplicable, isScheduled ? "nothing was sent" : "a closed load without a budget on times")
    }
    return rule(
      .lag, Quantity(late, .nanoseconds), limit: limits.lag.map { _ in Quantity(tolerance, .nanoseconds) },
      speaks: .invalid,
      isBroken: late > tolerance, "the generator was late by \(Quantity.duration(late)) at p99", advice: Self.slower)
  }

  /// A worker thread was paused, whatever the percentiles make of it: a stop of a second is below the 1 % of a p99 in a run of
  /// more than 100 s, and those who came meanwhile waited all the same. A closed load has no arrivals that would have
  /// come, so that it is only told there.
  func pause() -> SelfCheckRule {
    guard let pause = record.generator.longestPause else {
      return SelfCheckRule(.pause, .notAvailable, "not available: a journal of a version that did not look")
    }
    return rule(
      .pause, Quantity(Double(pause), .nanoseconds), limit: limits.pause.map { Quantity(Double($0), .nanoseconds) },
      speaks: isScheduled ? .invalid : .note, isBroken: pause > limits.pause ?? .max,
      "a worker thread was paused for \(Quantity.duration(Double(pause))) at once",
      advice:
        "nothing was sent meanwhile, because something stopped the generator, such as a debugger, a frozen container or a suspended machine; run again"
    )
  }

  /// The least change of a p95 that anything is made of, nanoseconds: a kernel that others share promises no less.
  static let leastShift = 250_000.0

  /// The generator's lag made the p95 what it is.
  func p95WithoutLag() -> SelfCheckRule {
    guard isScheduled else {
      return SelfCheckRule(.p95WithoutLag, .notApplicable, "no group's arrivals are on a schedule")
    }
    var worst = (shift: 0.0, with: 0.0, without: 0.0, isBroken: false)
    for (group, _) in scheduled {
      let all = latencies(of: group)
      guard !all.isEmpty else { continue }
      let (with, without) = (Double(all.percentile(95)), Double(group.schedule.percentileWithoutLag(95, of: all)))
      let change = (with - without).magnitude
      let shift = with > 0 ? change / with : 0
      let isBroken = shift > (limits.p95Shift ?? .infinity) && change > Self.leastShift
      if isBroken && !worst.isBroken || isBroken == worst.isBroken && shift >= worst.shift {
        worst = (shift, with, without, isBroken)
      }
    }
    let text =
      "p95 is \(Quantity.duration(worst.with)), and would be \(Quantity.duration(worst.without)) without the generator's own lateness"
    return rule(
      .p95WithoutLag, Quantity(worst.shift, .fraction), limit: limits.p95Shift.map { Quantity($0, .fraction) },
      speaks: .invalid, isBroken: worst.isBroken, text, advice: Self.slower)
  }

  /// Arrivals waited for a user: the target, or the number of users, is the limit.
  func noFreeUser() -> SelfCheckRule {
    let (unsent, intended) = scheduled.reduce(into: (UInt64(0), UInt64(0))) { sum, pair in
      sum.0 += pair.group.unsent
      sum.1 += pair.group.intended
    }
    guard isScheduled else {
      return SelfCheckRule(.noFreeUser, .notApplicable, "no group's arrivals are on a schedule")
    }
    let text = "\(Quantity.grouped(unsent)) of \(counted(intended, "arrival")) found no free user"
    return SelfCheckRule(
      .noFreeUser, unsent > 0 ? .note : .ok, observed: Quantity(Double(unsent), .count),
      unsent > 0 ? text + ": the target or max_users is the limit" : text)
  }
}
