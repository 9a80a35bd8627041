import { useCommand, useSocketEvent } from '../src/index.js'

const { execute, data } = useCommand('echo')
void execute('text')
export const received = data.value?.received
// @ts-expect-error -- an unknown command
useCommand('nothing')
// @ts-expect-error -- a required payload is missing
void execute()
// @ts-expect-error -- a reply is not an event
useSocketEvent('pong', () => undefined)
