import EventLoop
import Synchronization
import Testing

@testable import ReferenceServer

/// Two loops and a database on which tests run tasks.
private final class Bench {
  let threads: [LoopThread]
  let context = ServerContext(configuration: ServerConfiguration())
  let database: Database
  let store: Store<[String]>

  init(pool: Int, queryTime: Duration = .zero, timeout: Duration = .seconds(600)) throws {
    threads = try (0..<2).map { try LoopThread(name: "bench-\($0)") }
    var defaults = Database.Defaults()
    defaults.poolSize = pool
    defaults.minIdle = min(2, pool)
    defaults.queryTime = queryTime
    defaults.connectionTimeout = timeout
    database = Database(name: "bench", context: context, defaults: defaults)
    store = Store([], in: database)
  }

  deinit { for thread in threads { thread.stopAndJoin() } }

  /// Runs `body` as a task on the loop of that number.
  func task<Result: Sendable>(_ index: Int, _ body: @escaping @Sendable (EventLoop) async -> Result) -> Task<
    Result, Never
  > {
    let loop = threads[index % 2].loop
    return Task(executorPreference: loop) { await body(loop) }
  }
}

@Suite("Database and store")
struct DatabaseTests {
  @Test("the pool never lends more than it has, whoever asks from which loop, and ends as it began")
  func bounds() async throws {
    let bench = try Bench(pool: 3, queryTime: .microseconds(50))
    let inside = Atomic(0)
    let most = Atomic(0)
    let store = bench.store
    let tasks = (0..<200).map { index in
      bench.task(index) { loop in
        try? await store.transaction(on: loop) { transaction in
          let now = inside.add(1, ordering: .relaxed).newValue
          most.max(now, ordering: .relaxed)
          await transaction.query { $0.append("row") }
          inside.subtract(1, ordering: .relaxed)
        }
      }
    }
    for task in tasks { await task.value }
    #expect(most.load(ordering: .relaxed) == 3)
    #expect(store.inspect { $0.count } == 200)
    let usage = bench.database.usage
    #expect(usage.active == 0)
    #expect(usage.idle == 3)
    #expect(usage.pending == 0)
    #expect(usage.acquired == 200)
    #expect(usage.queries == 200)
    #expect(usage.timeouts == 0)
  }

  @Test("who waits is served first in, first out")
  func isFair() async throws {
    let bench = try Bench(pool: 1)
    let store = bench.store
    let waiting = await bench.task(0) { loop -> [Task<Void, Never>] in
      let waiting = try? await store.transaction(on: loop) { _ in
        // All on this loop: they line up in the order in which they are made.
        let waiting = (0..<20).map { index in
          Task(executorPreference: loop) { _ = try? await store.query(on: loop) { $0.append(String(index)) } }
        }
        while store.database.usage.pending < 20 { await loop.yield() }
        return waiting
      }
      return waiting ?? []
    }.value
    for task in waiting { await task.value }
    #expect(store.inspect { $0 } == (0..<20).map { String($0) })
  }

  @Test("who waits too long is told, and leaves the line")
  func timesOut() async throws {
    let bench = try Bench(pool: 1, timeout: .milliseconds(5))
    let store = bench.store
    let refused = await bench.task(0) { loop -> Int in
      (try? await store.transaction(on: loop) { transaction in
        var refused = 0
        for _ in 0..<3 {
          do throws(PoolTimeout) {
            try await store.query(on: loop) { _ in }
          } catch {
            #expect(error.description == "bench: no connection became free within 5 ms")
            refused += 1
          }
        }
        return refused
      }) ?? -1
    }.value
    #expect(refused == 3)
    let usage = bench.database.usage
    #expect(usage.timeouts == 3)
    #expect(usage.pending == 0)
    #expect(usage.active == 0)
    #expect(await bench.task(1) { loop in (try? await store.query(on: loop) { _ in true }) ?? false }.value)
  }

  @Test("a leaked connection is gone until the reset, a wider pool serves who waits")
  func leaks() async throws {
    let bench = try Bench(pool: 2)
    let store = bench.store
    for index in 0..<2 {
      await bench.task(index) { loop in _ = try? await store.transaction(on: loop) { $0.leak() } }.value
    }
    #expect(bench.database.usage.active == 2)
    let waiting = bench.task(1) { loop in (try? await store.query(on: loop) { _ in true }) ?? false }
    try await eventually { bench.database.usage.pending > 0 }
    bench.database.poolSize.set(3)
    bench.database.serveWaiters()
    #expect(await waiting.value)
    let again = bench.task(0) { loop in (try? await store.transaction(on: loop) { $0.leak() }) != nil }
    #expect(await again.value)
    let last = bench.task(0) { loop in (try? await store.query(on: loop) { _ in true }) ?? false }
    try await eventually { bench.database.usage.pending > 0 }
    bench.database.reset()
    #expect(await last.value)
    #expect(bench.database.usage.active == 0)
  }

  @Test("a row's lock is held to the end of the transaction, by one at a time, in order, across loops")
  func locksRows() async throws {
    let bench = try Bench(pool: 20, queryTime: .microseconds(20))
    let store = bench.store
    let inside = Atomic(0)
    let overlaps = Atomic(0)
    let tasks = (0..<100).map { index in
      bench.task(index) { loop in
        _ = try? await store.transaction(on: loop) { transaction in
          await transaction.lock(RowKey("rows", String(index % 2)))
          if index % 2 == 0 {
            if inside.add(1, ordering: .relaxed).newValue > 1 { overlaps.add(1, ordering: .relaxed) }
            await transaction.query { $0.append("a") }
            await transaction.query { $0.append("b") }
            inside.subtract(1, ordering: .relaxed)
          } else {
            await transaction.query { $0.append("c") }
          }
        }
      }
    }
    for task in tasks { await task.value }
    #expect(overlaps.load(ordering: .relaxed) == 0)
    let letters = store.inspect { $0.filter { $0 != "c" } }
    #expect(letters == Array(repeating: ["a", "b"], count: 50).flatMap { $0 })
    #expect(bench.database.usage.active == 0)
  }

  @Test("without a lock two queries of a transaction let others in between")
  func interleaves() async throws {
    let bench = try Bench(pool: 20, queryTime: .microseconds(200))
    let store = bench.store
    let tasks = (0..<20).map { index in
      bench.task(index) { loop in
        _ = try? await store.transaction(on: loop) { transaction in
          let seen = await transaction.query { $0.count }
          await transaction.pause(.milliseconds(5))
          await transaction.query { $0.append(String(seen)) }
        }
      }
    }
    for task in tasks { await task.value }
    #expect(Set(store.inspect { $0 }).count < 20)
  }

  @Test("a query takes its time, drawn around it where that is asked for")
  func takesTime() async throws {
    let bench = try Bench(pool: 1, queryTime: .milliseconds(2))
    let store = bench.store
    func took(_ queries: Int) async -> UInt64 {
      await bench.task(0) { loop in
        let start = EventLoop.now()
        for _ in 0..<queries { _ = try? await store.query(on: loop) { _ in } }
        return EventLoop.now() - start
      }.value
    }
    #expect(await took(5) >= 10_000_000)
    bench.database.queryTimeDistribution.set(1)
    bench.database.queryTime.set(50_000)
    // The sum of 200 draws with mean 50 µs is under 5 ms but once in 10^12.
    #expect(await took(200) >= 5_000_000)
  }
}
