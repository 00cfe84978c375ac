/// What the services do where a request does not say it.
struct TruthSettings: Sendable {
  let stallService: Setting
  let stallLength: Setting
  let stallPeriod: Setting
  let stallRate: Setting
  let queueRate: Setting
  let delay: Setting
  let delayDistribution: Setting

  init(_ board: SettingBoard) {
    stallService = board.milliseconds(
      "truth.stall_service_ms", standard: .milliseconds(1), in: 0...60_000,
      "the time that /_truth/stall takes for a request while it does not stand still")
    stallLength = board.milliseconds(
      "truth.stall_ms", standard: .seconds(1), in: 0...600_000, "how long /_truth/stall stands still in each period")
    stallPeriod = board.milliseconds(
      "truth.stall_period_ms", standard: .seconds(10), in: 1...3_600_000,
      "from one stall of /_truth/stall to the next, from the first request on")
    stallRate = board.integer(
      "truth.stall_rate", standard: 0, in: 0...1_000_000,
      "requests that /_truth/stall begins in a second at the most; 0: as many as come")
    queueRate = board.integer(
      "truth.mm1_rate", standard: 200, in: 1...1_000_000,
      "requests that the one server of /_truth/mm1 can answer in a second, on the average")
    delay = board.milliseconds(
      "truth.delay_ms", standard: .milliseconds(10), in: 0...60_000, "how long /_truth/delay waits")
    delayDistribution = board.choice(
      "truth.delay_distribution", standard: "fixed", of: ["fixed", "exponential"],
      "whether each request of /_truth/delay waits the same time, or times drawn around it")
  }
}
