/// What is recorded during one interval: by a worker, or by all of them once merged.
///
/// A worker has two, and records into one while the coordinator reads the other. At the end of an interval the worker
/// itself calls `takeOver(from:)` on its spare one and gives the full one away; the coordinator merges it into an
/// interval of the whole run, resets it and gives it back as the next spare:
///
/// ```swift
/// spare.takeOver(from: active)          // on the worker's thread; then give `active` away
/// interval.merge(full); full.reset()    // on the coordinator's, for each worker
/// interval.accumulate(into: &record, start: start, end: end, isWarmUp: false)
/// interval.reset()
/// ```
///
/// Memory does not grow with the number of samples: histograms and counters allocate when first used, and keep their
/// memory through `reset()`.
///
/// - Thread rule: one thread at a time; handing over is the caller's.
package final class IntervalRecorder {
  /// What a series is, apart from its samples.
  package struct SeriesDefinition: Sendable, Hashable {
    package var key: SeriesKey
    package var kind: OutcomeKind
    /// Budgets on the latency of this series, nanoseconds: `RecordedSeries.exceedances` has one counter for each.
    package var budgets: [UInt64]

    package init(key: SeriesKey, kind: OutcomeKind, budgets: [UInt64]) {
      self.key = key
      self.kind = kind
      self.budgets = budgets
    }
  }

  /// What a traffic group is, apart from its counts.
  package struct GroupDefinition: Sendable, Hashable {
    package var name: String
    /// The load shape in words.
    package var load: String
    package var isOpen: Bool

    package init(name: String, load: String, isOpen: Bool) {
      self.name = name
      self.load = load
      self.isOpen = isOpen
    }
  }

  /// What was recorded of one series.
  package struct RecordedSeries: Sendable {
    package internal(set) var count: UInt64 = 0
    package internal(set) var latency = Histogram()
    package internal(set) var serviceTime = Histogram()
    package internal(set) var timeToFirstByte = Histogram()
    package internal(set) var bytesSent: UInt64 = 0
    package internal(set) var bytesReceived: UInt64 = 0
    package internal(set) var exceedances: [ExceedanceCounter]
    package internal(set) var samples: [String] = []

    init(budgets: [UInt64]) { exceedances = budgets.map { ExceedanceCounter(budgetNanoseconds: $0) } }
  }

  /// What was recorded of one traffic group.
  package struct RecordedGroup: Sendable, Equatable {
    package internal(set) var iterationsStarted: UInt64 = 0
    package internal(set) var iterationsCompleted: UInt64 = 0
    package internal(set) var intended: UInt64 = 0
    package internal(set) var unsent: UInt64 = 0
    /// Requests that were sent and not answered yet.
    package internal(set) var inFlight = 0
    /// The most of them at once during the interval. Where several workers were merged, the sum of each one's most: an
    /// upper bound, exact where they peak together.
    package internal(set) var peakInFlight = 0
    /// How late the generator sent this group's requests, added up. Nanoseconds.
    package internal(set) var lag: UInt64 = 0
    /// Of an open group.
    package internal(set) var schedule = ScheduleFigures()
  }

  /// How many texts `noteSample` keeps of a series.
  package static let sampleLimit = 3

  package private(set) var definitions: [SeriesDefinition]
  package private(set) var groupDefinitions: [GroupDefinition]
  // Unchecked for overlapping access on the way of a request: no code of others runs within one here, and the check
  // makes recording one request 30 ns in place of 22.

  /// By number, as in `definitions`.
  @exclusivity(unchecked) package private(set) var series: [RecordedSeries]
  /// By number, as in `groupDefinitions`.
  @exclusivity(unchecked) package internal(set) var groups: [RecordedGroup]
  @exclusivity(unchecked) package private(set) var generatorLag = Histogram()
  @exclusivity(unchecked) package private(set) var wait = Histogram()
  /// The longest time for which a worker did nothing of what was due, nanoseconds; `nil` where it was not looked at.
  package private(set) var longestPause: UInt64?
  package private(set) var connectTime = Histogram()
  package private(set) var turnWait = Histogram()
  package private(set) var connectionsOpened: UInt64 = 0
  package private(set) var connectionsFailed: UInt64 = 0
  package private(set) var connectionEvents = ConnectionEvents()
  /// What threads and machine did; of an interval of all workers, set by the coordinator.
  package var usage: IntervalUsage?
  /// How late a thread was let in that asks for nothing; of an interval of all workers, set by the coordinator.
  package var probeLag = Histogram()

  package init(series definitions: [SeriesDefinition], groups groupDefinitions: [GroupDefinition]) {
    self.definitions = definitions
    self.groupDefinitions = groupDefinitions
    series = definitions.map { RecordedSeries(budgets: $0.budgets) }
    groups = groupDefinitions.map { _ in RecordedGroup() }
  }

  /// Adds a series that the plan did not foresee, such as a transport outcome that turned up.
  ///
  /// - Returns: Its number.
  package func addSeries(_ definition: SeriesDefinition) -> Int {
    definitions.append(definition)
    series.append(RecordedSeries(budgets: definition.budgets))
    return series.count - 1
  }
}

// MARK: - Recording

extension IntervalRecorder {
  /// Records a request that ended. Times are nanoseconds.
  ///
  /// - Parameters:
  ///   - number: Of the series.
  ///   - elapsed: `done`, since the run's start.
  ///   - latency: done − intended.
  ///   - serviceTime: done − sent; `nil` where nothing was sent.
  ///   - timeToFirstByte: firstByte − sent; `nil` where no byte came.
  /// - Complexity: O(1).
  package func record(
    series number: Int, at elapsed: UInt64, latency: UInt64, serviceTime: UInt64?, timeToFirstByte: UInt64?,
    bytesSent: UInt64, bytesReceived: UInt64
  ) {
    series[number].add(
      at: elapsed, latency: latency, serviceTime: serviceTime, timeToFirstByte: timeToFirstByte, bytesSent: bytesSent,
      bytesReceived: bytesReceived)
  }

  /// Records how late a request of a group was sent, by cause. Nanoseconds.
  ///
  /// - Parameters:
  ///   - group: By number.
  ///   - generator: The part of sent − intended that the worker itself caused.
  ///   - wait: The part spent waiting for a free user or connection.
  package func recordLag(group: Int, generator: UInt64, wait waited: UInt64) {
    groups[group].lag &+= generator
    generatorLag.record(generator)
    wait.record(waited)
  }

  /// Records for how long a worker stood still at once. Nanoseconds.
  package func recordPause(_ nanoseconds: UInt64) { longestPause = max(longestPause ?? 0, nanoseconds) }

  /// Records a connection that became ready, TLS included, and how long that took. Nanoseconds.
  ///
  /// - Parameter turnWait: Before that, until the worker began it.
  package func recordConnection(connectTime nanoseconds: UInt64, turnWait waited: UInt64) {
    connectionsOpened += 1
    connectTime.record(nanoseconds)
    turnWait.record(waited)
  }

  package func recordFailedConnection() { connectionsFailed += 1 }

  package func record(_ events: ConnectionEvents) { connectionEvents.merge(events) }

  /// Records arrivals that the load shape called for.
  package func recordIntended(_ count: UInt64 = 1, group: Int) { groups[group].intended += count }

  package func recordIterationStarted(group: Int) { groups[group].iterationsStarted += 1 }

  package func recordIterationCompleted(group: Int) { groups[group].iterationsCompleted += 1 }

  /// Records arrivals that nobody could take before the end.
  package func recordUnsent(_ count: UInt64 = 1, group: Int) { groups[group].unsent += count }

  /// A request of the group was sent.
  package func requestBegan(group: Int) {
    groups[group].inFlight += 1
    if groups[group].inFlight > groups[group].peakInFlight { groups[group].peakInFlight = groups[group].inFlight }
  }

  /// A request of the group was answered or given up.
  package func requestEnded(group: Int) { groups[group].inFlight -= 1 }

  /// Keeps a few answers of a series for the report; those beyond `sampleLimit` are dropped.
  ///
  /// - Parameter text: Made only where it is kept.
  package func noteSample(series number: Int, _ text: @autoclosure () -> String) {
    guard series[number].samples.count < Self.sampleLimit else { return }
    let kept = text()
    series[number].samples.append(kept)
  }
}

extension IntervalRecorder.RecordedSeries {
  fileprivate mutating func add(
    at elapsed: UInt64, latency nanoseconds: UInt64, serviceTime: UInt64?, timeToFirstByte: UInt64?,
    bytesSent: UInt64, bytesReceived: UInt64
  ) {
    count &+= 1
    latency.record(nanoseconds)
    if let serviceTime { self.serviceTime.record(serviceTime) }
    if let timeToFirstByte { self.timeToFirstByte.record(timeToFirstByte) }
    self.bytesSent &+= bytesSent
    self.bytesReceived &+= bytesReceived
    for index in exceedances.indices { exceedances[index].record(at: elapsed, value: nanoseconds) }
  }

  mutating func merge(_ other: Self) {
    count += other.count
    latency.merge(other.latency)
    serviceTime.merge(other.serviceTime)
    timeToFirstByte.merge(other.timeToFirstByte)
    bytesSent += other.bytesSent
    bytesReceived += other.bytesReceived
    for index in exceedances.indices { exceedances[index].merge(other.exceedances[index]) }
    samples.append(contentsOf: other.samples.prefix(IntervalRecorder.sampleLimit - samples.count))
  }

  fileprivate mutating func reset() {
    guard count > 0 || !samples.isEmpty else { return }
    count = 0
    latency.removeAll(keepingCapacity: true)
    serviceTime.removeAll(keepingCapacity: true)
    timeToFirstByte.removeAll(keepingCapacity: true)
    bytesSent = 0
    bytesReceived = 0
    for index in exceedances.indices { exceedances[index].removeAll() }
    samples.removeAll(keepingCapacity: true)
  }
}

extension IntervalRecorder.RecordedGroup {
  fileprivate mutating func reset() {
    var figures = schedule
    schedule = ScheduleFigures()
    figures.removeAll()
    self = Self()
    schedule = figures
  }
}

// MARK: - Handing over

extension IntervalRecorder {
  /// Makes this recorder, reset before, go on where `full` ends: the same series, and what is in flight.
  ///
  /// Called on the worker's thread. Series only ever grow, and on one worker at a time, so that a number means the same
  /// in both of its recorders.
  package func takeOver(from full: IntervalRecorder) {
    for definition in full.definitions.dropFirst(definitions.count) { _ = addSeries(definition) }
    for (index, group) in full.groups.enumerated() {
      groups[index].inFlight = group.inFlight
      groups[index].peakInFlight = group.inFlight
    }
  }

  /// Adds what another worker recorded in the same interval. Series are brought together by key; those that are new
  /// here are added.
  ///
  /// - Precondition: both have the same groups, and series of equal key equal budgets.
  package func merge(_ other: IntervalRecorder) {
    for (index, recorded) in other.series.enumerated() where recorded.count > 0 || !recorded.samples.isEmpty {
      series[number(of: other.definitions[index], near: index)].merge(recorded)
    }
    for (index, group) in other.groups.enumerated() {
      groups[index].iterationsStarted += group.iterationsStarted
      groups[index].iterationsCompleted += group.iterationsCompleted
      groups[index].intended += group.intended
      groups[index].unsent += group.unsent
      groups[index].inFlight += group.inFlight
      groups[index].peakInFlight += group.peakInFlight
      groups[index].lag += group.lag
      groups[index].schedule.merge(group.schedule)
    }
    connectionsOpened += other.connectionsOpened
    connectionsFailed += other.connectionsFailed
    connectionEvents.merge(other.connectionEvents)
    connectTime.merge(other.connectTime)
    turnWait.merge(other.turnWait)
    if let pause = other.longestPause { recordPause(pause) }
    generatorLag.merge(other.generatorLag)
    wait.merge(other.wait)
  }

  /// Forgets all that was recorded; keeps the series and the memory.
  package func reset() {
    for index in series.indices { series[index].reset() }
    for index in groups.indices { groups[index].reset() }
    usage = nil
    probeLag.removeAll(keepingCapacity: true)
    longestPause = nil
    connectionsOpened = 0
    connectionsFailed = 0
    connectionEvents = ConnectionEvents()
    connectTime.removeAll(keepingCapacity: true)
    turnWait.removeAll(keepingCapacity: true)
    generatorLag.removeAll(keepingCapacity: true)
    wait.removeAll(keepingCapacity: true)
  }

  /// The number of a series, which is `guess` unless workers met new series in different orders.
  private func number(of definition: SeriesDefinition, near guess: Int) -> Int {
    if guess < definitions.count, definitions[guess].key == definition.key { return guess }
    return definitions.firstIndex { $0.key == definition.key } ?? addSeries(definition)
  }
}

// MARK: - Reading a journal

extension IntervalRecorder {
  /// Whether a line has a series that no line before it has named.
  func needsMoreSeries(_ line: RecordFields) throws(RecordError) -> Bool {
    for fields in try line.objects("series") where try fields.count("id") >= definitions.count { return true }
    return false
  }

  /// Takes what an interval's line says; the recorder was reset, and knows the line's series.
  func restore(_ line: RecordFields) throws(RecordError) {
    for fields in try line.objects("series") {
      let number = try fields.count("id")
      guard definitions.indices.contains(number) else {
        throw fields.error("id", "is \(number), and the table has \(definitions.count) series")
      }
      guard series[number].count == 0 else { throw fields.error("id", "is \(number), as another's in the line") }
      series[number] = try RecordedSeries(fields: fields, definition: definitions[number])
    }
    let recorded = try line.objects("groups")
    guard recorded.count == groupDefinitions.count else {
      throw line.error("groups", "has \(recorded.count) elements, and the head \(groupDefinitions.count) groups")
    }
    for (index, fields) in recorded.enumerated() { groups[index] = try RecordedGroup(fields: fields) }
    connectionsOpened = try line.amount("connections_opened")
    connectionsFailed = try line.amount("connections_failed")
    connectionEvents = try ConnectionEvents(fields: line)
    connectTime = try line.histogram("connect_time")
    turnWait = try line.histogram("turn_wait")
    generatorLag = try line.histogram("generator_lag")
    wait = try line.histogram("wait")
    probeLag = try line.histogram("probe_lag")
    longestPause = line.optional("longest_pause") == nil ? nil : try line.instant("longest_pause")
    usage = line.optional("usage") == nil ? nil : try IntervalUsage(fields: try line.object("usage"))
  }
}
