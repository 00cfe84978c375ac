import JSON
import Measurement
import Scenario
import Verdict

extension ResultDocument {
  func selfCheck(_ check: SelfCheck) -> JSONValue {
    [
      "verdict": .string(check.verdict.rawValue),
      "limits": limits(check.limits),
      "rules": .array(
        check.rules.map { rule in
          [
            "rule": .string(rule.name.rawValue),
            "status": .string(rule.status.rawValue),
            "observed": rule.observed.map(quantity) ?? .null,
            "limit": rule.limit.map(quantity) ?? .null,
            "message": .string(rule.message),
          ]
        }),
    ]
  }

  /// By their names in a scenario file; `null` for those that are off.
  private func limits(_ limits: SelfCheckLimits) -> JSONValue {
    var fields = SelfCheckLimits.durations.map { limit in
      JSONField("\(limit.name)_ns", limits[keyPath: limit.path].map(\.json) ?? .null)
    }
    for limit in SelfCheckLimits.shares {
      fields.append(JSONField(limit.name, limits[keyPath: limit.path].map { .number($0) } ?? .null))
    }
    return .object(fields)
  }

  /// Whether the arrivals of a Poisson group came as such; `null` for others.
  func gaps(_ gaps: Histogram) -> JSONValue {
    guard gaps.count >= 8 else { return .null }
    let test = AndersonDarling(gaps: gaps)
    return [
      "samples": test.samples.json, "anderson_darling": .number(test.statistic),
      "probability": .number(test.probability),
    ]
  }
}
