/** How a process reaches a store on another machine. */
export interface StoreReach {
  /** For how long none of its statements was answered, in milliseconds; not while it was suspended. */
  readonly silentMs: number
  /** Whether the machine of the store, or its server, has answered that it does not work now. */
  readonly isDown: boolean
  /** Ends all connections, which may be dead. Statements that wait for an answer fail. */
  cut(this: void): void
}

/** The one process that does what only one has to do; of a file, each process leads. */
export interface Leadership {
  leads(this: void): boolean
  /** Calls back when this process begins to lead. */
  onLead(this: void, listener: () => void): void
}
