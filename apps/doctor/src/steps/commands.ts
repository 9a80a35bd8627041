import { isYektaYarError } from '@yektayar/client'
import type { YektaYarSocket } from '@yektayar/client'
import type { CauseCode } from '../causes.js'
import { fieldAt, textAt } from '../fieldAt.js'
import { finding, trouble } from '../report.js'
import type { Finding } from '../report.js'
import type { Visit } from '../visit.js'
import { attemptTransport } from './attemptTransport.js'

const ECHOED = { text: 'Hello, server!', data: [1, 2, 3] }
const MESSAGE = { text: 'Hello from the doctor', type: 'doctor' }

/** After these, no command is answered. */
const lostCodes: readonly (CauseCode | undefined)[] = ['no_answer', 'websocket_stalls']

/** Runs a command and says what came back; `undefined` when it is not what the contract promises. */
type Check = (client: YektaYarSocket, visit: Visit) => Promise<string | undefined>

const checks: Readonly<Record<string, Check>> = {
  ping: async (client, visit) => {
    const pong = await client.ping()
    if (textAt(pong, 'timestamp') === undefined) return undefined
    visit.facts.roundTripMs = pong.roundTripMs
    return 'pong'
  },
  status: async (client) => {
    const status = await client.getStatus()
    const isMine = fieldAt(status, 'connection', 'socketId') === client.getSnapshot().socketId
    const state = textAt(status, 'server', 'status')
    return isMine && state ? `${textAt(status, 'server', 'name') ?? ''} is ${state}` : undefined
  },
  info: async (client) => {
    const info: unknown = await client.getInfo()
    const transport = textAt(info, 'websocket', 'transport')
    const version = textAt(info, 'server', 'version')
    return transport && version ? `version ${version}, over ${transport}` : undefined
  },
  echo: async (client) => {
    const answer: unknown = await client.echo(ECHOED)
    const isSame = JSON.stringify(fieldAt(answer, 'received')) === JSON.stringify(ECHOED)
    return isSame ? 'came back unchanged' : undefined
  },
  message: async (client) => {
    const receipt: unknown = await client.sendMessage(MESSAGE)
    return fieldAt(receipt, 'success') === true ? textAt(receipt, 'message') : undefined
  },
}

/** Step 4: every command of the guide, one after the other. */
export async function examineCommands(visit: Visit, client: YektaYarSocket): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [name, check] of Object.entries(checks)) {
    const isLost = findings.some(({ cause }) => lostCodes.includes(cause?.code))
    findings.push(
      isLost
        ? finding(name, 'skipped', 'the previous command was not answered')
        : await examineCommand(name, check, visit, client),
    )
  }
  return findings
}

async function examineCommand(
  name: string,
  check: Check,
  visit: Visit,
  client: YektaYarSocket,
): Promise<Finding> {
  const startedAt = performance.now()
  const duration = (): number => Math.round(performance.now() - startedAt)
  const { transport } = client.getSnapshot()
  try {
    const detail = await check(client, visit)
    if (detail !== undefined) return finding(name, 'passed', detail, duration())
    const cause = visit.explain('wrong_answer')
    return trouble(name, cause, 'answered, but not as the contract promises', duration())
  } catch (error) {
    if (!isYektaYarError(error)) throw error
    const isStalling = transport === 'websocket' && error.code === 'timeout' && (await polls(visit))
    const cause = isStalling ? 'websocket_stalls' : causeOfError(error.code)
    return trouble(name, visit.explain(cause), error.code, duration())
  }
}

/** Whether a command is answered over polling. */
async function polls(visit: Visit): Promise<boolean> {
  const { client } = await attemptTransport(visit, 'polling')
  const isAnswered = await client?.ping().then(
    () => true,
    () => false,
  )
  await client?.disconnect()
  return isAnswered === true
}

function causeOfError(code: string): CauseCode {
  switch (code) {
    case 'timeout':
    case 'connection_lost':
    case 'disconnected_by_server':
    case 'not_connected':
      return 'no_answer'
    case 'internal_error':
    case 'handler_timeout':
    case 'store_full':
    case 'store_unavailable':
      return 'server_error'
    case 'token_invalid':
    case 'token_required':
      return 'bad_token'
    default:
      return 'wrong_answer'
  }
}
