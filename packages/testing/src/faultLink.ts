import type { Socket } from 'node:net'
import { FaultPipe } from './faultPipe.js'
import type { Conditions, Direction } from './faultPipe.js'
import { WebFilter } from './faultWeb.js'
import type { SeededRandom } from './seededRandom.js'

/** One connection through the proxy: two sockets, and a pipe in each direction between them. */
export class FaultLink {
  readonly #sockets: readonly Socket[]
  readonly #pipes: Readonly<Record<Direction, FaultPipe>>
  #idle: NodeJS.Timeout | undefined

  constructor(
    client: Socket,
    server: Socket,
    conditions: Conditions,
    random: SeededRandom,
    onClosed: () => void,
  ) {
    this.#sockets = [client, server]
    const web = new WebFilter(conditions.web, {
      client,
      forsake: () => {
        this.#close()
        server.destroy()
      },
    })
    const pipe = (from: Socket, to: Socket, direction: Direction): FaultPipe =>
      new FaultPipe(from, to, direction, conditions, random.fork(direction), web)
    this.#pipes = {
      toServer: pipe(client, server, 'toServer'),
      toClient: pipe(server, client, 'toClient'),
    }
    for (const socket of this.#sockets) {
      socket.setNoDelay()
      socket.on('data', () => {
        this.#idleSince(conditions)
      })
      socket.on('error', () => {
        if (socket === client ? this.#pipes.toServer.isSilent : this.#pipes.toClient.isSilent) {
          socket.destroy() // the other side must not notice it
        } else {
          this.reset() // an error on one side resets both
        }
      })
      socket.on('close', () => {
        if (!this.#sockets.every(({ closed }) => closed)) return
        clearTimeout(this.#idle)
        onClosed()
      })
    }
  }

  /** Passes on the bytes that are due. */
  pump(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.pump()
  }

  /** Drops all bytes in one direction from now on. */
  mute(direction: Direction): void {
    this.#pipes[direction].mute()
  }

  /** Ends one direction after this many bytes. */
  cutAfter(bytes: number, direction: Direction): void {
    this.#pipes[direction].cutAfter(bytes)
  }

  /** Ends one direction; the other one stays open. */
  halfClose(direction: Direction): void {
    this.#pipes[direction].cut()
  }

  /** Ends both sides, like a process that exits. */
  drop(): void {
    this.#close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends both sides by RST. */
  reset(): void {
    this.#close()
    for (const socket of this.#sockets) reset(socket)
  }

  /** Something has passed: it is idle from now on. */
  #idleSince({ cutIdleAfterMs }: Conditions): void {
    clearTimeout(this.#idle)
    if (cutIdleAfterMs === undefined) return
    this.#idle = setTimeout(() => {
      this.drop()
    }, cutIdleAfterMs)
  }

  #close(): void {
    clearTimeout(this.#idle)
    for (const pipe of Object.values(this.#pipes)) pipe.close()
  }
}

/** Ends a socket by RST; one that is not connected yet is only destroyed. */
export function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
