import Testing

@testable import Measurement

/// A history of two workers in memory, whose tables of keys are small.
private struct Recorded {
  /// What was asked for, worker after worker: the texts of both columns.
  var requests: [[String]] = []
  var files: [(operations: [UInt8], names: [UInt8])] = []

  init(_ texts: [[[String]]], keyLimit: Int) {
    for (worker, requests) in texts.enumerated() {
      var file: (operations: [UInt8], names: [UInt8]) = ([], [])
      let log = OperationLog(
        worker: worker, run: 5, series: [SeriesKey(group: "rush", step: "issue", outcome: "issued")],
        keyNames: ["buyer", "coupon"], bufferedOperations: 3, keyLimit: keyLimit,
        sink: { kind, bytes in
          switch kind {
          case .operations: file.operations.append(contentsOf: bytes)
          case .names: file.names.append(contentsOf: bytes)
          }
        })
      for (place, texts) in requests.enumerated() {
        var operation = Operation(
          invoked: UInt64(self.requests.count), returned: 1_000_000, outcome: 0, user: UInt32(worker),
          iteration: UInt32(place))
        for (column, text) in texts.enumerated() { operation.keys[column] = log.number(ofKey: text) }
        log.append(operation)
        self.requests.append(texts)
      }
      log.flush()
      files.append(file)
    }
  }

  func withHistory(keysOfPortion: Int, _ body: (OperationHistory) throws -> Void) throws {
    let bytes = files.map { file in
      (
        UnsafeMutableRawBufferPointer.allocate(byteCount: file.operations.count, alignment: 8),
        UnsafeMutableRawBufferPointer.allocate(byteCount: file.names.count, alignment: 8)
      )
    }
    for (copy, file) in zip(bytes, files) {
      copy.0.copyBytes(from: file.operations)
      copy.1.copyBytes(from: file.names)
    }
    defer {
      for (operations, names) in bytes {
        operations.deallocate()
        names.deallocate()
      }
    }
    try body(
      OperationHistory(
        bytes.map { .init(operations: UnsafeRawBufferPointer($0.0), names: UnsafeRawBufferPointer($0.1)) },
        keysOfPortion: keysOfPortion))
  }
}

@Suite struct HistoryPortionTests {
  private static func drawn(_ seed: UInt64, count: Int, keys: Int) -> [[[String]]] {
    var generator = TestGenerator(seed: seed)
    func text(_ kind: String) -> String {
      Int.random(in: 0..<10, using: &generator) == 0 ? "" : "\(kind)-\(Int.random(in: 0..<keys, using: &generator))"
    }
    return (0..<2).map { _ in (0..<count).map { _ in [text("buyer"), text("coupon")] } }
  }

  @Test(
    "portions have every request once, all of a key together, and number equal keys alike",
    arguments: [1, 7, 40, 1_000], [0, 1])
  func portions(keysOfPortion: Int, column: Int) throws {
    let other = 1 - column
    let recorded = Recorded(Self.drawn(UInt64(keysOfPortion), count: 150, keys: 60), keyLimit: 10)
    try recorded.withHistory(keysOfPortion: keysOfPortion) { history in
      #expect(history.portionCount == (history.keyCount + keysOfPortion - 1) / keysOfPortion)
      var seen: [Int] = []
      var portionOf: [String: Int] = [:]
      for index in 0..<history.portionCount {
        let numbersBoth = index % 2 == 0
        let portion = HistoryPortion(history, index, by: column, also: numbersBoth ? [other] : [])
        var numberOf: [String: UInt32] = [:]
        for _ in 0..<2 {
          seen.removeAll { portionOf[recorded.requests[$0][column]] == index }
          portion.forEach { operation in
            let place = Int(operation.invoked)
            let texts = recorded.requests[place]
            seen.append(place)
            #expect((0...1).map { portion.text(ofKey: operation.keys[$0]) } == texts)
            #expect(portion.holds(texts[column]))
            #expect(portionOf.updateValue(index, forKey: texts[column]) ?? index == index)
            for column in numbersBoth ? [0, 1] : [column] where !texts[column].isEmpty {
              #expect(
                numberOf.updateValue(operation.keys[column], forKey: texts[column]) ?? operation.keys[column]
                  == operation.keys[column])
            }
          }
        }
        #expect(numberOf.values.sorted() == numberOf.indices.enumerated().map { UInt32($0.offset + 1) })
        #expect(portion.keyCount == numberOf.count)
      }
      #expect(seen.sorted() == Array(recorded.requests.indices))
    }
  }

  @Test("texts whose hashes are the same are kept apart")
  func collisions() {
    var table = KeyTable()
    let texts = (0..<100).map { "user-\($0)" }
    for round in 0..<2 {
      for (place, text) in texts.enumerated() {
        let (number, isNew) = text.utf8.span.withUnsafeBytes { table.number(of: $0, hash: 7) }
        #expect(number == UInt32(place + 1) && isNew == (round == 0))
      }
    }
    #expect(texts.indices.allSatisfy { table.text(of: UInt32($0 + 1)).elementsEqual(texts[$0].utf8) })
  }

  @Test("hashes of texts that differ in little differ, also in the bits that choose the portion and the place")
  func hashes() {
    var whole: Set<UInt64> = []
    var (high, low) = (Set<UInt64>(), Set<UInt64>())
    for number in 0..<50_000 {
      let hash = "user-\(number)".utf8.span.withUnsafeBytes { KeyTable.hash($0) }
      whole.insert(hash)
      high.insert(hash >> 48)
      low.insert(hash & 0xFFFF)
    }
    // Of 65,536 values 50,000 draws leave out some 30,600.
    #expect(whole.count == 50_000 && (34_000..<36_000).contains(high.count) && (34_000..<36_000).contains(low.count))
    let zeros = (0..<40).map { count in [UInt8](repeating: 0, count: count).withUnsafeBytes { KeyTable.hash($0) } }
    #expect(Set(zeros).count == 40)
  }

  @Test("a record that names a key out of reach is left out, as one that names none")
  func reach() throws {
    let count = Int(KeyWindow.length) + 10
    var recorded = Recorded([(0..<count).map { ["user-\($0)", ""] }], keyLimit: OperationLog.mostKeys)
    let key = 64 * (1 + count - 1) + 32
    for (number, sound) in [(count, count), (count - Int(KeyWindow.length) + 1, count), (9, count - 1)] {
      withUnsafeBytes(of: UInt32(number).littleEndian) {
        recorded.files[0].operations.replaceSubrange(key..<key + 4, with: $0)
      }
      recorded.files[0].operations.withUnsafeMutableBytes {
        let check = OperationRecord.check(UnsafeRawBufferPointer($0), at: key - 32, seed: 5)
        $0.storeBytes(of: check.littleEndian, toByteOffset: key + 28, as: UInt32.self)
      }
      // The record before it names the last key but one.
      try recorded.withHistory(keysOfPortion: 1 << 20) { #expect($0.count == sound) }
    }
  }
}
