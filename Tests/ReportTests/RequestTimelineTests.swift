import Foundation
import Testing
import Verdict

@testable import Report

@Suite struct RequestTimelineTests {
  private func witness(_ sent: UInt64, _ returned: UInt64?) -> Witness {
    Witness(
      group: "g", step: "s", outcome: "o", status: 200, user: 0, iteration: 0, keys: [], sent: sent, returned: returned,
      sequence: nil)
  }

  private func drawn(_ requests: [(UInt64, UInt64?)], width: Int = 46) -> [String] {
    RequestTimeline(requests: requests.map { witness($0.0 * 1_000_000, $0.1.map { $0 * 1_000_000 }) })
      .lines(width: width).map { $0.text(.plain) }
  }

  @Test("requests stand on one axis, in the order in which they prove it")
  func axis() {
    #expect(
      drawn([(0, 10), (10, 20), (5, 5)]) == [
        "A ├──────────┤             0.000000–0.010000 s",
        "B            ├──────────┤  0.010000–0.020000 s",
        "C       │                  0.005000–0.005000 s",
      ])
  }

  @Test("a request without an answer has no end, and goes on past all others")
  func open() {
    #expect(
      drawn([(0, 10), (5, nil)]) == [
        "A ├───────────────────┤    0.000000–0.010000 s",
        "B           ├┄┄┄┄┄┄┄┄┄┄┄▷  0.005000–never",
      ])
    #expect(
      drawn([(0, nil), (5, nil), (10, nil)]) == [
        "A ├┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▷  0.000000–never",
        "B             ├┄┄┄┄┄┄┄┄┄┄┄┄┄┄▷  0.005000–never",
        "C                         ├┄┄▷  0.010000–never",
      ])
  }

  @Test("no line is wider than there is room, and without room there is none", arguments: [10, 24, 36, 60, 100])
  func width(width: Int) {
    let requests = (0..<30).map { (place: UInt64) in witness(place * 7_000_000, place * 7_000_000 + 90_000_000) }
    let lines = RequestTimeline(requests: requests).lines(width: width)
    #expect(lines.allSatisfy { $0.width <= width })
    #expect(lines.isEmpty == (width < 36))
  }

  @Test("a number is called what it was captured as, and a sequence number has its sign")
  func numbers() {
    var witness = witness(0, 1)
    witness.sequence = 25
    #expect(witness.facts.first == "#25")
    witness.numberName = "xp"
    #expect(witness.facts.first == "xp=25")
  }

  @Test("what is said beside a report is wrapped for a terminal, and is a line where there is none")
  func blocks() {
    let text = TextBlock("run 1 of 3  seed 7  PASS  2,000 requests, 0 errors in 1.2 s", hanging: 2)
    #expect(text.text(width: nil) == "run 1 of 3  seed 7  PASS  2,000 requests, 0 errors in 1.2 s\n")
    #expect(text.text(width: 80) == text.text(width: nil))
    #expect(text.text(width: 40) == "run 1 of 3 seed 7 PASS 2,000 requests, 0\n  errors in 1.2 s\n")
    let command = TextBlock(command: "stampede run a.json5 --set 'a b=1' --seed 123456789", label: "again")
    #expect(command.text(width: nil) == "again  stampede run a.json5 --set 'a b=1' --seed 123456789\n")
    #expect(
      command.text(width: 40)
        == "again  stampede run a.json5 \\\n       --set 'a b=1' --seed 123456789\n")
  }

  @Test(
    "a command on several lines is the same to a shell, whatever its words hold",
    arguments: [
      #"printf '%s\n' 'it'\''s a long '\''word'\'' with spaces' and another of them"#,
      #"printf '%s\n' "a \"quoted word\" with spaces" 'and \' "one's own" 'x "y'"#,
      #"printf '%s\n' '{"a":"'"$(printf '%s ' b c d e f)"'","it'\''s":"x y z"}' a\ b\ c\'d e f"#,
    ])
  func wrapped(_ command: String) throws {
    func output(_ script: String) throws -> String {
      let shell = Process()
      shell.executableURL = URL(filePath: "/bin/sh")
      shell.arguments = ["-c", script]
      let pipe = Pipe()
      shell.standardOutput = pipe
      try shell.run()
      let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
      shell.waitUntilExit()
      return String(decoding: bytes, as: UTF8.self)
    }
    let wrapped = TextBlock(command: command, label: "as").text(width: 30)
    #expect(wrapped.contains(" \\\n"))
    #expect(try output(String(wrapped.dropFirst("as  ".count))) == output(command))
  }

  @Test("names go on after Z")
  func names() { #expect([0, 25, 26, 53].map(RequestTimeline.name) == ["A", "Z", "A1", "B2"]) }
}
