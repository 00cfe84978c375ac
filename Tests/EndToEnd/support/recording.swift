// Writes a worker's recorded requests as docs/history-format.md describes them, without the code that stampede itself does it with.
//
// recording FOLDER REQUESTS STARTED_AT: of the step 'issue' in scenarios/coupon-cap.json5, each by a buyer of its own. The first
// 1,000 are issued a coupon, the others are too late.

import Glibc

let folder = CommandLine.arguments[1]
let requests = UInt64(CommandLine.arguments[2])!
let startedAt = UInt64(CommandLine.arguments[3])!

let (start, first, last): (UInt64, UInt64, UInt64) = (
  0x9E37_79B9_7F4A_7C15, 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB
)

func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
  let (high, low) = left.multipliedFullWidth(by: right)
  return high ^ low
}

func checksum(_ bytes: [UInt8], _ seed: UInt64) -> UInt32 {
  var state = start ^ seed ^ UInt64(bytes.count) << 32
  func word(_ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(offset + $1 < bytes.count ? bytes[offset + $1] : 0) << UInt64(8 * $1) }
  }
  for offset in stride(from: 0, to: bytes.count, by: 16) {
    state = fold(word(offset) ^ first, word(offset + 8) ^ state)
  }
  let mixed = fold(state ^ last, start)
  return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
}

func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func head(_ kind: String) -> [UInt8] {
  let fields =
    Array(kind.utf8) + bytes(UInt32(2)) + bytes(UInt32(0)) + bytes(startedAt) + [UInt8](repeating: 0, count: 36)
  return fields + bytes(checksum(fields, 0))
}

func name(_ kind: UInt8, _ number: UInt32, _ text: String) -> [UInt8] {
  let text = Array(text.utf8)
  let seed = startedAt &+ UInt64(kind) << 56 &+ UInt64(number)
  return [kind] + bytes(number) + bytes(UInt32(text.count)) + bytes(checksum(text, seed)) + text
}

func record(_ number: UInt64) -> [UInt8] {
  let isLate = number > 1_000
  var fields: [UInt8] = []
  // Each takes half a millisecond, and a hundred are under way at once.
  fields += bytes(number * 5_000) + bytes(number * 5_000 + 500_000) + bytes(isLate ? 0 : number)
  fields +=
    bytes(UInt32(number % 100)) + bytes(UInt32(number)) + bytes(UInt32(number)) + [UInt8](repeating: 0, count: 12)
  fields += bytes(UInt32(isLate ? 1 : 0)) + bytes(UInt16(isLate ? 409 : 201)) + bytes(UInt16(isLate ? 0 : 1))
  fields += bytes(UInt32(number))
  return fields + bytes(checksum(fields + [0, 0, 0, 0], startedAt))
}

let operations = fopen("\(folder)/worker-0.operations", "w")!
let names = fopen("\(folder)/worker-0.names", "w")!
func write(_ bytes: [UInt8], _ file: UnsafeMutablePointer<FILE>) { fwrite(bytes, 1, bytes.count, file) }
write(head("STMPDOPS"), operations)
write(head("STMPDNAM"), names)
write(name(4, 0, "buyer") + name(3, 0, "rush\0issue\0issued") + name(3, 1, "rush\0issue\0sold_out"), names)
for number in 1...requests {
  let digits = String(number)
  write(name(1, UInt32(number), "user-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits), names)
  write(record(number), operations)
}
fclose(operations)
fclose(names)
