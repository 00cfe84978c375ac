import Measurement

extension OperationHistory: OperationSource {
  package var loss: String? { isWhole ? nil : notes.joined(separator: " ") }

  package func portion(_ index: Int, by column: Int, also columns: [Int]) -> any OperationPortion {
    HistoryPortion(self, index, by: column, also: columns)
  }
}

extension HistoryPortion: OperationPortion {
  package var series: [SeriesKey] { history.series }
  package var keyNames: [String] { history.keyNames }
}
