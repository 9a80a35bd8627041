import { createHash } from 'node:crypto'

/**
 * The nodes that may get a request, in the order in which they are tried: those that are ready, or if
 * none is, all that listen.
 *
 * @param nodes each with `name`, `url`, `isReady` and `load`, how many connections it has
 * @param key requests with the same key go to the same node, as long as it is ready; without a key,
 * the node with the fewest connections comes first
 */
export function chooseNodes(nodes, key) {
  const listening = nodes.filter(({ url }) => url !== undefined)
  const ready = listening.filter(({ isReady }) => isReady)
  const candidates = ready.length > 0 ? ready : listening
  if (key === undefined) return candidates.toSorted((a, b) => a.load - b.load)
  // Rendezvous hashing: when a node ends, only its own clients move.
  const rank = ({ name }) => createHash('sha256').update(`${key} ${name}`).digest('hex')
  return candidates.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
}
