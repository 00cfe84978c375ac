import Glibc
import Testing

/// Holds `text` against a file in `Golden/`. With `STAMPEDE_UPDATE_GOLDEN=1` in the environment the file is rewritten.
func expectGolden(
  _ text: String, _ name: String, filePath: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let directory = filePath[..<(filePath.lastIndex(of: "/") ?? filePath.startIndex)]
  let path = "\(directory)/Golden/\(name)"
  if getenv("STAMPEDE_UPDATE_GOLDEN").map({ String(cString: $0) }) == "1" {
    try #require(writeFile(path, text), "cannot write \(path)")
    return
  }
  let golden = try #require(readFile(path), "cannot read \(path)", sourceLocation: sourceLocation)
  let (lines, goldenLines) = (
    text.split(separator: "\n", omittingEmptySubsequences: false),
    golden.split(separator: "\n", omittingEmptySubsequences: false)
  )
  for (number, (line, goldenLine)) in zip(lines, goldenLines).enumerated() where line != goldenLine {
    Issue.record("\(name):\(number + 1) is\n  \(line)\nand should be\n  \(goldenLine)", sourceLocation: sourceLocation)
    return
  }
  #expect(lines.count == goldenLines.count, "\(name)", sourceLocation: sourceLocation)
}

func readFile(_ path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

func writeFile(_ path: String, _ text: String) -> Bool {
  guard let file = fopen(path, "w") else { return false }
  let bytes = Array(text.utf8)
  let written = fwrite(bytes, 1, bytes.count, file)
  return fclose(file) == 0 && written == bytes.count
}

/// A new empty directory, for tests of files; removed with all that is in it by `body`'s end.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/stampede-tests-XXXXXX".utf8CString)
  let path = try #require(mkdtemp(&template).map { String(cString: $0) })
  defer { removeTree(path) }
  return try body(path)
}

func names(in directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

private func removeTree(_ path: String) {
  for name in names(in: path) where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  rmdir(path)
}
