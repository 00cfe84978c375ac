import Testing

@testable import ReferenceServer

@Suite("Clock and calendar")
struct ClockTests {
  @Test(
    "days of the calendar and days since 1970",
    arguments: [
      ("1970-01-01", 0, 4), ("1969-12-31", -1, 3), ("2000-02-29", 11_016, 2), ("2000-03-01", 11_017, 3),
      ("1900-03-01", -25_508, 4), ("2026-02-28", 20_512, 6), ("2026-03-01", 20_513, 0), ("2400-02-29", 157_113, 2),
      ("0001-01-01", -719_162, 1),
    ])
  func counts(text: String, days: Int, weekday: Int) throws {
    let date = try #require(CivilDate(text))
    #expect(date.daysSince1970 == days)
    #expect(CivilDate(daysSince1970: days) == date)
    #expect(date.weekday == weekday)
    #expect(date.description == text)
  }

  @Test("every day of 800 years comes back, and follows the one before")
  func roundTrips() {
    var previous = CivilDate(daysSince1970: -146_098)
    for days in -146_097...146_097 {
      let date = CivilDate(daysSince1970: days)
      #expect(date.daysSince1970 == days)
      #expect(previous < date)
      previous = date
    }
  }

  @Test(
    "what is no date",
    arguments: ["2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-1", "26-01-01", "2026-01-01 ", ""])
  func refusesDates(text: String) {
    #expect(CivilDate(text) == nil)
  }

  @Test(
    "a day begins at midnight in Seoul",
    arguments: [
      ("2026-02-28T14:59:59.999999999Z", "2026-02-28"), ("2026-02-28T15:00:00Z", "2026-03-01"),
      ("2026-02-28T23:59:59.999+09:00", "2026-02-28"), ("2026-03-01T00:00:00+09:00", "2026-03-01"),
      ("2026-12-31T14:59:59Z", "2026-12-31"), ("2026-12-31T15:00:00Z", "2027-01-01"),
      ("2024-02-28T15:00:00Z", "2024-02-29"), ("1969-12-31T14:59:59Z", "1969-12-31"),
      ("1969-12-31T15:00:00Z", "1970-01-01"),
    ])
  func daysRollOver(instant: String, day: String) throws {
    let nanoseconds = try #require(CivilTime.parseISO(instant))
    #expect(KSTClock.day(of: nanoseconds).description == day)
    let clock = KSTClock()
    clock.stop(at: nanoseconds)
    #expect(clock.today.description == day)
    #expect(clock.now() == nanoseconds)
  }

  @Test(
    "instants as text",
    arguments: [
      ("2026-02-28T23:59:59.9+09:00", "2026-02-28T14:59:59.900Z"), ("2026-02-28t23:59:59z", "2026-02-28T23:59:59.000Z"),
      ("2026-02-28 23:59+00:00", "2026-02-28T23:59:00.000Z"), ("2026-01-01T00:00:00-0330", "2026-01-01T03:30:00.000Z"),
      ("1969-12-31T23:59:59.001Z", "1969-12-31T23:59:59.001Z"),
      ("2026-02-28T00:00:00.123456789Z", "2026-02-28T00:00:00.123Z"),
    ])
  func parses(text: String, utc: String) throws {
    #expect(KSTClock.utcTimestamp(try #require(CivilTime.parseISO(text))) == utc)
  }

  @Test(
    "what is no instant with a zone",
    arguments: [
      "2026-02-28T23:59:59", "2026-02-28", "2026-02-28T24:00:00Z", "2026-02-28T23:60:00Z", "2026-02-28T23:59:60Z",
      "2026-02-28T23:59:59.Z", "2026-02-28T23:59:59.1234567890Z", "2026-02-28T23:59:59+9", "2026-02-28T23:59:59Zx", "",
    ])
  func refusesInstants(text: String) {
    #expect(CivilTime.parseISO(text) == nil)
  }

  @Test("Seoul is nine hours ahead")
  func writesSeoul() throws {
    let instant = try #require(CivilTime.parseISO("2026-02-28T15:04:05.678Z"))
    #expect(KSTClock.timestamp(instant) == "2026-03-01T00:04:05.678+09:00")
  }

  @Test(
    "HTTP's date", arguments: [(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT")])
  func writesHTTPDate(seconds: Int, expected: String) {
    var text: [UInt8] = []
    CivilTime.writeHTTPDate(Int64(seconds), into: &text)
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }

  @Test("a clock that is set runs on, a stopped one stands, and a reset one is right")
  func runs() throws {
    let clock = KSTClock()
    let target = try #require(CivilTime.parseISO("2030-01-01T00:00:00Z"))
    let setting = KSTClock.realNow()
    clock.set(target)
    let first = clock.now()
    #expect(first >= target && first - target <= KSTClock.realNow() - setting)
    #expect(clock.now() > first)
    clock.stop(at: target)
    #expect(clock.now() == target && clock.now() == target)
    clock.reset()
    let before = KSTClock.realNow()
    let now = clock.now()
    #expect(before <= now && now <= KSTClock.realNow())
  }
}
