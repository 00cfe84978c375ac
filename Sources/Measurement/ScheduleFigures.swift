/// What became of the arrivals of an open group: how late the generator was with them, and what that did to the
/// latencies. Closed groups and bursts have none.
///
/// Memory does not grow with the number of arrivals. Additive: workers and intervals merge.
package struct ScheduleFigures: Sendable, Equatable {
  /// How late the generator itself sent the first request of each arrival. Nanoseconds.
  package internal(set) var lag = Histogram()
  /// Latencies of the requests that were noticeably late, as they were. Nanoseconds.
  package internal(set) var late = Histogram()
  /// The same without the generator's lag, request by request.
  package internal(set) var lateWithoutLag = Histogram()
  /// Of Poisson arrivals: the gaps between one of the first worker's arrivals and its next as they were taken, made
  /// into what the gaps of all arrivals would be: exponential of mean 1, whatever the rate. In units of 10^-9.
  package internal(set) var gaps = Histogram()

  /// Lag from which on a request can be noticeably late: half of the least change of a percentile that anything is made of.
  static let noticeableLag: UInt64 = 1 << 17

  package init() {}

  /// Latencies of which `late` is a part, had the generator been on time.
  ///
  /// - Returns: The percentile by nearest rank; 0 where there are no samples.
  /// - Complexity: O(pages).
  package func percentileWithoutLag(_ percent: Double, of all: Histogram) -> UInt64 {
    guard !late.isEmpty else { return all.percentile(percent) }
    var counts: [(value: UInt64, change: Int64)] = []
    all.forEachBucket { counts.append(($1, Int64($2))) }
    late.forEachBucket { counts.append(($1, -Int64($2))) }
    lateWithoutLag.forEachBucket { counts.append(($1, Int64($2))) }
    counts.sort { $0.value < $1.value }
    let total = counts.reduce(0) { $0 + $1.change }
    guard total > 0 else { return 0 }
    let rank = Int64(Histogram.rank(ofPercentile: percent, count: UInt64(total)))
    var before: Int64 = 0
    for (index, count) in counts.enumerated() {
      before += count.change
      // Of equal values, the last one has all of their changes.
      let isLast = index + 1 == counts.count || counts[index + 1].value != count.value
      if isLast, before >= rank { return min(count.value, max(all.maximum, lateWithoutLag.maximum)) }
    }
    return all.maximum
  }

  mutating func add(lag nanoseconds: UInt64, latency: UInt64) {
    late.record(latency)
    lateWithoutLag.record(latency > nanoseconds ? latency &- nanoseconds : 0)
  }

  mutating func merge(_ other: ScheduleFigures) {
    lag.merge(other.lag)
    late.merge(other.late)
    lateWithoutLag.merge(other.lateWithoutLag)
    gaps.merge(other.gaps)
  }

  mutating func removeAll() {
    lag.removeAll(keepingCapacity: true)
    late.removeAll(keepingCapacity: true)
    lateWithoutLag.removeAll(keepingCapacity: true)
    gaps.removeAll(keepingCapacity: true)
  }
}

extension IntervalRecorder {
  /// Records a request of an open group that was sent. Times are nanoseconds.
  ///
  /// - Parameters:
  ///   - number: Of the series that it was recorded in.
  ///   - lag: The part of sent − intended that the worker itself caused.
  ///   - isArrival: It is the first of an iteration, whose instant the schedule sets.
  /// - Complexity: O(1); two comparisons for a request that was on time.
  package func recordScheduled(group: Int, series number: Int, lag: UInt64, latency: UInt64, isArrival: Bool) {
    if isArrival { groups[group].schedule.lag.record(lag) }
    if lag >= ScheduleFigures.noticeableLag, lag > latency >> 6 {
      let definition = definitions[number]
      guard definition.kind.countsInLatency(outcome: definition.key.outcome) else { return }
      groups[group].schedule.add(lag: lag, latency: latency)
    }
  }

  /// Records the gap before an arrival of a Poisson group, 1 being the average.
  package func recordGap(_ gap: Double, group: Int) {
    groups[group].schedule.gaps.record(UInt64(min(max(gap, 0), 3600) * 1e9))
  }
}
