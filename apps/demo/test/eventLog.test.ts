import { createApp } from 'vue'
import { expect, it } from 'vitest'
import { provideEventLog } from '../src/composables/useEventLog.js'
import type { EventLog } from '../src/composables/useEventLog.js'

it('keeps the newest 200 lines of the log, and none once it is cleared', () => {
  const log = createLog()
  for (let count = 0; count < 250; count++) {
    log.add({ kind: 'event', name: String(count), payload: '{}' })
  }
  expect(log.entries.value).toHaveLength(200)
  expect(log.entries.value[0]).toMatchObject({ name: '249' })
  log.clear()
  expect(log.entries.value).toEqual([])
})

function createLog(): EventLog {
  let log: EventLog | undefined
  const app = createApp({
    setup() {
      log = provideEventLog()
      return () => null
    },
  })
  app.mount(document.createElement('div'))
  app.unmount()
  if (!log) throw new Error('The component was not set up')
  return log
}
