import EventLoop

/// Lets what was put off go on, in a later round of the loop.
final class TurnTimer: LoopTimer {
  private let takeTurn: () -> Void

  init(_ takeTurn: @escaping () -> Void) { self.takeTurn = takeTurn }

  override func fire() { takeTurn() }
}
