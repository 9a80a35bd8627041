import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask } from './ask.mjs'

const files = {
  '/cluster': ['index.html', 'text/html; charset=utf-8'],
  '/cluster/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/cluster/page.css': ['page.css', 'text/css; charset=utf-8'],
}
const actions = ['start', 'kill', 'stop', 'resume', 'drain']
/** The demo in a window of the page, which says by its path which window it is. */
const DEMO = /^\/\?window=([a-z0-9]{1,16})$/

/**
 * Answers what the command adds to the nodes: the page `/cluster`, the state of the nodes, the buttons,
 * and the demo as one of the page's windows. Returns whether it has answered.
 *
 * @param nodes the nodes
 * @param about what the nodes use: `{ store, bus }`
 * @param windows returns the names of the nodes by window
 */
export function createControls({ nodes, about, windows }) {
  const read = ([name]) => readFileSync(join(import.meta.dirname, 'page', name))
  const state = () => ({
    nodes: nodes.map(({ name, state, connections, pid }) => ({ name, state, connections, pid })),
    windows: windows(),
    ...about,
  })

  return (request, response) => {
    const { url, method, headers } = request
    const [, window] = DEMO.exec(url) ?? []
    const isOurs = window !== undefined || /^\/cluster(?=[/?]|$)/.test(url)
    if (!isOurs) return false
    response.setHeader('cache-control', 'no-store')
    const path = url.split('?')[0]
    if (!isThisMachine(headers.host) || !isThisMachine(headers.origin)) answer(response, 403)
    else if (window !== undefined) void sendDemo(response, nodes, window, headers.host)
    else if (files[path] && method === 'GET') sendFile(response, files[path][1], read(files[path]))
    else if (path === '/cluster/state')
      sendFile(response, 'application/json', JSON.stringify(state()))
    else if (method === 'POST') answer(response, act(nodes, path))
    else answer(response, 404)
    return true
  }
}

/** Presses a button, such as `/cluster/nodes/2/kill`. Returns the status of the answer. */
function act(nodes, path) {
  const [, number, action] = /^\/cluster\/nodes\/(\d)\/([a-z]+)$/.exec(path) ?? []
  const node = nodes[Number(number) - 1]
  if (!node || !actions.includes(action)) return 404
  void node[action]()
  return 204
}

/**
 * Whether a host or an origin is of this machine. A page of another site must not press the buttons,
 * not even under a host name that leads here.
 */
function isThisMachine(hostOrOrigin = 'localhost') {
  return /^(http:\/\/)?(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(hostOrOrigin)
}

/** The page of a node, which connects by the path of its window, and may be shown in a frame. */
async function sendDemo(response, nodes, window, host) {
  const node = nodes.find(({ isReady }) => isReady) ?? nodes.find(({ url }) => url !== undefined)
  const page = node && (await ask(`${node.url}/`))
  if (page?.status !== 200) {
    answer(response, 503)
    return
  }
  const path = `<meta name="yektayar-path" content="/window/${window}/socket.io">`
  const headers = { ...page.headers }
  delete headers['x-frame-options']
  const port = host.split(':').at(-1)
  const frames = ['localhost', '127.0.0.1'].map((name) => `http://${name}:${port}`).join(' ')
  const policy = headers['content-security-policy'] ?? ''
  const body = page.text.replace(/<head>/i, (head) => head + path)
  response.writeHead(200, {
    ...headers,
    'content-security-policy': policy.replace(/frame-ancestors [^;]*/, `frame-ancestors ${frames}`),
    'content-length': String(Buffer.byteLength(body)),
  })
  response.end(body)
}

function sendFile(response, type, content) {
  response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' })
  response.end(content)
}

function answer(response, status) {
  response.writeHead(status).end()
}
