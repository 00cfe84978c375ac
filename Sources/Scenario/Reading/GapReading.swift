import JSON

/// What other tools do and Stampede does not do yet, said before a run that would miss it.
extension KeyTable {
  /// What to do instead, by keys that scenarios of other tools have here.
  var gaps: [String: String] {
    switch definition {
    case "capture":
      Dictionary(
        uniqueKeysWithValues: ["regex", "regexp", "pattern", "match", "xpath", "css", "selector", "html", "xml"].map {
          ($0, "a capture takes json, header, cookie, status or body; nothing can be taken out of HTML or text yet")
        })
    case "step", "client", nil:
      Self.follows.merging(Self.keeps) { $1 }.merging(definition == "step" ? Self.waits : [:]) { $1 }
    default: [:]
    }
  }

  private static let follows = byKeys(
    [
      "follow_redirects", "followredirects", "followredirect", "redirects", "max_redirects", "maxredirects", "location",
    ],
    "redirects are not followed yet: name the status as an outcome, and write the next path as a step")
  private static let keeps = byKeys(
    ["cookies", "cookie", "cookie_jar", "cookiejar", "jar"],
    "cookies are not kept yet: capture one, { cookie: 'SID' }, and send it, headers: { Cookie: 'SID=${sid}' }"
  )
  .merging(
    byKeys(
      ["compression", "decompress", "gzip", "compressed"],
      "compressed bodies are not decoded yet: leave Accept-Encoding out")
  ) { $1 }
  private static let waits = byKeys(
    ["until", "repeat_until", "while", "loop", "poll", "wait_for", "waitfor", "retry", "retries"],
    "a step cannot be repeated until something holds yet: 'repeat' does it a fixed number of times")

  private static func byKeys(_ keys: [String], _ hint: String) -> [String: String] {
    Dictionary(uniqueKeysWithValues: keys.map { ($0, hint) })
  }
}

extension Reading {
  /// Warns of steps whose path is a link that a response gave: it is sent as one segment, which no server takes for it.
  func checkLinks(_ flow: Flow) {
    let setUp = checkLinks(flow.setUp, known: [:])
    for steps in flow.groups.map(\.steps) + [flow.tearDown] { _ = checkLinks(steps, known: setUp) }
  }

  /// - Parameter known: By variable, the header that it was captured from.
  private func checkLinks(_ steps: [StepReading], known: [String: String]) -> [String: String] {
    var known = known
    for reading in steps {
      for case .variable(let name, let range) in reading.step.path.parts {
        guard let header = known[name] else { continue }
        warning(
          "'${\(name)}' is the link of the header '\(header)', and cannot be followed: what is filled into a path is "
            + "percent-encoded as one segment", at: range,
          hint: "links are not followed yet: write the path, with an id that is captured from the body")
      }
      for capture in reading.step.outcomes.flatMap(\.captures) {
        if case .header(let name) = capture.source, ["location", "content-location", "link", "refresh"].contains(name) {
          known[capture.variable] = name
        }
      }
    }
    return known
  }

  /// Warns of steps that ask for a compressed body and look into it.
  func checkEncodings(_ flow: Flow, _ client: ClientOptions) {
    func asked(_ headers: [HeaderTemplate]) -> HeaderTemplate? {
      headers.first { $0.name.lowercased() == "accept-encoding" }
    }
    for reading in flow.setUp + flow.groups.flatMap(\.steps) + flow.tearDown where reading.step.looksIntoBody {
      guard let header = asked(reading.step.headers) ?? asked(client.headers), let value = header.value.constant,
        ContentCoding.isAskedFor(by: value)
      else { continue }
      warning(
        "the step '\(reading.step.name)' asks for a compressed body ('\(header.name): \(value)') and looks into it, "
          + "but bodies are not decoded yet", at: reading.nameRange,
        hint: "leave \(header.name) out, or look at status, headers and bytes alone")
    }
  }
}

extension Step {
  /// A matcher or a capture reads the response's body.
  fileprivate var looksIntoBody: Bool {
    outcomes.contains { outcome in
      outcome.matchers.contains {
        switch $0.subject {
        case .json, .body: true
        case .status, .header, .cookie, .bytes, .duration: false
        }
      }
        || outcome.captures.contains {
          switch $0.source {
          case .json, .body: true
          case .header, .cookie, .status: false
          }
        }
    }
  }
}

/// Codings of a body's content (RFC 9110, section 8.4.1).
package enum ContentCoding {
  /// Whether an `Accept-Encoding` lets the server compress (section 12.5.3).
  package static func isAskedFor(by acceptEncoding: String) -> Bool {
    acceptEncoding.lowercased().split(separator: ",").contains { element in
      let parts = element.split(separator: ";").map { $0.filter { !" \t".contains($0) } }
      guard let coding = parts.first, !coding.isEmpty, coding != "identity" else { return false }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
      return weight.flatMap { Double($0) } != 0
    }
  }
}
