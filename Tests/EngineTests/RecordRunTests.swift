import Glibc
import JSON
import Measurement
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Records {
    private static let invariants = """
      invariants: { 'numbers once': { capped: { step: 'one', accepted: 'granted', cap: 100, sequence: 'number',
        ledger: { get: '/granted', rows: '$.rows', key: '$.key', per: 'buyer', PAGES } } } },
      data: { buyer: { sequence: 'b{n:03}', count: 100 } },
      """
    private static let grant =
      "post: '/grant', text: '${buyer}', outcomes: { granted: { status: 201, capture: { number: '$.number' } } }"

    private func scenario(pages: String = "") -> String {
      oneStep("{ users: 6, shared_iterations: 45 }", Self.grant, more: Self.invariants.replacing("PAGES", with: pages))
    }

    @Test("the journal gives the same record again, and any whole part of it a shorter one", arguments: [1, 2, 3])
    func journal(workers: Int) throws {
      try withFolder { folder in
        try withTarget { target in
          let path = folder + "/intervals.ndjson"
          // Two intervals, for the warm-up has its own; each kind of outcome in the second.
          let record = try target.run(
            oneStep(
              "{ arrivals: '1000/s', for: '60ms', max_users: 60 }", "get: '/status/${code}'",
              more: """
                warm_up: '20ms', data: { code: ['200', '500', '404'] }, thresholds: { latency: 'p(95) < 10ms' },
                """),
            workers: workers
          ) { $0.journal = path }
          let bytes = try FileBytes.contents(of: path)
          let read = try JournalReader.read(bytes)
          expectEqual(read, record)
          #expect(record.count("unexpected") > 0 && record.intervals.count >= 2)
          let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
          #expect(ends.count == record.intervals.count + 2)
          for (whole, end) in ends.enumerated() {
            let part = try JournalReader.read(Array(bytes[...end]))
            #expect(part.intervals.count == min(whole, record.intervals.count))
            #expect(part.ending == (whole == ends.count - 1 ? .completed : .cutOff))
            #expect(part.requests <= record.requests && part.identity == record.identity)
          }
        }
      }
    }

    private func expectEqual(_ read: RunRecord, _ record: RunRecord) {
      #expect(read.identity == record.identity && read.ending == record.ending)
      #expect(read.elapsed == record.elapsed && read.warmUp == record.warmUp)
      #expect(read.series.map(\.key) == record.series.map(\.key))
      for (read, record) in zip(read.series, record.series) {
        #expect(read.count == record.count && read.kind == record.kind && read.samples == record.samples)
        #expect(read.latency == record.latency && read.serviceTime == record.serviceTime)
        #expect(read.timeToFirstByte == record.timeToFirstByte && read.exceedances == record.exceedances)
        #expect(read.bytesSent == record.bytesSent && read.bytesReceived == record.bytesReceived)
      }
      #expect(read.groups.map { "\($0)" } == record.groups.map { "\($0)" })
      #expect(read.intervals.map { "\($0)" } == record.intervals.map { "\($0)" })
      #expect(read.connections.opened == record.connections.opened)
      #expect(read.generator.lag == record.generator.lag && read.generator.wait == record.generator.wait)
      #expect(read.generator.workerCPU == record.generator.workerCPU)
      #expect(read.notes == record.notes && read.aborts == record.aborts)
      #expect(read.ledgers.mapValues(\.keys) == record.ledgers.mapValues(\.keys))
    }

    @Test("a run that sent nothing leaves the same record in its journal")
    func emptyJournal() throws {
      try withFolder { folder in
        try withTarget { target in
          let path = folder + "/intervals.ndjson"
          let record = try target.run(
            oneStep("{ users: 1, iterations: 1 }", more: "set_up: [{ name: 'no', get: '/status/500' }],")
          ) { $0.journal = path }
          expectEqual(try JournalReader.read(try FileBytes.contents(of: path)), record)
          #expect(record.series.count == 1)
        }
      }
    }

    @Test("a journal that cannot be written is a note, and the run goes on")
    func noJournal() throws {
      try withTarget { target in
        let record = try target.run(oneStep("{ users: 1, iterations: 2 }")) { $0.journal = "/dev/full" }
        #expect(record.count("ok") == 2 && record.notes.count == 1)
        #expect(record.notes[0].contains("the journal ends early") && record.notes[0].contains("/dev/full"))
        let nowhere = try target.run(oneStep("{ users: 1, iterations: 2 }")) { $0.journal = "/nowhere/x" }
        #expect(nowhere.count("ok") == 2 && nowhere.notes[0].contains("there is no journal"))
      }
    }

    @Test("recorded requests are in the history, each with its key and number", arguments: [1, 2, 3])
    func history(workers: Int) throws {
      try withFolder { folder in
        try withTarget { target in
          let record = try target.run(scenario(), workers: workers) { $0.history = folder }
          #expect(record.count("granted") == 45)
          try withHistory(folder, workers: workers) { history in
            #expect(history.count == 45 && history.keyNames == ["buyer"] && history.notes == [])
            var keys: Set<String> = []
            var numbers: Set<Int64> = []
            history.forEach { operation in
              keys.insert(history.text(ofKey: operation.keys[0]))
              numbers.insert(operation.sequence)
              #expect(operation.flags == [.sequenced] && operation.status == 201)
              #expect(operation.invoked <= operation.returned && operation.returned <= record.elapsed)
              #expect(history.series[Int(operation.outcome)].outcome == "granted")
            }
            #expect(keys.count == 45 && keys.min() == "b001" && keys.max() == "b045")
            #expect(numbers == Set(1...45))
          }
        }
      }
    }

    @Test("recorded requests that the disk does not take are kept in memory, and said", arguments: [true, false])
    func unwritten(isFull: Bool) throws {
      try withFolder { folder in
        // A file that takes nothing, in place of the worker's.
        if isFull { symlink("/dev/full", "\(folder)/worker-0.operations") }
        try withTarget { target in
          let run = try target.make(scenario()) { $0.history = isFull ? folder : "/nowhere" }
          let record = run.run()
          #expect(record.count("granted") == 45 && record.recorded == [45] && record.losses.isEmpty)
          #expect(record.notes.contains { $0.contains("they were kept in memory and judged") }, "\(record.notes)")
          #expect(record.notes.contains { $0.contains(isFull ? "No space left" : "No such file") })
          let tail = try #require(run.unwritten.first)
          let names = (isFull ? FileBytes.read("\(folder)/worker-0.names") ?? [] : []) + tail.names
          try tail.operations.withUnsafeBytes { operations in
            try names.withUnsafeBytes { names in
              let history = try OperationHistory([.init(operations: operations, names: names)])
              #expect(history.count == 45 && history.isWhole, "\(history.notes)")
            }
          }
          unlink("\(folder)/worker-0.operations")
        }
      }
    }

    @Test("a request is recorded with what its own invariants name, and draws no data for another group's")
    func keysOfInvariants() throws {
      try withFolder { folder in
        try withTarget { target in
          // Each buyer comes once, and there are only as many as the first group has iterations.
          let record = try target.run(
            """
            { name: 'test', target: 'http://127.0.0.1', seed: 9, data: { buyer: { sequence: 'b{n}', count: 6 } },
              traffic: {
                first: { load: { users: 2, shared_iterations: 6 }, steps: [{ name: 'grant', post: '/grant', text: '${buyer}',
                  outcomes: { granted: { status: 201, capture: { number: '$.number', key: '$.key' } } } }] },
                second: { load: { users: 2, shared_iterations: 6 }, steps: [{ name: 'look', get: '/ok' }] } },
              invariants: {
                drawn: { replay: { of: 'grant.granted', input: '${seed}|${buyer}|${day}', result: 'key', zone: 'Asia/Seoul' } },
                fine: { never: 'look.unexpected' } } }
            """, seed: 9
          ) { $0.history = folder }
          #expect(record.count("granted") == 6 && record.count("ok") == 6 && record.notes == [])
          #expect(record.clock.startedAt > 1_700_000_000_000_000_000)
          try withHistory(folder, workers: 1) { history in
            #expect(history.keyNames == ["${seed}|${buyer}|${day}", "key"])
            var inputs: Set<String> = []
            history.forEach { operation in
              let keys = [0, 1].map { history.text(ofKey: operation.keys[$0]) }
              if history.series[Int(operation.outcome)].step == "look" {
                #expect(keys == ["", ""])
              } else {
                inputs.insert(keys[0])
                // The day is found out afterwards.
                #expect(keys[0] == "9|\(keys[1])|${day}")
              }
            }
            #expect(inputs.count == 6)
          }
        }
      }
    }

    @Test("numbers that the target says are read beside its rows")
    func amounts() throws {
      try withTarget { target in
        let record = try target.run(
          oneStep(
            "{ users: 1, iterations: 3 }", "post: '/grant', text: 'k', outcomes: { granted: 201 }",
            more: """
              invariants: {
                rows: { equal: { left: { get: '/granted', rows: '$.rows' }, right: 'one.granted' } },
                said: { equal: { left: 3, right: { get: '/say/200', value: '$.n', before: false } } } },
              """))
        #expect(record.ledgers["rows (left)"]?.count == 3 && record.ledgers["rows (left)"]?.amounts == [])
        // Nothing was said to be said again.
        #expect(record.ledgers["said (right)"]?.failure == "the response is empty, and not JSON")
      }
    }

    @Test("what was not answered may have taken effect, what was refused has not, and what was never sent is nothing")
    func ambiguity() throws {
      try withFolder { folder in
        try withTarget { target in
          _ = try target.run(
            oneStep(
              "{ users: 1, iterations: 6 }",
              """
              post: '/status/${code}', outcomes: { won: { status: 200 }, lost: 409 }
              """,
              more: """
                invariants: { once: { at_most: { count: 9, of: 'one.won', per: 'code' } } },
                data: { code: ['200', '409', '404', '503', '302', '202'] }, warm_up: '1ms',
                """)
          ) { $0.history = folder }
          try withHistory(folder, workers: 1) { history in
            var flags: [String: Operation.Flags] = [:]
            history.forEach { operation in
              flags[history.text(ofKey: operation.keys[0])] = operation.flags.subtracting(.warmUp)
            }
            #expect(flags["200"] == [] && flags["409"] == [] && flags["404"] == [.error])
            for code in ["503", "302", "202"] { #expect(flags[code] == [.error, .ambiguous], "\(code)") }
          }
        }
        // Nobody listens on the port of a step that has a host of its own.
        try withTarget { target in
          let record = try withClosedPort { port in
            try target.run(
              """
              { name: 'test', target: 'http://127.0.0.1',
                invariants: { once: { at_most: { count: 9, of: 'two.won', per: 'user_key' } } },
                data: { user_key: ['a', 'b'] },
                traffic: { main: { load: { users: 1, iterations: 1 }, steps: [
                  { name: 'one', get: '/ok?${user_key}' },
                  { name: 'two', get: 'http://127.0.0.1:\(port)/x?${user_key}', outcomes: { won: 200 } }] } } }
              """
            ) { $0.history = folder }
          }
          #expect(record.count("connect_refused", step: "two") == 1 && record.connections.failed == 1)
          try withHistory(folder, workers: 1) { #expect($0.count == 0) }
        }
      }
    }

    @Test("what the scenario says of an answer's effect counts before its status, and no answer promises nothing")
    func effects() throws {
      try withFolder { folder in
        try withTarget { target in
          _ = try target.run(
            oneStep(
              "{ users: 1, iterations: 6 }",
              """
              post: '/status/${code}', continue_on_error: true, outcomes: {
                won: { status: 200, duration: { lessThan: '10s' } }, rolled_back: { status: 500, error: true, effect: 'none' },
                refused: { status: 503, effect: 'none' }, failed: { status: 502, error: true }, busy: 504,
                later: { status: 202, effect: 'unknown' } }
              """,
              more: """
                invariants: { once: { at_most: { count: 9, of: 'one.won', per: 'code' } } },
                data: { code: ['200', '500', '503', '502', '504', '202'] },
                """)
          ) { $0.history = folder }
          try withHistory(folder, workers: 1) { history in
            var flags: [String: Operation.Flags] = [:]
            history.forEach { flags[history.text(ofKey: $0.keys[0])] = $0.flags }
            #expect(flags["200"] == [] && flags["500"] == [.error] && flags["503"] == [])
            #expect(
              flags["502"] == [.error, .ambiguous] && flags["504"] == [.ambiguous] && flags["202"] == [.ambiguous])
          }
        }
      }
      try withFolder { folder in
        try withTarget { target in
          _ = try target.run(
            oneStep(
              "{ users: 1, iterations: 1 }",
              "get: '/slow/600000', timeout: '20ms', outcomes: { won: 200, failed: { status: '5xx', effect: 'none' } }",
              more: "invariants: { nothing: { sequential: true, never: 'one.failed' } },")
          ) { $0.history = folder }
          try withHistory(folder, workers: 1) { history in
            history.forEach { #expect($0.flags == [.error, .ambiguous]) }
            #expect(history.count == 1)
          }
        }
      }
    }

    @Test("a key that the answer itself gives is not that of the answer before")
    func ownKeys() throws {
      try withFolder { folder in
        try withTarget { target in
          _ = try target.run(
            oneStep(
              "{ users: 1, iterations: 1 }",
              """
              post: '/say/20${repeat}', json: { id: 'k${repeat}' }, repeat: 3, continue_on_error: true,
              outcomes: { won: { status: [201, 203], capture: { who: '$.id' } } }
              """,
              more: "invariants: { once: { at_most: { count: 1, of: 'one.won', per: 'who' } } },")
          ) { $0.history = folder }
          try withHistory(folder, workers: 1) { history in
            var keys: [String] = []
            history.forEach { keys.append(history.text(ofKey: $0.keys[0])) }
            #expect(keys == ["k1", "", "k3"])
          }
        }
      }
    }

    @Test("a timeout is ambiguous and has no end")
    func timeoutInHistory() throws {
      try withFolder { folder in
        try withTarget { target in
          _ = try target.run(
            oneStep(
              "{ users: 1, iterations: 1 }",
              "get: '/slow/600000', timeout: '20ms', outcomes: { won: { status: 200, capture: { who: { header: 'Date' } } } }",
              more: "invariants: { once: { at_most: { count: 1, of: 'one.won', per: 'who' } } },")
          ) { $0.history = folder }
          try withHistory(folder, workers: 1) { history in
            var operations: [Operation] = []
            history.forEach { operations.append($0) }
            #expect(operations.count == 1 && operations[0].returned == Operation.never && operations[0].status == 0)
            #expect(operations[0].flags == [.error, .ambiguous] && operations[0].keys[0] == 0)
          }
        }
      }
    }

    private func withHistory(_ folder: String, workers: Int, _ body: (OperationHistory) throws -> Void) throws {
      var buffers: [UnsafeMutableRawBufferPointer] = []
      defer { buffers.forEach { $0.deallocate() } }
      func load(_ path: String) throws -> UnsafeRawBufferPointer {
        let bytes = try FileBytes.contents(of: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        buffer.copyBytes(from: bytes)
        buffers.append(buffer)
        return UnsafeRawBufferPointer(buffer)
      }
      let files = try (0..<workers).map { worker in
        OperationHistory.Files(
          operations: try load("\(folder)/worker-\(worker).operations"),
          names: try load("\(folder)/worker-\(worker).names"))
      }
      try body(try OperationHistory(files))
    }

    @Test(
      "the ledger is read whole, in one answer or page by page",
      arguments: ["", "page: { parameter: 'page', first: 0, size_parameter: 'size', size: 7 }"])
    func ledger(pages: String) throws {
      try withTarget { target in
        let record = try target.run(scenario(pages: pages))
        let ledger = try #require(record.ledgers["numbers once"])
        #expect(ledger.failure == nil && ledger.keys.count == 45)
        #expect(ledger.keys == target.probe.bodies(of: "/grant").filter { !$0.isEmpty })
        // Once more before the load, when there is nothing in it.
        #expect(target.probe.seen.count { $0.target.hasPrefix("/granted") } == 1 + (pages.isEmpty ? 1 : 8))
      }
    }

    @Test("a ledger whose pages are all alike is refused")
    func endlessLedger() throws {
      try withTarget { target in
        let record = try target.run(scenario(pages: "page: { parameter: 'nobody_reads_this', first: 1 }"))
        let ledger = try #require(record.ledgers["numbers once"])
        #expect(ledger.keys == [] && ledger.failure?.contains("'nobody_reads_this'") == true)
      }
    }

    @Test(
      "a ledger that cannot be read says why",
      arguments: [("$.rows", "$.no", "row 1"), ("$.no", "$.key", "has nothing at $.no")])
    func brokenLedger(rows: String, key: String, reason: String) throws {
      try withTarget { target in
        let record = try target.run(
          scenario().replacing("'$.rows'", with: "'\(rows)'").replacing("'$.key'", with: "'\(key)'"))
        // A list that is not there shows before the load already, a key that no row has only when there are rows.
        let told =
          if case .wrongScenario(let text, _) = record.ending { text } else { record.ledgers["numbers once"]?.failure }
        #expect(told?.contains(reason) == true, "\(told ?? "nothing was said")")
      }
    }
  }
}
