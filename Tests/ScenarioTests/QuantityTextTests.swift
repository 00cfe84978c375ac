import Testing

@testable import Scenario

@Suite("Quantities in texts")
struct QuantityTextTests {
  @Test(
    "durations are read to the nanosecond",
    arguments: [
      ("30s", 30_000_000_000), ("500ms", 500_000_000), ("2m", 120_000_000_000), ("1h", 3_600_000_000_000),
      ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("0.1us", 100), ("7ns", 7), ("3µs", 3000), ("0s", 0),
      ("0.0000000019s", 1), ("100000h", 360_000_000_000_000_000),
    ] as [(String, UInt64)])
  func durations(text: String, nanoseconds: UInt64) {
    #expect(QuantityText.nanoseconds(text) == nanoseconds)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "", "s", "30", "-1s", "1 s", "1x", "1.s", ".5s", "1e3s", "1s2", "99999999999h", "1234567890123456789s", "1.2.3s",
      "1S",
    ])
  func notDurations(text: String) {
    #expect(QuantityText.nanoseconds(text) == nil)
  }

  @Test(
    "sizes are decimal or binary",
    arguments: [
      ("0", 0), ("512B", 512), ("64KiB", 65_536), ("1MiB", 1_048_576), ("1.5MB", 1_500_000), ("2GiB", 2_147_483_648),
      ("10kB", 10_000), ("0.5KiB", 512),
    ])
  func sizes(text: String, bytes: Int) {
    #expect(QuantityText.bytes(text) == bytes)
  }

  @Test("what is no size is refused", arguments: ["", "MiB", "-1", "1.5", "0.3KiB", "1mb", "1 MiB", "99999999999GiB"])
  func notSizes(text: String) {
    #expect(QuantityText.bytes(text) == nil)
  }

  @Test(
    "rates are per second",
    arguments: [("200/s", 200), ("1.5/s", 1.5), ("600/m", 10), ("600/min", 10), ("7200/h", 2), ("0/s", 0)])
  func rates(text: String, perSecond: Double) {
    #expect(QuantityText.perSecond(text) == perSecond)
  }

  @Test("what is no rate is refused", arguments: ["", "200", "/s", "200/", "200/d", "-1/s", "200s", "1/s/s"])
  func notRates(text: String) {
    #expect(QuantityText.perSecond(text) == nil)
  }

  @Test(
    "words for durations use the largest units",
    arguments: [
      (0, "0s"), (1_500_000_000, "1s500ms"), (5_400_000_000_000, "1h30m"), (604_800_000_000_000, "168h"),
    ] as [(UInt64, String)])
  func durationWords(nanoseconds: UInt64, text: String) {
    #expect(words(nanoseconds: nanoseconds) == text)
    #expect(QuantityText.nanoseconds(text) == nanoseconds)
  }

  @Test("thousands are set off", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func thousands(number: Int, text: String) {
    #expect(grouped(number) == text)
  }
}
