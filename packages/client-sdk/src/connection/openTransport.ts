import type { Socket } from 'socket.io-client'
import { YektaYarError } from '../shared/yektaYarError.js'

type Engine = Socket['io']['engine']

/**
 * Connects a socket, and notices two things of its transports that Socket.IO does not:
 *
 * - One that closes before it is open, as behind some proxies. It counts as one that fails: the next
 *   one is tried.
 * - An upgrade that breaks after its probe. Polling has stopped by then, so nothing would arrive until
 *   the heartbeat is missed; the next connection stays with polling.
 *
 * @param onLost is called when there is nothing left to try, or the upgrade broke
 * @returns stops that; `isLost` also closes the transport, which may not answer any more
 */
export function openTransport(
  socket: Socket,
  onLost: (error: YektaYarError) => void,
): (isLost: boolean) => void {
  const { io } = socket
  const { opts } = io
  const { transports = [] } = opts
  let engine: Engine
  let isUpgradeBroken = false

  const open = (): void => {
    socket.connect()
    engine = io.engine
    engine.on('close', onClosed).once('open', onOpen).on('upgradeError', onUpgradeError)
  }
  const onOpen = (): void => {
    engine.off('close', onClosed) // the manager listens from now on
  }
  const stop = (): void => {
    engine.off('close', onClosed).off('open', onOpen).off('upgradeError', onUpgradeError)
  }
  const onClosed = (reason: string): void => {
    const index = transports.findIndex((transport) => nameOf(transport) === engine.transport.name)
    const others = transports.slice(index + 1)
    if (others.length === 0) {
      onLost(new YektaYarError('network_error', `connect: closed before it was open (${reason})`))
      return
    }
    stop()
    opts.transports = others
    socket.disconnect()
    open()
  }
  const onUpgradeError = (cause: Error): void => {
    if (engine.readyState !== 'open' || !insidesOf(engine).upgrading) return
    isUpgradeBroken = true
    onLost(new YektaYarError('connection_lost', 'connect: lost (upgrade)', { cause }))
  }

  open()
  return (isLost) => {
    stop()
    if (isLost) abandon(engine)
    opts.transports = transports
    opts.upgrade = !isUpgradeBroken
  }
}

/** Closes an engine at once, which by itself would wait for its writes and its upgrade. */
function abandon(engine: Engine): void {
  engine.writeBuffer.length = 0
  insidesOf(engine).upgrading = false
  engine.close()
}

function insidesOf(engine: Engine): { upgrading: boolean } {
  return engine as unknown as { upgrading: boolean } // its types hide it
}

/** A transport's name, also once Socket.IO has replaced it by its class. */
function nameOf(transport: string | { readonly prototype: { readonly name: string } }): string {
  return typeof transport === 'string' ? transport : transport.prototype.name
}
