let turn = 0
let isKnown = false

/** The number of this turn of the event loop. */
export function currentTurn(): number {
  if (!isKnown) {
    isKnown = true
    setImmediate(() => {
      isKnown = false
      turn++
    }).unref()
  }
  return turn
}
