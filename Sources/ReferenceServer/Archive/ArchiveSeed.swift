import JSON

extension ArchiveTable {
  /// Fills a table that has never had a row with `count` rows dated 2026-02-01 to 2026-02-28: what lists and
  /// benchmarks find on a fresh server. The rows are the same each time.
  ///
  /// Called by the first query rather than at the start, which it would delay.
  package mutating func seed(_ count: Int) {
    if hasHadRows { return }
    hasHadRows = true
    var problems: [ArchiveFieldProblem] = []
    var items: [ArchiveItem] = []
    for number in 1...max(1, count) where number <= count {
      guard let item = ArchiveItem(seedValue(number), in: collection, index: number, problems: &problems) else {
        preconditionFailure("a seed row is not valid: \(problems)")
      }
      items.append(item)
    }
    _ = upsert(items, at: Self.seededAt)
  }

  /// 2026-03-01T00:00:00+09:00
  private static let seededAt: Int64 = 1_772_290_800_000_000_000

  private func seedValue(_ number: Int) -> JSONValue {
    let day = CivilDate(year: 2026, month: 2, day: 1 + (number - 1) % 28).description
    func pick(_ choices: [String]) -> JSONValue { .string(choices[number % choices.count]) }
    let council = pick(["Seoul", "Busan", "Incheon"])
    let committee = pick(["Finance", "Education", "Transport", "Welfare"])
    switch collection.name {
    case "news":
      let topic = ["budget", "transport", "education", "housing"][number % 4]
      return [
        "title": .string("City council debates the \(topic) (\(number))"),
        "url": .string("https://news.example/\(number)"),
        "source": pick(["Daily", "Herald", "Times"]),
        "published_at": .string(day),
        "summary": .string("Article \(number) on the \(topic) of the year."),
        "keywords": [.string(topic), "council"],
      ]
    case "minutes":
      return [
        "council": council,
        "url": .string("https://minutes.example/\(number)"),
        "committee": committee,
        "session": .string(String(300 + number % 10)),
        "meeting_no": .string(String(number)),
        "meeting_date": .string(day),
        "title": .string("Minutes of meeting \(number)"),
        "agenda": [.string("agenda item \(number % 7)"), "other business"],
      ]
    default:
      return [
        "council": council,
        "committee": committee,
        "session": .string(String(300 + number % 10)),
        "meeting_no": .string(String(number)),
        "meeting_date": .string(day),
        "subject": .string("segment \(number) on roads"),
        "questioner": .string("Member \(number % 40)"),
        "party": pick(["A", "B", "C"]),
        "district": pick(["Jongno", "Mapo", "Gangnam"]),
        "importance": .integer(1 + number % 5),
        "content": .string("Question and answer \(number)."),
      ]
    }
  }
}
