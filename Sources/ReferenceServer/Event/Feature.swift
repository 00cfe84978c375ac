/// A game of the event platform, by the name that the API uses.
package enum Feature: String, Sendable, Hashable, CaseIterable {
  case roulette = "ROULETTE"
  case dice = "DICE"
  case lottery = "LOTTERY"

  /// The game's part of the path: `/api/roulette/play`.
  package var path: String {
    switch self {
    case .roulette: "roulette"
    case .dice: "dice"
    case .lottery: "lottery"
    }
  }

  /// What a round of the game is called in the names of the status's counters: `max_daily_spins`.
  package var rounds: String {
    switch self {
    case .roulette: "spins"
    case .dice: "plays"
    case .lottery: "tickets"
    }
  }
}
