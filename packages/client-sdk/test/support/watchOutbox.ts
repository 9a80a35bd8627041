/** An outbox whose items have an id and a state. */
interface Watched<Item> {
  subscribe(listener: (snapshot: { readonly items: readonly Item[] }) => void): () => void
}

/** Reports each state of each item. An item that is no longer in the list is `gone`. */
export function watchOutbox<Item extends { readonly id: string; readonly state: string }>(
  outbox: Watched<Item>,
  onState: (item: Item, state: Item['state'] | 'gone') => void,
): () => void {
  let before: readonly Item[] = []
  return outbox.subscribe(({ items }) => {
    const gone = before.filter(({ id }) => items.every((item) => item.id !== id))
    const changed = items.filter((item) => !before.includes(item))
    before = items
    for (const item of changed) onState(item, item.state)
    for (const item of gone) onState(item, 'gone')
  })
}
