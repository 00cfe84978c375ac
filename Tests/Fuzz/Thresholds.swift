// Fuzzes the grammar of thresholds: the first line is a selector, the second a budget, which is read for every metric.
// Whatever the bytes are, nothing crashes, and what is refused is refused with a place in the text and words.

@testable import Scenario

@c(LLVMFuzzerTestOneInput)
public func fuzzThresholds(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let lines = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
  let selector = String(decoding: lines.first ?? [], as: UTF8.self)
  let budget = String(decoding: lines.count > 1 ? lines[1] : [], as: UTF8.self)
  do {
    let (_, tags) = try ThresholdParser.selector(selector)
    for tag in tags {
      require(tag.nameRange.upperBound <= tag.valueRange.lowerBound, "a tag's name is before its value")
      require(tag.valueRange.upperBound <= selector.utf8.count, "a tag lies in the selector")
    }
  } catch {
    check(error, in: selector)
  }
  for metric in Metric.allCases {
    do {
      let read = try ThresholdParser.budget(budget, of: metric)
      require(!read.bound.isNaN, "a bound is a number")
      if case .percentile(let percent) = read.aggregation { require(0...100 ~= percent, "percentiles are 0 to 100") }
    } catch {
      check(error, in: budget)
    }
  }
  return 0
}

private func check(_ fault: ThresholdParser.Fault, in text: String) {
  // What is missing at the end is shown behind it.
  require(
    0 <= fault.start && fault.start <= fault.end && fault.end <= text.utf8.count + 1, "a fault lies in the text")
  require(!fault.message.isEmpty, "a fault has words")
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
