import JSON

/// A few words laid out for a terminal's width, for what is said beside a report.
package struct TextBlock {
  private let text: String
  private let label: String?
  private let hanging: Int

  /// Text, wrapped between words; `hanging` columns are left free from the second line on.
  package init(_ text: String, hanging: Int = 0) {
    self.text = text
    label = nil
    self.hanging = hanging
  }

  /// A command for people to copy, on as many lines as it takes, as a shell takes them.
  package init(command: String, label: String) {
    text = command
    self.label = label
    hanging = 0
  }

  /// With a line end after each line.
  ///
  /// - Parameter width: Columns of the terminal; `nil` where there is none, and a line is a line.
  package func text(width: Int?) -> String {
    let whole = (label.map { $0 + "  " } ?? "") + text
    guard let width, DisplayWidth.of(whole) > min(width, 100) else { return whole + "\n" }
    var layout = Layout(width: min(width, 100))
    if let label {
      layout.add(command: text, label: label, indent: 0)
    } else {
      layout.add(text, indent: 0, hanging: hanging)
    }
    return layout.lines.reduce(into: "") { $0 += $1.text(.plain) + "\n" }
  }
}
