import HTTPClient
import HTTPMessage
import Scenario

/// What a worker notices of responses that a step took for expected, and that show what Stampede does not do: redirects are
/// not followed, cookies are not kept. Only the first responses of a step are looked at closely.
struct ResponseNotices {
  /// By the step's ordinal: how many more responses to look at.
  private(set) var left: [UInt8]
  /// By the step's ordinal: redirects that count as `ok` since the step lists no outcomes.
  private(set) var redirects: [UInt64]
  /// The first cookie that a later step does not send back.
  private(set) var cookie: String?

  private static let looks: UInt8 = 3

  init(steps: Int) {
    left = Array(repeating: Self.looks, count: steps)
    redirects = Array(repeating: 0, count: steps)
  }

  /// Whether the step's next response is to be looked at.
  @inline(__always)
  func looks(at step: CompiledStep) -> Bool { left[step.ordinal] > 0 }

  /// - Returns: Whether that was the last look at the step's responses.
  mutating func look(at user: VirtualUser, _ step: CompiledStep, in plan: Plan) -> Bool {
    left[step.ordinal] -= 1
    let exchange = user.exchange
    if cookie == nil, exchange.failure == nil, exchange.keepHeaders {
      for field in exchange.headers.all("set-cookie") {
        guard let set = SetCookie(field), !set.value.isEmpty, let next = plan.step(after: step, withoutCookie: set.name)
        else { continue }
        cookie =
          "The response to step '\(step.name)' sets the cookie \(set.name), and step '\(next)' does not send it: cookies "
          + "are not kept between steps. Capture it with { cookie: '\(set.name)' } and send it in a Cookie header."
        break
      }
    }
    return left[step.ordinal] == 0
  }

  /// Counts a response to a step without outcomes, if it is a redirect.
  mutating func count(_ status: Int, _ step: CompiledStep) {
    if [301, 302, 303, 307, 308].contains(status) { redirects[step.ordinal] += 1 }
  }

  /// For the report, of all workers together.
  static func notes(_ notices: [ResponseNotices], _ plan: Plan) -> [String] {
    let redirected = plan.allSteps.compactMap { step -> String? in
      let count = notices.reduce(0) { $0 + $1.redirects[step.ordinal] }
      if count == 0 { return nil }
      return (count == 1 ? "1 response" : "\(count) responses") + " to step '\(step.name)' "
        + (count == 1 ? "was a redirect, which is" : "were redirects, which are")
        + " not followed. Without 'outcomes' any status below 400 is 'ok': list the status that the step expects."
    }
    return redirected + [notices.lazy.compactMap(\.cookie).first].compactMap(\.self)
  }
}

extension Plan {
  /// The first step that a user does after `step` and that sends no cookies; `nil` if there is none, or if `step` captures
  /// this one.
  func step(after step: CompiledStep, withoutCookie name: String) -> String? {
    let isCaptured = step.outcomes.flatMap(\.captures).contains { $0.source == .cookie(name) }
    if isCaptured { return nil }
    let phases =
      [setUp.map { $0.steps + groups.flatMap(\.steps) } ?? []] + groups.map(\.steps) + [tearDown?.steps ?? []]
    for steps in phases {
      guard let place = steps.firstIndex(where: { $0 === step }) else { continue }
      return steps[(place + 1)...].first { !$0.sendsCookies }?.name
    }
    return nil
  }
}
