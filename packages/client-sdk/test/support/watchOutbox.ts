import type { ClientOutbox, OutboxItem, OutboxItemState, Unsubscribe } from '../../src/index.js'

/** Reports each state of each item. An item that is no longer in the list is `gone`. */
export function watchOutbox(
  { subscribe }: ClientOutbox,
  onState: (item: OutboxItem, state: OutboxItemState | 'gone') => void,
): Unsubscribe {
  let before: readonly OutboxItem[] = []
  return subscribe(({ items }) => {
    const gone = before.filter(({ id }) => items.every((item) => item.id !== id))
    const changed = items.filter((item) => !before.includes(item))
    before = items
    for (const item of changed) onState(item, item.state)
    for (const item of gone) onState(item, 'gone')
  })
}
