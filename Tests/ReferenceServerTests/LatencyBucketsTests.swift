import JSON
import Testing

@testable import ReferenceServer

@Suite("The server's own histogram")
struct LatencyBucketsTests {
  @Test("every value lies in its bucket, and no bucket is wider than a sixteenth of its values")
  func buckets() {
    var previousEnd: UInt64?
    for index in 0..<976 {
      let end = LatencyBuckets.upperEnd(of: index)
      let start = previousEnd.map { $0 + 1 } ?? 0
      #expect(LatencyBuckets.index(of: start) == index)
      #expect(LatencyBuckets.index(of: end) == index)
      #expect(end - start <= start / 16)
      previousEnd = end
      if end == .max { break }
    }
    #expect(LatencyBuckets.index(of: .max) == 975)
    #expect(LatencyBuckets.upperEnd(of: 975) == .max)
  }

  @Test(
    "quantiles are nearest ranks, to the bucket's upper end and never above the maximum",
    arguments: [(0.0, 1), (0.01, 1), (0.05, 5), (0.10, 10), (0.5, 51), (0.95, 95), (0.96, 99), (1.0, 100)])
  func quantiles(fraction: Double, expected: Int) {
    var buckets = LatencyBuckets()
    for value in 1...100 { buckets.record(UInt64(value)) }
    #expect(buckets.quantile(fraction) == UInt64(expected))
  }

  @Test("two histograms add up to that of all values, and the empty one adds nothing")
  func adds() {
    var left = LatencyBuckets()
    var right = LatencyBuckets()
    var all = LatencyBuckets()
    var random = SeededRandom(seed: 7)
    for index in 0..<10_000 {
      let value = random.next() >> (random.next() % 60)
      all.record(value)
      if index % 3 == 0 { left.record(value) } else { right.record(value) }
    }
    left.add(right)
    left.add(LatencyBuckets())
    #expect(left.count == all.count && left.sumNanoseconds == all.sumNanoseconds)
    #expect(left.maxNanoseconds == all.maxNanoseconds)
    #expect(left.filled.map(\.count) == all.filled.map(\.count))
    #expect(left.filled.map(\.upperNanoseconds) == all.filled.map(\.upperNanoseconds))
    var empty = LatencyBuckets()
    #expect(empty.quantile(0.5) == 0)
    empty.add(all)
    #expect(empty.quantile(0.5) == all.quantile(0.5))
    #expect(all.countAtMost(.max) == all.count)
    #expect(all.countAtMost(15) == UInt64(all.filled.filter { $0.upperNanoseconds <= 15 }.reduce(0) { $0 + $1.count }))
  }
}

@Suite("Small parts of the server")
struct CorePartsTests {
  @Test("a cadence hits its share, evenly", arguments: [0.0, 1, 10, 30, 33.3, 50, 99, 100])
  func hits(percent: Double) {
    let cadence = Cadence()
    let hits = (0..<1000).map { _ in cadence.hits(percent: percent) }
    #expect(hits.count { $0 } == Int((percent * 10).rounded(.down)))
    #expect(hits[..<500].count { $0 } == Int((percent * 5).rounded(.down)))
  }

  @Test("a seed draws the same again, another seed or label does not")
  func draws() {
    var configuration = ServerConfiguration()
    configuration.seed = 11
    func draw(_ label: String) -> [UInt64] {
      let random = ServerContext(configuration: configuration).random(label)
      return (0..<5).map { _ in random.next() }
    }
    let first = draw("a")
    #expect(draw("a") == first)
    #expect(draw("b") != first)
    configuration.seed = 12
    #expect(draw("a") != first)
    let random = SharedRandom(seed: 5)
    let before = (0..<3).map { _ in random.next() }
    random.reset()
    #expect((0..<3).map { _ in random.next() } == before)
    var fractions = SeededRandom(seed: 1)
    let sum = (0..<10_000).reduce(0.0) { total, _ in total + fractions.fraction() }
    #expect(abs(sum / 10_000 - 0.5) < 0.02)
  }

  @Test("the published first draws of SplitMix64 from 1234567")
  func splitMix() {
    // From Rosetta Code's "Pseudo-random numbers/Splitmix64".
    var random = SeededRandom(seed: 1_234_567)
    let draws = (0..<5).map { _ in random.next() }
    #expect(
      draws == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
      ])
  }

  @Test("JSON is written as it is read")
  func writesJSON() {
    var text = JSONText()
    text.object {
      $0.member("text", "a\"b\n")
      $0.member("numbers") {
        $0.array {
          for number in [0, -1, 10, Int.min, Int.max] { $0.value(number) }
        }
      }
      $0.member("empty") { $0.object { _ in } }
      $0.member("flag", true)
      $0.member("thousandths", thousandths: 12_005)
      $0.member("time", timestamp: 0)
      $0.member("utc", utcTimestamp: 1_500_000)
      $0.member("value", json: ["a": [1, .null]])
      $0.member("nested") {
        $0.array {
          $0.object { $0.member("x", 1) }
          $0.object { $0.member("y", 2) }
          $0.array { _ in }
        }
      }
    }
    #expect(
      String(decoding: text.bytes, as: UTF8.self) == #"{"text":"a\"b\n","numbers":[0,-1,10,-9223372036854775808,"#
        + #"9223372036854775807],"empty":{},"flag":true,"thousandths":12.005,"time":"1970-01-01T09:00:00.000+09:00","#
        + #""utc":"1970-01-01T00:00:00.001Z","value":{"a":[1,null]},"nested":[{"x":1},{"y":2},[]]}"#)
  }

  @Test("Prometheus' text escapes its labels")
  func writesPrometheus() {
    var text = PrometheusText()
    text.metric("m", "gauge", "Help.")
    text.sample("m", [("a", "q\"b\\s\nn"), ("b", "")], 1.5)
    text.sample("m", [], 7)
    #expect(text.text == "# HELP m Help.\n# TYPE m gauge\nm{a=\"q\\\"b\\\\s\\nn\",b=\"\"} 1.5\nm 7\n")
  }
}
