// Fuzzes paths into JSON: the first line is the path, the rest is the JSON. Whatever the bytes are, nothing crashes, what
// is refused is refused with a place in the path, and the scanner, which builds no tree, finds what the tree has.

@testable import JSON

@c(LLVMFuzzerTestOneInput)
public func fuzzJSONPaths(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let line = bytes.firstIndex(of: 0x0A) ?? bytes.count
  let text = String(decoding: bytes[..<line], as: UTF8.self)
  let path: JSONPath
  do {
    path = try JSONPath(text)
  } catch {
    require(
      0...text.utf8.count ~= error.offset && !error.message.isEmpty, "an error has a place in the path, and words")
    return 0
  }
  let document = Array(bytes.dropFirst(line + 1))
  guard let value = try? JSONValue(parsing: document) else { return 0 }
  let all = path.all(in: value)
  let first = path.first(in: value)
  require(all.isEmpty == (first == nil), "first is the first of all")
  let found = document.withUnsafeBytes { JSONScanner.find(path, in: $0)?.value }
  require(found?.text() == first?.text(), "the scanner finds what the tree has")
  return 0
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
