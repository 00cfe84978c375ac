import Testing

@testable import Measurement

/// The two files of a worker, in memory.
private final class Files {
  var operations: [UInt8] = []
  var names: [UInt8] = []

  func sink(_ file: OperationLogFile, _ bytes: UnsafeRawBufferPointer) {
    switch file {
    case .operations: operations.append(contentsOf: bytes)
    case .names: names.append(contentsOf: bytes)
    }
  }
}

private let series = [
  SeriesKey(group: "rush", step: "issue", outcome: "issued"),
  SeriesKey(group: "rush", step: "issue", outcome: "sold_out"),
]

private func log(
  _ files: Files, worker: Int = 0, series: [SeriesKey] = series, buffered: Int = 4, keyLimit: Int = 1_000
) -> OperationLog {
  OperationLog(
    worker: worker, run: 5, series: series, keyNames: ["buyer", "coupon"],
    bufferedOperations: buffered, keyLimit: keyLimit, sink: files.sink)
}

private func operation(_ number: UInt32, key: UInt32 = 0) -> Operation {
  var operation = Operation(
    invoked: UInt64(number) * 1_000, returned: number % 7 == 0 ? Operation.never : UInt64(number) * 1_000 + 500,
    outcome: number / 2 % 2, user: number % 500, iteration: number)
  operation.status = number % 7 == 0 ? 0 : 201
  operation.flags = number % 7 == 0 ? [.ambiguous, .error] : [.sequenced]
  operation.sequence = number % 3 == 0 ? .min : Int64(number)
  operation.keys[0] = key
  return operation
}

/// What a history holds, with the text of the first key in place of its number.
private func contents(_ workers: [Files]) throws -> (operations: [Operation], buyers: [String], notes: [String]) {
  var operations: [Operation] = []
  var buyers: [String] = []
  var notes: [String] = []
  try withHistory(workers) { history in
    history.forEach {
      operations.append($0)
      buyers.append(history.text(ofKey: $0.keys[0]))
    }
    #expect(operations.count == history.count)
    notes = history.notes
  }
  return (operations, buyers, notes)
}

private func withHistory(_ workers: [Files], _ body: (OperationHistory) throws -> Void) throws {
  func pointers(_ rest: ArraySlice<Files>, _ done: [OperationHistory.Files]) throws {
    guard let next = rest.first else { return try body(OperationHistory(done)) }
    try next.operations.withUnsafeBytes { operations in
      try next.names.withUnsafeBytes { names in
        try pointers(rest.dropFirst(), done + [.init(operations: operations, names: names)])
      }
    }
  }
  try pointers(workers[...], [])
}

@Suite struct OperationLogTests {
  @Test("what was appended is read back, in whatever portions it was flushed", arguments: [1, 4, 7, 100])
  func roundTrip(buffered: Int) throws {
    let files = Files()
    let log = log(files, buffered: buffered)
    var expected: [Operation] = []
    for number in 0..<25 as Range<UInt32> {
      var operation = operation(number, key: log.number(ofKey: "user-\(number % 5)"))
      operation.keys[3] = log.number(ofKey: "쿠폰-\(number)")
      log.append(operation)
      expected.append(operation)
    }
    log.flush()
    #expect(log.count == 25)
    let (operations, buyers, notes) = try contents([files])
    #expect(operations == expected)
    #expect(buyers == (0..<25).map { "user-\($0 % 5)" })
    #expect(notes.isEmpty)
    #expect(files.operations.count == 64 + 25 * 64)
    try withHistory([files]) { history in
      #expect(history.keyNames == ["buyer", "coupon"])
      #expect(history.series == series && history.keyCount == 30)
      #expect(history.text(ofKey: 0) == "" && history.text(ofKey: 2) == "쿠폰-0")
    }
  }

  @Test("a record's bytes stand where the format says")
  func format() {
    let files = Files()
    let log = log(files)
    var operation = Operation(invoked: 0x0102, returned: .max, outcome: 2, user: 3, iteration: 4)
    operation.status = 503
    operation.flags = [.ambiguous, .error]
    operation.sequence = -2
    operation.keys[0] = 5
    operation.keys[3] = 6
    log.append(operation)
    log.flush()
    let zeros = [UInt8](repeating: 0, count: 36)
    #expect(
      Array(files.operations[0..<60]) == Array("STMPDOPS".utf8) + [2, 0, 0, 0, 0, 0, 0, 0] + [5, 0, 0, 0, 0, 0, 0, 0]
        + zeros)
    let record: [UInt8] =
      [2, 1, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8) + [0xFE] + [UInt8](repeating: 0xFF, count: 7)
      + [3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0]
      + [2, 0, 0, 0, 0xF7, 1, 6, 0, 1, 0, 0, 0]
    #expect(Array(files.operations[64..<124]) == record)
    func word(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    func check(_ bytes: [UInt8], seed: UInt64) -> UInt32 { bytes.withUnsafeBytes { Checksum.of($0, seed: seed) } }
    #expect(word(files.operations[60..<64]) == check(Array(files.operations[0..<60]), seed: 0))
    #expect(word(files.operations[124..<128]) == check(record + [0, 0, 0, 0], seed: 5))
    #expect(Array(files.names[64..<73]) == [4, 0, 0, 0, 0, 5, 0, 0, 0])
    #expect(word(files.names[73..<77]) == check(Array("buyer".utf8), seed: 5 + 4 << 56))
    #expect(Array(files.names[77..<82]) == Array("buyer".utf8))
  }

  @Test("the checksum is the one that the format describes")
  func checksum() {
    // By a second implementation, in Python.
    let cases: [(String, UInt64, UInt32)] = [
      ("", 0, 0x71DC3E13), ("a", 0, 0xC7CB2051), ("a", 1, 0x297E1406), ("user-00001", 7, 0xB9979CED),
      ("0123456789abcdef", 0, 0xD98B1C36), ("0123456789abcdef0", .max, 0xFFC5C81B),
    ]
    for (text, seed, expected) in cases {
      let actual = Array(text.utf8).withUnsafeBytes { Checksum.of($0, seed: seed) }
      #expect(actual == expected, "\(text)")
    }
  }

  @Test("workers that know keys and outcomes by other numbers come together by their texts")
  func workers() throws {
    let one = Files()
    let two = Files()
    let first = log(one, worker: 0)
    let second = log(two, worker: 1, series: series.reversed())
    let timeout = SeriesKey(group: "rush", step: "issue", outcome: "timeout")
    second.addSeries(timeout)
    var operation = operation(1, key: first.number(ofKey: "a"))
    operation.keys[1] = first.number(ofKey: "b")
    operation.outcome = 1
    first.append(operation)
    operation.keys[0] = second.number(ofKey: "b")
    operation.keys[1] = second.number(ofKey: "c")
    operation.outcome = 0
    second.append(operation)
    operation.outcome = 2
    second.append(operation)
    first.flush()
    second.flush()
    let (operations, buyers, _) = try contents([one, two])
    #expect(buyers == ["a", "b", "b"])
    try withHistory([one, two]) { history in
      #expect(operations.map { history.series[Int($0.outcome)].outcome } == ["sold_out", "sold_out", "timeout"])
      #expect(operations.map { history.text(ofKey: $0.keys[1]) } == ["b", "c", "c"])
      let both = operations.flatMap { [$0.keys[0], $0.keys[1]] }.filter { history.text(ofKey: $0) == "b" }
      #expect(history.numbers(ofKey: "b") == Set(both) && Set(both).count == 2)
      let portion = HistoryPortion(history, 0, by: 0, also: [1])
      var keys: [[UInt32]] = []
      portion.forEach { keys.append([$0.keys[0], $0.keys[1]]) }
      #expect(keys == [[1, 2], [2, 3], [2, 3]] && portion.keyCount == 3)
      #expect((0...3).map { portion.text(ofKey: $0) } == ["", "a", "b", "c"])
    }
  }

  @Test("names are given away before the operations that use them, so that every cut can be read")
  func cuts() throws {
    let files = Files()
    // The lengths of both files after each portion.
    var lengths: [(operations: Int, names: Int)] = []
    let log = OperationLog(
      worker: 0, run: 5, series: series, keyNames: ["buyer"], bufferedOperations: 3,
      sink: { file, bytes in
        files.sink(file, bytes)
        lengths.append((files.operations.count, files.names.count))
      })
    var expected: [Operation] = []
    for number in 0..<20 as Range<UInt32> {
      expected.append(operation(number, key: log.number(ofKey: "user-\(number)")))
      log.append(expected.last!)
    }
    log.flush()
    var cutsRead = 0
    for (before, after) in zip(lengths, lengths.dropFirst()) where before.names >= 64 && before.operations >= 64 {
      for operations in before.operations...after.operations {
        // Before an entry, within the last one, and after it.
        for names in Set([before.names, max(before.names, after.names - 1), after.names]) {
          let cut = Files()
          cut.operations = Array(files.operations[..<operations])
          cut.names = Array(files.names[..<names])
          let (read, _, notes) = try contents([cut])
          #expect(read == Array(expected.prefix((operations - 64) / 64)))
          let isWhole = operations.isMultiple(of: 64) && [before.names, after.names].contains(names)
          #expect(notes.isEmpty == isWhole)
          cutsRead += 1
        }
      }
    }
    #expect(cutsRead > 1_000)
  }

  @Test("bytes that were never written are left out, and told")
  func unwrittenTail() throws {
    let files = Files()
    let log = log(files, buffered: 1)
    for number in 0..<3 as Range<UInt32> { log.append(operation(number, key: log.number(ofKey: "user-\(number)"))) }
    files.operations += [UInt8](repeating: 0, count: 128)
    let read = try contents([files])
    #expect(read.operations.count == 3 && read.notes.count == 1)
    #expect(read.notes.first?.contains("worker 0") == true && read.notes.first?.contains("128 bytes") == true)
  }

  /// Twenty requests by as many buyers, and what is done to the file of operations: which are left, and how many are counted.
  @Test(
    "what is damaged is left out and counted, and reading goes on behind it",
    arguments: [
      ("a bit", 19, "1 request damaged"), ("a record cut out", 19, "1 request damaged"),
      ("bytes put in", 19, "1 request damaged"), ("a record twice", 20, ""), ("two halves swapped", 10, "10 requests"),
      ("another worker's records", 19, "1 request damaged"), ("every second record", 10, "9 requests damaged"),
    ])
  func damage(_ kind: String, _ left: Int, _ sentence: String) throws {
    let (files, other) = (Files(), Files())
    for (worker, file) in [files, other].enumerated() {
      let log = log(file, worker: worker, buffered: 1)
      for number in 1...20 as ClosedRange<UInt32> {
        log.append(operation(number, key: log.number(ofKey: "user-\(number)")))
      }
    }
    func place(_ record: Int) -> Int { 64 + 64 * record }
    switch kind {
    case "a bit": files.operations[place(7) + 3] ^= 4
    case "a record cut out": files.operations.removeSubrange(place(7)..<place(8))
    case "bytes put in": files.operations.insert(contentsOf: [1, 2, 3], at: place(7) + 9)
    case "a record twice":
      files.operations.insert(contentsOf: Array(files.operations[place(7)..<place(8)]), at: place(9))
    case "two halves swapped":
      let bytes = files.operations
      files.operations = Array(bytes[..<64]) + bytes[place(10)...] + bytes[64..<place(10)]
    case "another worker's records":
      files.operations.replaceSubrange(place(7)..<place(8), with: other.operations[place(7)..<place(8)])
    default: for record in stride(from: 1, to: 20, by: 2) { files.operations[place(record)] ^= 1 }
    }
    let read = try contents([files])
    #expect(read.operations.count == left, "\(read.notes)")
    #expect(Set(read.buyers).count == left)
    #expect(zip(read.operations, read.buyers).allSatisfy { "user-\($0.iteration)" == $1 })
    #expect(sentence.isEmpty == read.notes.isEmpty || kind == "a record twice")
    #expect(read.notes.contains { $0.contains(sentence) } || sentence.isEmpty, "\(read.notes)")
  }

  @Test(
    "a damaged name costs the requests that have it, and no others",
    arguments: [("user-7", 19), ("issued", 10), ("buyer", 20)])
  func damagedNames(_ text: String, _ left: Int) throws {
    let files = Files()
    let log = log(files, buffered: 1)
    for number in 1...20 as ClosedRange<UInt32> {
      var operation = operation(number, key: log.number(ofKey: "user-\(number)"))
      operation.outcome = number % 2
      log.append(operation)
    }
    let bytes = Array(text.utf8)
    let place = try #require(files.names.indices.first { files.names[$0...].starts(with: bytes) })
    files.names[place] ^= 1
    let read = try contents([files])
    #expect(read.operations.count == left && Set(read.buyers).count == left)
    #expect(zip(read.operations, read.buyers).allSatisfy { "user-\($0.iteration)" == $1 })
    #expect(read.notes.first?.contains("damaged") == true)
    try withHistory([files]) { history in
      #expect(history.numbers(ofKey: "user-7").count == (text == "user-7" ? 0 : 1))
      let portion = HistoryPortion(history, 0, by: 0)
      portion.forEach { #expect(portion.text(ofKey: $0.keys[0]) == "user-\($0.iteration)") }
      if text == "buyer" { #expect(history.keyNames == ["", "coupon"]) }
    }
  }

  @Test(
    "a request with an impossible time is left out, and told",
    arguments: [
      (5, 4, false), (5, 5, true), (0, .max, true), (.max, .max, false), (1_000, 1_001, false), (1_001, .max, false),
      (1_000, 1_000, true),
    ] as [(UInt64, UInt64, Bool)])
  func impossible(_ invoked: UInt64, _ returned: UInt64, _ isPossible: Bool) throws {
    let files = Files()
    let log = log(files)
    log.append(operation(1))
    log.append(Operation(invoked: invoked, returned: returned, outcome: 0, user: 0, iteration: 0))
    log.flush()
    try files.operations.withUnsafeBytes { operations in
      try files.names.withUnsafeBytes { names in
        let history = try OperationHistory([.init(operations: operations, names: names)], latest: 2_000)
        #expect(history.count == (isPossible || returned == 1_001 || invoked == 1_001 ? 2 : 1))
        let strict = try OperationHistory([.init(operations: operations, names: names)], latest: 1_500)
        #expect(strict.count == (isPossible || invoked >= 1_000 && invoked < 1_500 ? 2 : 1), "\(strict.notes)")
        if !isPossible, invoked < 6 { #expect(history.notes.first?.contains("impossible time") == true) }
      }
    }
  }

  @Test("a table of keys that is full is emptied, and keys that come again are the same to a reader")
  func keyLimit() throws {
    let files = Files()
    let log = log(files, keyLimit: 10)
    var numbers = Set<UInt32>()
    for number in 0..<100 as Range<UInt32> {
      let key = log.number(ofKey: "user-\(number % 25)")
      numbers.insert(key)
      log.append(operation(number, key: key))
    }
    log.flush()
    #expect(numbers.count == 100, "a run of 25 keys does not fit a table of 10")
    #expect(try contents([files]).buyers == (0..<100).map { "user-\($0 % 25)" })
    try withHistory([files]) { history in
      let portion = HistoryPortion(history, 0, by: 0)
      #expect(history.keyCount == 100 && portion.keyCount == 25)
      portion.forEach { #expect(portion.text(ofKey: $0.keys[0]) == "user-\($0.iteration % 25)") }
      #expect(history.numbers(ofKey: "user-7") == [8, 33, 58, 83])
    }
    #expect(log.number(ofKey: "") == 0)
  }

  @Test("files that are not of a run's history are refused by what they are")
  func refusals() throws {
    func error(_ change: (Files) -> Void, with other: Files? = nil) -> OperationHistoryError? {
      let files = Files()
      log(files).flush()
      change(files)
      return #expect(throws: OperationHistoryError.self) {
        try withHistory([files] + (other.map { [$0] } ?? [])) { _ in }
      }
    }
    #expect(error { $0.operations.removeLast() } == .unknownFile(.operations))
    #expect(error { $0.names = $0.operations } == .unknownFile(.names))
    #expect(error { $0.names[8] = 1 } == .unknownVersion(.names, 1))
    #expect(error { $0.names[12] = 1 } == .damagedHead(.names))
    func another(worker: Int, run: UInt64, keys: [String]) -> Files {
      let other = Files()
      OperationLog(worker: worker, run: run, series: series, keyNames: keys, sink: other.sink).flush()
      return other
    }
    #expect(error { $0.names = another(worker: 1, run: 5, keys: []).names } == .otherWorker(0))
    #expect(error { $0.names = another(worker: 0, run: 6, keys: []).names } == .otherRun(worker: 0))
    #expect(error({ _ in }, with: another(worker: 1, run: 5, keys: ["other"])) == .otherRun(worker: 1))
    #expect(error({ _ in }, with: another(worker: 1, run: 6, keys: ["buyer", "coupon"])) == .otherRun(worker: 1))
    #expect(error({ _ in }, with: another(worker: 0, run: 5, keys: ["buyer", "coupon"])) == .twice(worker: 0))
    for version in [1, 3] as [UInt32] {
      #expect(OperationHistoryError.unknownVersion(.names, version).description.contains("run the scenario again"))
    }
  }

  @Test("any bytes after a sound head are read or refused, without a trap")
  func anyBytes() {
    var generator = TestGenerator(seed: 6)
    for _ in 0..<2_000 {
      let files = Files()
      log(files).flush()
      files.names += (0..<Int.random(in: 0...40, using: &generator)).map { _ in
        UInt8.random(in: 0...5, using: &generator)
      }
      files.operations += (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 0...3, using: &generator)
      }
      for _ in 0..<Int.random(in: 0...2, using: &generator) {
        files.names[Int.random(in: 64..<files.names.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = try? contents([files])
    }
  }
}
