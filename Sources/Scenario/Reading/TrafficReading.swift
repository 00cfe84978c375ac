import JSON
import Load

/// A traffic group and its steps with what they say about variables.
struct GroupReading {
  var group: TrafficGroup
  var steps: [StepReading]
  /// What a template may name in each step: before its answer, and in what comes after it.
  var scopes: [VariableScope] = []
}

extension Reading {
  func traffic(_ node: JSONNode) -> [GroupReading] {
    guard let members = named(node, "an object of traffic groups") else { return [] }
    if members.isEmpty {
      error("there is no traffic", at: node.range, hint: "such as { main: { load: …, steps: […] } }")
    }
    return limited(members, to: Limits.groups, "traffic groups") { $0.keyRange }.compactMap { group($0) }
  }

  private func group(_ member: JSONMember) -> GroupReading? {
    if !isName(member.key, dashes: true) {
      error(
        "'\(member.key)' cannot be the name of a traffic group", at: member.keyRange,
        hint: "a name is a letter or _, then letters, digits, _ and -")
    }
    guard let fields = fields(member.value, .group) else { return nil }
    let shape = require("load", in: fields).flatMap { load($0) }
    let list = require("steps", in: fields)
    let steps = list.map { self.steps($0) } ?? []
    if let list, case .array(let elements) = list.value, elements.isEmpty {
      error("the traffic group has no steps", at: list.range)
    }
    var group = TrafficGroup(
      name: member.key, load: shape ?? .burst(count: 1, maxUsers: 1), steps: steps.map(\.step),
      range: place(member.keyRange))
    group.startAfter = duration(fields, "start_after") ?? 0
    group.thinkTime = fields["think_time"].flatMap { durationRange($0, "'think_time'") }
    group.pacing = duration(fields, "pacing", in: 1...Limits.duration)
    group.connections = fields["connections"].flatMap { word($0, "connection policy") }
    if let shape {
      for member in fields.present(["think_time", "pacing"]) {
        switch (shape, member.key) {
        // In an open shape, a user that thinks is not free for the next arrival.
        case (.open, "pacing"), (.burst, _):
          warning("'\(member.key)' has no effect: the load says when iterations start", at: member.keyRange)
        default: break
        }
      }
    }
    return GroupReading(group: group, steps: steps)
  }
}
