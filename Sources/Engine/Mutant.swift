#if DEBUG
  import Load
  import Measurement
  import Scenario

  /// A well-known mistake of load generators, for a run to make: the tests of the truth must notice each. Release builds have
  /// none of it.
  package enum Mutant: String, CaseIterable, Sendable {
    /// Latency counts from the instant at which a request was sent, not from when it was wanted.
    case measuredFromSend
    /// What arrives on a schedule is left to users in a loop, which keep to the rate only while they are answered.
    case closedForOpen
    /// A request that timed out is no measurement.
    case timeoutsDropped
    /// Percentiles of intervals are averaged; histograms ought to be merged.
    case percentilesAveraged
  }

  extension Scenario {
    /// The scenario with users in a loop for each open load: so many, at such a pace, that they come to its first rate.
    var closedForOpen: Scenario {
      var changed = self
      for index in changed.traffic.indices {
        guard case .open(let profile, let users, _) = changed.traffic[index].load, let first = profile.segments.first
        else { continue }
        changed.traffic[index].load = .closed(.constant(Double(users), nanoseconds: profile.nanoseconds))
        changed.traffic[index].pacing = UInt64(Double(users) / first.from * 1e9)
      }
      return changed
    }
  }

  extension RunRecord {
    /// Makes the latencies those of averaged percentiles, once an interval has been added.
    ///
    /// - Parameter before: the record as it was without that interval.
    mutating func averagePercentiles(of interval: IntervalRecorder, since before: RunRecord) {
      for (definition, recorded) in zip(interval.definitions, interval.series) where recorded.count > 0 {
        guard let index = series.firstIndex(where: { $0.key == definition.key }) else { continue }
        let earlier = before.series.first { $0.key == definition.key }?.latency ?? Histogram()
        series[index].latency = earlier.averaged(with: recorded.latency)
      }
    }
  }

  extension Histogram {
    /// Of each half percent, the mean of both histograms' values, weighted by their counts.
    fileprivate func averaged(with other: Histogram) -> Histogram {
      if count == 0 { return other }
      if other.count == 0 { return self }
      let steps: UInt64 = 200
      let total = count + other.count
      var averaged = Histogram()
      for step in 0..<steps {
        let percent = (Double(step) + 0.5) / Double(steps) * 100
        let sum = percentile(percent) * count + other.percentile(percent) * other.count
        averaged.record(sum / total, times: total * (step + 1) / steps - total * step / steps)
      }
      return averaged
    }
  }
#endif
