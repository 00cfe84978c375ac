/// What a round gives: points, a coupon, nothing.
package struct Reward: Sendable, Hashable {
  package var type: String
  package var amount: Int

  package init(_ type: String, _ amount: Int) {
    self.type = type
    self.amount = amount
  }

  package static let none = Reward("NONE", 0)
}

/// A field of the wheel.
package struct RouletteSegment: Sendable, Hashable {
  package var id: Int
  package var label: String
  package var reward: Reward
  /// The field's place on the wheel, 0 to 5.
  package var slot: Int
  package var weight: Int

  package init(id: Int, label: String, reward: Reward, slot: Int, weight: Int) {
    self.id = id
    self.label = label
    self.reward = reward
    self.slot = slot
    self.weight = weight
  }
}

/// The wheel: six fields, one in each place, none with a negative weight, and some weight in all.
package struct RouletteConfiguration: Sendable, Hashable {
  package var id = 1
  package var name = "Daily roulette"
  package var segments: [RouletteSegment]

  package init(segments: [RouletteSegment]) { self.segments = segments }

  /// What is wrong with the wheel, or `nil` where it can be spun.
  package var problem: String? {
    if segments.count != 6 { return "a wheel has 6 segments, this one \(segments.count)" }
    if Set(segments.map(\.slot)) != Set(0..<6) { return "the segments do not fill the slots 0 to 5" }
    if let negative = segments.first(where: { $0.weight < 0 }) { return "segment \(negative.id) has a negative weight" }
    if segments.allSatisfy({ $0.weight == 0 }) { return "the weights sum to nothing" }
    return nil
  }

  package func segment(drawnBy value: UInt64) -> RouletteSegment? {
    GameDraw.index(of: value, in: segments.map(\.weight)).map { segments[$0] }
  }

  package static let standard = RouletteConfiguration(segments: [
    RouletteSegment(id: 1, label: "10 points", reward: Reward("POINT", 10), slot: 0, weight: 30),
    RouletteSegment(id: 2, label: "50 points", reward: Reward("POINT", 50), slot: 1, weight: 15),
    RouletteSegment(id: 3, label: "Try again", reward: .none, slot: 2, weight: 30),
    RouletteSegment(id: 4, label: "100 points", reward: Reward("POINT", 100), slot: 3, weight: 8),
    RouletteSegment(id: 5, label: "Coffee coupon", reward: Reward("COUPON", 1), slot: 4, weight: 2),
    RouletteSegment(id: 6, label: "5 points", reward: Reward("POINT", 5), slot: 5, weight: 15),
  ])
}

/// A throw of the player's die against the house's.
package struct DiceConfiguration: Sendable, Hashable {
  package enum Outcome: String, Sendable {
    case win = "WIN"
    case draw = "DRAW"
    case lose = "LOSE"
  }

  package struct Game: Sendable, Hashable {
    package var player: Int
    package var house: Int
    package var outcome: Outcome
    package var reward: Reward
  }

  package var id = 1
  package var name = "Daily dice"
  package var win = Reward("POINT", 30)
  package var draw = Reward("POINT", 10)

  package init() {}

  package func game(drawnBy value: UInt64) -> Game {
    let face = Int(value.multipliedFullWidth(by: 36).high)
    let (player, house) = (face / 6 + 1, face % 6 + 1)
    return if player > house {
      Game(player: player, house: house, outcome: .win, reward: win)
    } else if player == house {
      Game(player: player, house: house, outcome: .draw, reward: draw)
    } else {
      Game(player: player, house: house, outcome: .lose, reward: .none)
    }
  }
}

/// Something that a ticket can win.
package struct LotteryPrize: Sendable, Hashable {
  package var id: Int
  package var label: String
  package var reward: Reward
  package var weight: Int
  /// How many there are; `nil` where there is no end to them.
  package var stock: Int?

  package init(id: Int, label: String, reward: Reward, weight: Int, stock: Int?) {
    self.id = id
    self.label = label
    self.reward = reward
    self.weight = weight
    self.stock = stock
  }
}

package struct LotteryConfiguration: Sendable, Hashable {
  package var id = 1
  package var name = "Daily lottery"
  package var prizes: [LotteryPrize]

  package init(prizes: [LotteryPrize]) { self.prizes = prizes }

  /// What is wrong with the prizes, or `nil` where tickets can be drawn.
  package var problem: String? {
    if prizes.isEmpty { return "there are no prizes" }
    if let negative = prizes.first(where: { $0.weight < 0 }) { return "prize \(negative.id) has a negative weight" }
    if let negative = prizes.first(where: { ($0.stock ?? 0) < 0 }) {
      return "prize \(negative.id) has a negative stock"
    }
    if prizes.allSatisfy({ $0.weight == 0 }) { return "the weights sum to nothing" }
    return nil
  }

  /// The index of the prize that `value` wins among those that are left; `nil` where nothing is left to win.
  ///
  /// - Parameter left: the stock of each prize as it stands now.
  package func prize(drawnBy value: UInt64, left: [Int?]) -> Int? {
    GameDraw.index(of: value, in: zip(prizes, left).map { $0.1 == 0 ? 0 : $0.0.weight })
  }

  package static let standard = LotteryConfiguration(prizes: [
    LotteryPrize(id: 1, label: "Headphones", reward: Reward("GOODS", 1), weight: 1, stock: 10),
    LotteryPrize(id: 2, label: "Gift card", reward: Reward("COUPON", 1), weight: 9, stock: 100),
    LotteryPrize(id: 3, label: "50 points", reward: Reward("POINT", 50), weight: 190, stock: nil),
    LotteryPrize(id: 4, label: "No prize", reward: .none, weight: 800, stock: nil),
  ])
}
