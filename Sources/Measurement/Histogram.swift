/// A placeholder for the moment: HdrHistogram's layout over nanoseconds.
package struct Histogram: Sendable {
  package init() {}
}
/// Placeholder.
package struct ExceedanceCounter: Sendable {}
