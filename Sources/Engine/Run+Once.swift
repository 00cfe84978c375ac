import EventLoop
import HTTPClient
import Measurement

/// What is no part of the load: set-up, tear-down, ledgers.
extension Run {
  /// Runs a group's steps once, by one user.
  ///
  /// - Returns: the variables afterwards, and what went wrong.
  func runOnce(_ group: CompiledGroup, values: [[UInt8]]) async -> ([[UInt8]], String?) {
    await onWorker { worker in
      var failure: String?
      let before = worker.onExchange
      worker.onExchange = { user, step, outcome in
        before?(user, step, outcome)
        if step.outcomeKind(outcome).isError, !step.continueOnError, failure == nil {
          failure =
            "step '\(step.name)' ended as '\(step.outcomeName(outcome))': \(user.responseInWords(step, user.mask))"
        }
      }
      let user = VirtualUser(worker: worker, group: group, index: 0, values: values)
      _ = await user.iterate(intended: EventLoop.now(), waited: 0)
      user.connection.close()
      worker.onExchange = before
      return (user.values, failure)
    }
  }
}
