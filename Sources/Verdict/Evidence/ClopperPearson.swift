/// Bounds on a share of which `events` of `samples` were seen: Clopper and Pearson's, which never claim more confidence
/// than they have. Both numbers may be real: an effective size is.
///
/// Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
/// binomial", Biometrika 26 (1934), in the form of beta quantiles.
enum ClopperPearson {
  /// What the share is at most, with `confidence`; 1 where every sample was an event.
  static func upper(events: Double, samples: Double, confidence: Double) -> Double {
    guard samples > events else { return 1 }
    return RegularizedBeta.inverse(confidence, max(events, 0) + 1, samples - events)
  }

  /// What the share is at least, with `confidence`; 0 where no sample was an event.
  static func lower(events: Double, samples: Double, confidence: Double) -> Double {
    guard events > 0 else { return 0 }
    return RegularizedBeta.inverse(1 - confidence, events, max(samples - events, 0) + 1)
  }
}
