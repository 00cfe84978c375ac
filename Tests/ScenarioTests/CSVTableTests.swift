import Testing

@testable import Scenario

@Suite("Files of comma-separated values")
struct CSVTableTests {
  private func rows(_ text: String) -> [[String]] {
    let rows = CSVTable(parsing: Array(text.utf8)).rows
    return (0..<rows.count).map { row in (0..<rows.columns).map { rows.text(row: row, column: $0) } }
  }
  private func faults(_ text: String) -> [String] {
    CSVTable(parsing: Array(text.utf8)).faults.map { "\($0.line): \($0.message)" }
  }

  // The cases of RFC 4180, section 2, and what files from spreadsheets have besides.
  @Test(
    "are read as RFC 4180 says",
    arguments: [
      ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("aaa,bbb\r\nzzz,yyy", [["aaa", "bbb"], ["zzz", "yyy"]]),
      ("aaa,bbb\nzzz,yyy\n", [["aaa", "bbb"], ["zzz", "yyy"]]),
      ("\"aaa\",\"b \r\nbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "b \r\nbb", "ccc"], ["zzz", "yyy", "xxx"]]),
      ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),
      ("\"a,b\",\"\"\n", [["a,b", ""]]),
      ("\u{FEFF}id\n1\n", [["id"], ["1"]]),
      (" a , b \n", [[" a ", " b "]]),
      ("a,\n,b\n", [["a", ""], ["", "b"]]),
      ("a\n\n\r\nb\n", [["a"], ["b"]]),
      ("a\rb\n", [["a\rb"]]),
      ("이름,도시\n홍길동,서울\n", [["이름", "도시"], ["홍길동", "서울"]]),
      ("", []),
    ] as [(String, [[String]])])
  func valid(text: String, expected: [[String]]) {
    #expect(rows(text) == expected)
    #expect(faults(text) == [])
  }

  @Test(
    "tell their faults with the line",
    arguments: [
      ("a,b\n1\n2,3\n4,5,6\n", ["2: expected 2 fields, found 1", "4: expected 2 fields, found 3"]),
      ("a\n\"b\nc\n", ["2: a quoted field has no closing quote"]),
      ("a\n\"x\ny\"z\n", ["3: text after the closing quote of a field"]),
      ("a\nb\"c\n", ["2: a quote within a field that does not begin with one (double it, and quote the field)"]),
      ("\"line\none\"\n\"two\"x\n", ["3: text after the closing quote of a field"]),
    ])
  func faulty(text: String, expected: [String]) {
    #expect(faults(text) == expected)
  }

  @Test("must be UTF-8")
  func notUnicode() {
    let table = CSVTable(parsing: Array("a\n".utf8) + [0xFF, 0x0A])
    #expect(table.faults == [CSVTable.Fault(line: 2, message: "a field is not UTF-8")])
  }

  @Test("give back what was written into them, whatever it was")
  func roundTrip() {
    var random = SeededGenerator(seed: 4180)
    let alphabet = ["a", ",", "\"", "\n", "\r\n", " ", "é", "\u{1F600}"]
    for _ in 0..<300 {
      let rows = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        (0..<3).map { _ in
          (0..<Int.random(in: 0...4, using: &random)).map { _ in alphabet.randomElement(using: &random)! }.joined()
        }
      }
      let text = rows.map { row in
        row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
      }.joined(separator: "\r\n")
      #expect(self.rows(text) == rows)
      #expect(faults(text) == [])
    }
  }
}

/// A small generator whose draws are the same everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
