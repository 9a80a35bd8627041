import { once } from 'node:events'
import { createServer as createTcpServer, connect as connectTcp } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A TCP relay to a PostgreSQL server, through which a store can lose it. */
export async function startRelay(databaseUrl: string) {
  const { hostname, port: ownPort, searchParams } = new URL(databaseUrl)
  const folder = searchParams.get('host') // of its socket
  const place = folder === null ? { host: hostname, port: Number(ownPort || 5432) } : undefined
  const sockets = new Set<Socket>()
  const silenced = new WeakSet<Socket>()
  let isSilent = false
  let refusal: 'end' | 'reset' | undefined
  const relay = createTcpServer({ allowHalfOpen: true }, (socket) => {
    if (refusal) {
      socket.on('error', () => undefined)
      if (refusal === 'end') socket.resume().end()
      else socket.resetAndDestroy()
      return
    }
    const path = `${folder ?? ''}/.s.PGSQL.5432`
    const target = connectTcp({ ...(place ?? { path }), allowHalfOpen: true })
    for (const one of [socket, target]) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.once('close', () => {
        sockets.delete(one)
        if (silenced.has(one)) return // the other side hears nothing of it
        socket.destroy()
        target.destroy()
      })
    }
    if (isSilent) socket.pause()
    const pass = (from: Socket, to: Socket) =>
      from
        .on('data', (chunk: Buffer) => {
          if (!isSilent && !silenced.has(from)) to.write(chunk) // what is sent in silence is lost
        })
        .on('end', () => {
          if (!isSilent && !silenced.has(from)) to.end()
        })
    pass(socket, target)
    pass(target, socket)
  })
  let port = 0
  const listen = async () => {
    relay.listen(port, '127.0.0.1')
    await once(relay, 'listening')
    port = (relay.address() as AddressInfo).port // it listens on a port
  }
  await listen()
  const address = new URL(databaseUrl)
  address.search = ''
  address.host = `127.0.0.1:${port}`
  address.password = 'a-secret'
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const stop = async () => {
    if (!relay.listening) return
    const closed = once(relay, 'close')
    relay.close()
    cut()
    await closed
  }
  return {
    url: address.href,
    /** Refuses connections from now on, as a machine does whose server has stopped. */
    stop,
    /** Listens again, on the same port. */
    listen,
    /** Accepts connections and ends or resets them, as a proxy does that has no server for them. */
    refuse: (how: 'end' | 'reset') => {
      refusal = how
      cut()
    },
    /** Passes nothing on, as a network does that drops packets. */
    silence: () => {
      isSilent = true
    },
    /** The open connections pass nothing on any more, not even that they end: they are half open. */
    silenceOpen: () => {
      for (const socket of sockets) silenced.add(socket)
    },
    /** Passes on again; connections that have lost something are cut. */
    speak: () => {
      isSilent = false
      refusal = undefined
      cut()
    },
    [Symbol.asyncDispose]: stop,
  }
}
