import Verdict

/// Draws requests on one axis of time, from invocation to return, a line each.
struct RequestTimeline {
  let requests: [Witness]

  /// With fewer columns for the bars there is nothing to see.
  private static let leastBar = 12

  /// Names a request in a drawing and in the text beside it: A, B, …, Z, A1, …
  static func name(_ index: Int) -> String {
    let letter = String(Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(index % 26))))
    return index < 26 ? letter : letter + String(index / 26)
  }

  /// The lines, no wider than `width`; none where there is no room, or no time passed.
  func lines(width: Int) -> [StyledLine] {
    guard let first = requests.map(\.sent).min() else { return [] }
    // What nobody answered goes on past everything else.
    let ends = requests.map { $0.returned ?? $0.sent &+ 1 }
    let end = max(first, ends.max() ?? first)
    let last = requests.contains { $0.returned == nil } ? end &+ (end - first) / 8 &+ 1 : end
    let names = requests.indices.map(Self.name)
    let instants = requests.map { request in
      "\(Self.instant(request.sent))–" + (request.returned.map { "\(Self.instant($0)) s" } ?? "never")
    }
    let nameWidth = (names.map(\.count).max() ?? 1) + 1
    let instantWidth = instants.map(\.count).max() ?? 0
    let columns = min(width - nameWidth - instantWidth - 2, 60)
    guard columns >= Self.leastBar, last > first else { return [] }

    // A response that is said to have come before its request stands where that was sent.
    func column(_ instant: UInt64) -> Int {
      let share = Double(instant - min(instant, first)) / Double(last - first)
      return Int((min(share, 1) * Double(columns - 1)).rounded())
    }
    return requests.indices.map { index in
      let request = requests[index]
      let start = column(request.sent)
      var line = StyledLine(names[index] + String(repeating: " ", count: nameWidth - names[index].count), .strong)
      line.append(String(repeating: " ", count: start))
      if let returned = request.returned {
        let end = max(start, column(returned))
        let bar = end > start ? "├" + String(repeating: "─", count: end - start - 1) + "┤" : "│"
        line.append(bar)
        line.append(String(repeating: " ", count: columns - end - 1))
      } else {
        // Without an answer it may have taken effect at any time.
        line.append("├" + String(repeating: "┄", count: max(0, columns - start - 2)) + (start < columns - 1 ? "▷" : ""))
      }
      line.append("  " + instants[index], .faint)
      return line
    }
  }

  /// Seconds since the run's start. Instants need more digits than durations: the order of two requests is in the last
  /// ones.
  static func instant(_ nanoseconds: UInt64) -> String { Quantity.fixed(Double(nanoseconds) / 1e9, 6) }
}

extension RequestTimeline {
  /// Adds the requests, a line of `facts` each, and below them the drawing; where that has no room, their instants.
  func add(to layout: inout Layout, indent: Int, facts: (Witness) -> [String]) {
    for (index, witness) in requests.enumerated() {
      layout.add(
        items: [StyledLine(Self.name(index), .strong)] + facts(witness).map { StyledLine($0) },
        separator: StyledLine("  "), indent: indent, hanging: 3)
    }
    let drawing = lines(width: layout.width - indent)
    for line in drawing {
      var indented = StyledLine(String(repeating: " ", count: indent))
      indented.append(line)
      layout.add(indented)
    }
    guard drawing.isEmpty else { return }
    for (index, witness) in requests.enumerated() {
      layout.add("\(Self.name(index))  \(witness.instants)", .faint, indent: indent, hanging: 3)
    }
  }
}
