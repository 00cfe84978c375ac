/// The platform's incidents as its runbook knows them.
enum EventIncidents {
  static let all: [Incident] = [
    Incident(
      "event.limit-race",
      "A play counts today's rounds, waits, and then writes its own: plays of one player that overlap all see the old count.",
      symptom: "Players with more rounds than the daily limit; the excess comes in bursts of parallel requests.",
      mitigation: "Check and insert in one statement, or lock the player's row; take back the excess rounds.",
      parameter: window),
    Incident(
      "event.limit-off", "The daily limit is not checked.",
      symptom: "No play is ever answered DAILY_LIMIT_REACHED; rewards run out early.",
      mitigation: "Restore max_daily_spins; close the game meanwhile."),
    Incident(
      "event.limit-utc",
      "Rounds are counted by the day in UTC, so that the limit starts anew at 09:00 in Seoul instead of midnight.",
      symptom: "Players are refused after midnight, and have twice the limit in a day once 09:00 has passed.",
      mitigation: "Count by the day in Asia/Seoul; recount today's rounds."),
    Incident(
      "event.schedule-missing", "No feature is scheduled for today.",
      symptom: "today-feature says NONE, and every game is answered NO_FEATURE_TODAY.",
      mitigation: "Add today's row to the schedule."),
    Incident(
      "event.schedule-duplicate", "Two features are scheduled for today.",
      symptom: "today-feature and the games answer 409 INVALID_FEATURE_SCHEDULE.",
      mitigation: "Delete one of the two rows."),
    Incident(
      "event.feature-off", "Today's game is switched off.",
      symptom: "Status and play answer 400 FEATURE_NOT_ACTIVE while today-feature still names the game.",
      mitigation: "Switch the game on again, or schedule another one."),
    Incident(
      "event.maintenance", "The platform is in maintenance mode.",
      symptom: "Every endpoint answers 503 MAINTENANCE.", mitigation: "End the maintenance mode."),
    Incident(
      "event.roulette-misconfigured", "The wheel has five segments.",
      symptom: "Roulette status and play answer 400 INVALID_ROULETTE_CONFIG.",
      mitigation: "Put the sixth segment back."),
    Incident(
      "event.lottery-zero-weight", "All prizes of the lottery have the weight 0.",
      symptom: "Lottery status and play answer 400 INVALID_LOTTERY_CONFIG.",
      mitigation: "Restore the prizes' weights."),
    Incident(
      "event.season-ended", "The season's last day was yesterday.",
      symptom: "The season pass answers 404 NO_ACTIVE_SEASON; plays carry season_pass: null.",
      mitigation: "Open the next season, or move the end of this one."),
    Incident(
      "event.stamp-race",
      "The unique key of stamps includes the game, and the check for today's stamp runs before, in a query of its own.",
      symptom: "Two stamps a day for players whose stamps from different games overlap; experience counted twice.",
      mitigation: "Make (player, season, day) the key; take back the second stamps.",
      parameter: window),
    Incident(
      "event.stamp-swallowed", "A failing season pass is caught and ignored while playing.",
      symptom: "Plays answer 200 with season_pass: null, and the day stays unstamped.",
      mitigation: "Let the play fail with its stamp, or queue the stamp again; stamp the missed days."),
    Incident(
      "event.cache-down", "The cache of the schedule is gone; each look is answered from the database.",
      symptom: "today-feature answers 200, but slower than its budget.",
      mitigation: "Restart the cache; serve the schedule from memory.",
      parameter: Incident.Parameter("milliseconds", standard: 300, in: 0...60_000)),
    Incident(
      "event.key-rotated", "The signing key was rotated for checking only: tokens are still signed with the old one.",
      symptom: "A surge of 401 TOKEN_INVALID, also for tokens just issued.",
      mitigation: "Sign with the new key, and accept the old one until its tokens have expired."),
    Incident(
      "event.log-lost", "Some plays are not written to the events log.",
      symptom: "Fewer PLAY and RESULT rows than plays; every answer looks right.",
      mitigation: "Write the log in the play's transaction; write the missing rows from the plays.",
      parameter: Incident.Parameter("percent", standard: 30, in: 0...100)),
  ]

  /// How long a race stays open between its two queries. Fifty milliseconds let requests that were sent together
  /// overlap on a busy machine too, and leave an answer well within its budget.
  private static let window = Incident.Parameter("milliseconds", standard: 50, in: 0...60_000)
}

/// The switches of the platform's incidents.
struct EventSwitches: Sendable {
  let limitRace: IncidentSwitch
  let limitOff: IncidentSwitch
  let limitUTC: IncidentSwitch
  let scheduleMissing: IncidentSwitch
  let scheduleDuplicate: IncidentSwitch
  let featureOff: IncidentSwitch
  let maintenance: IncidentSwitch
  let rouletteMisconfigured: IncidentSwitch
  let lotteryZeroWeight: IncidentSwitch
  let seasonEnded: IncidentSwitch
  let stampRace: IncidentSwitch
  let stampSwallowed: IncidentSwitch
  let cacheDown: IncidentSwitch
  let keyRotated: IncidentSwitch
  let logLost: IncidentSwitch

  init(_ board: IncidentBoard) {
    limitRace = board.named("event.limit-race")
    limitOff = board.named("event.limit-off")
    limitUTC = board.named("event.limit-utc")
    scheduleMissing = board.named("event.schedule-missing")
    scheduleDuplicate = board.named("event.schedule-duplicate")
    featureOff = board.named("event.feature-off")
    maintenance = board.named("event.maintenance")
    rouletteMisconfigured = board.named("event.roulette-misconfigured")
    lotteryZeroWeight = board.named("event.lottery-zero-weight")
    seasonEnded = board.named("event.season-ended")
    stampRace = board.named("event.stamp-race")
    stampSwallowed = board.named("event.stamp-swallowed")
    cacheDown = board.named("event.cache-down")
    keyRotated = board.named("event.key-rotated")
    logLost = board.named("event.log-lost")
  }
}
