import { isYektaYarError } from '@yektayar/client'
import type { YektaYarSocket } from '@yektayar/client'
import { oneLine } from '../oneLine.js'
import { withoutToken } from '../token.js'
import type { ActionName, Prompts } from './prompts.js'

/** What an action needs. */
export interface ActionContext {
  readonly client: YektaYarSocket
  readonly prompts: Prompts
  readonly timeoutMs: number
  /** The whole token, so that it can be masked in answers. */
  readonly token: string
}

/** Sends any command, also one that an app has added to the contract. */
type SendAny = (name: string, input: unknown, options: { timeoutMs: number }) => Promise<unknown>

/** Asks for the action's input, runs it, and shows the result. */
export async function act(
  name: Exclude<ActionName, 'quit'>,
  context: ActionContext,
): Promise<void> {
  const request = await prepare(name, context)
  if (!request) return
  const { prompts, token } = context
  const startedAt = performance.now()
  try {
    const answer = await prompts.wait(request.label, request.run)
    const ms = Math.round(performance.now() - startedAt)
    const text = JSON.stringify(answer, null, 2)
    prompts.show('passed', `${request.label}: answered in ${ms} ms`, withoutToken(text, token))
  } catch (error) {
    if (!isYektaYarError(error)) throw error
    const { code, message, hint } = error
    const lines = [message, hint].filter((line) => line !== undefined)
    const text = lines.map(oneLine).join('\n')
    prompts.show('failed', `${request.label}: ${code}`, withoutToken(text, token))
  }
}

interface Request {
  readonly label: string
  readonly run: () => Promise<unknown>
}

async function prepare(
  name: Exclude<ActionName, 'quit'>,
  context: ActionContext,
): Promise<Request | undefined> {
  const { client, prompts, timeoutMs } = context
  switch (name) {
    case 'status':
      return { label: 'status', run: () => client.getStatus({ timeoutMs }) }
    case 'ping':
      return { label: 'ping', run: () => client.ping({ timeoutMs }) }
    case 'reconnect':
      return { label: 'reconnect', run: () => reconnect(context) }
    case 'echo':
    case 'message': {
      const initial = name === 'echo' ? 'Hello, server!' : '{ "text": "My custom message" }'
      const text = await prompts.ask(`${name}: what to send? Text, or JSON`, initial)
      return text === undefined ? undefined : sending(name, parseValue(text), context)
    }
    case 'custom': {
      const event = await prompts.ask('Name of the event', 'info')
      if (!event) return undefined
      const text = await prompts.ask('Payload: text, JSON, or nothing', '')
      return text === undefined ? undefined : sending(event, parseValue(text), context)
    }
  }
}

function sending(name: string, input: unknown, { client, timeoutMs }: ActionContext): Request {
  const send = client.call.bind(client) as unknown as SendAny // the server knows its own commands
  return { label: name, run: () => send(name, input, { timeoutMs }) }
}

async function reconnect({ client, timeoutMs }: ActionContext) {
  await client.disconnect()
  await client.connect({ timeoutMs })
  const { socketId, transport } = client.getSnapshot()
  return { socketId, transport }
}

/** Parses JSON; other text is returned unchanged, and empty text as `undefined`. */
function parseValue(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
