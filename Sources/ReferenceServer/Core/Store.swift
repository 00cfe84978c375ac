import EventLoop

/// A system's tables behind a database: whoever reads or writes them holds one of its connections and spends a
/// query's time.
///
/// Each query sees and changes the tables alone; between two queries of a transaction others get their turn, unless
/// it holds the row's lock. That is where races live, on well-defined state.
package final class Store<Tables>: Sendable {
  package let database: Database
  private let tables: Locked<Tables>

  package init(_ tables: sending Tables, in database: Database) {
    self.database = database
    self.tables = Locked(tables)
  }

  /// Takes a connection, spends a query's time, runs `body` on the tables, and gives the connection back.
  package func query<Result: Sendable>(
    on loop: EventLoop, _ body: @Sendable (inout Tables) -> Result
  ) async throws(PoolTimeout) -> Result {
    let connection = try await database.acquire(on: loop)
    await database.spendQuery(connection, on: loop)
    let result = tables.withLock { body(&$0) }
    database.release(connection)
    return result
  }

  /// Takes a connection for several queries. There is no roll-back: a query that ran has happened.
  package func transaction<Result: Sendable>(
    on loop: EventLoop, _ body: @Sendable (StoreTransaction<Tables>) async -> Result
  ) async throws(PoolTimeout) -> Result {
    let connection = try await database.acquire(on: loop)
    let result = await body(StoreTransaction(store: self, connection: connection, loop: loop))
    for row in connection.rows.reversed() { database.rowLocks.unlock(row) }
    connection.rows.removeAll(keepingCapacity: true)
    if connection.leaked {
      database.leak(connection)
    } else {
      database.release(connection)
    }
    return result
  }

  /// Reads or writes the tables past pool and query time: for resets and ground truth.
  package func inspect<Result: Sendable>(_ body: @Sendable (inout Tables) -> Result) -> Result {
    tables.withLock { body(&$0) }
  }
}

/// A connection on loan, for the queries of one transaction.
package struct StoreTransaction<Tables>: Sendable {
  fileprivate let store: Store<Tables>
  fileprivate let connection: DatabaseConnection
  package let loop: EventLoop

  /// Spends a query's time, then runs `body` on the tables.
  package func query<Result: Sendable>(_ body: @Sendable (inout Tables) -> Result) async -> Result {
    await store.database.spendQuery(connection, on: loop)
    return store.inspect(body)
  }

  /// Waits for the exclusive lock on a row, and holds it to the end of the transaction.
  package func lock(_ row: RowKey) async {
    await store.database.rowLocks.lock(row)
    connection.rows.append(row)
  }

  /// Waits with the connection in hand, so that other transactions run in between.
  package func pause(_ duration: Duration) async {
    await connection.sleep(duration.wholeNanoseconds, on: loop)
  }

  /// Never gives the connection back: a leak, until the database is reset.
  package func leak() { connection.leaked = true }
}
