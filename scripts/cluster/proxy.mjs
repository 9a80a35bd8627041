import { createServer, request as send } from 'node:http'
import { connect } from 'node:net'
import { chooseNodes } from './chooseNodes.mjs'

/** The prefix by which a window of the page says which one it is. */
const WINDOW = /^\/window\/([a-z0-9]{1,16})(?=\/)/
/** Headers of a node that end at the proxy. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding']

/**
 * A proxy before several nodes. A new WebSocket goes to the node with the fewest connections; the
 * requests of one connection by polling stay at one node; a node that refuses a connection is skipped.
 *
 * @param nodes each with `name`, `url` and `isReady`
 * @param answerItself `(request, response) => boolean`: answers what is not for the nodes
 */
export function createProxy({ nodes, answerItself }) {
  /** The open sockets to each node, with the window of each. */
  const links = new Map(nodes.map((node) => [node, new Map()]))
  const choose = (target) => {
    const loaded = nodes.map((node) => ({
      node,
      name: node.name,
      url: node.url,
      isReady: node.isReady,
      load: links.get(node).size,
    }))
    return chooseNodes(loaded, target.key).map(({ node }) => node)
  }

  const server = createServer((request, response) => {
    if (answerItself(request, response)) return
    const target = targetOf(request)
    forward(request, response, target, choose(target))
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const target = targetOf(request)
    tunnel({ request, socket, head, target, links }, choose(target))
  })

  const cut = (node) => {
    for (const socket of links.get(node).keys()) socket.destroy()
  }

  return {
    server,
    /** Closes the connections of a node, which its clients notice at once. */
    cut,
    /** The names of the nodes that each window is connected to. */
    windows() {
      const found = {}
      for (const [node, sockets] of links) {
        for (const window of sockets.values()) {
          if (window !== undefined) found[window] = [...(found[window] ?? []), node.name]
        }
      }
      return found
    },
    async close() {
      nodes.forEach(cut)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What a request asks of a node, and by which key it has to stay at one. */
function targetOf({ url, socket, headers }) {
  const window = WINDOW.exec(url)?.[1]
  const path = url.replace(WINDOW, '')
  const isPolling = /[?&](transport=polling|sid=)/.test(path)
  const address = socket.remoteAddress ?? ''
  return {
    path,
    window,
    key: isPolling ? `${address} ${window ?? headers.origin ?? ''}` : undefined,
    forwardedFor: [headers['x-forwarded-for'], address].filter(Boolean).join(', '),
  }
}

/** Sends a request to the first of the nodes that takes the connection. */
function forward(request, response, target, [node, ...others]) {
  if (!node) {
    answerUnavailable(response)
    return
  }
  if (node.url === undefined) {
    forward(request, response, target, others) // it has ended since it was chosen
    return
  }
  const { hostname, port } = new URL(node.url)
  const headers = { ...request.headers, 'x-forwarded-for': target.forwardedFor }
  const options = { hostname, port, method: request.method, path: target.path, headers }
  const asked = send({ ...options, agent: false }, (answer) => {
    response.writeHead(answer.statusCode, withoutHopByHop(answer.headers))
    answer.pipe(response)
    answer.on('error', () => response.destroy())
  })
  let isSent = false
  // The body stays here until there is a connection, so that the next node can still get it.
  asked.on('socket', (socket) => {
    socket.once('connect', () => {
      isSent = true
      request.pipe(asked)
    })
  })
  asked.on('error', () => {
    if (!isSent) forward(request, response, target, others)
    else if (response.headersSent) response.destroy()
    else answerUnavailable(response)
  })
  response.on('close', () => asked.destroy())
}

/** Connects an upgrade with the first of the nodes that takes the connection. */
function tunnel(given, [node, ...others]) {
  const { request, socket, head, target, links } = given
  if (socket.destroyed) return
  if (!node) {
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    return
  }
  if (node.url === undefined) {
    tunnel(given, others)
    return
  }
  const { hostname, port } = new URL(node.url)
  const upstream = connect({ host: hostname, port: Number(port) })
  const sockets = links.get(node)
  sockets.set(upstream, target.window) // counts from now on, for those who come at the same time
  let isConnected = false
  upstream.once('connect', () => {
    isConnected = true
    upstream.setNoDelay(true)
    upstream.write(headOf(request, target))
    upstream.write(head)
    upstream.pipe(socket)
    socket.pipe(upstream)
  })
  upstream.on('error', () => {})
  upstream.once('close', () => {
    sockets.delete(upstream)
    if (isConnected) socket.destroy()
    else tunnel(given, others)
  })
  socket.once('close', () => upstream.destroy())
}

/** The head of a request as it came, but for its path and the address of its sender. */
function headOf({ method, rawHeaders }, { path, forwardedFor }) {
  const lines = [`${method} ${path} HTTP/1.1`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at].toLowerCase() === 'x-forwarded-for') continue
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
  }
  lines.push(`X-Forwarded-For: ${forwardedFor}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function withoutHopByHop(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
}

function answerUnavailable(response) {
  response.writeHead(503, { 'content-type': 'text/plain', 'retry-after': '1' })
  response.end('No node answers')
}
