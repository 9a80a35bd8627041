import { YektaYarError } from '@yektayar/client'

/** The code of a cause. */
export type CauseCode = keyof typeof explanations

/** One cause: its code for machines, and its meaning and fixes for people. */
export interface Cause {
  readonly code: CauseCode
  readonly title: string
  /** What to do; the most likely fix first. */
  readonly fixes: readonly string[]
  /** The address of the docs of the error that a client gets in this case. */
  readonly docs: string
}

/** Values that the texts contain. */
export interface CauseContext {
  /** The address of the server, without a path. */
  readonly address: string
  /** Where Socket.IO is looked for. */
  readonly path: string
  /** What is put before the addresses of REST. */
  readonly basePath: string
  /** The tested origin of a page, if one was given. */
  readonly pageOrigin: string | undefined
  /** A better address for the next run, if one is known. */
  readonly betterAddress?: string | undefined
}

/** Where Socket.IO is by default. */
const SOCKET_PATH = '/socket.io'

type Explain = (context: CauseContext) => { title: string; fixes: string[] }

function upgradeFix({ path }: CauseContext): string {
  return (
    `Let the proxy pass the Upgrade header on, over HTTP/1.1. nginx, for ${path}/: ` +
    'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; ' +
    'proxy_set_header Connection "upgrade";'
  )
}

function forwardFix({ path, basePath }: CauseContext): string {
  const places = `${basePath}/health, ${basePath}/api/ and ${path}/`
  return `Behind a proxy, check that it forwards ${places} to the backend`
}

const PATHS_FIX =
  'If the server has an option path or basePath, run this with --path or --base-path, and give them to clients'

/** `--base-path` alone is a common slip, since most servers move both. */
function pathFix(basePath: string): string {
  return (
    `--base-path moves only REST, and --path was not given, so Socket.IO was looked for at ${SOCKET_PATH}/: ` +
    `if the server has it under ${basePath} too, add --path ${basePath}${SOCKET_PATH}`
  )
}

const KEEP_POLLING = 'Keep polling among the transports, so that clients work meanwhile'

const START =
  'Start the backend: npm start or npm run dev:backend in a clone, otherwise the app that registers the plugin'

const explanations = {
  server_down: ({ address }) => ({
    title: `Nothing listens at ${address}`,
    fixes: [
      START,
      'Check the port: the backend prints its address when it starts, by default 3000',
      'Check firewall settings, if it runs on another machine',
    ],
  }),
  host_unknown: ({ address }) => ({
    title: `The host name of ${address} does not resolve`,
    fixes: ['Check its spelling', 'Check the DNS entry, and that the network or VPN is up'],
  }),
  unreachable: ({ address }) => ({
    title: `${address} does not answer in time`,
    fixes: [
      'Check network, VPN and firewall between here and the server',
      'Check the server’s log: it may be overloaded or stuck',
      'Allow it more time with --timeout <seconds>',
    ],
  }),
  tls_failed: ({ address }) => ({
    title: `No secure connection to ${address}`,
    fixes: [
      'Check that the scheme is right: http:// for a server without a certificate',
      'Check the certificate: its host name, its expiry, and that its chain is complete',
      'For a private authority, set NODE_EXTRA_CA_CERTS to its certificate',
    ],
  }),
  bad_gateway: () => ({
    title: 'A proxy answers, but the server behind it does not',
    fixes: [START, 'Check the address to which the proxy forwards'],
  }),
  wrong_path: ({ betterAddress }) => ({
    title: 'Not the right address: the path is wrong',
    fixes: [
      betterAddress
        ? `Use ${betterAddress} instead`
        : 'Serve the backend at the root of its host: clients take an address without a path',
    ],
  }),
  not_yektayar: (context) => ({
    title: `Something else answers at ${context.address}`,
    fixes: [
      'Check scheme, host and port: the backend prints its address when it starts',
      forwardFix(context),
      PATHS_FIX,
    ],
  }),
  captive_portal: (context) => ({
    title: `A web page answers at ${context.address} in place of the server`,
    fixes: [
      'Open the address in a browser: the network may want a sign-in first',
      'Check scheme, host and port: the backend prints its address when it starts',
      forwardFix(context),
    ],
  }),
  socket_path_missing: ({ address, path, basePath }) => ({
    title: `REST answers, but there is no Socket.IO at ${address}${path}/`,
    fixes: [
      ...(basePath !== '' && path === SOCKET_PATH ? [pathFix(basePath)] : []),
      `Behind a proxy, forward ${path}/ to the backend like ${basePath}/api/`,
      'If the server has it elsewhere, run this with --path, and give clients the same path',
      'Register the yektayar plugin in the app that listens on this port',
    ],
  }),
  no_socket_io: () => ({
    title: 'The backend runs without Socket.IO, as it does with Bun',
    fixes: ['Run it with Node.js, or with Bun 1.4 or newer'],
  }),
  origin_refused: ({ pageOrigin }) => ({
    title: `The server refuses pages of ${pageOrigin ?? 'this origin'}`,
    fixes: [
      `Add it to the option corsOrigins of the plugin or of createServer${pageOrigin ? `: corsOrigins: ['${pageOrigin}']` : ''}`,
      `With the ready server, add it to CORS_ORIGIN in its .env${pageOrigin ? `: CORS_ORIGIN=${pageOrigin}` : ''}`,
      'Spell it as the browser does: scheme, host and port, without a path or slash at the end',
      'If the backend itself is reached at this address, behind a proxy for instance, set the option publicUrls (PUBLIC_URL) to it instead',
    ],
  }),
  bad_token: ({ basePath }) => ({
    title: 'The server does not accept the session token',
    fixes: [
      `Acquire a new one: POST ${basePath}/api/session/acquire, or run without --token`,
      'Pass it whole and as auth.token; it comes from this server and its database',
      'Sessions end after 30 days, unless the option sessionTtlDays (SESSION_TTL_DAYS) says otherwise',
    ],
  }),
  websocket_blocked: (context) => ({
    title: 'WebSocket is blocked on the way; polling works',
    fixes: [upgradeFix(context), KEEP_POLLING],
  }),
  websocket_unanswered: (context) => ({
    title: 'The network swallows upgrades to WebSocket: they are never answered; polling works',
    fixes: [upgradeFix(context), KEEP_POLLING],
  }),
  websocket_silent: () => ({
    title: 'WebSocket is granted, and then nothing arrives over it; polling works',
    fixes: [
      'A firewall, VPN or virus scanner on the way lets the upgrade pass and drops what follows: allow it there',
      'Serve the backend over https, which they cannot look into',
      KEEP_POLLING,
    ],
  }),
  websocket_buffered: (context) => ({
    title: 'Something on the way holds WebSocket back until it is closed; polling works',
    fixes: [
      `Switch buffering off for ${context.path}/ in the proxy. nginx: proxy_buffering off`,
      upgradeFix(context),
      KEEP_POLLING,
    ],
  }),
  websocket_stalls: () => ({
    title: 'WebSocket connects and then falls silent, while polling answers',
    fixes: [
      'A firewall, VPN or proxy on the way cuts long answers off after some bytes: allow them there',
      'Serve the backend over https, which they cannot look into',
      KEEP_POLLING,
    ],
  }),
  polling_blocked: ({ path }) => ({
    title: 'HTTP polling fails; WebSocket works',
    fixes: [
      'With several server processes, make the load balancer’s sessions sticky',
      `Behind a proxy, let ${path}/ pass unbuffered and uncached, for GET and POST`,
    ],
  }),
  connection_failed: ({ path }) => ({
    title: 'REST works, but neither WebSocket nor polling connects',
    fixes: [
      `Behind a proxy, let ${path}/ pass, for GET and POST, with the Upgrade header`,
      'Check the server’s log; at its level debug (LOG_LEVEL, or the app’s own logger) it tells about each handshake',
      'Allow it more time with --timeout <seconds>',
    ],
  }),
  clock_skew: () => ({
    title: 'The clocks of server and client disagree',
    fixes: [
      'Turn network time on where the clock is wrong: timedatectl set-ntp true',
      'In a virtual machine or container, correct the host’s clock',
    ],
  }),
  too_many_requests: () => ({
    title: 'The server, or a proxy, limits the number of requests',
    fixes: ['Wait a minute and run this again'],
  }),
  server_error: () => ({
    title: 'The server itself failed',
    fixes: [
      'Check the server’s log for the failure',
      'Check the option databaseUrl (DATABASE_URL), and that the database exists and can be written to',
    ],
  }),
  no_answer: () => ({
    title: 'The connection stands, but a command was not answered',
    fixes: [
      'Check the server’s log: it may be overloaded or stuck',
      'Behind a proxy, check that it keeps idle connections open for over a minute',
    ],
  }),
  wrong_answer: () => ({
    title: 'The answer is not the one that the contract promises',
    fixes: ['Run a server and a client of the same version'],
  }),
} satisfies Record<string, Explain>

/** What a client gets where it is not `network_error`. */
const clientCodes: Partial<Record<CauseCode, YektaYarError['code']>> = {
  bad_token: 'token_invalid',
  captive_portal: 'invalid_answer',
  clock_skew: 'session_ended',
  no_answer: 'timeout',
  not_yektayar: 'invalid_answer',
  origin_refused: 'origin_forbidden',
  server_error: 'internal_error',
  too_many_requests: 'rate_limited',
  unreachable: 'timeout',
  wrong_answer: 'invalid_answer',
  wrong_path: 'not_found',
}

/** Returns a cause with its texts. */
export function explain(code: CauseCode, context: CauseContext): Cause {
  const explanation: Explain = explanations[code]
  const { title, fixes } = explanation(context)
  const { docs } = new YektaYarError(clientCodes[code] ?? 'network_error', title)
  return { code, title, fixes, docs }
}
