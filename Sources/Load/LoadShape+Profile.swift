extension LoadShape.Profile {
  /// Nanoseconds, all segments together.
  package var nanoseconds: UInt64 { segments.reduce(0) { $0 + $1.nanoseconds } }

  /// The highest level at any time; 0 without segments.
  package var peak: Double { segments.reduce(0) { max($0, $1.from, $1.to) } }

  /// The level at a time; where two segments meet, that of the later one, and 0 from the end on.
  package func level(at elapsed: UInt64) -> Double {
    guard let (segment, start) = segment(at: elapsed) else { return 0 }
    return segment.level(after: elapsed - start)
  }

  /// The area under the profile from the start: for a rate per second, how often by then. Exact but for rounding.
  package func area(upTo elapsed: UInt64) -> Double {
    var start: UInt64 = 0
    var area = 0.0
    for segment in segments where start < elapsed {
      area += segment.area(after: min(elapsed - start, segment.nanoseconds))
      start += segment.nanoseconds
    }
    return area
  }

  /// The area under the whole profile.
  package var area: Double { segments.reduce(0) { $0 + $1.area } }

  /// The segment that a time is in, and when that begins; `nil` from the end on.
  func segment(at elapsed: UInt64) -> (segment: LoadShape.Segment, start: UInt64)? {
    var start: UInt64 = 0
    for segment in segments {
      if elapsed - start < segment.nanoseconds { return (segment, start) }
      start += segment.nanoseconds
    }
    return nil
  }
}

extension LoadShape.Segment {
  var seconds: Double { Double(nanoseconds) / 1e9 }

  /// - Parameter elapsed: Nanoseconds from the segment's beginning, at most its length.
  func level(after elapsed: UInt64) -> Double {
    nanoseconds == 0 ? to : from + (to - from) * (Double(elapsed) / Double(nanoseconds))
  }

  var area: Double { (from + to) / 2 * seconds }

  func area(after elapsed: UInt64) -> Double {
    (from + level(after: elapsed)) / 2 * (Double(elapsed) / 1e9)
  }

  /// The seconds from the segment's beginning after which the area exceeds `area`.
  ///
  /// The area after s is from·s + slope·s²/2; this is the root's form that loses no digits and knows no special case
  /// for a level line.
  /// - Parameter area: Not negative, and less than that of the whole segment.
  func seconds(untilAreaExceeds area: Double) -> Double {
    guard area > 0 || from > 0 else { return 0 }
    let slope = (to - from) / seconds
    return 2 * area / (from + max(0, from * from + 2 * slope * area).squareRoot())
  }
}
