import EventLoop
import Synchronization

/// No connection came free in time: what a full pool answers.
package struct PoolTimeout: Error, Sendable, Hashable, CustomStringConvertible {
  package var database: String
  package var timeoutNanoseconds: Int

  package var description: String {
    "\(database): no connection became free within \(timeoutNanoseconds / 1_000_000) ms"
  }
}

/// What a system's database costs: a bounded pool of connections that all loops share, and time for each query.
/// The tables themselves are in a `Store`.
package final class Database: Sendable {
  package struct Defaults: Sendable {
    package var poolSize = 20
    package var minIdle = 5
    /// A deployment's 30 s would outlast every test; here a tenth of it.
    package var connectionTimeout = Duration.seconds(3)
    /// Enough for requests to overlap, and little enough for 5,000 buyers to be served in a second: 20 connections
    /// give 40,000 queries a second at 0.5 ms.
    package var queryTime = Duration.microseconds(500)

    package init() {}
  }

  /// The pool as HikariCP's metrics name it.
  package struct Usage: Sendable, Hashable {
    package var active = 0
    package var idle = 0
    package var pending = 0
    package var max = 0
    package var minIdle = 0
    /// Connections handed out since the start.
    package var acquired: UInt64 = 0
    /// Requests for one that ended in `PoolTimeout`.
    package var timeouts: UInt64 = 0
    package var queries: UInt64 = 0
  }

  package let name: String
  package let queryTime: Setting
  package let queryTimeDistribution: Setting
  package let poolSize: Setting
  package let minIdle: Setting
  package let connectionTimeout: Setting

  private struct Pool {
    var idle: [DatabaseConnection] = []
    var active = 0
    var leaked = 0
    var waiters = FIFO<PoolWaiter>()
    var pending = 0
    var acquired: UInt64 = 0
    var timeouts: UInt64 = 0
  }

  private let pool = Locked(Pool())
  let rowLocks = RowLocks()
  private let random: SharedRandom
  private let slowdown: IncidentSwitch?
  private let queries = Atomic<UInt64>(0)

  /// Makes a database whose settings are `name.query_time_ms`, `name.pool_size` and so on.
  ///
  /// - Parameter slowdown: an incident whose parameter, in milliseconds, is added to each query's time.
  package init(
    name: String, context: ServerContext, defaults: Defaults = Defaults(), slowdown: IncidentSwitch? = nil
  ) {
    self.name = name
    self.slowdown = slowdown
    let settings = context.settings
    queryTime = settings.milliseconds(
      "\(name).query_time_ms", standard: context.configuration.queryTime ?? defaults.queryTime, in: 0...60_000,
      "the time that each query takes")
    queryTimeDistribution = settings.choice(
      "\(name).query_time_distribution", standard: "fixed", of: ["fixed", "exponential"],
      "whether each query takes the same time, or times drawn around it")
    poolSize = settings.integer(
      "\(name).pool_size", standard: defaults.poolSize, in: 1...10_000, "connections of the pool")
    minIdle = settings.integer(
      "\(name).pool_min_idle", standard: defaults.minIdle, in: 0...10_000, "connections that are open from the start")
    connectionTimeout = settings.milliseconds(
      "\(name).connection_timeout_ms", standard: defaults.connectionTimeout, in: 1...600_000,
      "how long a request waits for a connection")
    random = context.random("database.\(name)")
    context.databases.add(self)
    reset()
  }

  /// Opens the pool anew: leaked connections come back, counters start at 0. Connections in use stay in use.
  package func reset() {
    random.reset()
    queries.store(0, ordering: .relaxed)
    let wanted = minIdle.value
    pool.withLock { pool in
      pool.active -= pool.leaked
      pool.leaked = 0
      pool.idle.removeAll()
      while pool.idle.count + pool.active < min(wanted, poolSize.value) { pool.idle.append(DatabaseConnection()) }
      pool.acquired = 0
      pool.timeouts = 0
    }
    serveWaiters()
  }

  package var usage: Usage {
    let queries = queries.load(ordering: .relaxed)
    return pool.withLock { pool in
      Usage(
        active: pool.active, idle: pool.idle.count, pending: pool.pending, max: poolSize.value, minIdle: minIdle.value,
        acquired: pool.acquired, timeouts: pool.timeouts, queries: queries)
    }
  }

  // MARK: - Connections

  /// Takes a connection; waits in line where none is free.
  func acquire(on loop: EventLoop) async throws(PoolTimeout) -> DatabaseConnection {
    if let connection = take() { return connection }
    let waiter = PoolWaiter(database: self)
    let timeout = connectionTimeout.value
    let connection = await suspendOnLoop { (continuation: LoopContinuation<DatabaseConnection?>) in
      let size = poolSize.value
      let free = pool.withLock { pool -> DatabaseConnection? in
        if let free = Self.takeFree(&pool, size: size) { return free }
        waiter.continuation = continuation
        pool.waiters.append(waiter)
        pool.pending += 1
        return nil
      }
      if let free {
        continuation.resume(returning: free)
      } else {
        // From here on another loop may serve the waiter at any time; its task goes on here, after this.
        loop.arm(waiter, at: EventLoop.now() &+ UInt64(timeout))
      }
    }
    loop.cancel(waiter)
    guard let connection else { throw PoolTimeout(database: name, timeoutNanoseconds: timeout) }
    return connection
  }

  /// Gives a connection back, to the first in line if there is one.
  func release(_ connection: DatabaseConnection) {
    let size = poolSize.value
    let next = pool.withLock { pool -> LoopContinuation<DatabaseConnection?>? in
      if pool.active <= size, let next = Self.nextWaiter(&pool) {
        pool.acquired &+= 1
        return next
      }
      pool.active -= 1
      if pool.active + pool.idle.count < size { pool.idle.append(connection) }
      return nil
    }
    next?.resume(returning: connection)
  }

  /// Never gives a connection back, until `reset`.
  func leak(_ connection: DatabaseConnection) {
    pool.withLock { $0.leaked += 1 }
  }

  /// Lets those in line have what a wider pool or a reset has made free.
  package func serveWaiters() {
    while true {
      let size = poolSize.value
      let next = pool.withLock { pool -> (LoopContinuation<DatabaseConnection?>, DatabaseConnection)? in
        guard pool.active < size, let next = Self.nextWaiter(&pool) else { return nil }
        pool.active += 1
        pool.acquired &+= 1
        return (next, pool.idle.popLast() ?? DatabaseConnection())
      }
      guard let (continuation, connection) = next else { return }
      continuation.resume(returning: connection)
    }
  }

  private func take() -> DatabaseConnection? {
    let size = poolSize.value
    return pool.withLock { Self.takeFree(&$0, size: size) }
  }

  private static func takeFree(_ pool: inout Pool, size: Int) -> DatabaseConnection? {
    guard pool.pending == 0, pool.active < size else { return nil }
    pool.active += 1
    pool.acquired &+= 1
    return pool.idle.popLast() ?? DatabaseConnection()
  }

  private static func nextWaiter(_ pool: inout Pool) -> LoopContinuation<DatabaseConnection?>? {
    while let waiter = pool.waiters.popFirst() {
      if let continuation = waiter.continuation {
        waiter.continuation = nil
        pool.pending -= 1
        return continuation
      }
    }
    return nil
  }

  /// Called on the waiter's loop once its time is over.
  fileprivate func expire(_ waiter: PoolWaiter) {
    let expired = pool.withLock { pool -> LoopContinuation<DatabaseConnection?>? in
      guard let continuation = waiter.continuation else { return nil }
      waiter.continuation = nil
      pool.pending -= 1
      pool.timeouts &+= 1
      while let first = pool.waiters.first, first.continuation == nil { _ = pool.waiters.popFirst() }
      return continuation
    }
    expired?.resume(returning: nil)
  }

  // MARK: - Queries

  /// Takes the time of one query.
  func spendQuery(_ connection: DatabaseConnection, on loop: EventLoop) async {
    queries.add(1, ordering: .relaxed)
    var nanoseconds = Double(queryTime.value)
    if nanoseconds > 0, queryTimeDistribution.isOn { nanoseconds *= random.exponential() }
    if let slowdown, slowdown.isOn { nanoseconds += slowdown.parameter * 1_000_000 }
    if nanoseconds >= 1 { await connection.sleep(UInt64(nanoseconds), on: loop) }
  }
}

/// A connection of a pool. Used by one task at a time; carries the timer on which its queries wait.
final class DatabaseConnection: LoopTimer, @unchecked Sendable {
  private var continuation: UnsafeContinuation<Void, Never>?
  /// What its transaction has locked.
  var rows: [RowKey] = []
  /// Set by a transaction that will not give it back.
  var leaked = false

  func sleep(_ nanoseconds: UInt64, on loop: EventLoop) async {
    await withUnsafeContinuation { continuation in
      self.continuation = continuation
      loop.arm(self, at: EventLoop.now() &+ nanoseconds)
    }
  }

  override func fire() {
    let continuation = continuation
    self.continuation = nil
    continuation?.resume()
  }
}

/// One in line for a connection; `continuation` is guarded by the pool's lock and goes to whoever takes it first.
private final class PoolWaiter: LoopTimer, @unchecked Sendable {
  private let database: Database
  var continuation: LoopContinuation<DatabaseConnection?>?

  init(database: Database) { self.database = database }

  override func fire() { database.expire(self) }
}

/// The databases of a server.
package final class DatabaseRegistry: Sendable {
  private let databases = Locked([Database]())

  package init() {}

  func add(_ database: Database) { databases.withLock { $0.append(database) } }
  package var all: [Database] { databases.withLock { $0 } }
}
