import EventLoop
import JSON

/// Services whose latency is known beforehand: what a load generator's figures are tested against.
///
/// A request's end is settled when it arrives, as an instant, and a timer waits for that instant: what the machine adds to
/// one request's time is not passed on to the next one's.
package final class Truth: ReferenceSystem {
  package static let name = "truth"
  package static let incidents: [Incident] = []

  private let settings: TruthSettings
  private let stall = Locked(StallState())
  private let queue = Locked(QueueState())
  private let delays = Locked(TruthLog())
  private let serviceTimes: SharedRandom
  private let delayTimes: SharedRandom

  private struct StallState {
    var log = TruthLog()
    /// When the first request came.
    var origin: UInt64?
    /// When the last request's service began.
    var lastStart: UInt64?
  }

  private struct QueueState {
    var log = TruthLog()
    var lastDeparture: UInt64 = 0
  }

  package init(context: ServerContext) {
    settings = TruthSettings(context.settings)
    serviceTimes = context.random("truth.mm1")
    delayTimes = context.random("truth.delay")
  }

  package func install(on router: inout Router) {
    router.on("GET", "/_truth/stall") { await self.answer($0, self.serveStalling) }
    router.on("GET", "/_truth/mm1") { await self.answer($0, self.serveQueue) }
    router.on("GET", "/_truth/delay") { await self.answer($0, self.serveDelay) }
  }

  package func reset() {
    stall.withLock { state in
      state.log.reset()
      state.origin = nil
      state.lastStart = nil
    }
    queue.withLock { state in
      state.log.reset()
      state.lastDeparture = 0
    }
    delays.withLock { $0.reset() }
    serviceTimes.reset()
    delayTimes.reset()
  }

  // MARK: - The log

  /// A service by the last part of its path.
  package enum Service: String, CaseIterable, Sendable {
    case stall, mm1, delay
  }

  package func log(of service: Service) -> TruthLog {
    switch service {
    case .stall: stall.withLock { $0.log }
    case .mm1: queue.withLock { $0.log }
    case .delay: delays.withLock { $0 }
    }
  }

  package func truth() -> JSONValue {
    .object(Service.allCases.map { JSONField($0.rawValue, log(of: $0).whole) })
  }

  package func witness() -> JSONValue? {
    let used = Service.allCases.map { ($0, log(of: $0)) }.filter { !$0.1.entries.isEmpty }
    return used.isEmpty ? nil : .object(used.map { JSONField($0.rawValue, $1.summary) })
  }

  // MARK: - The services

  private struct Served {
    var entry: TruthLog.Entry
    var end: (_ departure: UInt64) -> Void
  }

  private func answer(
    _ request: ServerRequest,
    _ serve: (_ request: ServerRequest, _ arrival: UInt64) throws(TruthParameters.Refusal) -> Served
  ) async -> ServerResponse {
    let served: Served
    do throws(TruthParameters.Refusal) {
      served = try serve(request, EventLoop.now())
    } catch {
      return error.response
    }
    let entry = served.entry
    if entry.due > entry.arrival { try? await request.loop.sleep(until: entry.due) }
    served.end(EventLoop.now())
    return .json(
      200,
      [
        "arrival_ns": .integer(Int64(entry.arrival)), "start_ns": .integer(Int64(entry.start)),
        "due_ns": .integer(Int64(entry.due)),
      ])
  }

  /// Every request takes the same time; in each period the server stands still for a while. Where `rate` is not 0, it
  /// begins no more requests a second than that.
  private func serveStalling(
    _ request: ServerRequest, arrival: UInt64
  ) throws(TruthParameters.Refusal) -> Served {
    let given = try TruthParameters(request, known: ["service_ms", "stall_ms", "period_ms", "rate"])
    let service = UInt64(try given.value("service_ms", or: settings.stallService))
    let length = UInt64(try given.value("stall_ms", or: settings.stallLength))
    let period = UInt64(try given.value("period_ms", or: settings.stallPeriod))
    let rate = UInt64(try given.value("rate", or: settings.stallRate))
    guard length < period else {
      throw TruthParameters.Refusal(
        message:
          "a stall of \(Self.milliseconds(length)) in every \(Self.milliseconds(period)) leaves no time to answer:"
          + " stall_ms must be below period_ms")
    }
    let (entry, ticket) = stall.withLock { state in
      let origin = state.origin ?? arrival
      state.origin = origin
      let schedule = StallSchedule(origin: origin, stall: length, period: period)
      // Another loop may have come first, with a later instant.
      let begin = max(arrival, origin)
      if let window = schedule.window(at: begin) { state.log.hold(schedule.bounds(ofWindow: window)) }
      var start = schedule.advance(from: begin, by: 0)
      if rate > 0, let last = state.lastStart {
        start = max(start, schedule.advance(from: last, by: 1_000_000_000 / rate))
      }
      state.lastStart = start
      let entry = TruthLog.Entry(arrival: arrival, start: start, due: schedule.advance(from: start, by: service))
      return (entry, state.log.begin(entry))
    }
    return Served(entry: entry) { departure in self.stall.withLock { $0.log.end(ticket, at: departure) } }
  }

  /// One server, first come, first served: dᵢ = max(aᵢ, dᵢ₋₁) + Sᵢ with exponential Sᵢ.
  private func serveQueue(
    _ request: ServerRequest, arrival: UInt64
  ) throws(TruthParameters.Refusal) -> Served {
    let given = try TruthParameters(request, known: ["rate"])
    let rate = Double(try given.value("rate", or: settings.queueRate))
    let (entry, ticket) = queue.withLock { state in
      let service = UInt64(serviceTimes.exponential() / rate * 1e9)
      let start = max(arrival, state.lastDeparture)
      state.lastDeparture = start + service
      let entry = TruthLog.Entry(arrival: arrival, start: start, due: start + service)
      return (entry, state.log.begin(entry))
    }
    return Served(entry: entry) { departure in self.queue.withLock { $0.log.end(ticket, at: departure) } }
  }

  /// Each request waits for itself: the same time, or times drawn around it.
  private func serveDelay(
    _ request: ServerRequest, arrival: UInt64
  ) throws(TruthParameters.Refusal) -> Served {
    let given = try TruthParameters(request, known: ["ms", "distribution"])
    var delay = Double(try given.value("ms", or: settings.delay))
    if try given.value("distribution", or: settings.delayDistribution) != 0 { delay *= delayTimes.exponential() }
    let entry = TruthLog.Entry(arrival: arrival, start: arrival, due: arrival + UInt64(delay))
    let ticket = delays.withLock { $0.begin(entry) }
    return Served(entry: entry) { departure in self.delays.withLock { $0.end(ticket, at: departure) } }
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String { "\(Double(nanoseconds) / 1e6) ms" }
}
