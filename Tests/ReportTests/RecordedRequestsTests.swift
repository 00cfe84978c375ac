import Glibc
import Measurement
import Testing
import Verdict

@testable import Report

@Suite struct RecordedRequestsTests {
  /// A worker's two files, of 500 requests by as many buyers.
  private static func files() -> (operations: [UInt8], names: [UInt8]) {
    var files: (operations: [UInt8], names: [UInt8]) = ([], [])
    let log = OperationLog(
      worker: 0, run: 5, series: [SeriesKey(group: "g", step: "s", outcome: "ok")], keyNames: ["buyer"],
      bufferedOperations: 50
    ) { file, bytes in
      switch file {
      case .operations: files.operations.append(contentsOf: bytes)
      case .names: files.names.append(contentsOf: bytes)
      }
    }
    for number in 0..<500 as Range<UInt32> {
      var operation = Measurement.Operation(
        invoked: UInt64(number), returned: UInt64(number) + 1, outcome: 0, user: number, iteration: number)
      operation.keys[0] = log.number(ofKey: "user-\(number)")
      log.append(operation)
    }
    log.flush()
    return files
  }

  @Test(
    "what the disk did not take is read behind what it took",
    arguments: [
      (0, 0), (1, 1), (64, 64), (4_095, 4_096), (4_096, 4_097), (10_000, 9_000), (32_064, 100), (32_064, 20_000),
    ])
  func tails(_ operationsOnDisk: Int, _ namesOnDisk: Int) throws {
    let (operations, names) = Self.files()
    try withTemporaryDirectory { root in
      let files = ReportDirectory(existing: root)
      if operationsOnDisk > 0 { try files.write("worker-0.operations", Array(operations.prefix(operationsOnDisk))) }
      if namesOnDisk > 0 { try files.write("worker-0.names", Array(names.prefix(namesOnDisk))) }
      var record = RunRecord(identity: RunIdentity(scenario: "s", file: "s", target: "t", seed: 1))
      record.identity.startedAt = 5
      record.recorded = [500]
      record.elapsed = 1_000
      let tail = HistoryTail(
        worker: 0, operations: Array(operations.dropFirst(operationsOnDisk)), names: Array(names.dropFirst(namesOnDisk))
      )
      let requests = try RecordedRequests(directory: root, of: record, tails: [tail])
      #expect(requests.notes.isEmpty, "\(requests.notes)")
      // Twice, so that memory that was given back is read again.
      for _ in 0..<2 {
        var buyers: [String] = []
        requests.forEach { buyers.append(requests.text(ofKey: $0.keys[0])) }
        #expect(buyers == (0..<500).map { "user-\($0)" })
      }
      if operationsOnDisk > 64, namesOnDisk > 64 {
        let onDisk = try RecordedRequests(directory: root, of: record)
        #expect(onDisk.loss?.contains("of them can be read") == true || operationsOnDisk == operations.count)
      }
    }
  }

  @Test("files of another run, or that are no files, are refused with the reason")
  func refused() throws {
    let (operations, names) = Self.files()
    try withTemporaryDirectory { root in
      let files = ReportDirectory(existing: root)
      try files.write("worker-0.operations", operations)
      try files.write("worker-0.names", names)
      var record = RunRecord(identity: RunIdentity(scenario: "s", file: "s", target: "t", seed: 1))
      func complaint() -> String? {
        do throws(OperationSourceError) {
          _ = try RecordedRequests(directory: root, of: record)
          return nil
        } catch {
          return error.description
        }
      }
      record.identity.startedAt = 6
      #expect(complaint()?.contains("of another run") == true)
      record.identity.startedAt = 5
      #expect(complaint() == nil)
      unlink("\(root)/worker-0.names")
      #expect(complaint()?.contains("No such file") == true)
      mkfifo("\(root)/worker-0.names", 0o600)
      #expect(complaint()?.contains("not a regular file") == true)
    }
  }
}
