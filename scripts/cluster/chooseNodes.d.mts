/** A node as the proxy sees it. */
export interface Candidate {
  readonly name: string
  readonly url: string | undefined
  readonly isReady: boolean
  readonly load: number
}

/** The nodes that may get a request, in the order in which they are tried. */
export function chooseNodes(nodes: readonly Candidate[], key?: string): Candidate[]
