import JSON

extension Reading {
  /// The limits of the generator's check of itself: `'off'`, or an object of some of them, the others staying what they
  /// are.
  func selfCheck(_ node: JSONNode) -> SelfCheckLimits {
    if isOff(node) { return .off }
    var limits = SelfCheckLimits()
    if case .string = node.value {
      mismatch(node, "an object of limits, or 'off'")
      return limits
    }
    guard let fields = fields(node, .selfCheck) else { return limits }
    for limit in SelfCheckLimits.shares {
      guard let node = fields[limit.name] else { continue }
      if let value = share(node, "'\(limit.name)'", most: limit.most) { limits[keyPath: limit.path] = value }
    }
    for limit in SelfCheckLimits.durations {
      guard let node = fields[limit.name] else { continue }
      if isOff(node) {
        limits[keyPath: limit.path] = nil
      } else if let value = duration(node, "'\(limit.name)'", in: 1...Limits.timeout) {
        limits[keyPath: limit.path] = value
      }
    }
    return limits
  }

  private func isOff(_ node: JSONNode) -> Bool {
    if case .string("off") = node.value { true } else { false }
  }

  /// - Returns: `nil` in it for `'off'`; `nil` where it is neither.
  private func share(_ node: JSONNode, _ what: String, most: Double) -> Double?? {
    if isOff(node) { return .some(nil) }
    guard case .string(let text) = node.value, let share = QuantityText.fraction(text) else {
      let number: Double? =
        switch node.value {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
      mismatch(
        node, "a share such as '5%', or 'off'", hint: number.map { _ in "a share carries its unit: %" })
      return nil
    }
    if share > 0, share <= most { return share }
    error("\(what) must be more than 0% and at most \(Int(most * 100))%", at: node.range)
    return nil
  }
}
