import EventLoop
import HTTPMessage
import Synchronization

/// What all loops of a server share, fixed before the first request.
final class ServedRoutes: Sendable {
  let router: Router
  let table: RouteTable
  let limits: ServerLimits
  let httpLimits: HTTPLimits
  let faults: NetworkFaults
  let controlToken: String
  let loopCount: Int
  /// Connections open, by loop: what the acceptor balances by.
  let openConnections: ConnectionCounts

  init(router: Router, limits: ServerLimits, faults: NetworkFaults, controlToken: String, loopCount: Int) {
    self.router = router
    self.faults = faults
    table = RouteTable(router.routes)
    self.limits = limits
    self.controlToken = controlToken
    self.loopCount = loopCount
    httpLimits = HTTPLimits(maxHeadBytes: limits.maxHeadBytes, maxHeaderCount: limits.maxHeaderCount)
    openConnections = ConnectionCounts(loops: loopCount)
  }
}

/// One loop's part of the server: its connections, buffers and log. Touched on its loop's thread only, so that nothing
/// on the way of a request is shared.
final class LoopServer: @unchecked Sendable {
  let loop: EventLoop
  let index: Int
  let routes: ServedRoutes
  @exclusivity(unchecked) var log: ServerLog
  /// What any connection of the loop receives into; empty again before anything is awaited.
  let input: UnsafeMutableRawBufferPointer
  /// What any connection of the loop sends from, likewise.
  let output = OutputBuffer()
  let heads = ResponseHeads()
  let idleNanoseconds: UInt64
  private(set) var isStopping = false

  private var connections: [ObjectIdentifier: Connection] = [:]
  @exclusivity(unchecked) private var requestCount: UInt64 = 0
  @exclusivity(unchecked) private var unixSeconds: Int64 = 0
  @exclusivity(unchecked) private var secondEnds: UInt64 = 0

  init(loop: EventLoop, index: Int, routes: ServedRoutes) {
    self.loop = loop
    self.index = index
    self.routes = routes
    idleNanoseconds = routes.limits.idleTimeout.wholeNanoseconds
    log = ServerLog(routeCount: routes.router.routes.count)
    input = .allocate(byteCount: 65_536, alignment: 64)
  }

  deinit { input.deallocate() }

  /// Serves an accepted connection until it ends.
  ///
  /// - Parameter isOneTooMany: only tells the client that the server is full.
  func adopt(_ descriptor: Int32, peerAddress: String, isOneTooMany: Bool) {
    let info = ConnectionInfo(loop: loop, peerAddress: peerAddress, controlToken: routes.controlToken)
    let connection = Connection(descriptor: descriptor, info: info, server: self)
    log.connectionsAccepted &+= 1
    do {
      try loop.register(descriptor, for: [.readable, .writable, .peerClosed, .edgeTriggered], handler: connection)
    } catch {
      connection.closeUnregistered()
      routes.openConnections.change(index, by: -1)
      routes.openConnections.note(peerAddress, by: -1)
      return
    }
    connections[ObjectIdentifier(connection)] = connection
    log.connectionsOpen += 1
    Task(executorPreference: loop) {
      if isOneTooMany { await connection.turnAway() } else { await connection.serve() }
    }
  }

  func forget(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    log.connectionsOpen -= 1
    routes.openConnections.change(index, by: -1)
    routes.openConnections.note(connection.info.peerAddress, by: -1)
  }

  /// Ends connections that wait for a request, and the others after the answer that is under way.
  func beginStopping() {
    isStopping = true
    for connection in connections.values { connection.serverStops() }
  }

  /// Ends all connections but those whose handlers still have a request.
  func abandonConnections() {
    for connection in connections.values { connection.abandon() }
  }

  /// Closes what is left once the loop has ended: the tasks of these connections will not run again.
  func closeDescriptors() {
    for connection in connections.values {
      connection.closeUnregistered()
      routes.openConnections.note(connection.info.peerAddress, by: -1)
    }
    routes.openConnections.change(index, by: -connections.count)
    connections = [:]
  }

  /// Numbers that no other loop gives.
  func nextRequestNumber() -> UInt64 {
    requestCount &+= 1
    return (requestCount &- 1) &* UInt64(routes.loopCount) &+ UInt64(index) &+ 1
  }

  /// Real time, as of the last wait of the loop.
  func currentUnixSeconds() -> Int64 {
    let now = loop.roundStart
    if now >= secondEnds {
      let real = KSTClock.realNow()
      unixSeconds = CivilTime.floorDivide(real, CivilTime.nanosecondsPerSecond)
      secondEnds = now &+ UInt64((unixSeconds + 1) * CivilTime.nanosecondsPerSecond - real)
    }
    return unixSeconds
  }
}

/// Open connections of each loop, counted by the acceptor and the loops.
final class ConnectionCounts: Sendable {
  private final class Count: Sendable {
    let value = Atomic<Int>(0)
  }

  private let counts: [Count]

  init(loops: Int) { counts = (0..<loops).map { _ in Count() } }

  /// By the client's address. Touched when a connection opens or closes, and not by requests.
  private let addresses = Locked([String: Int]())

  func note(_ address: String, by difference: Int) {
    addresses.withLock { counts in
      let count = counts[address, default: 0] + difference
      counts[address] = count > 0 ? count : nil
    }
  }

  func open(from address: String) -> Int { addresses.withLock { $0[address] ?? 0 } }

  func change(_ loop: Int, by difference: Int) { counts[loop].value.add(difference, ordering: .relaxed) }

  var total: Int { counts.reduce(0) { $0 + $1.value.load(ordering: .relaxed) } }

  /// The loop with the fewest; of equals the first after `previous`.
  func leastLoaded(after previous: Int) -> Int {
    var best = (previous + 1) % counts.count
    var fewest = Int.max
    for offset in 1...counts.count {
      let index = (previous + offset) % counts.count
      let count = counts[index].value.load(ordering: .relaxed)
      if count < fewest {
        fewest = count
        best = index
      }
    }
    return best
  }
}
