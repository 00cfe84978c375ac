extension IntervalRecorder {
  /// Adds this interval, merged from all workers, to the record of the run.
  ///
  /// The interval's summary is added always; its figures are not where it belongs to the warm-up.
  ///
  /// - Parameters:
  ///   - start: Nanoseconds since the run's start.
  ///   - end: Likewise.
  /// - Returns: The interval's summary.
  @discardableResult
  package func accumulate(
    into record: inout RunRecord, start: UInt64, end: UInt64, isWarmUp: Bool
  ) -> IntervalSummary {
    let summary = summary(start: start, end: end, isWarmUp: isWarmUp)
    record.intervals.append(summary)
    prepare(&record)
    guard !isWarmUp else { return summary }
    let number = record.intervals.count { !$0.isWarmUp } - 1
    for (index, recorded) in series.enumerated() where recorded.count > 0 || !recorded.samples.isEmpty {
      record.series[Self.number(of: definitions[index].key, near: index, in: record)!].add(recorded, interval: number)
    }
    for (index, group) in groups.enumerated() { record.groups[index].add(group) }
    record.connections.opened += connectionsOpened
    record.connections.failed += connectionsFailed
    record.connections.events.merge(connectionEvents)
    record.connections.connectTime.merge(connectTime)
    if let pause = longestPause { record.generator.longestPause = max(record.generator.longestPause ?? 0, pause) }
    record.generator.lag.merge(generatorLag)
    record.generator.wait.merge(wait)
    record.generator.turnWait.merge(turnWait)
    record.generator.probeLag.merge(probeLag)
    return summary
  }

  /// The interval in one line. Latency figures are of looked-for outcomes, as everywhere.
  package func summary(start: UInt64, end: UInt64, isWarmUp: Bool) -> IntervalSummary {
    var summary = IntervalSummary(start: start, end: end)
    var latency = Histogram()
    for (definition, recorded) in zip(definitions, series) where recorded.count > 0 {
      summary.requests += recorded.count
      if definition.kind.isError { summary.errors += recorded.count }
      if definition.kind.countsInLatency(outcome: definition.key.outcome) { latency.merge(recorded.latency) }
    }
    summary.inFlight = groups.reduce(0) { $0 + $1.inFlight }
    summary.median = latency.percentile(50)
    summary.p95 = latency.percentile(95)
    summary.p99 = latency.percentile(99)
    summary.maximum = latency.maximum
    summary.isWarmUp = isWarmUp
    summary.usage = usage
    return summary
  }

  /// Gives the record each series and group that is known here, so that also those without a sample are in it.
  package func prepare(_ record: inout RunRecord) {
    for (index, definition) in definitions.enumerated()
    where Self.number(of: definition.key, near: index, in: record) == nil {
      var series = SeriesRecord(key: definition.key, kind: definition.kind)
      series.exceedances = definition.budgets.map { ExceedanceCounter(budgetNanoseconds: $0) }
      record.series.append(series)
    }
    for definition in groupDefinitions.dropFirst(record.groups.count) {
      record.groups.append(GroupRecord(name: definition.name, load: definition.load, isOpen: definition.isOpen))
    }
  }

  private static func number(of key: SeriesKey, near guess: Int, in record: RunRecord) -> Int? {
    if guess < record.series.count, record.series[guess].key == key { return guess }
    return record.series.firstIndex { $0.key == key }
  }
}

extension SeriesRecord {
  mutating func add(_ recorded: IntervalRecorder.RecordedSeries, interval number: Int) {
    var slot = Timeline.Slot()
    slot.count = recorded.count
    slot.latency = Double(recorded.latency.sum)
    slot.serviceTime = Double(recorded.serviceTime.sum)
    slot.sent = recorded.serviceTime.count
    slot.timeToFirstByte = Double(recorded.timeToFirstByte.sum)
    slot.answered = recorded.timeToFirstByte.count
    timeline.add(slot, at: number)
    count += recorded.count
    latency.merge(recorded.latency)
    serviceTime.merge(recorded.serviceTime)
    timeToFirstByte.merge(recorded.timeToFirstByte)
    bytesSent += recorded.bytesSent
    bytesReceived += recorded.bytesReceived
    for (index, counter) in recorded.exceedances.enumerated() { exceedances[index].merge(counter) }
    samples.append(contentsOf: recorded.samples.prefix(IntervalRecorder.sampleLimit - samples.count))
  }
}

extension GroupRecord {
  mutating func add(_ group: IntervalRecorder.RecordedGroup) {
    iterationsStarted += group.iterationsStarted
    iterationsCompleted += group.iterationsCompleted
    intended += group.intended
    unsent += group.unsent
    peakInFlight = max(peakInFlight, group.peakInFlight)
    lag += group.lag
    schedule.merge(group.schedule)
  }
}
