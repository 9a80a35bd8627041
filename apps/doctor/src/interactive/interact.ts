import type { YektaYarSocket } from '@yektayar/client'
import { oneLine } from '../oneLine.js'
import { withoutToken } from '../token.js'
import { act } from './actions.js'
import type { ActionContext } from './actions.js'

/** How many events are kept between two prompts; the newest ones are shown. */
const MAX_KEPT_EVENTS = 20

/** Step 6: asks for an action, runs it, and shows the result, until the user quits. */
export async function interact(context: ActionContext): Promise<void> {
  const { client, prompts, token } = context
  using events = collectEvents(client)
  for (;;) {
    for (const { name, payload } of events.take()) {
      const text = JSON.stringify(payload, null, 2) as string | undefined // or `undefined`
      prompts.show('passed', `event ${oneLine(name)}`, withoutToken(text ?? '', token))
    }
    const action = await prompts.choose(describeStatus(client))
    if (action === 'quit') return
    await act(action, context)
  }
}

/** Collects events from the server, since printing them would disturb an open prompt. */
function collectEvents(client: YektaYarSocket) {
  const { socket } = client
  let events: { name: string; payload: unknown }[] = []
  const collect = (name: string, payload: unknown): void => {
    events = [...events, { name, payload }].slice(-MAX_KEPT_EVENTS)
  }
  socket?.onAny(collect)
  return {
    take: () => {
      const taken = events
      events = []
      return taken
    },
    [Symbol.dispose]: () => {
      socket?.offAny(collect)
    },
  }
}

function describeStatus({ getSnapshot }: Pick<YektaYarSocket, 'getSnapshot'>): string {
  const { status, transport, roundTripMs, reason } = getSnapshot()
  const details = [transport, roundTripMs === null ? null : `${roundTripMs} ms`, reason]
  return [status, ...details.filter((detail) => detail !== null)].join(' · ')
}
