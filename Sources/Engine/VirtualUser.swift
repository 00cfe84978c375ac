import EventLoop
import HTTPClient
import JSON
import Load
import Measurement
import Scenario

/// One simulated user: its variables, its connection, its random draws. Lives on its worker's loop.
final class VirtualUser: @unchecked Sendable {
  private let workerReference: Unmanaged<Worker>
  var worker: Worker { workerReference.takeUnretainedValue() }
  let group: CompiledGroup
  /// Number of the user in the run, from 0.
  let index: Int
  let exchange = HTTPExchange()
  let connection: UserConnection
  let rest: Rest

  /// Captured values, by slot; empty where nothing was captured yet.
  var values: [[UInt8]]
  /// The row of each data source that the iteration drew.
  private var rows: [Int]
  private(set) var iteration = 0
  /// When the last request of the last iteration ended, think time included; monotonic nanoseconds.
  private(set) var lastDone: UInt64 = 0
  /// done − started of requests that were answered.
  private(set) var answerTimes = AnswerTimes()
  /// The last iteration passed over all its steps.
  private(set) var sentNothing = false
  /// Its very first request is to come, and the worker begins other users of the group before: one after another.
  var beginsBehindOthers = false
  /// When the user's very first request was sent; monotonic nanoseconds, 0 before.
  private(set) var firstSent: UInt64 = 0
  /// When its answer was whole, or it was given up; monotonic nanoseconds.
  private(set) var firstDone: UInt64 = 0
  /// The request under way is the first of its iteration.
  private(set) var isArriving = false
  private var repetition = 1
  /// Of the step under way, in the group.
  private var position = 0
  private var generator: SeededGenerator
  private var scratch: [UInt8] = []
  /// The step that the exchange was made ready for, where its request never varies.
  private var prepared: ObjectIdentifier?
  /// The body is in `scratch` rather than behind the head.
  private var sendsBodyApart = false

  /// - Parameter connection: One that outlives the user; `nil` for one of its own.
  init(worker: Worker, group: CompiledGroup, index: Int, values: [[UInt8]], connection: UserConnection? = nil) {
    workerReference = .passUnretained(worker)
    self.group = group
    self.index = index
    self.values = values
    self.connection = connection ?? UserConnection(policy: group.policy)
    rest = Rest(worker: worker)
    rows = Array(repeating: 0, count: worker.plan.pools.count)
    generator = SeededGenerator(seed: worker.plan.seed).fork(stream: UInt64(index) &+ 1)
    self.connection.companion = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  enum IterationEnd {
    case completed
    /// An error ended it early.
    case failed
    case stopped
  }

  /// Begins an iteration: draws its rows, and forgets what the one before captured.
  ///
  /// - Returns: the data source that has no more rows; the iteration is then not to be done.
  func begin(iteration number: Int) -> Int? {
    iteration = number
    for source in group.sources {
      let pool = worker.plan.pools[source]
      let row = worker.draws.draw(pool, at: source, iteration: number, user: index, from: &generator)
      guard let row else { return source }
      rows[source] = row
    }
    for slot in group.capturedSlots {
      if worker.initialValues[slot].isEmpty {
        values[slot].removeAll(keepingCapacity: true)
      } else {
        values[slot] = worker.initialValues[slot]
      }
    }
    return nil
  }

  /// Does the group's steps once, after `begin`.
  ///
  /// - Parameters:
  ///   - intended: when the load shape or the user's script wanted it, monotonic nanoseconds.
  ///   - waited: how much of the time since was spent without a free user, nanoseconds.
  func iterate(intended: UInt64, waited: UInt64) async -> IterationEnd {
    var wanted = intended
    var waited = waited
    lastDone = intended
    sentNothing = true
    isArriving = true
    var ended = IterationEnd.completed
    for position in group.steps.indices {
      let step = group.steps[position]
      self.position = position
      if let condition = step.ifPresent, isEmpty(condition) { continue }
      repetition = 0
      repeat {
        repetition += 1
        sentNothing = false
        if step.rendezvous != nil, let meeting = worker.rendezvous(of: group) {
          guard let released = await meeting.arrive(at: group.gates[position], on: worker), !worker.isStopping
          else { return .stopped }
          // Waiting for each other is the users' wish, and no wait for the target.
          wanted = released
          waited = 0
          isArriving = false
        }
        let outcome = await perform(step, intended: wanted, waited: waited)
        waited = 0
        wanted = exchange.done
        lastDone = wanted
        if worker.isStopping { return .stopped }
        if !step.continueOnError, step.isError(outcome) { ended = .failed }
        if let pause = step.thinkTime {
          wanted &+= draw(pause)
          lastDone = wanted
          await rest.until(wanted)
          if worker.isStopping { return .stopped }
        }
        if case .failed = ended { return ended }
      } while repetition < step.repeatCount
    }
    return ended
  }

  /// Sends one request and records what came of it.
  ///
  /// - Returns: the outcome's number in the step.
  func perform(_ step: CompiledStep, intended: UInt64, waited: UInt64) async -> Int {
    prepare(step)
    // The standard library's form that stays on its caller's executor, as its name says. The other asks the task for its
    // executor once more, behind a lock: 5 % of the instructions of a request.
    await _unsafeInheritExecutor_withUnsafeContinuation { continuation in
      workerReference._withUnsafeGuaranteedRef { worker in
        worker.began(group)
        worker.client.begin(exchange, to: worker.origins[step.ordinal], for: connection, resuming: continuation)
      }
    }
    return workerReference._withUnsafeGuaranteedRef { worker in
      worker.ended(group)
      return finish(step, on: worker, intended: intended, waited: waited)
    }
  }

  private func finish(_ step: CompiledStep, on worker: Worker, intended: UInt64, waited: UInt64) -> Int {
    var turnWait = exchange.turnWait
    if firstSent == 0 {
      (firstSent, firstDone) = (exchange.sent, exchange.done)
      if beginsBehindOthers, isArriving, !group.hasInstants, exchange.started > intended {
        turnWait &+= exchange.started &- intended
      }
      beginsBehindOthers = false
    }
    if exchange.failure == nil { answerTimes.add(exchange.done &- exchange.started) }
    let outcome = judge(step)
    worker.record(self, step, outcome: outcome, intended: intended, waited: waited, turnWait: turnWait)
    isArriving = false
    return outcome
  }

  /// From when the latency of the request under way counts at the latest, monotonic nanoseconds; `nil` where none is under
  /// way, or nothing of it was sent.
  var wantedUnderWay: UInt64? {
    guard exchange.isUnderWay, exchange.sent > 0 else { return nil }
    // Users that wait for each other are let go just before they send.
    return group.hasInstants && stepUnderWay.rendezvous == nil ? lastDone : exchange.started &+ exchange.turnWait
  }

  var stepUnderWay: CompiledStep { group.steps[position] }

  /// Sends one request that is not part of the load.
  func fetch(_ step: CompiledStep, mostBytes: Int = 1 << 30) async -> HTTPExchange {
    prepare(step)
    prepared = nil
    exchange.keepBody = true
    exchange.keepHeaders = true
    exchange.maxBodyBytes = mostBytes
    await worker.client.perform(exchange, to: worker.client.origin(step.request.endpoint), for: connection)
    return exchange
  }

  // MARK: - The request

  private func prepare(_ step: CompiledStep) {
    let isShown = worker.showsExchanges
    let keepsAll = step.keepsBody || isShown
    let keepsBeginning = worker.keepsBeginnings[step.ordinal]
    let keepsBody = keepsAll || keepsBeginning
    let keepsHeaders = step.keepsHeaders || isShown || keepsBeginning
    // The same request again, nothing of which varies, is already there.
    if prepared == ObjectIdentifier(step), exchange.keepBody == keepsBody, exchange.keepHeaders == keepsHeaders,
      !isShown
    {
      return
    }
    prepared = step.request.constant == nil || isShown ? nil : ObjectIdentifier(step)
    let request = step.request
    exchange.timeout = step.timeout
    exchange.expectsNoBody = request.isHead
    exchange.repetition = request.repetition
    exchange.keepBody = keepsBody
    exchange.maxBodyBytes = keepsAll ? worker.plan.scenario.client.maxBodyBytes : 256
    exchange.keepHeaders = keepsHeaders
    exchange.chunked = false
    sendsBodyApart = false
    if let constant = request.constant {
      exchange.head = constant
    } else {
      writeHead(step)
    }
    exchange.closesConnection = request.closesConnection ?? CompiledRequest.closesConnection(head: exchange.head)
    switch request.body {
    case .none: exchange.requestBody = .none
    case .inline, .padded:
      exchange.requestBody = sendsBodyApart ? .bytes(scratch) : .none
      exchange.chunked = sendsBodyApart && request.chunked
    case .bytes(let bytes):
      exchange.requestBody = .bytes(bytes)
      exchange.chunked = request.chunked
    case .repeated(let byte, let count):
      exchange.requestBody = .repeated(byte: byte, count: count)
      exchange.chunked = request.chunked
    }
  }

  private func writeHead(_ step: CompiledStep) {
    let request = step.request
    // Taken out and put back, so that it is written in place.
    var head = exchange.head
    exchange.head = []
    head.removeAll(keepingCapacity: true)
    write(request.head, into: &head)
    switch request.body {
    case .none:
      CompiledRequest.appendFraming(length: 0, hasBody: false, chunked: false, method: request.method, to: &head)
    case .inline(let list):
      write(&head, request, body: list)
    case .padded(let before, let after, let bytes, let fill):
      var end: [UInt8] = []
      write(after, into: &end)
      write(&head, request, body: before) { content in
        content.append(contentsOf: repeatElement(fill, count: max(0, bytes - content.count - end.count)))
        content.append(contentsOf: end)
      }
    case .bytes(let bytes):
      CompiledRequest.appendFraming(
        length: bytes.count, hasBody: true, chunked: request.chunked, method: request.method, to: &head)
    case .repeated(_, let count):
      CompiledRequest.appendFraming(
        length: count, hasBody: true, chunked: request.chunked, method: request.method, to: &head)
    }
    exchange.head = head
  }

  /// Writes a body, then the framing that its length calls for; a short one goes right behind the head.
  private func write(
    _ head: inout [UInt8], _ request: CompiledRequest, body list: FragmentList,
    then more: (inout [UInt8]) -> Void = { _ in }
  ) {
    var content = scratch
    scratch = []
    content.removeAll(keepingCapacity: true)
    write(list, into: &content)
    more(&content)
    CompiledRequest.appendFraming(
      length: content.count, hasBody: true, chunked: request.chunked, method: request.method, to: &head)
    sendsBodyApart = request.chunked || content.count > CompiledRequest.inlineLimit
    if !sendsBodyApart { head.append(contentsOf: content) }
    scratch = content
  }

  // MARK: - Variables

  func write(_ list: FragmentList, into output: inout [UInt8]) {
    for fragment in list.fragments { write(fragment, into: &output) }
  }

  func write(_ fragment: Fragment, into output: inout [UInt8]) {
    switch fragment {
    case .literal(let bytes): output.append(contentsOf: bytes)
    case .slot(let slot, let escaping): escaping.append(values[slot], to: &output)
    case .data(let source, let column, .jsonNumber):
      // Its pieces are no numbers, though the whole may be.
      var text: [UInt8] = []
      worker.plan.pools[source].append(row: rows[source], column: column, .none, to: &text)
      Escaping.jsonNumber.append(text, to: &output)
    case .data(let source, let column, let escaping):
      worker.plan.pools[source].append(row: rows[source], column: column, escaping, to: &output)
    case .builtIn(let builtIn, let escaping):
      switch builtIn {
      case .user: appendDecimal(index, to: &output)
      case .iteration: appendDecimal(iteration, to: &output)
      case .repetition: appendDecimal(repetition, to: &output)
      case .group: escaping.append(group.name.utf8, to: &output)
      case .step: escaping.append(group.steps[position].name.utf8, to: &output)
      case .scenario: escaping.append(worker.plan.scenario.name.utf8, to: &output)
      case .seed: escaping.append(String(worker.plan.seed).utf8, to: &output)
      case .uuid: escaping.append(randomUUID().utf8, to: &output)
      case .now: escaping.append(WallClock.isoTimestamp(WallClock.now()).utf8, to: &output)
      case .unixMilliseconds: appendDecimal(Int(WallClock.now() / 1_000_000), to: &output)
      // Items are numbers once a batch is compiled, and padding is split off.
      case .item, .padding: break
      case .random(let low, let high): appendDecimal(Int(generator.integer(in: low...high)), to: &output)
      }
    }
  }

  private func isEmpty(_ fragment: Fragment) -> Bool {
    var text: [UInt8] = []
    write(fragment, into: &text)
    return text.isEmpty
  }

  /// Nanoseconds.
  func draw(_ range: DurationRange) -> UInt64 {
    let span = range.most - range.least
    return span == 0 ? range.least : range.least + (span == .max ? generator.next() : generator.below(span + 1))
  }

  /// Version 4 in form (RFC 9562, section 5.4), from the run's seed, so that a run can be repeated.
  private func randomUUID() -> String {
    let high = (generator.next() & ~0xf000) | 0x4000
    let low = (generator.next() & ~(3 << 62)) | (2 << 62)
    func hex(_ value: UInt64, from: Int, count: Int) -> String {
      var text = ""
      for position in from..<from + count {
        text.append(Array("0123456789abcdef")[Int(value >> UInt64(60 - 4 * position) & 15)])
      }
      return text
    }
    return
      "\(hex(high, from: 0, count: 8))-\(hex(high, from: 8, count: 4))-\(hex(high, from: 12, count: 4))-"
      + "\(hex(low, from: 0, count: 4))-\(hex(low, from: 4, count: 12))"
  }
}
