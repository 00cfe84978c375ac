import JSON

extension Invariant {
  /// At most `cap` accepted; `sequence` names the captured number, `ledger` where the target lists what it granted.
  package struct Capped: Sendable {
    package var accepted: OutcomeReference
    package var rejected: OutcomeReference?
    package var cap: Int
    package var sequence: String?
    package var ledger: Ledger?

    package init(
      accepted: OutcomeReference, rejected: OutcomeReference?, cap: Int, sequence: String?, ledger: Ledger?
    ) {
      self.accepted = accepted
      self.rejected = rejected
      self.cap = cap
      self.sequence = sequence
      self.ledger = ledger
    }
  }

  /// At most `count` of an outcome for each value of a variable.
  package struct AtMost: Sendable {
    package var count: Int
    package var outcome: OutcomeReference
    package var variable: String
    /// A captured variable: answers with the same value of it are one effect, told twice. `nil`: each counts.
    package var distinct: String?
    package var ledger: Ledger?

    package init(
      count: Int, of outcome: OutcomeReference, per variable: String, distinct: String? = nil, ledger: Ledger?
    ) {
      self.count = count
      self.outcome = outcome
      self.variable = variable
      self.distinct = distinct
      self.ledger = ledger
    }
  }

  /// At most `limit` accepted on each day for each value of a variable.
  package struct DailyLimit: Sendable {
    package var limit: Int
    package var accepted: OutcomeReference
    package var rejected: OutcomeReference?
    package var variable: String
    package var zone: Zone
    /// How far the target's clock may be from the one that it is taken for, nanoseconds; `nil` for what suits.
    package var tolerance: UInt64?

    package init(
      limit: Int, accepted: OutcomeReference, rejected: OutcomeReference?, variable: String, zone: Zone,
      tolerance: UInt64?
    ) {
      self.limit = limit
      self.accepted = accepted
      self.rejected = rejected
      self.variable = variable
      self.zone = zone
      self.tolerance = tolerance
    }
  }

  /// What was acknowledged is in the target's list, and nothing else is.
  package struct Conserved: Sendable {
    package var outcomes: [OutcomeReference]
    /// `nil`: only counts are compared.
    package var variable: String?
    /// Requests with the same key leave one row between them, as upserts do.
    package var isOneRow: Bool
    package var ledger: Ledger

    package init(outcomes: [OutcomeReference], variable: String?, isOneRow: Bool, ledger: Ledger) {
      self.outcomes = outcomes
      self.variable = variable
      self.isOneRow = isOneRow
      self.ledger = ledger
    }
  }

  /// A result depends on its published input alone.
  package struct Replay: Sendable {
    package var outcome: OutcomeReference
    /// `day` in it, where nothing else defines that, is the day in `zone` on the target's clock, as 2026-02-28.
    package var input: Template
    /// The captured variable that holds the result.
    package var result: String
    /// The results that can be drawn, and how much weight each has, in the order in which they are drawn. `nil`: only
    /// like inputs are held against each other.
    package var weights: [Weight]?
    package var zone: Zone?
    package var tolerance: UInt64?

    package struct Weight: Sendable, Hashable {
      package var result: String
      package var weight: Int64

      package init(result: String, weight: Int64) {
        self.result = result
        self.weight = weight
      }
    }

    /// In `input`, for the day.
    package static let day = "day"

    package init(
      outcome: OutcomeReference, input: Template, result: String, weights: [Weight]?, zone: Zone?, tolerance: UInt64?
    ) {
      self.outcome = outcome
      self.input = input
      self.result = result
      self.weights = weights
      self.zone = zone
      self.tolerance = tolerance
    }

    /// The name of the column in which inputs are recorded.
    package var column: String { variable ?? input.text }

    /// Where the input is nothing but a variable: its name.
    package var variable: String? {
      guard input.parts.count == 1, case .variable(let name, _) = input.parts[0], zone == nil else { return nil }
      return name
    }
  }

  /// Two quantities that must agree.
  package struct Equal: Sendable {
    package var left: Amount
    package var right: Amount
    /// For each value of this variable; `nil`: all taken together.
    package var variable: String?

    package static let leftSuffix = " (left)"
    package static let rightSuffix = " (right)"

    package init(left: Amount, right: Amount, variable: String?) {
      self.left = left
      self.right = right
      self.variable = variable
    }
  }

  /// A whole number that a run comes to.
  package enum Amount: Sendable {
    case constant(Int64)
    /// How many answers.
    case count([OutcomeReference])
    /// What a captured variable's values add up to.
    case sum(String, of: [OutcomeReference])
    /// A captured variable's value in the answer to the request that was sent last.
    case last(String, of: OutcomeReference)
    /// What the target says after the load: its rows' amounts added up, or their number where they have none.
    case told(Ledger)

    package var ledger: Ledger? { if case .told(let ledger) = self { ledger } else { nil } }

    /// The answers that it is made of.
    package var outcomes: [OutcomeReference] {
      switch self {
      case .constant, .told: []
      case .count(let outcomes), .sum(_, let outcomes): outcomes
      case .last(_, let outcome): [outcome]
      }
    }

    mutating func updateLedger(_ change: (inout Ledger) -> Void) {
      guard case .told(var ledger) = self else { return }
      change(&ledger)
      self = .told(ledger)
    }
  }

  /// A place's clocks, by their distance from UTC, which is the same all year.
  package struct Zone: Sendable, Hashable {
    package var name: String
    /// Less than a day in size.
    package var secondsAhead: Int

    package init(name: String, secondsAhead: Int) {
      self.name = name
      self.secondsAhead = secondsAhead
    }
  }
}

extension Template {
  /// About as it was written: environment values by their names.
  package var text: String {
    parts.reduce(into: "") { text, part in
      switch part {
      case .literal(let literal): text += literal
      case .variable(let name, _): text += "${\(name)}"
      case .environment(let name, _): text += "${env.\(name)}"
      case .builtIn(let builtIn): text += "${\(builtIn.name)}"
      }
    }
  }
}

extension Template.BuiltIn {
  /// As a template writes it.
  package var name: String {
    switch self {
    case .user: "user"
    case .iteration: "iteration"
    case .repetition: "repeat"
    case .group: "group"
    case .step: "step"
    case .scenario: "scenario"
    case .seed: "seed"
    case .uuid: "uuid"
    case .now: "now"
    case .unixMilliseconds: "unix_ms"
    case .random(let low, let high): "random(\(low),\(high))"
    case .item: "item"
    case .padding: "padding"
    }
  }
}
