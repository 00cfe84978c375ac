import EventLoop
import Glibc
import HTTPClient
import Measurement
import Scenario

/// One thread of the generator: its own loop, connections, users, histograms and history. It shares the plan, which
/// nobody changes, and nothing else.
///
/// All but `init` and `stopThread` run on the loop's thread.
final class Worker: @unchecked Sendable {
  let plan: Plan
  let index: Int
  let thread: LoopThread
  var loop: EventLoop { thread.loop }
  let client: HTTPClient
  /// Where each step's requests go, by the step's ordinal.
  private(set) var origins: [HTTPOrigin] = []
  var draws: DataDraws
  /// What set-up captured, for each new user.
  var initialValues: [[UInt8]]
  /// By the step's ordinal: whether headers and the beginnings of bodies are kept though no matcher reads them. So it is for
  /// the first responses of a step, and once one was unexpected.
  private(set) var keepsBeginnings: [Bool]
  /// By the step's ordinal: one of its responses was unexpected.
  private var wasUnexpected: [Bool]
  /// Looked at with each request: the checks of exclusive access would cost more than it does.
  @exclusivity(unchecked) private(set) var notices: ResponseNotices
  /// Shown every request that ended; bodies that no matcher reads are kept for it.
  var onExchange: ((VirtualUser, CompiledStep, _ outcome: Int) -> Void)? {
    didSet { showsExchanges = onExchange != nil }
  }
  private(set) var showsExchanges = false
  /// When the last answer that counts came, monotonic nanoseconds.
  private var lastAnswer: UInt64 = 0

  /// Of each group, by its index: where its users wait for each other; `nil` where they do not.
  private let rendezvous: [Rendezvous?]
  /// For texts that are to match a regular expression.
  let searches = PatternSearches()
  /// For those who have waited long enough.
  var gateTimers: [RendezvousGate: CallbackTimer] = [:]

  private var runners: [GroupRunner] = []
  /// Users that pause.
  var resting = Rests()
  private(set) var isStopping = false
  private var isDone = false

  /// The recorder of the interval under way.
  private var recording: IntervalRecorder { didSet { recorder = .passUnretained(recording) } }
  /// The same: seven times a request it is not counted up and down, each of which is two atomic operations.
  private var recorder: Unmanaged<IntervalRecorder>
  private var spares: [IntervalRecorder] = []
  /// The recorder's number of a row, -1 before it turned up.
  private var seriesOfRow: [Int32]
  /// In the order in which rows were given numbers.
  private let definitions: [IntervalRecorder.SeriesDefinition]
  private var history: HistoryWriter?
  /// The run's start, monotonic nanoseconds; `max` before.
  private(set) var origin: UInt64 = .max
  private var clock = IntervalClock(start: 0, warmUp: 0, interval: Run.interval)
  private var countedFailures: UInt64 = 0
  /// For the record; to be read once the thread has ended.
  private(set) var notes: [String] = []

  /// What a worker tells the coordinator; called on the worker's thread.
  private let report: @Sendable (WorkerReport) -> Void
  private lazy var intervalTimer = CallbackTimer { [unowned self] in intervalEnded() }
  private var handedOver = 0
  /// Goes off ten times a second while the load lasts: by as much as it is late, the worker stood still.
  private lazy var pulseTimer = CallbackTimer { [unowned self] in pulse() }

  init(
    plan: Plan, index: Int, cpu: Int32?, history: HistoryWriter?, rendezvous: [Rendezvous?],
    report: @escaping @Sendable (WorkerReport) -> Void
  ) throws {
    self.plan = plan
    self.index = index
    self.history = history
    self.rendezvous = rendezvous
    self.report = report
    thread = try LoopThread(name: "worker-\(index)", cpu: cpu, isPunctual: plan.groups.contains(where: \.isScheduled))
    do {
      client = try HTTPClient(loop: thread.loop, options: HTTPClientOptions(plan.scenario.client, worker: index))
    } catch {
      thread.stopAndJoin()
      throw error
    }
    keepsBeginnings = Array(repeating: true, count: plan.allSteps.count)
    wasUnexpected = Array(repeating: false, count: plan.allSteps.count)
    notices = ResponseNotices(steps: plan.allSteps.count)
    draws = DataDraws(sources: plan.pools.count, worker: index, workers: plan.workers)
    initialValues = Array(repeating: [], count: plan.variables.slotCount)
    (definitions, seriesOfRow) = plan.foreseenSeries()
    recording = IntervalRecorder(series: definitions, groups: plan.groupDefinitions)
    recorder = .passUnretained(recording)
    let steps = plan.allSteps
    origins = steps.map { client.origin($0.request.endpoint) }
  }

  /// Ends the thread; from another one.
  func stopThread() { thread.stopAndJoin() }

  /// What was recorded for invariants; to be looked at once the thread has ended.
  var recorded: HistoryWriter? { history }

  // MARK: - The run

  /// Makes the runners and lets those that must be ready before the start get ready.
  func prepare(values: [[UInt8]]) {
    initialValues = values
    runners = plan.groups.map { $0.runner(on: self) }
    var pending = runners.count + 1
    let arrived = { [self] in
      pending -= 1
      if pending == 0 { report(.ready) }
    }
    for runner in runners { runner.prepare(then: arrived) }
    arrived()
  }

  /// Begins all groups; `instant` is the run's start.
  func start(at instant: UInt64) {
    origin = instant
    clock = IntervalClock(start: instant, warmUp: plan.scenario.warmUp ?? 0, interval: Run.interval)
    loop.arm(intervalTimer, at: clock.intervalEnd)
    loop.arm(pulseTimer, at: clock.nextPulse)
    for runner in runners { runner.start(at: instant) }
    checkFinished()
  }

  /// Starts nothing more and ends what is under way.
  func stop() {
    if isStopping { return }
    isStopping = true
    for runner in runners { runner.stop() }
    for meeting in rendezvous { meeting?.withdraw(self) }
    resting.wake(on: loop)
    client.cancelAll()
    checkFinished()
  }

  /// Serves requests again that are not of the load, after a `stop`.
  func goOn() { isStopping = false }

  /// Called whenever something may have been the last.
  func checkFinished() {
    guard !isDone, origin != .max, runners.allSatisfy(\.isFinished) else { return }
    isDone = true
    report(.finished(lastAnswer: lastAnswer))
  }

  /// Hands over the last interval, once all workers have finished.
  func close(at end: UInt64) {
    loop.cancel(intervalTimer)
    loop.cancel(pulseTimer)
    handOver(
      IntervalClock.Ended(end: end, isWarmUp: end <= clock.warmUpEnd, pause: clock.pause(at: EventLoop.now())))
    history?.flush()
    let waves = runners.compactMap { runner in (runner as? BurstRunner).map { (runner.group.index, $0.wave) } }
    report(.closed(waves: waves, offered: runners.map(\.offered)))
  }

  /// Where the users of a group wait for each other.
  func rendezvous(of group: CompiledGroup) -> Rendezvous? {
    rendezvous.indices.contains(group.index) ? rendezvous[group.index] : nil
  }

  // MARK: - Recording

  /// Records into the interval under way.
  @inline(__always)
  func record<Result>(_ body: (IntervalRecorder) -> Result) -> Result { recorder._withUnsafeGuaranteedRef(body) }

  @inline(__always)
  func began(_ group: CompiledGroup) { if group.index >= 0 { record { $0.requestBegan(group: group.index) } } }

  @inline(__always)
  func ended(_ group: CompiledGroup) { if group.index >= 0 { record { $0.requestEnded(group: group.index) } } }

  /// Records a request that ended.
  ///
  /// - Parameters:
  ///   - intended: When the load shape or the user's script wanted it, monotonic nanoseconds.
  ///   - waited: How much of the time since was spent without a free user, nanoseconds.
  ///   - turnWait: How much of it passed before the user's turn to begin, and to connect, had come.
  func record(
    _ user: VirtualUser, _ step: CompiledStep, outcome: Int, intended: UInt64, waited: UInt64, turnWait: UInt64
  ) {
    #if DEBUG
      if plan.mutant == .timeoutsDropped, user.exchange.failure == .timeout { return }
      let intended = plan.mutant == .measuredFromSend && user.exchange.sent > 0 ? user.exchange.sent : intended
    #endif
    if showsExchanges { onExchange?(user, step, outcome) }
    if notices.looks(at: step), notices.look(at: user, step, in: plan) {
      keepsBeginnings[step.ordinal] = wasUnexpected[step.ordinal]
    }
    if user.exchange.status >= 300, !step.listsOutcomes { notices.count(user.exchange.status, step) }
    // Neither the run's own business nor a trial is part of the figures.
    if user.group.index < 0 || origin == .max { return }
    let exchange = user.exchange
    let row = step.firstSeries + outcome
    let isWarmUp = intended < clock.warmUpEnd
    if step.isRecorded { history?.append(user, step, row: row, outcome: outcome, since: origin, isWarmUp: isWarmUp) }
    // What was wanted in warm-up is not part of the figures.
    if !counts(intended) { return }
    let done = exchange.done
    let sent = exchange.sent
    if done > lastAnswer { lastAnswer = done }
    let series = series(ofRow: row)
    // A user in a loop keeps to no schedule: it wants a request when its turn has come.
    let wanted = user.group.hasInstants ? intended : intended &+ turnWait
    let latency = done > wanted ? done &- wanted : 0
    record {
      $0.record(
        series: series, at: done &- origin, latency: latency,
        serviceTime: sent == 0 ? nil : done &- sent,
        timeToFirstByte: exchange.firstByte == 0 || sent == 0 ? nil : exchange.firstByte &- sent,
        bytesSent: UInt64(exchange.bytesSent), bytesReceived: UInt64(exchange.bytesReceived))
    }
    if sent != 0 {
      let total = sent > wanted ? sent &- wanted : 0
      let wait = min(total, waited &+ exchange.connectionWait &- exchange.turnWait)
      record { $0.recordLag(group: user.group.index, generator: total &- wait, wait: wait) }
      if user.group.isScheduled {
        record {
          $0.recordScheduled(
            group: user.group.index, series: series, lag: total &- wait, latency: latency, isArrival: user.isArriving)
        }
      }
    }
    if exchange.openedConnection && exchange.connectTime > 0 {
      recording.recordConnection(connectTime: exchange.connectTime, turnWait: turnWait)
    }
    if outcome >= step.outcomes.count { noteSample(user, step, row: row) }
  }

  /// Keeps an unexpected response, and from then on the beginnings of the step's bodies: a run in which all goes well copies
  /// no more than the first ones.
  private func noteSample(_ user: VirtualUser, _ step: CompiledStep, row: Int) {
    keepsBeginnings[step.ordinal] = true
    wasUnexpected[step.ordinal] = true
    recording.noteSample(
      series: series(ofRow: row),
      String(user.responseInWords(step, user.mask).map { $0.isNewline || $0 == "\t" ? " " : $0 }))
  }

  /// Whether what was wanted at `intended`, which is not in the future, belongs to the interval under way: what was wanted
  /// in warm-up does until that is over.
  @inline(__always)
  private func counts(_ intended: UInt64) -> Bool {
    if origin == .max { return false }
    if intended < clock.warmUpEnd { return !clock.isMeasuring }
    // The first that counts may come before the timer that ends the warm-up's last interval.
    while !clock.isMeasuring { intervalEnded() }
    return true
  }

  /// Arrivals that the group's shape called for.
  func recordIntended(_ group: CompiledGroup, count: UInt64 = 1, at intended: UInt64) {
    if counts(intended) { record { $0.recordIntended(count, group: group.index) } }
  }

  func recordStarted(_ group: CompiledGroup, intended: UInt64) {
    if counts(intended) { record { $0.recordIterationStarted(group: group.index) } }
  }

  func recordCompleted(_ group: CompiledGroup, intended: UInt64) {
    if counts(intended) { record { $0.recordIterationCompleted(group: group.index) } }
  }

  /// An arrival that nobody could take before the end of the load, or of the run: it waited at least this long.
  func recordUnsent(_ group: CompiledGroup, intended: UInt64, now: UInt64) {
    guard counts(intended) else { return }
    recording.recordUnsent(group: group.index)
    let step = group.steps[0]
    let outcome = isStopping ? TransportOutcome.cancelled : TransportOutcome.unsent
    recording.record(
      series: series(ofRow: step.firstSeries + step.transport(outcome)), at: now &- origin,
      latency: now > intended ? now &- intended : 0, serviceTime: nil, timeToFirstByte: nil, bytesSent: 0,
      bytesReceived: 0)
  }

  private func series(ofRow row: Int) -> Int {
    let number = seriesOfRow[row]
    if number >= 0 { return Int(number) }
    let added = recording.addSeries(plan.definition(ofRow: row))
    seriesOfRow[row] = Int32(added)
    return added
  }

  // MARK: - Intervals

  private func intervalEnded() { goOn(after: clock.endInterval(at: EventLoop.now())) }

  private func goOn(after ended: IntervalClock.Ended) {
    handOver(ended)
    loop.arm(intervalTimer, at: clock.intervalEnd)
    history?.flush()
  }

  private func pulse() {
    while true {
      switch clock.pulse(at: EventLoop.now()) {
      case .ended(let interval): goOn(after: interval)
      case .pause(let pause):
        recording.recordPause(pause)
        loop.arm(pulseTimer, at: clock.nextPulse)
        return
      }
    }
  }

  private func handOver(_ ended: IntervalClock.Ended) {
    recording.recordPause(ended.pause)
    let failures = client.connectionsFailed - countedFailures
    countedFailures = client.connectionsFailed
    for _ in 0..<failures { recording.recordFailedConnection() }
    let events = client.takeEvents()
    recording.record(
      ConnectionEvents(
        reopened: events.reopened, renewed: events.renewed, surplusResponses: events.surplusResponses,
        lenient: events.lenient))
    let full = recording
    recording = spares.popLast() ?? IntervalRecorder(series: definitions, groups: plan.groupDefinitions)
    recording.takeOver(from: full)
    report(
      .interval(
        UncheckedBox(full), number: handedOver, end: ended.end &- origin, isWarmUp: ended.isWarmUp,
        underWay: underWay(after: ended.pause)))
    handedOver += 1
  }

  /// What is under way, where a threshold may end the run for it.
  ///
  /// - Parameter pause: For how long the worker stood still. After that the responses may be there, and not read yet.
  private func underWay(after pause: UInt64) -> [UnderWay] {
    guard plan.watchesAges, pause < IntervalClock.pulseInterval else { return [] }
    let now = EventLoop.now()
    var underWay: [UnderWay] = []
    for runner in runners { runner.add(to: &underWay, wantedFrom: clock.warmUpEnd, now: now) }
    return underWay
  }

  /// Gives a recorder back, reset.
  func takeBack(_ recorder: IntervalRecorder) { spares.append(recorder) }
}

/// What a worker tells the coordinator.
enum WorkerReport: Sendable {
  case ready
  /// The recorder of an interval that ended, to be reset and given back. Nanoseconds since the run's start.
  case interval(
    UncheckedBox<IntervalRecorder>, number: Int, end: UInt64, isWarmUp: Bool, underWay: [UnderWay])
  /// Nothing is under way and nothing more will start.
  case finished(lastAnswer: UInt64)
  /// The last interval has been handed over. Of each burst, by its group: its users' first requests. Of each group in
  /// order: how much of its load there was.
  case closed(waves: [(group: Int, wave: ReleasedWave)], offered: [OfferedLoad])
}

extension HTTPClientOptions {
  init(_ options: ClientOptions, worker: Int) {
    self.init()
    firstAddress = worker
    connectTimeout = options.connectTimeout
    insecure = options.insecure
    caBundle = options.caBundle
    clientCertificate = options.clientCertificate
    clientKey = options.clientKey
    proxy = options.proxy
    proxyTunnel = options.proxyTunnel
    keepAlive = options.keepAlive
    lenient = options.lenient
    unixSocket = options.unixSocket
    resolve = options.resolve
  }
}
