import type { Socket } from 'node:net'
import { FaultPipe } from './faultPipe.js'
import type { Conditions, Direction } from './faultPipe.js'
import type { SeededRandom } from './seededRandom.js'

/** One connection through the proxy: a socket on each side, and a pipe each way between them. */
export class FaultLink {
  readonly #sockets: readonly Socket[]
  readonly #pipes: Readonly<Record<Direction, FaultPipe>>

  constructor(
    client: Socket,
    server: Socket,
    conditions: Conditions,
    random: SeededRandom,
    onClosed: () => void,
  ) {
    this.#sockets = [client, server]
    this.#pipes = {
      toServer: new FaultPipe(client, server, 'toServer', conditions, random.fork('toServer')),
      toClient: new FaultPipe(server, client, 'toClient', conditions, random.fork('toClient')),
    }
    for (const socket of this.#sockets) {
      socket.setNoDelay()
      socket.on('error', () => {
        if (socket === client ? this.#pipes.toServer.isSilent : this.#pipes.toClient.isSilent) {
          socket.destroy() // the other side never hears of it
        } else {
          this.reset() // what is broken on one side is so on the other
        }
      })
      socket.on('close', () => {
        if (this.#sockets.every(({ closed }) => closed)) onClosed()
      })
    }
  }

  /** Passes on what may go by now. */
  pump(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.pump()
  }

  /** Swallows all that comes one way from now on. */
  mute(direction: Direction): void {
    this.#pipes[direction].mute()
  }

  /** Ends one way once so many bytes have passed. */
  cutAfter(bytes: number, direction: Direction): void {
    this.#pipes[direction].cutAfter(bytes)
  }

  /** Ends one way, and leaves the other. */
  halfClose(direction: Direction): void {
    this.#pipes[direction].cut()
  }

  /** Ends both sides as a process does that exits. */
  drop(): void {
    this.#close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends both sides by RST. */
  reset(): void {
    this.#close()
    for (const socket of this.#sockets) reset(socket)
  }

  #close(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.close()
  }
}

/** Ends one socket by RST; one that does not connect, without. */
export function reset(socket: Socket): void {
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
