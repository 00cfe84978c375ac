import Testing

@testable import Verdict

@Suite struct QuantityTests {
  @Test(
    "a duration is read in the unit that suits it",
    arguments: [
      (0, "0 s"), (1, "1 ns"), (999, "999 ns"), (999.6, "1.00 µs"), (1_000, "1 µs"), (1_234, "1.23 µs"),
      (12_345, "12.3 µs"), (312_400_000, "312 ms"), (999_499_999, "999 ms"), (999_500_000, "1.00 s"),
      (1e9, "1 s"), (1_310_000_000, "1.31 s"), (99.9e9, "99.9 s"), (99.96e9, "1 m 40 s"), (125e9, "2 m 05 s"),
      (3_725e9, "1 h 02 m 05 s"), (-1_500_000, "-1.50 ms"),
    ] as [(Double, String)])
  func duration(_ nanoseconds: Double, _ text: String) {
    #expect(Quantity(nanoseconds, .nanoseconds).text == text)
  }

  @Test(
    "a share never rounds something to nothing, nor almost all to all",
    arguments: [
      (0, "0.0 %"), (0.2, "20.0 %"), (1, "100.0 %"), (0.05, "5.0 %"), (0.0005, "0.0500 %"), (0.000001, "0.0001 %"),
      (0.0000001, "< 0.0001 %"), (0.9999, "99.9900 %"), (0.9995, "99.9500 %"), (0.99999999, "> 99.999 %"),
      (1.5, "150.0 %"), (-0.25, "-25.0 %"),
    ] as [(Double, String)])
  func percent(_ fraction: Double, _ text: String) {
    #expect(Quantity(fraction, .fraction).text == text)
  }

  @Test(
    "counts, rates and bytes",
    arguments: [
      (Quantity(1000, .count), "1,000"), (Quantity(1_234_567, .count), "1,234,567"),
      (Quantity(-4200, .count), "-4,200"),
      (Quantity(12.345, .perSecond), "12.3/s"), (Quantity(9_876.4, .perSecond), "9,876/s"),
      (Quantity(0.5, .perSecond), "0.500/s"), (Quantity(512, .bytes), "512 B"), (Quantity(1_536, .bytes), "1.54 kB"),
      (Quantity(20_000_000, .bytes), "20 MB"), (Quantity(3.2e12, .bytes), "3.20 TB"),
      (Quantity(1_500_000, .bytesPerSecond), "1.50 MB/s"), (Quantity(.infinity, .perSecond), "inf/s"),
    ])
  func plain(_ quantity: Quantity, _ text: String) {
    #expect(quantity.text == text)
  }
}
