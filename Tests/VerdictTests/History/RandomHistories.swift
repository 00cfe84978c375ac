@testable import Verdict

/// Draws small histories of a counter: what a correct one may answer, with something changed or not.
struct RandomHistories {
  var generator: SeededGenerator
  /// The instants of events are drawn below this one.
  var span: UInt64 = 24

  init(seed: UInt64) { generator = SeededGenerator(state: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
  mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }

  /// Up to `most` operations on a counter that gives no more than `cap`, and two to four changes where `isChanged`.
  mutating func counter(cap: Int, most: Int, isChanged: Bool) -> [CounterOperation] {
    var history = correct(cap: cap, count: number(4...most))
    if isChanged {
      for _ in 0..<number(2...4) { change(&history, cap: cap) }
    }
    return history
  }

  private mutating func correct(cap: Int, count: Int) -> [CounterOperation] {
    var instants: [UInt64] = []
    for _ in 0..<count { instants.append(UInt64(number(6...Int(span) + 5))) }
    instants.sort()
    var given = 0
    var history: [CounterOperation] = []
    for instant in instants {
      let invoked = instant - UInt64(number(0...3))
      let returned = instant + UInt64(number(0...3))
      if chance(12) {
        history.append(CounterOperation(.ambiguous, invoked: invoked, returned: returned))
        if given < cap, chance(60) { given += 1 }
      } else if given < cap {
        given += 1
        history.append(CounterOperation(.accepted, invoked: invoked, returned: returned, number: Int64(given)))
      } else {
        history.append(CounterOperation(.rejected, invoked: invoked, returned: returned))
      }
    }
    return history.shuffled(using: &generator)
  }

  private mutating func change(_ history: inout [CounterOperation], cap: Int) {
    let place = number(0...history.count - 1)
    switch number(1...6) {
    case 1: history[place].number = Int64(number(0...cap + 1))
    case 2: history[place].answer = HistoryAnswer.allCases[number(0...2)]
    case 3: history[place].answer = history[place].answer == .accepted ? .rejected : .accepted
    case 4: history[place].returned = history[place].invoked
    default:
      history[place].invoked = UInt64(number(0...Int(span) + 10))
      history[place].returned = history[place].invoked + UInt64(number(0...3))
    }
    if history[place].answer == .accepted, history[place].number == 0, chance(90) {
      history[place].number = Int64(number(1...cap))
    }
  }

  /// Requests of a user around two midnights, `span` instants a day, three days; of a counter that may keep the limit.
  mutating func days(limit: Int, most: Int, isChanged: Bool) -> [CounterOperation] {
    var instants: [UInt64] = []
    for _ in 0..<number(2...most) { instants.append(UInt64(number(0...Int(3 * span) - 1))) }
    instants.sort()
    var given = [Int](repeating: 0, count: 3)
    var history: [CounterOperation] = []
    for instant in instants {
      let day = Int(instant / span)
      let invoked = instant - min(instant, UInt64(number(0...3)))
      let returned = chance(3) ? 3 * span - 1 : min(instant + UInt64(number(0...3)), 3 * span - 1)
      if chance(12) {
        history.append(CounterOperation(.ambiguous, invoked: invoked, returned: returned))
        if given[day] < limit, chance(60) { given[day] += 1 }
      } else if given[day] < limit {
        given[day] += 1
        history.append(CounterOperation(.accepted, invoked: invoked, returned: returned))
      } else {
        history.append(CounterOperation(.rejected, invoked: invoked, returned: returned))
      }
    }
    if isChanged {
      for _ in 0..<number(1...3) {
        let place = number(0...history.count - 1)
        history[place].answer = history[place].answer == .accepted ? .rejected : .accepted
      }
    }
    return history.shuffled(using: &generator)
  }
}
