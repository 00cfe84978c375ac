import EventLoop
import Glibc
import JSON
import Measurement
import Scenario
import Testing

@testable import Engine

extension RunTests {
  @Suite struct Ledgers {
    private static let grant = "post: '/grant', text: '${buyer}', outcomes: { granted: { status: 201 } }"

    private func scenario(_ ledger: String, _ load: String = "{ users: 3, shared_iterations: 12 }", more: String = "")
      -> String
    {
      oneStep(
        load, Self.grant,
        more: """
          data: { buyer: { sequence: 'b{n}' } }, \(more)
          invariants: { kept: { conserved: { of: 'one.granted', per: 'buyer', ledger: { \(ledger) } } } },
          """)
    }

    private static let list = "get: '/granted', rows: '$.rows', key: '$.key'"

    @Test("rows that are there before the load are on record beside those after it")
    func before() throws {
      try withTarget { target in
        _ = try target.run(scenario(Self.list))
        let record = try target.run(
          scenario("\(Self.list), page: { parameter: 'page', first: 0, size_parameter: 'size', size: 5 }"))
        #expect(record.ledgersBefore["kept"]?.count == 12 && record.ledgers["kept"]?.count == 24)
        #expect(record.ledgersBefore["kept"]?.pages == 4 && record.ledgers["kept"]?.pages == 6)
      }
    }

    static let wrong: [(ledger: String, reason: String)] = [
      ("get: '/nowhere', rows: '$.rows', key: '$.key'", "status 404: is the path right?"),
      ("get: '/granted', rows: '$.list', key: '$.key'", "nothing at $.list"),
      ("get: '/token', rows: '$.token', key: '$.key'", "no list at $.token"),
      ("get: '/granted', rows: '$.rows', key: '$.kye'", "row 1 has nothing at $.kye"),
      ("\(list), total: '$.total'", "no number of rows at $.total"),
      ("\(list), limits: { bytes: 10 }", "longer than 10 bytes"),
      ("\(list), page: { parameter: 'nobody_reads_this' }", "page 2 is the same as page 1"),
      ("get: '/status/302', rows: '$.rows', key: '$.key'", "redirects are not followed"),
      ("command: ['/no/such/program'], format: 'csv', key: 'key'", "'/no/such/program' cannot be run"),
      ("command: ['sh', '-c', 'echo oops >&2; exit 3'], format: 'csv', key: 'key'", "ended with exit code 3: oops"),
      ("command: ['echo', 'a,b'], format: 'csv', key: 'key'", "no column 'key'"),
      ("command: ['echo', 'a,b'], format: 'csv', columns: ['key'], key: 'key'", "2 fields, and 'columns' names 1"),
      ("command: ['echo', 'x'], format: 'ndjson', key: '$.key'", "line 1 of the output is not JSON"),
      ("command: ['yes'], format: 'csv', key: 'key', limits: { bytes: 100000 }", "printed more than 100000 bytes"),
    ]

    @Test("a ledger that the scenario has wrong ends the run before any load, and says where", arguments: wrong.indices)
    func wrongLedger(index: Int) throws {
      try withTarget { target in
        _ = try target.run(scenario(Self.list))
        let seen = target.probe.seen.count { $0.target == "/grant" }
        let text = scenario(Self.wrong[index].ledger, more: "tear_down: [{ name: 'down', get: '/ok' }],")
        let record = try target.run(text)
        guard case .wrongScenario(let reason, let range) = record.ending else {
          Issue.record("\(record.ending)")
          return
        }
        #expect(reason.contains(Self.wrong[index].reason), "\(reason)")
        #expect(reason.hasPrefix("kept: "))
        let place = String(decoding: Array(text.utf8)[range.start..<range.end], as: UTF8.self)
        #expect(place == "{ \(Self.wrong[index].ledger) }")
        #expect(target.probe.seen.count { $0.target == "/grant" } == seen && record.requests == 0)
        #expect(target.probe.seen.last?.target == "/ok", "what set-up made is taken down")
      }
    }

    @Test("a target that fails when it is asked for its ledger was not ready")
    func notReady() throws {
      try withTarget { target in
        let record = try target.run(scenario("get: '/status/500', rows: '$.rows', key: '$.key'"))
        guard case .notReady(let reason) = record.ending else {
          Issue.record("\(record.ending)")
          return
        }
        #expect(reason.contains("cannot be read before the load") && reason.contains("status 500"))
        let late = try target.run(scenario("get: '/slow/30000', rows: '$.rows', key: '$.key', timeout: '50ms'"))
        guard case .notReady(let reason) = late.ending else {
          Issue.record("\(late.ending)")
          return
        }
        #expect(reason.contains("timeout"))
      }
    }

    @Test("a list that is only there afterwards is not asked for before")
    func notBefore() throws {
      try withTarget { target in
        let record = try target.run(scenario("\(Self.list), before: false"))
        #expect(record.ledgersBefore.isEmpty && record.ledgers["kept"]?.count == 12)
        #expect(target.probe.seen.count { $0.target == "/granted" } == 1)
        let missing = try target.run(scenario("get: '/nowhere', rows: '$.rows', key: '$.key', before: false"))
        #expect(missing.ending == .completed && missing.ledgers["kept"]?.failure?.contains("status 404") == true)
      }
    }

    @Test("a key that no row has shows afterwards where there were no rows before")
    func wrongKeyAfterwards() throws {
      try withTarget { target in
        let record = try target.run(scenario("get: '/granted', rows: '$.rows', key: '$.kye'"))
        #expect(record.ending == .completed)
        #expect(record.ledgers["kept"]?.failure?.contains("row 1 has nothing at $.kye") == true)
      }
    }

    @Test("all pages come over one connection")
    func connections() throws {
      try withTarget { target in
        let record = try target.run(
          scenario("\(Self.list), page: { parameter: 'page', first: 0, size_parameter: 'size', size: 1 }"))
        #expect(record.ledgers["kept"]?.count == 12 && record.ledgers["kept"]?.pages == 13)
      }
    }

    @Test("a list that settles late is read until it agrees with the answers, or its time is over")
    func eventually() throws {
      try withTarget { target in
        let run = try target.make(scenario("get: '/granted?lag=300', rows: '$.rows', key: '$.key', eventually: '20s'"))
        run.ledgerDiffers = { record, _ in record.ledgers["kept"]?.count != 12 }
        let record = run.run()
        #expect(record.ledgers["kept"]?.count == 12)
        #expect(target.probe.seen.count { $0.target == "/granted?lag=300" } > 3)
        // What is missing when the time is over stays missing.
        let late = try target.make(
          scenario("get: '/granted?lag=600000', rows: '$.rows', key: '$.key', eventually: '200ms'"))
        late.ledgerDiffers = { _, _ in true }
        #expect(late.run().ledgers["kept"]?.count == 0)
      }
    }

    @Test("a program's output is a ledger: a table, lines or JSON, with what set-up captured filled in")
    func commands() throws {
      try withTarget { target in
        let setUp =
          "set_up: [{ name: 'in', get: '/token', outcomes: { in: { status: 200, capture: { token: '$.token' } } } }],"
        for ledger in [
          "command: ['printf', 'id,key\\\\n1,${token}\\\\n2,\"b, c\"\\\\n'], format: 'csv', key: 'key'",
          "command: ['printf', '1,${token}\\\\n2,\"b, c\"\\\\n'], format: 'csv', columns: ['id', 'key'], key: 'key'",
          "command: ['printf', '{\"key\":\"${token}\"}\\\\n\\\\n{\"key\":\"b, c\"}'], format: 'ndjson', key: '$.key'",
          "command: ['printf', '[{\"key\":\"${token}\"},{\"key\":\"b, c\"}]'], format: 'json', rows: '$', key: '$.key'",
        ] {
          let record = try target.run(scenario(ledger, more: setUp))
          #expect(
            record.ledgers["kept"]?.keys == ["the-token", "b, c"], "\(ledger): \(record.ending) \(record.ledgers)")
          #expect(record.ledgersBefore["kept"]?.count == 2)
        }
      }
    }

    @Test("a program is no shell's: what is filled in is one argument, whatever it holds")
    func noShell() throws {
      try withTarget { target in
        let record = try target.run(
          scenario("command: ['echo', '$(id) `id` ; ls > /tmp/x'], format: 'csv', columns: ['key'], key: 'key'"))
        #expect(record.ledgers["kept"]?.keys == ["$(id) `id` ; ls > /tmp/x"])
      }
    }

    @Test("a program that does not end in time is ended, with what it started")
    func hangingCommand() throws {
      try withFolder { folder in
        try withTarget { target in
          let script = "sleep 600 & echo $! > \(folder)/pid; trap : TERM; sleep 600; sleep 600"
          let record = try target.run(
            scenario("command: ['sh', '-c', '\(script)'], format: 'csv', key: 'key', timeout: '300ms'"))
          guard case .notReady(let reason) = record.ending else {
            Issue.record("\(record.ending)")
            return
          }
          #expect(reason.contains("did not end in time"))
          let text = String(decoding: try FileBytes.contents(of: folder + "/pid"), as: UTF8.self)
          let child = try #require(pid_t(text.filter(\.isNumber)))
          // Its parent is gone, and whoever adopts it takes a moment to bury it.
          for _ in 0..<1000 where kill(child, 0) == 0 && !Self.isDead(child) { usleep(10_000) }
          #expect(kill(child, 0) != 0 || Self.isDead(child))
        }
      }
    }

    /// It has ended and was not waited for.
    private static func isDead(_ process: pid_t) -> Bool {
      guard let status = try? FileBytes.contents(of: "/proc/\(process)/stat") else { return true }
      return String(decoding: status, as: UTF8.self).split(separator: ")").last?.hasPrefix(" Z") ?? true
    }

    @Test("ledgers are read before the tear-down, which may remove what they list")
    func order() throws {
      try withTarget { target in
        _ = try target.run(scenario(Self.list, more: "tear_down: [{ name: 'down', get: '/ok' }],"))
        #expect(target.probe.seen.suffix(2).map(\.target) == ["/granted", "/ok"])
      }
    }

    @Test("what follows the load is cut short when its time is over, and says so")
    func finishWithin() throws {
      try withTarget { target in
        let record = try target.run(
          scenario(
            "get: '/slow/30000', rows: '$.rows', key: '$.key', before: false",
            more: "finish_within: '300ms', tear_down: [{ name: 'down', get: '/ok' }],"))
        #expect(record.ledgers["kept"]?.failure?.contains("'finish_within'") == true)
        #expect(record.ending == .completed && target.probe.seen.last?.target == "/ok")
        let slow = try target.run(
          oneStep(
            "{ users: 1, iterations: 1 }",
            more: "finish_within: '300ms', tear_down: [{ name: 'down', get: '/slow/30000' }],"))
        #expect(slow.notes.contains { $0.hasPrefix("tear_down was cut short") })
      }
    }

    @Test("an interrupt while a ledger is read ends the reading, and the tear-down is begun all the same")
    func interrupt() throws {
      for isBefore in [true, false] {
        try withTarget { target in
          let slow = "get: '/slow/30000', rows: '$.rows', key: '$.key', before: \(isBefore)"
          let run = try target.make(scenario(slow, more: "tear_down: [{ name: 'down', get: '/ok' }],"))
          let count = isBefore ? 1 : 13
          target.probe.watch { seen in if seen == count { run.interrupt("SIGTERM") } }
          let deposited = Locked<RunRecord?>(nil)
          run.onInterrupt = { record in deposited.withLock { $0 = record } }
          let record = run.run()
          #expect(record.ending == .interrupted("SIGTERM"))
          #expect(deposited.withLock { $0?.ending } == .interrupted("SIGTERM"))
          if isBefore {
            #expect(record.ledgers.isEmpty && record.requests == 0)
          } else {
            #expect(record.ledgers["kept"]?.failure == "the run was interrupted (SIGTERM)")
            #expect(target.probe.seen.last?.target == "/ok")
          }
        }
      }
    }
  }
}
