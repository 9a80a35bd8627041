import { AssertionError } from 'node:assert'

/** How many items of a kind a message names. */
const MAX_NAMED = 10

/** How sent and received items are compared. */
export interface AssertDeliveredOptions<Item> {
  /** What tells items apart. @default the item itself, as JSON */
  by?: ((item: Item) => unknown) | undefined
  /** Whether the order has to be that of `sent`; without it, several senders may mix. @default true */
  inOrder?: boolean | undefined
}

/** What is wrong, in the words of the message. */
interface Findings {
  readonly missing: string[]
  readonly doubled: string[]
  readonly strange: string[]
  readonly misordered: string[]
}

/**
 * Asserts that everything that was sent has arrived once and in order, and nothing else has. An item
 * that was sent twice has to arrive twice.
 *
 * @throws {AssertionError} that names what is missing, doubled, out of order, or was never sent
 */
export function assertDelivered<Item>(
  sent: readonly Item[],
  received: readonly Item[],
  { by = (item) => item, inOrder = true }: AssertDeliveredOptions<Item> = {},
): void {
  const nameOf = (item: Item): string => JSON.stringify(by(item) ?? null)
  const findings = compare(sent.map(nameOf), received.map(nameOf))
  const { missing, doubled, strange, misordered } = findings
  const reasons = [
    ...describe('missing', missing),
    ...describe('doubled', doubled),
    ...describe('never sent', strange),
    ...(inOrder ? describe('out of order', misordered) : []),
  ]
  if (reasons.length === 0) return
  const counts = `${String(sent.length)} sent, ${String(received.length)} received`
  throw new AssertionError({
    message: `Not delivered once each: ${reasons.join('; ')} (${counts})`,
    actual: received,
    expected: sent,
    operator: 'assertDelivered',
  })
}

function compare(sent: readonly string[], received: readonly string[]): Findings {
  const findings: Findings = { missing: [], doubled: [], strange: [], misordered: [] }
  const places = new Map<string, number[]>()
  for (const [place, name] of sent.entries()) {
    const own = places.get(name)
    if (own) own.push(place)
    else places.set(name, [place])
  }
  let last = -1
  for (const name of received) {
    const own = places.get(name)
    const place = own?.shift()
    if (!own) findings.strange.push(name)
    else if (place === undefined) findings.doubled.push(name)
    else if (place > last) last = place
    else findings.misordered.push(`${name} after ${String(sent[last])}`)
  }
  const left = new Set([...places.values()].flat())
  findings.missing.push(...sent.filter((_name, place) => left.has(place)))
  return findings
}

function describe(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return []
  const named = names.slice(0, MAX_NAMED).join(', ')
  const rest = names.length - MAX_NAMED
  const more = rest > 0 ? ` and ${String(rest)} more` : ''
  return [`${String(names.length)} ${what}: ${named}${more}`]
}
