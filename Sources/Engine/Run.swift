import Dispatch
import EventLoop
import Glibc
import HTTPClient
import JSON
import Load
import Measurement
import Scenario

/// One run of a scenario, from the first connection to the last figure: the coordinator of the workers.
///
/// It has a loop of its own on the calling thread, takes each worker's recorder once an interval, and keeps the journal.
package final class Run: @unchecked Sendable {
  /// Length of an interval, nanoseconds.
  package static let interval: UInt64 = 1_000_000_000

  let plan: Plan
  let options: Options
  let loop: EventLoop
  private(set) var workers: [Worker] = []
  var record: RunRecord
  /// Recorded requests that the disk did not take; once the run has ended.
  package private(set) var unwritten: [HistoryTail] = []
  private var journal: JournalFile?
  /// Set for a trial: what to do with the worker before it is used.
  var trial: ((Worker) -> Void)?

  private var phase = Phase.connecting
  private var origin: UInt64 = 0
  private var ending = RunEnding.completed
  private(set) var isStopping = false
  private var lastAnswer: UInt64 = 0
  private var readyWorkers = 0
  private var finishedWorkers = 0
  private var closedWorkers = 0
  private var waves: [Int: ReleasedWave] = [:]
  private var whenReady: UnsafeContinuation<Void, Never>?
  private var whenFinished: UnsafeContinuation<Void, Never>?
  private var whenClosed: UnsafeContinuation<Void, Never>?
  private var pending: [Int: PendingInterval] = [:]
  private var freeRecorders: [IntervalRecorder] = []
  /// An interval of all workers. The same for the whole run: the journal numbers series as this one does.
  private lazy var whole = emptyRecorder()
  private var intervalStart: UInt64 = 0
  private var probe: UsageProbe?
  /// Only where arrivals are on a schedule.
  private var turnProbe: TurnProbe?

  private struct PendingInterval {
    var recorder: IntervalRecorder
    var reports: Int
    var end: UInt64
    var isWarmUp: Bool
    var underWay: [UnderWay] = []
  }

  /// The load is over, and what follows is done also where the run was interrupted.
  private(set) var loadIsOver = false
  /// By when reading ledgers has to be over, and by when everything; monotonic nanoseconds.
  private var readBy = UInt64.max
  private var endBy = UInt64.max
  private lazy var cutTimer = CallbackTimer { [unowned self] in cutShort() }
  /// The program under way that prints a ledger.
  var runningCommand: LedgerCommand?
  /// For what would hold up the loop.
  static let beside = DispatchQueue(label: "beside the run")

  /// Called on the coordinator's thread when a signal ends the run, with what there is so far.
  package var onInterrupt: ((RunRecord) -> Void)?
  /// Asked on another thread whether an invariant's ledgers differ from the answers.
  package var ledgerDiffers: (@Sendable (RunRecord, Invariant) -> Bool)?
  /// Shown each ledger of a trial.
  var onLedger: ((TrialLedger) -> Void)?

  /// Called on the coordinator's thread.
  package var onProgress: ((Progress) -> Void)?
  /// Asked after each interval; the texts of thresholds that end the run now, empty to go on.
  package var abortsNow: ((RunRecord) -> [String])?

  package init(_ scenario: Scenario, _ options: Options) throws {
    self.options = options
    #if DEBUG
      let scenario = options.mutant == .closedForOpen ? scenario.closedForOpen : scenario
      var plan = try Plan(scenario, target: options.target, seed: options.identity.seed, workers: options.workers)
      plan.mutant = options.mutant
    #else
      let plan = try Plan(scenario, target: options.target, seed: options.identity.seed, workers: options.workers)
    #endif
    self.plan = plan
    loop = try EventLoop(name: "coordinator")
    record = RunRecord(identity: options.identity)
    record.warnings = options.warnings
  }

  /// Lays out the requests of a scenario, as a run does before it sends any.
  package static func check(_ scenario: Scenario) throws(PlanError) {
    _ = try Plan(scenario, target: "http://127.0.0.1", seed: 0, workers: 1)
  }

  /// Ends the run early; from any thread. What is under way is cut short, and the figures so far are kept.
  package func interrupt(_ signal: String) {
    // Not kept alive by a word that comes after its end.
    loop.submit { [weak self] in self?.stop(by: signal) }
  }

  /// Runs the scenario on the calling thread.
  package func run() -> RunRecord {
    let done = Task(executorPreference: loop) {
      await self.conduct()
      self.loop.stop()
    }
    loop.run()
    _ = done
    return record
  }

  // MARK: - The order of things

  private func conduct() async {
    record.warmUp = plan.scenario.warmUp ?? 0
    whole.prepare(&record)
    openJournal()
    defer {
      record = snapshot
      loop.cancel(cutTimer)
      for worker in workers {
        worker.stopThread()
        for note in worker.notes + (worker.recorded?.failure.map { [$0] } ?? []) where !record.notes.contains(note) {
          record.notes.append(note)
        }
      }
      record.notes += ResponseNotices.notes(workers.map(\.notices), plan)
      let recorded = workers.compactMap(\.recorded)
      if !recorded.isEmpty { record.recorded = recorded.map(\.count) }
      unwritten = recorded.compactMap(\.tail)
      journal?.end(record)
      if let failure = journal?.failure { record.notes.append(failure) }
    }
    // Where the target is in this process, so is the other end of each connection.
    let loops = options.workers + options.identity.serverLoops
    let ends = options.identity.serverLoops > 0 ? 2 : 1
    let descriptors = ends * plan.peakUsers + 64 * loops
    if let complaint = DescriptorLimit.complaint(needing: descriptors) {
      ending = .notReady(complaint)
      return
    }
    DescriptorTable.reserve(descriptors)
    // One user is alone in a trial.
    let meetings = plan.groups.map { trial == nil ? Rendezvous($0, workers: options.workers) : nil }
    defer { for note in meetings.compactMap(\.self).flatMap(\.notes) { record.notes.append(note) } }
    do {
      for index in 0..<options.workers {
        let cpu = options.cpus.isEmpty ? nil : options.cpus[index % options.cpus.count]
        workers.append(
          try Worker(
            plan: plan, index: index, cpu: cpu, history: history(of: index), rendezvous: meetings,
            report: { [unowned self] report in loop.submit { self.take(report, from: index) } }))
      }
    } catch {
      ending = .notReady("\(error)")
      return
    }
    if let trial {
      let worker = workers[0]
      await withUnsafeContinuation { continuation in
        worker.loop.submit { [box = UncheckedBox(trial)] in
          box.value(worker)
          self.loop.submit { continuation.resume() }
        }
      }
    }
    let progress = CallbackTimer { [unowned self] in tick() }
    progressTimer = progress
    loop.arm(progress, at: EventLoop.now() &+ Self.progressInterval)
    defer { loop.cancel(progress) }

    guard await connect(), await control(), let values = await setUp() else { return }
    if let reason = await readLedgersBefore(values: values) {
      ending = reason
      return await tearDown(values)
    }
    if isStopping { return }
    if trial == nil { await drive(values) } else { await driveTrial(values) }
    await finish(values)
  }

  private func openJournal() {
    guard let path = options.journal else { return }
    do throws(SystemError) {
      let journal = try JournalFile(path)
      journal.begin(identity: options.identity, warmUp: record.warmUp, interval: whole)
      self.journal = journal
    } catch {
      record.notes.append("there is no journal: \(error)")
    }
  }

  private func history(of worker: Int) -> HistoryWriter? {
    guard let directory = options.history, !plan.needs.isEmpty else { return nil }
    return HistoryWriter(directory: directory, worker: worker, run: options.identity.startedAt, plan: plan)
  }

  /// Whether the target can be reached at all.
  private func connect() async -> Bool {
    if isStopping { return false }
    let reason = await onWorker { (worker) -> String? in
      guard let origin = worker.origins.first else { return nil }
      let connection = UserConnection(policy: .perUser)
      let opening = await worker.client.connect(to: origin, for: connection)
      connection.close()
      return opening.error.map { self.advice($0, origin.endpoint) }
    }
    if isStopping { return false }
    guard let reason else { return true }
    ending = .unreachable(plan.mask.apply(reason))
    return false
  }

  /// Why nothing can be sent, and what to do.
  private func advice(_ error: TransportError, _ endpoint: HTTPEndpoint) -> String {
    switch error.failure {
    case .connectRefused where plan.scenario.client.unixSocket == nil:
      "\(error.failure.rawValue): nothing listens at \(endpoint): start the target, or name another one"
    case .dns: "\(error): is the host's name right?"
    case .tls: "\(error); 'client.ca' names the certificates to trust, and 'client.insecure' trusts any"
    default: error.description
    }
  }

  private func control() async -> Bool {
    guard options.controlToken != nil else { return true }
    let failure = await prepareReferenceServer()
    if isStopping { return false }
    if let failure {
      ending = .notReady(plan.mask.apply(failure))
      return false
    }
    return true
  }

  private func setUp() async -> [[UInt8]]? {
    let empty: [[UInt8]] = Array(repeating: [], count: plan.variables.slotCount)
    guard let group = plan.setUp else { return empty }
    phase = .settingUp
    let (values, failure) = await runOnce(group, values: empty)
    if isStopping { return nil }
    if let failure {
      ending = .setUpFailed("set_up: " + plan.mask.apply(failure))
      return nil
    }
    return values
  }

  private func drive(_ values: [[UInt8]]) async {
    await withUnsafeContinuation { continuation in
      whenReady = continuation
      for worker in workers { worker.loop.submit { worker.prepare(values: values) } }
    }
    await readClock()
    phase = .running
    probe = UsageProbe(workers.map(\.thread))
    if plan.groups.contains(where: \.isScheduled) { turnProbe = try? TurnProbe() }
    // Far enough ahead that every worker has the word before it is due.
    origin = EventLoop.now() &+ 1_000_000
    let start = origin
    lastAnswer = origin
    record.clock.startedAt = WallClock.now() &+ (origin &- EventLoop.now())
    if needsClock { journal?.clock(record.clock) }
    await withUnsafeContinuation { continuation in
      whenFinished = continuation
      for worker in workers { worker.loop.submit { worker.start(at: start) } }
      if isStopping { for worker in workers { worker.loop.submit { worker.stop() } } }
    }
    let end = EventLoop.now()
    await withUnsafeContinuation { continuation in
      whenClosed = continuation
      for worker in workers { worker.loop.submit { worker.close(at: end) } }
    }
    turnProbe.take()?.stop()
  }

  private func finish(_ values: [[UInt8]]) async {
    record.generator.workerCPU = workers.map(\.thread.cpuNanoseconds)
    record.generator.peakResidentBytes = Machine.peakResidentBytes()
    loadIsOver = true
    phase = .reading
    let now = EventLoop.now()
    let time = plan.scenario.finishWithin
    limit(readBy: now + time - (plan.tearDown == nil ? 0 : min(time / 5, 10_000_000_000)), endBy: now + time)
    for worker in workers { worker.loop.submit { worker.goOn() } }
    await readClock()
    if needsClock { journal?.clock(record.clock) }
    // Before the tear-down, which may remove what is to be read.
    await readLedgers(values: values, loadEnded: now)
    await tearDown(values)
    if options.controlToken != nil { record.serverLog = await serverLog() }
  }

  private func tearDown(_ values: [[UInt8]]) async {
    phase = .tearingDown
    loadIsOver = true
    limit(readBy: .max, endBy: EventLoop.now() + plan.scenario.finishWithin)
    guard let group = plan.tearDown, !isCut else { return }
    await onWorker { $0.goOn() }
    let (_, failure) = await runOnce(group, values: values)
    if let failure { record.notes.append("tear_down: " + plan.mask.apply(failure)) }
    if isCut { record.notes.append("tear_down was cut short: \(reasonOfCut)") }
  }

  // MARK: - The end of patience

  /// What is not of the load has to be over by then; monotonic nanoseconds.
  var cutoff: UInt64 { phase == .reading ? readBy : endBy }

  var isCut: Bool { EventLoop.now() >= cutoff }

  /// Why there was no more time.
  var reasonOfCut: String {
    if case .interrupted(let signal) = ending { return "the run was interrupted (\(signal))" }
    return "the time for what follows the load was over ('finish_within')"
  }

  /// What there is so far, as a record.
  var snapshot: RunRecord {
    var record = record
    record.ending = ending
    record.elapsed = lastAnswer > origin + record.warmUp ? lastAnswer - origin - record.warmUp : 0
    return record
  }

  private func limit(readBy: UInt64, endBy: UInt64) {
    self.readBy = min(self.readBy, readBy)
    self.endBy = min(self.endBy, endBy)
    armCut()
  }

  private func armCut() {
    let now = EventLoop.now()
    guard let next = [readBy, endBy].filter({ $0 > now && $0 < .max }).min() else { return }
    loop.arm(cutTimer, at: next)
  }

  /// Ends what is under way and has no more time.
  private func cutShort() {
    armCut()
    guard loadIsOver, isCut else { return }
    runningCommand?.cancel()
    for worker in workers {
      worker.loop.submit {
        worker.stop()
        worker.client.cancelAll()
      }
    }
  }

  /// How long a run goes on after a signal at most, for its ledgers and for all of it; nanoseconds. The whole process is to
  /// end within 2 s.
  private static let readingAfterSignal: UInt64 = 500_000_000
  private static let allAfterSignal: UInt64 = 900_000_000

  private func stop(by signal: String) {
    let now = EventLoop.now()
    // Nobody who ends a run that is reading wants it to go on reading.
    limit(readBy: loadIsOver ? now : now + Self.readingAfterSignal, endBy: now + Self.allAfterSignal)
    stop(.interrupted(signal))
    ending = .interrupted(signal)
    onInterrupt?(snapshot)
    cutShort()
  }

  // MARK: - Reports

  private func take(_ report: WorkerReport, from index: Int) {
    switch report {
    case .ready:
      readyWorkers += 1
      if readyWorkers == workers.count { whenReady.take()?.resume() }
    case .interval(let box, let number, let end, let isWarmUp, let underWay):
      merge(box.value, number: number, end: end, isWarmUp: isWarmUp, underWay)
      let worker = workers[index]
      worker.loop.submit { worker.takeBack(box.value) }
    case .finished(let last):
      lastAnswer = max(lastAnswer, last)
      finishedWorkers += 1
      if finishedWorkers == workers.count { whenFinished.take()?.resume() }
    case .closed(let closed, let offered):
      closedWorkers += 1
      for (group, wave) in closed { waves[group, default: ReleasedWave()].merge(wave) }
      for (group, load) in offered.enumerated() {
        record.groups[group].offered = record.groups[group].offered ?? OfferedLoad()
        record.groups[group].offered?.merge(load)
      }
      if closedWorkers == workers.count {
        // Near the end one worker may have ended an interval more than another.
        for number in pending.keys.sorted() { settle(pending.removeValue(forKey: number)!) }
        for (group, wave) in waves { record.groups[group].release = wave.record }
        record.underWay = []
        noteExhausted()
        whenClosed.take()?.resume()
      }
    }
  }

  /// Says so where data ran out so near to the end that it changes no verdict.
  private func noteExhausted() {
    for group in record.groups {
      guard let offered = group.offered, let data = offered.exhausted, !offered.isShort else { continue }
      record.notes.append(
        "The traffic '\(group.name)' ended just before its load was done: the data '\(data)' ran out of rows, each of which is used once."
      )
    }
  }

  private func merge(
    _ recorder: IntervalRecorder, number: Int, end: UInt64, isWarmUp: Bool, _ underWay: [UnderWay]
  ) {
    var interval =
      pending.removeValue(forKey: number)
      ?? PendingInterval(
        recorder: freeRecorders.popLast() ?? emptyRecorder(), reports: 0,
        end: end, isWarmUp: isWarmUp)
    interval.recorder.merge(recorder)
    interval.underWay.merge(underWay)
    recorder.reset()
    interval.reports += 1
    if interval.reports < workers.count {
      pending[number] = interval
    } else {
      settle(interval)
    }
  }

  /// Takes an interval that all workers have handed over into the record and the journal.
  private func settle(_ interval: PendingInterval) {
    whole.merge(interval.recorder)
    interval.recorder.reset()
    freeRecorders.append(interval.recorder)
    // A worker may end an interval between the end of the run and the word of it.
    let end = max(intervalStart, interval.end)
    whole.usage = probe?.take()
    if let turnProbe { whole.probeLag = turnProbe.take() }
    #if DEBUG
      let before = options.mutant == .percentilesAveraged ? record : nil
    #endif
    whole.accumulate(into: &record, start: intervalStart, end: end, isWarmUp: interval.isWarmUp)
    #if DEBUG
      if let before { record.averagePercentiles(of: whole, since: before) }
    #endif
    journal?.interval(whole, start: intervalStart, end: end, isWarmUp: interval.isWarmUp)
    whole.reset()
    intervalStart = end
    record.elapsed = end > record.warmUp ? end - record.warmUp : 0
    record.underWay = interval.underWay
    if !isStopping, finishedWorkers < workers.count, let aborts = abortsNow?(record), !aborts.isEmpty {
      record.aborts = aborts
      stop(.aborted)
    }
  }

  private func emptyRecorder() -> IntervalRecorder {
    IntervalRecorder(series: plan.foreseenSeries().0, groups: plan.groupDefinitions)
  }

  private func stop(_ reason: RunEnding) {
    if isStopping { return }
    isStopping = true
    ending = reason
    if loadIsOver { return }
    for worker in workers { worker.loop.submit { worker.stop() } }
  }

  // MARK: - Progress

  private static let progressInterval: UInt64 = 200_000_000
  private var progressTimer: LoopTimer?

  private func tick() {
    if let onProgress { onProgress(progress()) }
    if let progressTimer { loop.arm(progressTimer, at: EventLoop.now() &+ Self.progressInterval) }
  }

  private func progress() -> Progress {
    let now = EventLoop.now()
    return Progress(
      phase: phase, elapsed: phase == .running && now > origin ? now - origin : 0,
      expected: plan.expectedNanoseconds, iterationsExpected: plan.expectedIterations,
      requests: record.series.reduce(0) { $0 + $1.count },
      errors: record.series.reduce(0) { $0 + ($1.kind.isError ? $1.count : 0) },
      iterations: record.groups.reduce(0) { $0 + $1.iterationsCompleted }, last: record.intervals.last)
  }

  // MARK: - Work on a worker

  /// Runs `body` as a task on the first worker's loop.
  func onWorker<Result>(_ body: @escaping (Worker) async -> Result) async -> Result {
    let worker = workers[0]
    let box = UncheckedBox(body)
    return await withUnsafeContinuation { (continuation: UnsafeContinuation<UncheckedBox<Result>, Never>) in
      worker.loop.submit {
        Task(executorPreference: worker.loop) {
          let result = UncheckedBox(await box.value(worker))
          self.loop.submit { continuation.resume(returning: result) }
        }
      }
    }.value
  }
}

extension Optional {
  /// The value, leaving `nil`.
  fileprivate mutating func take() -> Wrapped? {
    defer { self = nil }
    return self
  }
}
